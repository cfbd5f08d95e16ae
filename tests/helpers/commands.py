"""A command line in this process."""

import contextlib
import io
import sys
from subprocess import CompletedProcess
from unittest import mock


def run_here(main, name, *words, cwd="."):
    """Run a program in this process, as `subprocess.run` would in another."""
    arguments, status = [name, *map(str, words)], 0
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", arguments),
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as leave:
            status = leave.code or 0
    return CompletedProcess(arguments, status, out.getvalue(), err.getvalue())


def command(main, name, monkeypatch, capsys):
    """Return a function of words that calls `main` as the command `name` is called.

    It returns the exit status, standard output and standard error.
    """

    def call(*words):
        monkeypatch.setattr(sys, "argv", [name, *map(str, words)])
        status = 0
        try:
            main()
        except SystemExit as leave:
            status = leave.code or 0
        output = capsys.readouterr()
        return status, output.out, output.err

    return call
