"""Images that look wrong are found where they were planted."""

import pytest

from clean_files import named


@pytest.mark.parametrize(
    "finding", ["blank", "dark", "bright", "blurred", "compressed", "bars", "odd-size", "odd-mode"]
)
def test_a_fault_is_found_where_it_was_planted(planted, finding):
    names = {path.split(".")[0] for path in named(planted[0], finding)}
    assert finding in names and len(names) <= 4
