"""Commands of `fractaldream` in the process of the test."""

from commands import run_here
from fractaldream import cli


def run(*args, **kwargs):
    return run_here(cli.main, "fractaldream", *args, **kwargs)


def refused(*args, message, code=2, **kwargs):
    """Assert that a command says `message` in one line on stderr and nothing on stdout."""
    result = run(*args, **kwargs)
    assert result.returncode == code, (result.stdout, result.stderr)
    assert result.stdout == "" and result.stderr.count("\n") == 1, result.stderr
    assert "Traceback" not in result.stderr
    assert message in result.stderr
    return result.stderr
