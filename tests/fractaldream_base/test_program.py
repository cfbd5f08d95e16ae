"""How programs end: one line and a status, whatever went wrong outside them."""

import errno
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from fractaldream_base.errors import BadInput
from fractaldream_base.program import Program, exits


def ended(error, capsys):
    with pytest.raises(SystemExit) as caught, exits("program"):
        raise error
    return caught.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (BadInput("a.h5: of\ntwo lines; mend it"), "a.h5: of two lines; mend it"),
        (MemoryError(), "not enough memory; ask for fewer or smaller images"),
        (PermissionError(errno.EACCES, "Permission denied", "a.png"), "a.png: permission denied"),
        (
            OSError(errno.ENAMETOOLONG, "File name too long", "a\udcff"),
            "a\\xff: file name too long",
        ),
        (OSError(errno.ENOSPC, "No space left"), "the disk, or what stdout goes to, is full"),
    ],
)
def test_what_a_user_can_mend_is_one_line(error, line, capsys):
    status, text = ended(error, capsys)
    assert status == 2 and text.startswith(f"program: {line}") and text.count("\n") == 1


def test_errors_of_the_program_itself_are_not_hidden():
    for error in (OSError(errno.EIO, "Input/output error"), KeyError("a"), EOFError()):
        with pytest.raises(type(error)), exits("program"):
            raise error


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("program", ["fractaldream", "evalkit"])
def test_a_full_stdout_is_one_line(program):
    with open("/dev/full", "w") as full:  # noqa: PTH123
        command = [sys.executable, "-m", program, "--help"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr == (
        f"{program}: the disk, or what stdout goes to, is full; free some space\n"
    )


def test_an_interrupt_that_python_only_reports_is_not_lost(capsys):
    class Finalised:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)

    earlier = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(SystemExit) as caught, exits("program"):
            Finalised()
            time.sleep(30)
    finally:
        signal.signal(signal.SIGINT, earlier)
    assert caught.value.code == 130 and capsys.readouterr().err == "program: interrupted\n"


@click.group(cls=Program)
def tool():
    """Name the root."""


@tool.command()
@click.option("--format", type=click.Choice(["png", "npz"]), required=True)
def convert(format):
    """Fail in one line."""
    raise BadInput("nothing to convert")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["convrt"], "tool: No such command 'convrt'. Did you mean 'convert'?"),
        (["zzz"], "tool: No such command 'zzz'."),
        (["convert"], "tool convert: Missing option '--format'. Choose from: png, npz"),
        (["convert", "--format", "png"], "tool convert: nothing to convert"),
    ],
)
def test_errors_of_a_command_bear_its_name(words, line, capsys):
    with pytest.raises(SystemExit) as caught, exits("tool"):
        tool.main(words, prog_name="tool", standalone_mode=False)
    assert caught.value.code == 2 and capsys.readouterr().err == f"{line}\n"
