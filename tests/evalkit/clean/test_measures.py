"""What is measured on one image alone."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from clean_files import named, scene, write_set
from evalkit.clean.assessment import assess
from evalkit.clean.measures import bars, measure
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
