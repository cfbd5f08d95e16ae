"""Bad crops: trees learn them from cut versions that are read as files are."""

import numpy as np
import pytest

from clean_files import scene
from evalkit.clean.bad_crops import crop_likeness, cut_and_whole
from evalkit.clean.scan import read_one


@pytest.mark.parametrize("size", [(28, 28), (48, 48), (200, 90), (1, 7)])
def test_whole_images_that_trees_learn_are_as_files_are_read(tmp_path, size):
    """Else trees tell how thumbnails were made, and the estimate of what is caught flatters."""
    scene(np.random.default_rng(0), 96).resize(size).save(tmp_path / "a.jpg", quality=92)
    reading = read_one("a.jpg", str(tmp_path))
    cuts, wholes = cut_and_whole([reading.preview] * 6, 32, np.random.default_rng(1))
    assert cuts.shape == wholes.shape == (6, 32, 32, 3)
    saved, cut = (
        np.abs(thumbs.astype(int) - reading.thumb).mean((1, 2, 3)) for thumbs in (wholes, cuts)
    )
    assert saved.max() < 12
    if min(size) > 1:
        assert cut.min() > 1.5 * saved.max() and len({c.tobytes() for c in cuts}) == 6


def test_whole_images_are_taken_for_whole_and_cut_ones_for_cut(tmp_path):
    rng = np.random.default_rng(2)
    images = [scene(rng) for _ in range(180)]
    for row in range(160, 180):  # a corner of half the side, enlarged
        x, y = (24 * rng.integers(0, 2, 2)).tolist()
        images[row] = images[row].crop((x, y, x + 24, y + 24)).resize((48, 48))
    for row, image in enumerate(images):
        image.save(tmp_path / f"{row:03}.jpg", quality=92)
    readings = [read_one(f"{row:03}.jpg", str(tmp_path)) for row in range(180)]
    thumbs, previews = np.stack([r.thumb for r in readings]), [r.preview for r in readings]
    crops = crop_likeness(thumbs, previews, np.random.default_rng(0))
    assert (np.argsort(-crops.images)[:24] >= 160).sum() >= 16
    line = np.quantile(crops.images, 160 / 180)
    corners = crops.cuts[1::2]  # every second version is a corner
    assert abs((corners > line).mean() - (crops.images[160:] > line).mean()) < 0.2
