"""Options that all commands share: what they parse, write and refuse."""

import json
import math
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from fractaldream_base.options import THREAD_VARIABLES, joined_json
from fractaldream_base.program import VERSIONS
from fractaldream_base.strict_json import json_text


@dataclass(frozen=True)
class Score:
    value: float
    path: Path


@pytest.mark.parametrize(
    ("words", "joined"),
    [
        ("--json", "--json=-"),
        ("--json --quiet", "--json=- --quiet"),
        ("--json data.h5", "--json=- data.h5"),
        ("data.h5 --json", "data.h5 --json=-"),
        ("--json a.json data.h5", "--json=a.json data.h5"),
        ("--json A.JSON", "--json=A.JSON"),
        ("--json=table data.h5", "--json=table data.h5"),
        ("-- --json a.json", "-- --json a.json"),
    ],
)
def test_json_takes_the_next_word_only_if_it_is_a_json_file(words, joined):
    assert joined_json(words.split()) == joined.split()


def test_json_is_strict():
    value = {
        "nan": math.nan, "inf": [math.inf, np.float32("-inf")],
        "array": np.array([[1.5, math.nan]]), "number": np.int64(3), "bool": True,
        "path": Path("a/b"), "score": Score(math.inf, Path("c")), 3: None,
    }  # fmt: skip

    def no_constants(text):
        raise AssertionError(text)

    assert json.loads(json_text(value), parse_constant=no_constants) == {
        "nan": None, "inf": [None, None], "array": [[1.5, None]], "number": 3, "bool": True,
        "path": "a/b", "score": {"value": None, "path": "c"}, "3": None,
    }  # fmt: skip


def test_threads_reach_the_libraries():
    code = (
        "import click\n"
        "from fractaldream_base.options import THREADS\n"
        "@click.command()\n@THREADS\ndef count():\n"
        "    import os, torch\n"
        f"    print(torch.get_num_threads(), *(os.environ[n] for n in {THREAD_VARIABLES!r}))\n"
        "count(['--threads', '1'])"
    )
    given = {k: v for k, v in os.environ.items() if k not in THREAD_VARIABLES}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=given, check=True
    )
    assert done.stdout.split() == ["1"] * (1 + len(THREAD_VARIABLES))


def test_threads_leave_numba_as_it_is_once_it_runs():
    code = (
        "import click, numba\n"
        "from fractaldream_base.options import THREADS\n"
        "numba.set_num_threads(1)\n"
        "@click.command()\n@THREADS\ndef count():\n"
        "    print(numba.njit(lambda: 5)())\n"
        "count(['--threads', str(numba.config.NUMBA_NUM_THREADS + 1)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["5"], done.stderr


@pytest.mark.parametrize("program", ["fractaldream", "evalkit"])
def test_version_names_the_packages_that_matter(program):
    words = [sys.executable, "-X", "importtime", "-m", program, "--version"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    first, *rest = done.stdout.splitlines()
    assert first.startswith(f"{program} ") and rest[0].split()[1] == sys.version.split()[0]
    assert [line.split()[0] for line in rest[1:]] == list(VERSIONS)
    loaded = {line.split("|")[-1].strip() for line in done.stderr.splitlines()}
    assert not loaded & {"numpy", "torch", "h5py", "numba"}


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("fractaldream ren", "plain,render"),
        ("fractaldream train --preset aae-f", "plain,aae-fdd"),
        ("fractaldream train mni", "plain,mnist"),
        ("fractaldream train da", "file,da"),
        ("fractaldream preview da", "file,da"),
        ("evalkit grid runs", "file,runs"),
        ("evalkit grid c --plane a", "plain,axes"),
        ("evalkit grid c --jso", "plain,--json"),
    ],
)
def test_a_shell_completes_commands_files_and_names(words, completed):
    program, *rest = words.split()
    variables = {
        f"_{program.upper()}_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(rest)),
    }
    command = [sys.executable, "-m", program]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **variables})
    assert completed in done.stdout.split("\n"), (done.stdout, done.stderr)


SHELLS = {  # what prints the completions of "fractaldream train mnist --preset vae-"
    "bash": """
        eval "$(_FRACTALDREAM_COMPLETE=bash_source fractaldream)"
        COMP_WORDS=(fractaldream train mnist --preset vae-) COMP_CWORD=4
        _fractaldream_completion fractaldream
        printf '%s\\n' "${COMPREPLY[@]}"
    """,
    "zsh": """
        autoload -Uz compinit && compinit -u -D
        eval "$(_FRACTALDREAM_COMPLETE=zsh_source fractaldream)"
        compadd() { print -l -- ${(P)argv[-1]} }
        words=(fractaldream train mnist --preset vae-) CURRENT=5
        _fractaldream_completion
    """,
    "fish": """
        _FRACTALDREAM_COMPLETE=fish_source fractaldream | source
        complete -C "fractaldream train mnist --preset vae-"
    """,
}


@pytest.mark.parametrize("shell", SHELLS)
def test_the_lines_of_the_guide_work_in_each_shell(shell):
    if not shutil.which(shell):
        pytest.skip(f"no {shell} here: apt-get install {shell}")
    folder = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    without_rc = {"zsh": ["-f"], "bash": ["--norc"], "fish": []}[shell]
    done = subprocess.run(
        [shell, *without_rc, "-c", SHELLS[shell]], capture_output=True, text=True, env=environment
    )
    assert {"vae-fdd", "vae-conv-mnist"} <= set(done.stdout.split()), (done.stdout, done.stderr)
