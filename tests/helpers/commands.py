"""A command line in this process."""

import sys


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
