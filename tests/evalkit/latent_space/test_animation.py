"""Animations there and back, as .gif and .mp4."""

import numpy as np
import pytest
from PIL import Image

from evalkit.latent_space.animation import write_animation
from fractaldream_base.errors import BadInput


def test_animations(tmp_path):
    images = np.linspace(0, 1, 5)[:, None, None, None] * np.ones((1, 1, 9, 9))
    write_animation(images, str(tmp_path / "a.gif"))
    with Image.open(tmp_path / "a.gif") as image:
        assert image.n_frames == 8 and image.size[0] >= 256  # five there, three back
    with pytest.raises(BadInput, match=r"\.gif or \.mp4"):
        write_animation(images, str(tmp_path / "a.avi"))
    video = pytest.importorskip("imageio_ffmpeg")
    write_animation(images, str(tmp_path / "a.mp4"))
    count, _ = video.count_frames_and_secs(str(tmp_path / "a.mp4"))
    assert count == 8 and sorted(p.name for p in tmp_path.iterdir()) == ["a.gif", "a.mp4"]
