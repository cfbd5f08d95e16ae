"""Decisions of a person move the scores that were right."""

import numpy as np

from evalkit.clean.ranking import learnt_suspicion


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
