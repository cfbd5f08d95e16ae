"""Sliders open where there is something to see, and move around it."""

import numpy as np

from evalkit.explorer.content import prepare
from evalkit.explorer.options import ExploreOptions
from evalkit.explorer.payload import moved, positions
from evalkit.explorer.start import FAINT
from evalkit.inputs.images import open_images
from evalkit.inputs.model import open_model
from explorer_pages import SMALL, write_model


def visited(content, v):
    return int((content.attractor.renderer.levels(np.asarray(v)[None]) > 0).sum())


def content_of(family, **options):
    model = open_model(family[0])
    shown = ExploreOptions(grid=4, planes=("axes:0,1",), points=60, **options)
    return prepare(model, open_images(family[1], model), options=shown)


def test_attractors_open_at_a_row_that_draws_many_pixels(family):
    content = content_of(family)
    row = int(content.start.description.removeprefix("row "))
    params = content.points.params[content.points.of(row)]
    assert np.allclose(content.attractor.renderer.parameters(content.start.at[None])[0], params,
                       atol=0.005 * max(content.attractor.renderer.scale))  # fmt: skip
    pixels = content.model.size**2
    assert visited(content, content.start.at) > 0.1 * pixels
    assert visited(content, np.zeros(6)) < 0.01 * pixels  # where they would show two specks
    around = [visited(content, moved(content.start.at, k, step))
              for k in range(6) for step in positions(content.start.at[k])]  # fmt: skip
    assert len(around) == 150 and np.median(around) > 5
    assert sum(count > 0.1 * pixels for count in around) >= 30


def test_maps_without_rows_open_at_a_draw(family):
    content = content_of(family, mapping="fdd")
    assert content.start.description == "the first draw"
    assert visited(content, content.start.at) > 0.1 * content.model.size**2


def test_models_open_at_the_sample_that_shows_most(tmp_path):
    model = open_model(write_model(tmp_path / "d.pt", "dcgan", latent=12, size=16))
    content = prepare(model, options=SMALL)
    images = np.round(model.decode(content.points.codes) * 255).reshape(40, -1)
    off = (np.abs(images - np.median(images, 1, keepdims=True)) > FAINT).sum(1)
    best = int(off.argmax())
    assert content.start.description == f"sample {best}"
    assert np.allclose(content.start.at, content.points.codes[best], atol=0.005)
