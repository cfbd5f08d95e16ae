"""Options of the ladder."""

import pytest

from evalkit.correspondence.options import CorrespondOptions
from fractaldream_base.errors import BadInput


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"n": 8}, "n 8"),
        ({"rotations": 19}, "rotations 19"),
        ({"ensemble": 9}, "ensemble 9"),
        ({"alpha": 0.9}, "alpha"),
        ({"images": 100}, "images 100"),
    ],
)
def test_options_that_no_test_can_be_made_of_are_refused(given, message):
    with pytest.raises(BadInput, match=message):
        CorrespondOptions(**given).check()
