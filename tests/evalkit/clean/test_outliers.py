"""Images that are off topic: alone or in company, and told from images of no set."""

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits, load_sample_images

from clean_files import scene
from evalkit.clean import outliers
from evalkit.clean.ranking import together
from evalkit.clean.yellow_faces import are_yellow_faces, yellow


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
    faces = are_yellow_faces(yellow(thumbs)[:, 0])
    features = outliers.topic_features(thumbs, faces)
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


def test_too_few_images_say_nothing(scenes):
    distance, foreign = judged(scenes[:20])
    assert not distance.any() and not foreign.any()
