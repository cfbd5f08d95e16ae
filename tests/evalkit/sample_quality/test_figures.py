"""Pictures of sample quality."""

import numpy as np
import pytest

from evalkit.inputs.images import open_images
from evalkit.inputs.model import from_callable
from evalkit.networks.features import Features
from evalkit.sample_quality.curves import DiscriminatorCurves
from evalkit.sample_quality.distances import Distance
from evalkit.sample_quality.evaluation import quality
from evalkit.sample_quality.figures import curves_figure, quality_figure
from evalkit.sample_quality.options import QualityOptions
from models_files import write_mnist

RAW = QualityOptions(
    features=Features("pixels", "every fourth pixel", lambda x: x.reshape(len(x), -1)[:, ::4]),
    classifier_test=False,
)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FRACTALDREAM_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def digits(tmp_path):
    write_mnist(tmp_path / "idx", 500)
    return open_images("mnist", root=tmp_path / "idx", part="test")


def planted(images, share):
    """A generator that returns training images, the share of them that are white."""
    rows = images.images(images.train)[:, 0]

    def call(z):
        picked = rows[(np.abs(z[:, 0]) * 1e6).astype(int) % len(rows)].copy()
        picked[: int(share * len(picked))] = 1.0
        return picked

    return from_callable(call, "planted")


def test_distances_are_drawn_where_there_is_nothing_else(digits):
    (panel,) = quality(planted(digits, 0), digits, options=RAW).plot().axes
    assert "Frechet" in panel.get_title()


CURVES = DiscriminatorCurves((1, 2), (0.6, 0.5), (0.1, 0.1), (0.4, 0.5), (0.1, 0.1), (), None)


def test_verdicts_are_drawn_by_epoch():
    (axes,) = curves_figure(CURVES).axes
    real, generated, *_ = axes.get_lines()
    assert tuple(real.get_ydata()) == CURVES.real
    assert tuple(generated.get_ydata()) == CURVES.generated
    both = quality_figure({"pixels": Distance("pixels", 9, 2.0, 1.0, 0.2, 1.5, 0.01)}, [CURVES])
    assert len(both.axes) == 2
