"""Try an installed package: `python smoke.py CLONE WHEEL`, in an empty folder outside the clone.

The wheel must hold every file of the packages, its description must not point into the
repository, and the commands must work where nothing but the wheel is installed.
"""

import importlib.metadata
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import click

import fractaldream.cli
from evalkit.cli import cli as evalkit_cli
from fractaldream.cli import cli as fractaldream_cli

PACKAGES = ("fractaldream", "fractaldream_base", "evalkit", "models/fractaldream_models")
TOUR = (
    "fractaldream render --n 60 --size 16 --iterations 2000 --min-visited 0.05 --out small.h5",
    "fractaldream info small.h5",
    "fractaldream sample pretrained:gan-fdd --n 4 --out attractors.png",
    "fractaldream train small.h5 --preset aae-fdd --set width=0.1 --set latent=6 --set size=16 "
    "--set batch=4 --epochs 1 --out run",
    "fractaldream sample run/ckpt.pt --n 4 --out grid.png",
    "evalkit explore run/ckpt.pt --data small.h5 --grid 3 --points 10 --static page.html",
)


def run(words):
    """Run a command of this environment, and show its output if it fails."""
    command = [str(Path(sys.executable).with_name(words[0])), *words[1:]]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(words)}\n{done.stdout}{done.stderr}")


def commands(group, name):
    """Yield the words of every command of a group, groups included."""
    yield [name]
    context = click.Context(group)
    for inner in group.list_commands(context):
        command = group.get_command(context, inner)
        if isinstance(command, click.Group):
            yield from ([name, *words] for words in commands(command, inner))
        else:
            yield [name, inner]


def missing_files(clone, wheel):
    """Return the files of the packages in the repository that the wheel does not hold."""
    tracked = subprocess.run(
        ["git", "-C", clone, "ls-files", *PACKAGES],
        check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    held = set(zipfile.ZipFile(wheel).namelist())
    return {name.removeprefix("models/") for name in tracked} - held


def main():
    """Check the wheel, then the installation."""
    clone, wheel = sys.argv[1:]
    if Path(clone).resolve() in Path(fractaldream.__file__).resolve().parents:
        sys.exit("not installed: the packages of the repository are imported")
    if missing := missing_files(clone, wheel):
        sys.exit(f"missing in the wheel: {sorted(missing)}")
    description = importlib.metadata.metadata("fractaldream").get_payload()
    if links := re.findall(r"\]\((?!https?://)[^)]*\)", description):
        sys.exit(f"links into the repository: {links}")
    for root, name in ((fractaldream_cli, "fractaldream"), (evalkit_cli, "evalkit")):
        for words in commands(root, name):
            run([*words, "--help"])
    for line in TOUR:
        run(line.split())


if __name__ == "__main__":
    main()
