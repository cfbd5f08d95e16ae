"""Codes and factors that cannot be scored."""

import numpy as np
import pytest

from evalkit.disentanglement.options import DisentangleOptions
from evalkit.disentanglement.scores import score_codes
from fractaldream_base.errors import BadInput

NAMES = ("a", "b", "c", "d")


QUICK = DisentangleOptions(draws=40, trees=8, refits=2, votes=80)


def test_refusals_are_one_line():
    v = np.random.default_rng(0).uniform(size=(200, 2))
    flat = v.copy()
    flat[:, 1] = 0.1
    holed = v.copy()
    holed[0, 0] = np.nan
    for codes, factors, names, word in (
        (v[:, :1], v, NAMES[:2], "one-dimensional latent"),
        (v, v[:, :1], NAMES[:1], "two or more"),
        (v, flat, NAMES[:2], "factor b does not vary"),
        (holed, v, NAMES[:2], "not finite"),
        (v[:50], v[:50], NAMES[:2], "100 or more"),
        (v[:150], v, NAMES[:2], "give"),
        (v, v, NAMES[:3], "3 names"),
        (np.zeros_like(v), v, NAMES[:2], "collapsed"),
    ):
        with pytest.raises(BadInput, match=word) as refused:
            score_codes(codes, factors, names, options=QUICK)
        assert "\n" not in str(refused.value)
