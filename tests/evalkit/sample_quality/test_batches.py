"""The images that are compared, batch by batch."""

import numpy as np
import pytest

from evalkit.inputs.images import open_images
from evalkit.inputs.model import from_callable
from evalkit.sample_quality import batches as module
from evalkit.sample_quality.batches import Batches
from fractaldream_base.errors import BadInput
from models_files import write_mnist


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("digits")
    write_mnist(folder / "idx", 600)
    return open_images("mnist", root=folder / "idx", part="test")


def generator(side):
    return from_callable(lambda z: np.full((len(z), side, side), 0.5), "half")


def test_images_of_each_kind_are_as_many_and_of_their_part(digits, monkeypatch):
    monkeypatch.setattr(module, "BATCH", 16)
    batches = Batches.draw(generator(28), digits, 1000, np.random.default_rng(0))
    n = batches.n
    assert n == len(digits.held_out) and batches.family is None and batches.labels is None
    assert set(batches.train_rows) <= set(digits.train)
    assert len(set(batches.train_rows)) == n and set(batches.held_out_rows) == set(digits.held_out)
    real = list(batches.real())
    assert np.array_equal(np.concatenate(real), digits.images(batches.held_out_rows))
    assert np.array_equal(np.concatenate(list(batches.training())),
                          digits.images(batches.train_rows))  # fmt: skip
    generated = list(batches.generated(np.random.default_rng(1)))
    sizes = [len(part) for part in real]
    assert sizes == [len(part) for part in generated]
    assert max(sizes) == 16 and sum(sizes) == n


def test_other_sizes_and_too_few_images_are_refused(digits):
    rng = np.random.default_rng(0)
    with pytest.raises(BadInput, match="give the data that it learnt from"):
        Batches.draw(generator(16), digits, 100, rng)
    with pytest.raises(BadInput, match="49 images: quality needs 50"):
        Batches.draw(generator(28), digits, 49, rng)
