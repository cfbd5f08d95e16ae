"""What is off topic: alone or in company, and told from images of no set."""

import numpy as np
import pytest
from clean_files import scene
from PIL import Image
from sklearn.datasets import load_digits, load_sample_images

from evalkit.clean import outliers
from evalkit.clean.outlier_exposure import generic_images
from evalkit.clean.ranking import learnt_suspicion, together
from evalkit.clean.scan import read_one


def small(image):
    return np.asarray(image.convert("RGB").resize((32, 32), Image.Resampling.BOX))


@pytest.fixture(scope="module")
def scenes():
    rng = np.random.default_rng(0)
    return np.stack([small(scene(rng)) for _ in range(240)])


def strays(kind, rng):
    """15 pieces of photographs, or digits."""
    if kind == "digits":
        return np.stack([small(Image.fromarray((d * 15.9).astype(np.uint8))) for d in DIGITS[:15]])
    out = []
    for photograph in [Image.fromarray(i) for i in load_sample_images().images] * 8:
        x, y = rng.integers(0, 200, 2)
        out.append(small(photograph.crop((x, y, x + 220, y + 220))))
    return np.stack(out[:15])


DIGITS = load_digits().images


def judged(thumbs):
    faces = outliers.are_yellow_faces(outliers.yellow(thumbs)[:, 0])
    features = outliers.described(thumbs, faces)
    foreign = outliers.foreign(thumbs, features, faces)
    return outliers.off_topic(features), foreign


@pytest.mark.parametrize("kind", ["digits", "photographs"])
def test_strays_in_company_lead(scenes, kind):
    thumbs = np.concatenate([scenes, strays(kind, np.random.default_rng(1))])
    distance, foreign = judged(thumbs)
    first = np.argsort(-together(distance, foreign))[:20]
    assert (first >= len(scenes)).sum() >= 14
    assert np.median(foreign[len(scenes) :]) > np.quantile(foreign[: len(scenes)], 0.9)


def test_scenes_among_digits_lead_too(scenes):
    """The set decides what is off topic, not the kinds of images that a maker thought of."""
    digits = np.stack([small(Image.fromarray((d * 15.9).astype(np.uint8))) for d in DIGITS[:300]])
    distance, foreign = judged(np.concatenate([digits, scenes[:12]]))
    assert (np.argsort(-together(distance, foreign))[:24] >= 300).sum() >= 11


def test_generic_images_are_many_and_the_same_again(scenes):
    first, again = (generic_images(60, scenes, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first, again) and first.shape == (60, 32, 32, 3)
    assert len({image.tobytes() for image in first}) > 50
    assert (first.std((1, 2)).max(1) > 2).mean() > 0.9  # few are plain


def test_too_few_images_say_nothing(scenes):
    distance, foreign = judged(scenes[:20])
    assert not distance.any() and not foreign.any()


@pytest.mark.parametrize("size", [(28, 28), (48, 48), (200, 90), (1, 7)])
def test_whole_images_that_trees_learn_are_as_files_are_read(tmp_path, size):
    """Else trees tell how thumbnails were made, and the estimate of what is caught flatters."""
    scene(np.random.default_rng(0), 96).resize(size).save(tmp_path / "a.jpg", quality=92)
    reading = read_one("a.jpg", str(tmp_path))
    cuts, wholes = outliers.cut_and_whole([reading.preview] * 6, 32, np.random.default_rng(1))
    assert cuts.shape == wholes.shape == (6, 32, 32, 3)
    saved, cut = (
        np.abs(made.astype(int) - reading.thumb).mean((1, 2, 3)) for made in (wholes, cuts)
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
    crops = outliers.bad_crops(thumbs, previews, np.random.default_rng(0))
    assert (np.argsort(-crops.images)[:24] >= 160).sum() >= 16
    line = np.quantile(crops.images, 160 / 180)
    corners = crops.cuts[1::2]  # every second version is a corner
    assert abs((corners > line).mean() - (crops.images[160:] > line).mean()) < 0.2


def test_decisions_tell_which_scores_to_trust():
    """Two scores made images suspect; a person dropped what one named, kept what the other did."""
    rng = np.random.default_rng(4)
    features = rng.normal(size=(400, 12)).astype(np.float32)
    features[:30, -1] += 8
    features[30:60, -2] += 8
    before = np.where(np.arange(400) < 60, 0.7, 0.3) + rng.uniform(0, 0.05, 400)
    keys = [str(row) for row in range(400)]
    decided = {str(row): row < 30 for row in [*range(8), *range(30, 38)]}
    after = learnt_suspicion(features, before, keys, decided)
    assert (np.argsort(-after)[:22] < 30).all()
    assert not after[[*range(8), *range(30, 38)]].any()
