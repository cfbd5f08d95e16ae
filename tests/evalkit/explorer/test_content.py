"""Test what a page shows: planes through what was asked for, codes, labels."""

import numpy as np
import pytest

from evalkit.explorer.content import prepare
from evalkit.explorer.decoded_plane import cells
from evalkit.explorer.options import ExploreOptions
from evalkit.explorer.static import write_static
from evalkit.inputs.images import open_images
from evalkit.inputs.model import open_model
from explorer_pages import SMALL, write_model
from fractaldream_base.errors import BadInput
from models_files import write_mnist


def test_a_model_without_encoder_and_data(tmp_path):
    model = open_model(write_model(tmp_path / "d.pt", "dcgan", latent=5, size=16))
    content = prepare(model, options=SMALL)
    plane = content.plane("components")
    assert np.allclose(
        [plane.first @ plane.first, plane.second @ plane.second, plane.first @ plane.second],
        [1, 1, 0],
    )
    assert content.points.reconstructions is None and content.points.codes is not None
    with pytest.raises(BadInput, match="row 99 is not among the 40 points"):
        content.plane("places:0,1,99")
    for spec in ("axes:0", "axes:0,5", "axes:1,1", "places:1,2", "circle"):
        with pytest.raises(BadInput):
            content.plane(spec)


def test_places_are_any_rows_of_the_data(tmp_path):
    """Not only those that are shown, which are drawn at random."""
    write_mnist(tmp_path / "idx", 60)
    model = open_model(write_model(tmp_path / "v.pt", latent=3))
    data = open_images("mnist", model, root=tmp_path / "idx")
    content = prepare(model, data, None, ExploreOptions(grid=4, planes=("axes:0,1",), points=5))
    rows = [row for row in range(60) if row not in content.points.rows][:3]
    plane = content.plane("places:" + ",".join(map(str, rows)))
    again = plane.latents(*plane.marks.T)
    assert np.allclose(again, model.encode(data.images(np.array(rows))), atol=1e-4)
    with pytest.raises(BadInput, match="row 60: mnist has rows 0 to 59"):
        content.plane("places:0,1,60")


def test_a_conditional_model_is_told_its_label(tmp_path):
    write_mnist(tmp_path / "idx", 60)
    path = write_model(tmp_path / "c.pt", "cvae", latent=3, classes=10)
    model = open_model(path)
    data = open_images("mnist", model, root=tmp_path / "idx")
    options = ExploreOptions(grid=4, planes=("axes:0,2",), points=30, label="7")
    content = prepare(model, data, None, options)
    ((key, decoded),) = content.planes.items()
    assert key == ("axes:0,2", 7)
    z = decoded.plane.latents(*cells(decoded.plane, 4).T)
    images = model.decode(z, np.full(16, 7))
    assert np.abs(decoded.images[..., 0] / 255 - images[:, 0]).max() < 0.003
    assert write_static(content, tmp_path / "c.html") > 1e6
