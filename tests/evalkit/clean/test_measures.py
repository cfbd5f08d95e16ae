"""Measures of one image alone."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

from clean_files import named, scene, write_set
from evalkit.clean.assessment import assess
from evalkit.clean.measures import _around, bars, measure
from evalkit.clean.options import ReviewOptions


def test_text_is_found_in_large_images(tmp_path):
    write_set(tmp_path, 6, 160)
    image = Image.open(tmp_path / "scene-000.png")
    draw = ImageDraw.Draw(image)
    for line, words in enumerate(("Created by a great many", "people who wrote this", "and drew")):
        draw.text((10, 30 + 22 * line), words, "white", font_size=14, stroke_fill="black")
    image.save(tmp_path / "credits.png")
    assert named(assess(tmp_path, options=ReviewOptions(workers=1)), "text") == {"credits.png"}


def test_light_plainness_and_compression_of_known_images():
    black, white = Image.new("RGB", (64, 64)), Image.new("RGB", (64, 64), "white")
    half = black.copy()
    half.paste("white", (0, 0, 32, 64))
    dark, bright, mixed = (measure(image, image) for image in (black, white, half))
    assert (dark.dark, dark.plain, dark.spread) == (0, 1, 0) and bright.bright == 255
    assert mixed.dark == 255 and mixed.bright == 0 and mixed.plain < 0.6
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    rough = measure(Image.fromarray(noise), Image.fromarray(noise))
    assert rough.sharpness > mixed.sharpness and rough.weight > 3 * dark.weight


@pytest.mark.parametrize("quality", [20, 50, 80])
def test_the_quality_of_a_jpeg_is_read_from_its_tables(tmp_path, quality):
    scene(np.random.default_rng(0)).save(tmp_path / "a.jpg", quality=quality)
    with Image.open(tmp_path / "a.jpg") as file:
        measures = measure(file.convert("RGB"), file)
    assert measures.quality == pytest.approx(quality, abs=3)


def test_bars_are_plain_and_end_in_a_step():
    colour = np.random.default_rng(0).uniform(100, 255, (40, 50, 3)).astype(np.float32)
    assert bars(colour) == (0, 0, 0, 0)
    colour[:4], colour[:, -10:] = 0, 20
    top, bottom, left, right = bars(colour[4:])
    assert (top, bottom, left, right) == (0, 0, 0, 0.2)
    assert bars(colour[:, :-10]) == (0.1, 0, 0, 0)


@pytest.mark.parametrize("shape", [(5, 7), (48, 61), (2, 2)])
def test_the_extremes_around_a_pixel_are_those_of_scipy(shape):
    grey = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    larger, smaller = _around(grey, np.maximum), _around(grey, np.minimum)
    np.testing.assert_array_equal(larger, ndimage.grey_dilation(grey, (5, 5)))
    np.testing.assert_array_equal(smaller, ndimage.grey_erosion(grey, (5, 5)))


def test_measures_are_those_of_the_pixels():
    image = scene(np.random.default_rng(1), 96)
    measures = measure(image, image)
    colour = np.asarray(image, float)
    grey = np.asarray(image.convert("L"), float)
    near = (np.abs(colour - np.median(colour, (0, 1))) <= 8).all(2).mean()
    laplacian = ndimage.laplace(grey, mode="nearest")
    rows = np.abs(np.diff(grey, axis=1)).mean(0)
    columns = np.abs(np.diff(grey, axis=0)).mean(1)
    blocks = [
        steps[7::8].mean() / max(np.delete(steps, np.s_[7::8]).mean(), 0.5)
        for steps in (rows, columns)
    ]
    expected = (
        np.percentile(grey, 95), np.percentile(grey, 5), colour.std((0, 1)).max(), near,
        laplacian.std() / max(grey.std(), 1), min(blocks),
    )  # fmt: skip
    got = (
        measures.dark, measures.bright, measures.spread, measures.plain, measures.sharpness,
        measures.blocks,
    )  # fmt: skip
    np.testing.assert_allclose(got, expected, rtol=1e-9)


def test_one_pixel_can_be_measured():
    measures = measure(Image.new("RGB", (1, 1), (7, 8, 9)), Image.new("RGB", (1, 1)))
    assert measures.spread == 0 and measures.plain == 1 and measures.text == 0
