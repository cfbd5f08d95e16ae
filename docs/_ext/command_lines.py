"""The two command lines with all their commands loaded, for sphinx-click.

`fractaldream` has commands of its own and commands that other packages contribute; sphinx-click
would list the former alone.
"""

import click

import evalkit.cli
import fractaldream.cli


def loaded(group: click.Group) -> click.Group:
    """Return a plain group that holds every command of a lazy one."""
    context = click.Context(group)
    commands = {name: group.get_command(context, name) for name in group.list_commands(context)}
    return click.Group(
        name=group.name,
        help=group.help,
        params=[p for p in group.params if p.name != "version"],
        commands={name: command for name, command in commands.items() if command is not None},
    )


fractaldream_commands = loaded(fractaldream.cli.cli)
evalkit_commands = loaded(evalkit.cli.cli)
