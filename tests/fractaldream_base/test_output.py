"""Where a result goes, and which files it may replace."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from fractaldream_base.options import OUTPUT, out_option, takes
from fractaldream_base.output import OutputOptions
from fractaldream_base.program import command
from typed import typed


def test_output_options_of_a_notebook():
    assert OutputOptions().progress and not OutputOptions(quiet=True).progress
    OutputOptions().check(None)


@dataclass(frozen=True)
class Score:
    value: float
    path: Path


@command()
@takes(
    click.argument("words", nargs=-1), click.option("--title"), out_option("A file."), OUTPUT
)  # fmt: skip
def tell(words, title, out, output):
    file = output.file(out, "score.txt")
    Path(file).write_text("new")
    output.say({"words": words, "title": title, "score": Score(math.nan, Path("a"))}, "text")


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def invoke(*words):
        return typed(tell, *words)

    return invoke


def test_a_positional_argument_after_json_is_no_file_to_write(run, tmp_path):
    (tmp_path / "data.h5").write_text("precious")
    done = run("--json", "data.h5")
    assert json.loads(done.stdout)["words"] == ["data.h5"]
    assert (tmp_path / "data.h5").read_text() == "precious"
    done = run("a", "--json", "b.json", "c", "--force")
    assert done.stdout == "text\n"
    assert json.loads((tmp_path / "b.json").read_text())["words"] == ["a", "c"]
    assert run("--json=table", "--force").exit_code == 0 and (tmp_path / "table").exists()


def test_what_exists_is_refused_with_a_line_that_names_force(run, tmp_path):
    for name in ("mine.txt", "mine.json"):
        (tmp_path / name).write_text("precious")
    for words in (["--out", "mine.txt"], ["--out", "new.txt", "--json", "mine.json"]):
        done = run(*words)
        assert done.exit_code == 2 and "exists" in done.stderr and "--force" in done.stderr
        assert (tmp_path / words[-1]).read_text() == "precious"
    assert not (tmp_path / "new.txt").exists()
    assert run("--out", "mine.txt", "--json", "mine.json", "--force").exit_code == 0
    assert (tmp_path / "mine.txt").read_text() == "new"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--out", "."], "a folder; give the name of a file"),
        (["--out", "no/where.txt"], "its folder does not exist; make it first"),
        (["--json=/dev/null", "--force"], "not a regular file"),
    ],
)
def test_places_that_cannot_be_written(run, words, message):
    done = run(*words)
    assert done.exit_code == 2 and message in done.stderr


def test_a_default_name_takes_the_next_free_one(run, tmp_path):
    (tmp_path / "score.txt").write_text("precious")
    (tmp_path / "score-2.txt").symlink_to("nowhere")
    run()
    assert (tmp_path / "score.txt").read_text() == "precious"
    assert (tmp_path / "score-3.txt").read_text() == "new"
    run("--force")
    assert (tmp_path / "score.txt").read_text() == "new"
