"""Commands that take module:callable work in a folder that holds modules of common names."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

import fork_server
import fractaldream as fd
from evalkit.cli import COMMANDS, cli
from models_files import write_dataset
from own_cache import new_cache

HELPERS_FOLDER = str(Path(fork_server.__file__).parent)
COMMON = ("models", "data", "evalkit_helpers", "utils", "errors")  # names that users' folders hold
HELPERS = "import numpy as np\nclass Net:\n    size = 16\n"
MODULE = """
from data import SIDE
from errors import Wrong
from evalkit_helpers import scale
from models import Net
from utils import clip
import numpy as np

def generate(z):
    side = np.linspace(-1, 1, SIDE)
    waves = np.sin(z[:, :1, None] * side[None, None]) * np.cos(z[:, 1:2] * side)[:, :, None]
    return clip(scale((waves + 1) / 2)).reshape(len(z), SIDE, SIDE).astype("float32")
"""
# computes less; the folder is on the path before anything of evalkit is imported, as with -m
QUICK = "import fork_server; fork_server.make_quick(); from evalkit.cli import main; main()"
ARGUMENTS = {
    "correspond": "--data rendered.h5 --n 64 --alpha 0.2 --rotations 19 --ensemble 19 "
    "--replicates 0 --images 512 --quiet",
    "explore": "--static look.html --grid 4 --points 8 --quiet",
    "neighbours": "--data data.h5 --n 20 --k 2 --refine 0 --quiet",
    "interpolate": "random random --steps 4",
    "arithmetic": "random --data data.h5",
    "grid": "--n 4 --quiet",
    "project": "--samples --classifier names.pt --n 40 --method pca --quiet",
    "quality": "--data data.h5 --n 60 --quiet",
}


@pytest.fixture
def folder(tmp_path):
    for name in COMMON:
        (tmp_path / f"{name}.py").write_text(HELPERS)
    (tmp_path / "data.py").write_text("SIDE = 16\n")
    (tmp_path / "errors.py").write_text("class Wrong(Exception): ...\n")
    (tmp_path / "utils.py").write_text("def clip(x): return x.clip(0, 1)\n")
    (tmp_path / "evalkit_helpers.py").write_text("def scale(x): return x\n")
    (tmp_path / "mymodule.py").write_text(MODULE)
    write_dataset(tmp_path / "data.h5", n=400)
    return tmp_path


def test_every_command_that_takes_a_callable_is_tried():
    context = click.Context(cli)
    spec = {
        name
        for name in COMMANDS
        if any(
            isinstance(p, click.Argument) and (p.metavar or "").startswith("CKPT")
            for p in cli.get_command(context, name).params
        )
    }
    assert spec - {"disentangle", "probe"} == set(ARGUMENTS)  # these need an encoder


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A cache folder that all commands share."""
    return new_cache(tmp_path_factory.mktemp("common") / "cache")


@pytest.mark.slow
@pytest.mark.parametrize("command", ARGUMENTS)
def test_a_users_modules_are_the_ones_that_are_imported(folder, cache, command):
    if command == "project":
        labelled_classifier(folder)
    if command == "correspond":
        fd.render(
            fd.Recipe(n=100, size=16, iterations=2000, refusals=False), folder / "rendered.h5"
        )
    program = ["-c", QUICK] if command == "correspond" else ["-m", "evalkit"]
    words = [sys.executable, *program, command, "mymodule:generate"]
    result = subprocess.run(
        [*words, *ARGUMENTS[command].split()],
        cwd=folder, capture_output=True, text=True, timeout=300,
        env=os.environ | {"FRACTALDREAM_CACHE": str(cache), "PYTHONPATH": HELPERS_FOLDER},
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr


def labelled_classifier(folder):
    """A classifier of two classes of plain images, trained in a moment."""
    import numpy as np
    from PIL import Image

    for label, level in (("dark", 30), ("light", 220)):
        (folder / "named" / label).mkdir(parents=True)
        for k in range(12):
            Image.fromarray(np.full((16, 16), level + k, np.uint8)).save(
                folder / "named" / label / f"{k}.png"
            )
    words = [sys.executable, "-m", "evalkit", "classifier", "named", "--epochs", "1"]
    subprocess.run([*words, "--out", "names.pt", "--quiet"], cwd=folder, check=True)


def test_a_users_script_reads_a_checkpoint_beside_its_own_models(folder):
    from models_files import write_model

    write_model(folder / "m.pt")
    (folder / "script.py").write_text(
        "from models import Net\n"
        "import fractaldream_models\n"
        "model = fractaldream_models.load('m.pt')\n"
        "assert model.latent == 3 and Net.size == 16\n"
    )
    subprocess.run([sys.executable, "script.py"], cwd=folder, check=True, timeout=100)
