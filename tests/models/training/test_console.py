"""What a training shows on stderr."""

import pytest

from fractaldream_models.training import console as module
from fractaldream_models.training.choice import Choice
from fractaldream_models.training.console import Console

ROW = {"epoch": 1, "reconstruction": 0.25, "kernel_distance": 1.5}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3.14, "3.1 s"), (59.6, "60 s"), (600, "10 min"), (9000, "2.5 h"), (400_000, "4.6 days")],
)
def test_durations_in_words(seconds, words):
    assert module._duration(seconds) == words


def test_a_quiet_training_shows_nothing(capsys):
    console = Console(False, "kernel_distance", 2)
    assert list(console.batches([1, 2, 3], 3, 1)) == [1, 2, 3]
    console.epoch(ROW, Choice(1, "kernel_distance", 1.5, 1, 1.5))
    console.write("a line")
    assert capsys.readouterr().err == ""


def test_epochs_are_lines_below_one_header_and_the_chosen_is_marked(capsys):
    console = Console(True, "kernel_distance", 2)
    choice = Choice(1, "kernel_distance", 1.5, 1, 1.5)
    console.epoch(ROW, choice)
    console.epoch(ROW | {"epoch": 2, "kernel_distance": 2.5}, choice)
    lines = capsys.readouterr().err.splitlines()
    heads = [line for line in lines if line.split()[:2] == ["epoch", "reconstruction"]]
    assert len(heads) == 1 and "lower is better; * is kept as ckpt.pt" in "".join(lines)
    first, second = lines[-2:]
    assert first.split()[:3] == ["1/2", "0.25", "1.5*"]
    assert second.split()[:3] == ["2/2", "0.25", "2.5"]


def test_a_long_training_is_estimated_once_and_warned_of(capsys, monkeypatch):
    console = Console(True, "kernel_distance", 100)
    for _ in range(2):
        console._estimate(3600, 1)
    text = capsys.readouterr().err
    assert text.count("Time ") == 1 and "about 60 min an epoch, 4.2 days in all" in text
    assert "warning: this takes 4.2 days; end it with Ctrl-C" in text
