"""Commands typed as in a terminal: errors end as the programs end them."""

from click.testing import CliRunner

from fractaldream_base.program import exits


class _Ended:
    """A command with the ending of a program."""

    def __init__(self, command):
        self.command, self.name = command, command.name

    def main(self, args, prog_name, **more):
        with exits(prog_name):
            self.command.main(args, prog_name, standalone_mode=False, **more)


def typed(command, *words, catch_exceptions=False):
    """Run a command as a program does; the result has exit_code, stdout and stderr."""
    arguments = [str(word) for word in words]
    return CliRunner().invoke(_Ended(command), arguments, catch_exceptions=catch_exceptions)
