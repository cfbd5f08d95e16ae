"""Sums of places as they are written."""

import pytest

from evalkit.latent_space.terms import Term, parse
from fractaldream_base.errors import BadInput


def test_terms_have_signs_and_factors():
    assert parse("0 + 4 - 7") == [Term(1, "0"), Term(1, "4"), Term(-1, "7")]
    assert parse("- 0.5*row:3 + z:-1,2") == [Term(-0.5, "row:3"), Term(1, "z:-1,2")]


@pytest.mark.parametrize("wrong", ["", "0 4", "0 +", "+ - 3", "0 * 4", "0+4 7"])
def test_what_is_no_sum_is_refused(wrong):
    with pytest.raises(BadInput, match="spaces between"):
        parse(wrong)
