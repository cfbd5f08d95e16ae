"""Points to be mapped: encoded images, or named samples."""

import numpy as np
import pytest

from evalkit.inputs.images import open_images
from evalkit.inputs.model import open_model
from evalkit.latent_space.options import ProjectionOptions
from evalkit.latent_space.points import encoded_points, sampled_points
from evalkit.latent_space.projection import map_points
from fractaldream_base.errors import BadInput
from models_files import write_dataset, write_model


def test_points_of_data_and_samples(tmp_path):
    file = write_dataset(tmp_path / "d.h5")
    model = open_model(write_model(tmp_path / "m.pt", channels=3, read={"source": str(file)}))
    data = open_images(None, model)
    rng = np.random.default_rng(0)
    points = encoded_points(model, data, 50, rng, magnitude=True)
    assert points.colour == "|a|" and len(points.z) == 50
    assert np.allclose(points.values, np.abs(data.params[points.rows, 2]))
    assert np.allclose(points.z, model.encode(data.images(points.rows)), atol=1e-6)
    result = map_points(points, "m", ProjectionOptions(methods=("pca",)))
    assert result.figures["pca"].silhouette is None and result.picture()[:4] == b"\x89PNG"
    with pytest.raises(BadInput, match="no parameter 'e'; there are x0, y0"):
        encoded_points(model, data, 50, rng, colour="e")
    with pytest.raises(BadInput, match="no labels"):
        encoded_points(model, data, 50, rng, colour="label")

    class Halves:
        labels = ("dark", "bright")

        def probabilities(self, images):
            bright = images.mean((1, 2, 3))
            return np.stack([np.median(bright) - bright, bright - np.median(bright)], 1)

    drawn = sampled_points(model, Halves(), 80, rng)
    assert drawn.classes == Halves.labels and set(drawn.values) == {0, 1}
    assert "80 latents from N(0, I)" in drawn.description
    clusters = open_model(write_model(tmp_path / "c.pt", "clustergan", 4))
    drawn = sampled_points(clusters, Halves(), 80, rng)
    assert "80 latents from the prior of clustergan" in drawn.description
