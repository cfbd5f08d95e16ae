"""The command line: one module for each capability, imported when it is asked for."""

import importlib

import click

from fractaldream_base.errors import BadInput
from fractaldream_base.program import VERSION, Program, exits

COMMANDS = {  # name: module:function
    "correspond": "evalkit.correspondence.cli:correspond",
    "clean": "evalkit.clean.cli:clean",
    "explore": "evalkit.explorer.cli:explore",
    "neighbours": "evalkit.memorization.cli:neighbours",
    "interpolate": "evalkit.latent_space.cli:interpolate",
    "arithmetic": "evalkit.latent_space.cli:arithmetic",
    "grid": "evalkit.latent_space.cli:grid",
    "project": "evalkit.latent_space.cli:project",
    "classifier": "evalkit.networks.cli:classifier",
    "quality": "evalkit.sample_quality.cli:quality",
    "compare": "evalkit.comparison.cli:compare",
    "disentangle": "evalkit.disentanglement.cli:disentangle",
    "probe": "evalkit.representation.cli:probe",
}


class Commands(Program):
    """Commands that are imported on first use, so that --help stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import a command and return it."""
        if name not in COMMANDS:
            return None
        module, function = COMMANDS[name].split(":")
        command: click.Command = getattr(importlib.import_module(module), function)
        return command


@click.group(cls=Commands)
@VERSION
def cli() -> None:
    """Evaluate what a generator has learned, and clean image folders to learn from.

    The glossary of the documentation (docs/reference/glossary.md) explains the terms.

    \b
    Examples:
    evalkit correspond runs/aae/ckpt.pt --data fdd64.h5
    evalkit explore runs/aae/ckpt.pt --data fdd64.h5
    """


def main() -> None:
    """Run a command; errors that a user can mend are one line, exit status 2."""
    with exits("evalkit"):
        try:
            cli.main(prog_name="evalkit", standalone_mode=False)
        except RuntimeError as error:
            if "no locator available" not in str(error):
                raise
            raise BadInput(
                "pynndescent or umap-learn has nowhere to keep its compiled code; set "
                "NUMBA_CACHE_DIR to a folder that can be written"
            ) from error
