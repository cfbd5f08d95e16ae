"""Where inverse renderers are kept, and what they are kept by."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from evalkit.networks import inverse_store as store
from evalkit.networks import inverse_training
from evalkit.networks.inverse_store import inverse_of, key_of
from fractaldream_base.errors import BadInput


@pytest.mark.slow
def test_it_is_learnt_kept_and_found_again(fd, tmp_path, monkeypatch):
    for name in ("SETTLED", "HELD_OUT"):
        monkeypatch.setattr(inverse_training, name, 1024)
    network, figures, path = inverse_of(fd, images=1280, folder=tmp_path, progress=False)
    assert path.parent == tmp_path and "Inverse renderer" in path.with_suffix(".md").read_text()
    again, same, _ = inverse_of(fd, images=1280, folder=tmp_path, progress=False)
    assert same == figures
    small = fd.small(np.zeros((2, 6)))
    assert np.array_equal(network.hidden(small), again.hidden(small))
    with monkeypatch.context() as other, pytest.raises(BadInput, match="this version"):
        other.setattr(store, "FORMAT_VERSION", 0)
        inverse_of(fd, images=1280, folder=tmp_path, progress=False)
    path.write_bytes(b"no")
    with pytest.raises(BadInput, match="move it elsewhere"):
        inverse_of(fd, images=1280, folder=tmp_path, progress=False)


def test_what_cannot_be_kept_or_gone_on_from_is_said_before_the_work(fd, tmp_path, monkeypatch):
    monkeypatch.setattr(type(fd), "small", lambda fd, v: pytest.fail("work was done"))
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="FRACTALDREAM_CACHE"):
        inverse_of(fd, images=512, folder=tmp_path / "file" / "cache", progress=False)
    state = tmp_path / f"inverse-{store.key_of(fd)}-512.state"
    state.write_bytes(b"no")
    with pytest.raises(BadInput, match="move it elsewhere"):
        inverse_of(fd, images=512, folder=tmp_path, progress=False)


def test_the_key_is_what_the_network_answers_and_how_it_was_trained(fd, monkeypatch):
    key = key_of(fd)
    state = torch.get_rng_state()
    assert key_of(replace(fd, threads=1)) == key
    assert torch.equal(torch.get_rng_state(), state)
    assert key_of(replace(fd, recipe=replace(fd.recipe, iterations=9_000))) != key
    assert key_of(replace(fd, mapping="2019")) != key
    with monkeypatch.context() as changed:  # a renderer that makes other images
        levels = type(fd).levels
        changed.setattr(type(fd), "levels", lambda fd, v: levels(fd, v) // 2)
        assert key_of(fd) != key
    for name in ("VERSION", "BATCH", "SETTLED"):
        with monkeypatch.context() as changed:
            changed.setattr(inverse_training, name, getattr(inverse_training, name) + 1)
            assert key_of(fd) != key
    assert key_of(fd) == key
