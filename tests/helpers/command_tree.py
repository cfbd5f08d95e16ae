"""Every command and group of both programs, by name."""

import click

import evalkit.cli
import fractaldream.cli

ROOTS = {"fractaldream": fractaldream.cli.cli, "evalkit": evalkit.cli.cli}


def walk(name, command):
    """Yield every command and group below a program, with its name."""
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for child in command.list_commands(context):
            yield from walk(f"{name} {child}", command.get_command(context, child))


ALL = dict(entry for root in ROOTS.items() for entry in walk(*root))
COMMANDS = {name: c for name, c in ALL.items() if not isinstance(c, click.Group)}
