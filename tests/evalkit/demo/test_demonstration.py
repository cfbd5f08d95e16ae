"""The demo runs each command once, goes on where it was, and writes one page that stands alone."""

import json
import re
import shlex

import click
import numpy as np
import pytest
from PIL import Image

import evalkit.cli
import fractaldream.cli
from evalkit.demo import demonstration
from evalkit.demo.demonstration import demo
from evalkit.demo.page import NEXT, render_page
from evalkit.demo.steps import RUN, Runner, Step, demo_steps
from fractaldream_base.errors import BadInput

PROGRAMS = {"fractaldream": fractaldream.cli.cli, "evalkit": evalkit.cli.cli}
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


@pytest.mark.parametrize("command", [step.command for step in demo_steps(0)] + [c for c, _ in NEXT])
def test_the_commands_are_ones_that_the_programs_take(command):
    program, *words = shlex.split(command)
    found = PROGRAMS[program]
    context = click.Context(found)
    while isinstance(found, click.Group):
        found = found.get_command(context, words.pop(0))
        assert found is not None
    found.make_context(command, words)


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


def write_results(folder):
    """Write what the steps leave, with a verdict that HTML must not read."""
    (folder / RUN).mkdir(parents=True)
    for name in ("data", "samples", "reconstructions", "neighbours", f"{RUN}/losses"):
        Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(folder / f"{name}.png")
    (folder / "correspond.json").write_text(json.dumps({"verdict": "a < b & c"}))
    row = json.dumps({"epoch": 1, "validation_mse": 0.1})
    (folder / RUN / "metrics.jsonl").write_text(f'{row}\n{{"epoch": 2, "vali')
    for step in demo_steps(0):
        step.printed(folder).write_text(f"<{step.name}>\n")


def test_the_page_needs_no_other_file(tmp_path):
    write_results(tmp_path)
    page = render_page(tmp_path, demo_steps(0))
    assert (
        "a &lt; b &amp; c" in page and "&lt;neighbours&gt;" in page and "<neighbours>" not in page
    )
    sources = re.findall(r"src=\"([^\"]*)\"", page)
    assert len(sources) == 5 and all(s.startswith("data:image/png;base64,") for s in sources)
    assert "http" not in page and "1 epochs" not in page
    for command, _ in NEXT:
        assert command in page.replace("&quot;", '"')


def test_a_training_of_few_epochs_has_no_picture_of_losses(tmp_path):
    write_results(tmp_path)
    (tmp_path / RUN / "losses.png").unlink()
    assert render_page(tmp_path, demo_steps(0)).count("<figure>") == 4


def test_training_is_not_ended_before_an_epoch_is_recorded(tmp_path):
    runner = Runner(tmp_path, progress=False)
    (tmp_path / RUN).mkdir()
    (tmp_path / RUN / "ckpt.pt").touch()
    assert not runner._has_epoch()
    (tmp_path / RUN / "metrics.jsonl").write_text('{"epo')
    assert not runner._has_epoch()
    (tmp_path / RUN / "metrics.jsonl").write_text('{"epoch": 1}\n')
    assert runner._has_epoch()


def test_a_finished_demo_writes_its_page_and_others_are_left_alone(tmp_path, monkeypatch):
    out = tmp_path / "demo"
    write_results(out)
    with pytest.raises(BadInput, match="holds something else than a demo"):
        demo(out)
    (out / "demo.txt").write_text("seed 0\n")
    opened = []
    monkeypatch.setattr(demonstration.webbrowser, "open", opened.append)
    result = demo(out, open_page=True)
    assert opened == [(out / "index.html").resolve().as_uri()] and result.seconds == {}
    with pytest.raises(BadInput, match="a demo with seed 0; give another folder"):
        demo(out, seed=1)


def test_force_removes_a_demo_and_nothing_beside_it(tmp_path, monkeypatch):
    out = tmp_path / "demo"
    write_results(out)
    (out / "demo.txt").write_text("seed 0\n")
    (out / "large.h5").write_bytes(b"mine")
    (out / "paired").mkdir()
    monkeypatch.setattr(demonstration, "render_page", lambda *parts: "page")
    link = tmp_path / "link"
    link.symlink_to(out)
    monkeypatch.setattr(
        demonstration, "demo_steps", lambda seed: demo_steps(seed) if seed == 0 else []
    )
    demo(link, seed=1, force=True)
    left = sorted(path.name for path in out.iterdir())
    assert left == ["demo.txt", "index.html", "large.h5", "paired"]
    assert (out / "demo.txt").read_text() == "seed 1\n"


@pytest.mark.parametrize("content", [b"\xff\xfe", b"notes on a demo\n"])
def test_a_folder_with_another_demo_txt_is_not_a_demo(tmp_path, content):
    (tmp_path / "demo.txt").write_bytes(content)
    with pytest.raises(BadInput, match="holds something else than a demo"):
        demo(tmp_path, force=True)
    assert (tmp_path / "demo.txt").read_bytes() == content


@pytest.mark.slow
def test_the_whole_way(tmp_path):
    result = demo(tmp_path / "demo", minutes=0.2)
    assert list(result.seconds) == [step.name for step in demo_steps(0)]
    assert "Do the latents stand for the six numbers?" in (tmp_path / "demo/index.html").read_text()
