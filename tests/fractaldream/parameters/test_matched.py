"""Parameters of matched pairs."""

import numpy as np
import pytest

import fractaldream as fd
from fractaldream.cli import cli
from typed import typed


@pytest.mark.parametrize("shared", [1, 3, 5])
def test_rows_of_a_pair_share_that_many_and_follow_the_law(shared):
    recipe = fd.Recipe(n=4000, law="normal", refusals=False, seed=3)
    rows = fd.matched_params(recipe, shared)
    same = rows[::2] == rows[1::2]
    assert (same.sum(1) == shared).all()
    assert np.abs(same.mean(0) - shared / 6).max() < 0.05  # every parameter as often
    spread = rows[1::2].std(0) / [3**-0.5, 3**-0.5, *[3**0.5] * 4]
    assert np.abs(spread - 1).max() < 0.05 and np.abs(rows[1::2].mean(0)).max() < 0.15
    other = np.where(same, np.nan, rows[::2] * rows[1::2])
    if shared < 5:
        assert np.nanmean(other, 0) == pytest.approx(np.zeros(6), abs=0.4)
    shorter = fd.matched_params(fd.Recipe(n=40, law="normal", refusals=False, seed=3), shared)
    assert np.array_equal(shorter, rows[:40])


def test_the_command_renders_pairs(tmp_path):
    words = ["render", "--law", "normal", "--no-refusals", "--n", "6", "--size", "16", "--quiet"]
    words += ["--iterations", "300", "--out", str(tmp_path / "pairs.h5"), "--shared"]
    assert typed(cli, *words, "2").exit_code == 0
    with fd.open(tmp_path / "pairs.h5") as data:
        assert ((data.params[::2] == data.params[1::2]).sum(1) == 2).all()
        assert fd.verify(tmp_path / "pairs.h5").passed


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--law normal --no-refusals --shared 6", "from 1 to 5"),
        ("--law normal --shared 2", "add --no-refusals"),
        ("--no-refusals --shared 2", "law fdd ties parameters"),
        ("--law normal --no-refusals --n 5 --shared 2", "even number"),
    ],
)
def test_what_are_no_pairs_is_refused_in_one_line(words, message, tmp_path):
    result = typed(
        cli, "render", *words.split(), "--out", str(tmp_path / "x.h5"), catch_exceptions=True
    )
    assert result.exit_code != 0
    text = result.stderr if result.stderr else str(result.exception)
    assert message in text
