"""Each step is run once, goes on where it was, and ends in time."""

import pytest

from evalkit.demo.steps import RUN, Runner, Step
from fractaldream_base.errors import BadInput

PROGRAM = """
import pathlib, sys, time
words = sys.argv[1:]
with open("log.txt", "a") as log:
    log.write(" ".join(words) + "\\n")
if words[0] == "fail":
    sys.exit("no such thing")
if words[0] == "endless":
    pathlib.Path("run").mkdir(exist_ok=True)
    pathlib.Path("run/ckpt.pt").write_text("epoch 1")
    pathlib.Path("run/metrics.jsonl").write_text("{}\\n")
    time.sleep(600)
print("done", *words)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder in which `python -m stand_in` is a program that does nothing."""
    (tmp_path / "stand_in.py").write_text(PROGRAM)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "demo").mkdir()
    return tmp_path / "demo"


def test_a_step_is_run_once_and_goes_on_with_what_was_left(folder):
    step = Step("render", "Render", ("stand_in", "render"), "parts")
    runner = Runner(folder, progress=False)
    runner.run(step)
    runner.run(step)
    assert (folder / "render.txt").read_text() == "done render\n"
    (folder / "render.txt").unlink()
    (folder / "parts").mkdir()
    runner.run(step)
    assert (folder / "log.txt").read_text() == "render\nrender --resume\n"


def test_a_command_that_fails_is_one_line_and_is_run_again(folder):
    step = Step("sample", "Sample", ("stand_in", "fail"))
    for _ in range(2):
        with pytest.raises(BadInput, match="stand_in fail failed: no such thing; run the demo"):
            Runner(folder, progress=False).run(step)
    assert (folder / "log.txt").read_text() == "fail\nfail\n"


def test_training_ends_when_its_time_is_over_and_a_checkpoint_is_there(folder):
    step = Step("train", "Train", ("stand_in", "endless"))
    Runner(folder, progress=False).run(step, limit=0.5)
    assert (folder / "run" / "ckpt.pt").exists() and (folder / "train.txt").exists()


def test_training_is_not_ended_before_an_epoch_is_recorded(tmp_path):
    runner = Runner(tmp_path, progress=False)
    (tmp_path / RUN).mkdir()
    (tmp_path / RUN / "ckpt.pt").touch()
    assert not runner._has_epoch()
    (tmp_path / RUN / "metrics.jsonl").write_text('{"epo')
    assert not runner._has_epoch()
    (tmp_path / RUN / "metrics.jsonl").write_text('{"epoch": 1}\n')
    assert runner._has_epoch()
