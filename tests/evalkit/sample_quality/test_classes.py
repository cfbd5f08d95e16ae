"""Classes that are covered are counted, and those that are not are named."""

import numpy as np
import pytest

from evalkit.inputs.images import open_images
from evalkit.sample_quality.classes import class_score, mode_coverage


def test_a_digit_that_is_never_made_is_missing(reference):
    """Real digits but sevens as the generated, their true labels as the answers."""
    images = open_images("mnist", root=reference / "mnist")
    some, spare = images.held_out[:500], images.train[:700]
    drawn = spare[images.labels[spare] != 7]
    real, generated = (images.images(rows).reshape(len(rows), -1) for rows in (some, drawn))
    of_real, of_drawn = (np.eye(10)[images.labels[rows]] for rows in (some, drawn))
    modes = mode_coverage(
        images.classes, "labels", real=of_real, generated=of_drawn, real_images=real,
        generated_images=generated,
    )  # fmt: skip
    assert modes.missing == ("7",) and modes.covered == 9
    assert 0.07 < modes.distance < 0.2 and modes.score < modes.real_score < 10
    others = [c.diversity for c in modes.classes if c.label != "7"]
    assert min(others) > 0.9 and max(others) < 1.1


def test_class_score_from_one_to_the_number_of_classes():
    assert class_score(np.eye(4)[np.arange(40) % 4]) == pytest.approx(4)
    assert class_score(np.eye(4)[np.zeros(40, int)]) == pytest.approx(1)
    assert class_score(np.full((40, 4), 0.25)) == pytest.approx(1)


def test_classes_that_are_never_made_are_called_missing():
    rng = np.random.default_rng(2)
    real = np.eye(3)[np.arange(90) % 3]
    named = np.eye(3)[np.arange(90) % 2]  # never the third
    pictures = rng.uniform(size=(90, 5))
    narrow = np.where(named[:, [1]] == 1, pictures[:1], pictures)  # the second is always one image
    modes = mode_coverage(
        ("a", "b", "c"), "c.pt", real=real, generated=named, real_images=pictures,
        generated_images=narrow, requested=np.arange(90) % 2,
    )  # fmt: skip
    assert (modes.covered, modes.missing) == (2, ("c",))
    assert modes.distance == pytest.approx(1 / 3)
    a, b, c = modes.classes
    assert a.diversity == pytest.approx(1, abs=0.2) and b.diversity == 0 and c.diversity is None
    assert a.agreement == 1 and c.agreement is None and modes.agreement == 1
    # a class that real images lack is none to cover
    few = mode_coverage(
        ("a", "b", "c"), "c.pt", real=named, generated=named, real_images=pictures,
        generated_images=pictures,
    )  # fmt: skip
    assert (few.covered, few.missing, few.distance) == (2, (), 0)
