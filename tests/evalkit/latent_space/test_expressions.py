"""Sums of places: the law, the nearest images."""

import numpy as np
import pytest

from evalkit.inputs.images import open_images
from evalkit.inputs.model import open_model
from evalkit.latent_space.expressions import arithmetic
from evalkit.latent_space.options import ArithmeticOptions
from fractaldream_base.errors import BadInput
from models_files import write_mnist, write_model


@pytest.fixture
def digits(tmp_path):
    write_mnist(tmp_path / "idx", 100)
    model = open_model(write_model(tmp_path / "m.pt", size=28))
    return model, open_images("mnist", model, root=tmp_path / "idx")


def test_means_are_added(digits):
    model, data = digits

    def mean(name):
        return model.encode(data.images(data.class_rows(name, data.train))).mean(0)

    result = arithmetic(model, "0 + 0.5*4 - row:7", data, options=ArithmeticOptions(k=3))
    z = mean("0") + 0.5 * mean("4") - model.encode(data.images([7]))[0]
    assert np.allclose(result.z, z, atol=1e-5)
    assert np.allclose(result.image, model.decode(z[None])[0], atol=1e-5)
    away = np.sqrt(((data.images(data.train) - result.image) ** 2).mean((1, 2, 3)))
    assert np.array_equal(result.nearest.rows[0], data.train[away.argsort()[:3]])
    assert np.allclose(result.nearest.distances[0], np.sort(away)[:3], atol=1e-5)
    assert result.picture().ndim == 3 and "nearest training images" in str(result)


def test_sums_are_compared_with_the_prior_of_the_kind(tmp_path):
    write_mnist(tmp_path / "idx", 100)
    model = open_model(write_model(tmp_path / "c.pt", "clustergan", 4, 32))
    data = open_images("mnist", model, root=tmp_path / "idx", resize=True)
    result = arithmetic(model, "z:1,0,0.05,0.1", data)
    assert result.usual_norms == pytest.approx((1.0005, 1.03), abs=1e-3)
    assert "nine in ten draws from the prior of clustergan lie" in str(result)
    assert "lies outside" not in str(result)


def test_what_cannot_be_added(digits, tmp_path):
    model, data = digits
    with pytest.raises(BadInput, match="no label 'eleven'; there are 0, 1"):
        arithmetic(model, "0 + eleven", data)
    gan = open_model(write_model(tmp_path / "g.pt", "dcgan4", size=32))
    with pytest.raises(BadInput, match="no encoder"):
        arithmetic(gan, "0 + 4", data)
