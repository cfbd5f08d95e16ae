import itertools

import numpy as np
import pytest

import fractaldream as fd

RECIPE = fd.Recipe(n=1, iterations=3000, size=64, min_visited=0.05)


def take(n, **how):
    return list(itertools.islice(fd.stream(RECIPE, **how), n))


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    path = tmp_path_factory.mktemp("live") / "a.h5"
    fd.render(fd.Recipe(n=200, iterations=3000, size=64, min_visited=0.05), path)
    return fd.open(path)


def test_it_streams_what_render_writes(rendered):
    batches = take(5, batch=40)
    for k, batch in enumerate(batches):
        assert (batch.index == np.arange(40 * k, 40 * k + 40)).all()
        assert (batch.params == rendered.params[batch.index]).all()
        assert (batch.levels == rendered[batch.index]).all()


def test_it_goes_on_where_it_was_and_is_shared_without_overlap(rendered):
    assert (take(1, batch=7, start=35)[0].levels == rendered[35:42]).all()
    shares = [take(3, batch=10, worker=w, workers=3) for w in range(3)]
    indices = [b.index for b in itertools.chain(*zip(*shares, strict=True))]
    assert (np.concatenate(indices) == np.arange(90)).all()
    assert (shares[2][1].levels == rendered[50:60]).all()


@pytest.mark.parametrize(
    "how", [{"batch": 0}, {"start": -1}, {"worker": 2, "workers": 2}, {"worker": -1}]
)
def test_what_cannot_be_streamed_is_said(how):
    with pytest.raises(fd.BadInput, match="give batch"):
        take(1, **how)
    with pytest.raises(fd.BadInput, match="given rows end"):
        next(fd.stream(fd.Recipe(law="params")))
