"""Scores of codes whose answer is known."""

import numpy as np
import pytest

from evalkit.representation.scores import LabelledCodes, cluster_scores, score_codes


def labelled(codes, labels):
    return LabelledCodes(codes[::2], labels[::2], codes[1::2], labels[1::2])


def test_labels_are_read_from_codes_that_hold_them_and_not_from_others():
    rng = np.random.default_rng(0)
    labels = rng.integers(4, size=400)
    clouds = np.eye(4)[labels] + 0.05 * rng.standard_normal((400, 4))
    scores = score_codes(labelled(clouds, labels))
    assert scores.linear == scores.neighbour == scores.clustering == scores.nmi == scores.ari == 1
    blind = score_codes(labelled(rng.standard_normal((400, 4)), labels))
    assert max(blind.linear, blind.neighbour, blind.clustering) < 0.4
    assert blind.nmi < 0.1 and abs(blind.ari) < 0.1


def test_codes_that_are_all_the_same_tell_nothing(recwarn):
    scores = score_codes(labelled(np.ones((40, 4)), np.arange(40) // 2 % 2))
    assert scores.linear == scores.clustering == 0.5 and scores.nmi == 0
    assert not [str(w.message) for w in recwarn]


def test_clusters_may_have_any_names_and_numbers():
    labels = np.repeat([0, 1, 2], 4)
    assert cluster_scores(np.array([2, 0, 1])[labels], labels) == (1, 1, 1)
    accuracy, nmi, ari = cluster_scores(np.zeros(12, int), labels)
    assert (accuracy, nmi, ari) == (pytest.approx(1 / 3), 0, 0)
    assert cluster_scores(np.arange(12), labels)[0] == 0.25
