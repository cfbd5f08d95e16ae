"""The pictures of the documentation, and the script that makes them again."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import click
import pytest

from evalkit.cli import cli as evalkit
from fractaldream.cli import cli as fractaldream

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "docs/make_pictures.sh"
PARTS = "attractors digits preview rungs latents sweep generators question zoo"


@pytest.fixture(scope="module")
def commands(tmp_path_factory):
    """The commands of the script in its order, which were not run."""
    folder = tmp_path_factory.mktemp("pictures")
    for name in ("fractaldream", "evalkit", "python"):
        recorder = folder / name
        record = f'for word in {name} "$@"; do echo "$word"; done >> "$CALLS"; echo >> "$CALLS"'
        recorder.write_text(f"#!/bin/sh\n{record}\n")
        recorder.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "CALLS": str(folder / "calls"),
        "PICTURES": str(folder / "work"),
    }
    words = ["bash", str(SCRIPT), str(folder), *PARTS.split()]
    subprocess.run(words, env=environment, check=True, timeout=60)
    return [call.splitlines() for call in (folder / "calls").read_text().split("\n\n") if call]


def parsed(command, name, words, parent=None):
    """Parse the words of a command, and those of its subcommands. Raises click.UsageError."""
    context = command.make_context(name, list(words), parent=parent)
    if isinstance(command, click.Group):
        rest = [*context._protected_args, *context.args]
        subname, subcommand, subwords = command.resolve_command(context, rest)
        parsed(subcommand, subname, subwords, context)


def test_each_command_of_the_script_takes_its_options(commands, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name, *words in commands:
        if name == "python":
            assert Path(words[0]).is_file(), words
            continue
        for word in words:  # what earlier commands would have made
            if word.endswith((".h5", ".pt")) and not word.startswith(("-", "/")):
                Path(word).parent.mkdir(parents=True, exist_ok=True)
                Path(word).touch()
        try:
            parsed({"fractaldream": fractaldream, "evalkit": evalkit}[name], name, words)
        except click.UsageError as error:
            pytest.fail(f"{shlex.join([name, *words])}: {error.format_message()}")


def test_each_picture_has_a_command_that_makes_it(commands):
    words = [word for call in commands for word in call]
    sources = [Path(word).read_text() for word in words if word.endswith("_pictures.py")]
    pages = [page.read_text(encoding="utf-8") for page in (ROOT / "docs").rglob("*.md")]
    blocks = [
        block for page in pages for block in re.findall(r"^```sh\n.*?^```$", page, re.M | re.S)
    ]
    texts = "\n".join([*words, *sources, *blocks])
    without = [p.name for p in (ROOT / "docs/img").iterdir() if p.name not in texts]
    assert without == [], "write the command into docs/make_pictures.sh or beside the picture"
