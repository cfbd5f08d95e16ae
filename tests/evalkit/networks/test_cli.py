"""The command that trains a classifier."""

import json

from click.testing import CliRunner

from evalkit.networks.classifier import load_classifier
from evalkit.networks.cli import classifier
from models_files import write_mnist


def test_the_command_writes_a_checkpoint_and_its_figures(tmp_path):
    write_mnist(tmp_path / "idx", 200)
    out = tmp_path / "digits.pt"
    words = ["mnist", "--root", tmp_path / "idx", "--epochs", 1, "--seed", 3, "--out", out]
    done = CliRunner().invoke(classifier, [*map(str, words), "--json", "--quiet"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["checkpoint"] == str(out)
    metrics = load_classifier(out).metrics
    assert metrics["epochs"] == 1 and metrics["seed"] == 3
