"""`fractaldream doctor` in this process, and files of a user in its cache folder."""

from click.testing import CliRunner

from fractaldream.cli import cli

MINE = ("notes.txt", "data.h5", "runs/ckpt.pt", "MNIST/raw/x")


def run(*words, **more):
    return CliRunner().invoke(cli, ["doctor", *words], **more)
