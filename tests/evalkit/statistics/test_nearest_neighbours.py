"""The search is exact, in one chunk and in many."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from evalkit.statistics import nearest_neighbours as search
from fractaldream_base.errors import BadInput


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(1, 60), st.integers(1, 5), st.integers(0, 2**31))
def test_search_is_exact(n, m, k, seed):
    rng = np.random.default_rng(seed)
    references = rng.standard_normal((m, 7)).astype(np.float32)
    queries = rng.standard_normal((n, 7)).astype(np.float32)
    if k > m:
        with pytest.raises(BadInput):
            search.nearest(queries, references, k)
        return
    near = search.nearest(queries, references, k)
    whole = np.sqrt(((queries[:, None].astype(float) - references) ** 2).mean(-1))
    assert np.array_equal(near.rows, whole.argsort(1, kind="stable")[:, :k])
    assert np.allclose(near.distances, np.sort(whole, 1)[:, :k])


def test_search_in_many_chunks(monkeypatch):
    monkeypatch.setattr(search, "QUERIES", 7)
    monkeypatch.setattr(search, "REFERENCES", 11)
    rng = np.random.default_rng(0)
    references = rng.random((200, 12), np.float32)
    queries = references[::3] + np.float32(1e-6)
    near = search.nearest(queries, references, 4)
    assert np.array_equal(near.rows[:, 0], np.arange(0, 200, 3))
    _, rows = NearestNeighbors(n_neighbors=4).fit(references).kneighbors(queries)
    assert np.array_equal(near.rows, rows)
