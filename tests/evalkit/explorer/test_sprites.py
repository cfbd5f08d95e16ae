"""Images as text that a page can hold."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from evalkit.explorer import sprites


def decoded(uri):
    head, _, body = uri.partition(",")
    return head, np.asarray(Image.open(io.BytesIO(base64.b64decode(body))))


@pytest.mark.parametrize("channels", [1, 3])
def test_strips_hold_images_side_by_side_without_a_loss(channels):
    images = np.random.default_rng(0).integers(0, 256, (5, 8, 8, channels), dtype=np.uint8)
    first, second = map(decoded, sprites.strips(images, 3))
    assert first[0] == second[0] == "data:image/png;base64"
    expected = np.concatenate(list(images[:3]), 1)
    assert np.array_equal(first[1], expected[..., 0] if channels == 1 else expected)
    assert second[1].shape[:2] == (8, 16)


def test_large_images_are_webp_and_close():
    image = np.repeat(np.arange(96, dtype=np.uint8)[:, None, None], 96, 1).repeat(3, 2)
    head, shown = decoded(sprites.data_uri(image))
    assert head == "data:image/webp;base64"
    assert np.abs(shown.astype(int) - image).mean() < 4


def test_a_plane_is_one_picture_from_the_top_and_not_too_large(monkeypatch):
    images = np.arange(4, dtype=np.uint8).reshape(4, 1, 1, 1).repeat(8, 1).repeat(8, 2)
    _, whole = decoded(sprites.mosaic(images, 2))
    assert whole[::8, ::8].tolist() == [[0, 1], [2, 3]]
    monkeypatch.setattr(sprites, "MOSAIC", 4)
    head, small = decoded(sprites.mosaic(images, 2))
    assert head == "data:image/png;base64" and small.shape == (4, 4)  # grey stays lossless


def test_pixels_are_packed_as_canvases_hold_them():
    pixel = sprites.packed(np.array([[[1, 2, 3]]], np.uint8))
    assert pixel.tolist() == [[0xFF030201]]
