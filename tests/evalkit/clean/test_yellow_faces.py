"""Where the yellow of skin lies, in sets of yellow faces alone."""

import numpy as np
import pytest
from PIL import Image

from clean_files import scene
from evalkit.clean import yellow_faces
from evalkit.clean.findings import FEWEST, Finding

SKIN = (255, 217, 15)


@pytest.fixture(scope="module")
def thumbs():
    rng = np.random.default_rng(0)
    images = [scene(rng, 32) for _ in range(FEWEST)]
    return np.stack([np.asarray(image) for image in images])


def test_skin_is_yellow_by_day_and_night_and_other_colours_are_not():
    colours = [SKIN, (140, 119, 8), (255, 255, 255), (200, 60, 30), (30, 200, 40), (20, 17, 1)]
    pixels = np.array(colours, np.uint8).reshape(1, 2, 3, 3)
    assert yellow_faces.yellow_mask(pixels).ravel().tolist() == [True, True, *[False] * 4]


def test_share_centre_and_sides_of_the_yellow():
    thumb = np.zeros((1, 32, 32, 3), np.uint8)
    thumb[0, :8] = SKIN  # a band along the top
    share, y, x, *_, top, bottom, left, right = yellow_faces.yellow(thumb)[0]
    assert share == pytest.approx(1 / 4) and y < 0.2 and x == pytest.approx(0.5, abs=0.02)
    assert top == 1 and bottom == 0 and left == right == pytest.approx(1 / 4)


def test_faces_are_told_from_other_sets_and_from_too_few(thumbs):
    shares = yellow_faces.yellow(thumbs)[:, 0]
    assert yellow_faces.are_yellow_faces(shares)
    assert not yellow_faces.are_yellow_faces(shares[:-1])
    assert not yellow_faces.are_yellow_faces(np.zeros(FEWEST))


def test_a_bad_crop_says_where_the_face_is(thumbs):
    cut = np.asarray(Image.new("RGB", (32, 32), SKIN))
    plain = np.zeros((32, 32, 3), np.uint8)
    stack = np.concatenate([thumbs, cut[None], plain[None]])
    rows = np.arange(100, 100 + len(stack))
    findings = [Finding(int(row), "bad-crop", 0.9, "looks cut") for row in (100, *rows[-2:])]
    words = [f.reason for f in yellow_faces.with_yellow(findings, stack, rows)]
    assert "skin yellow lies at" in words[0]
    assert words[1] == "looks cut; skin yellow runs out at the top and bottom and left and right"
    assert words[2] == "looks cut; hardly any skin yellow"
    assert yellow_faces.with_yellow(findings, stack[-2:], rows[-2:]) == findings  # no such set
    assert yellow_faces.with_yellow([], stack, rows) == []
