"""The rungs by name."""

from evalkit.correspondence.rung_names import RUNGS, TESTED, title


def test_rungs_are_numbered_from_the_highest():
    assert [title(name)[:2] for name in RUNGS] == [f"{place} " for place in range(1, 7)]
    assert title("local") == "6 neighbours stay neighbours"
    assert [name for name in RUNGS if name in TESTED] == list(TESTED)
