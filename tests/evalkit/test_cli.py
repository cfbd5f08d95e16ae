"""The commands end to end, for every kind of model; what they refuse, on one line."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import evalkit.cli
import fractaldream
from commands import command
from models_files import write_dataset, write_mnist, write_model

FAILS = """import numpy as np

def generate(z):
    if len(z) == 9:
        raise RuntimeError("nine")
    return np.full((len(z), 8, 8), 0.5)
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Models of four kinds, digits, and a rendered set."""
    folder = tmp_path_factory.mktemp("look")
    write_mnist(folder / "idx", 200)
    read = {"source": "mnist", "part": "test"}
    for kind in ("aae", "dcgan", "vae", "cvae-gan"):
        classes = 10 if kind == "cvae-gan" else 0
        resized = read | {"resize": True}
        write_model(folder / f"{kind}.pt", kind, size=32, classes=classes, read=resized)
    write_model(folder / "line.pt", latent=1, size=28, read=read)
    source = {"source": str(write_dataset(folder / "d.h5")), "palette": "kbc"}
    write_model(folder / "fd.pt", "aae", latent=6, size=16, channels=3, read=source)
    recipe = fractaldream.Recipe(n=400, size=16, iterations=2000, seed=3)
    fractaldream.render(recipe, folder / "rendered.h5")
    read = {"source": "rendered.h5", "palette": "kbc"}
    for kind in ("aae", "dcgan", "vae"):
        write_model(folder / f"{kind}-fd.pt", kind, latent=6, size=16, channels=3, read=read)
    for k, side in enumerate((16, 16, 12)):
        (folder / "mixed" / "ab"[k % 2]).mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (side, side)).save(folder / "mixed" / "ab"[k % 2] / f"{k}.png")
    (folder / "broken.py").write_text("1 / 0")
    (folder / "fails.py").write_text(FAILS)
    return folder


@pytest.fixture
def run(place, monkeypatch, capsys):
    """A command's status, standard output and error."""
    monkeypatch.chdir(place)
    return command(evalkit.cli.main, "evalkit", monkeypatch, capsys)


@pytest.fixture(scope="module")
def digits(place):
    from evalkit.inputs.images import open_images
    from evalkit.networks.classifier import save_classifier
    from evalkit.networks.classifier_training import train_classifier
    from evalkit.networks.options import ClassifierOptions

    images = open_images("mnist", root=place / "idx")
    save_classifier(train_classifier(images, ClassifierOptions(epochs=1)), place / "digits.pt")
    return place / "digits.pt"


@pytest.mark.parametrize("kind", ["aae", "dcgan", "vae", "cvae-gan"])
def test_every_kind(run, place, digits, kind):
    label = ["--label", "3"] if kind == "cvae-gan" else []
    ends = ["random", "random"] if kind == "dcgan" else ["row:1", "4"]
    added = "random - 0.5*random" if kind == "dcgan" else "0 + 4 - 7"
    mapped = ["--samples"] if kind == "dcgan" else []
    named = ["--classifier", digits]
    data = ["--root", "idx"]
    for name, args in {
        "neighbours": [f"{kind}.pt", "--n", 60, "--quiet", *data],
        "interpolate": [f"{kind}.pt", *ends, "--steps", 6, *label, *named, *data],
        "arithmetic": [f"{kind}.pt", added, *label, *named, *data],
        "grid": [f"{kind}.pt", "--n", 4, *label, *named, "--quiet"],
        "project": [f"{kind}.pt", "--n", 120, "--method", "pca", *mapped, *named, *data, "--quiet"],
    }.items():
        code, out, err = run(name, *args, "--out", "out.png", "--json", "out.json", "--force")
        assert (code, err) == (0, ""), (name, err)
        assert f"{kind}.pt" in out
        values = json.loads(Path("out.json").read_text())
        assert values["model"] == f"{kind}.pt"
        with Image.open("out.png") as picture:
            assert min(picture.size) > 60
        Path("out.png").unlink()
    if kind != "dcgan":
        through = [w for row in (1, 2, 3) for w in ("--through", f"row:{row}")]
        code, _, err = run("grid", f"{kind}.pt", "--plane", "places", *through, *data, "--n", 3)
        assert code == 0, err
        plane = ["--plane", "components", "--quantiles", "--n", 3, *label]
        assert run("grid", f"{kind}.pt", *plane, *data)[0] == 0


@pytest.mark.parametrize("kind", ["aae", "dcgan", "vae"])
def test_every_kind_on_renderings(run, place, digits, kind):
    """Run commands on FD, which has no labels: places are rows or draws, colours parameters."""
    blind = kind == "dcgan"
    ends = ["random", "random"] if blind else ["row:1", "row:2"]
    added = "random - 0.5*random" if blind else "row:1 + row:2 - row:3"
    mapped = ["--samples", "--classifier", digits] if blind else ["--colour", "a", "--magnitude"]
    for name, args in {
        "neighbours": ["--n", 60, "--refine", 2, "--quiet"],
        "interpolate": [*ends, "--path", "spherical", "--steps", 6],
        "arithmetic": [added],
        "grid": ["--n", 4, "--quiet"],
        "project": ["--n", 120, "--method", "pca", *mapped, "--quiet"],
    }.items():
        code, out, err = run(
            name, f"{kind}-fd.pt", *args, "--out", "o.png", "--json", "o.json", "--force"
        )
        assert (code, err) == (0, ""), (name, err)
        values = json.loads(Path("o.json").read_text())
        assert values["model"] == f"{kind}-fd.pt" and Path("o.png").exists() and out
        if name == "neighbours":
            assert values["yardstick"]["what"].startswith("fresh renderings")
            assert values["learnt_from"] is True and len(values["family"]["found"]) == 2
        Path("o.png").unlink()


def test_other_data_than_were_learnt(run):
    args = [
        "--data",
        "rendered.h5",
        "--n",
        60,
        "--refine",
        0,
        "--quiet",
        "--json",
        "o.json",
        "--force",
    ]
    code, out, _ = run("neighbours", "fd.pt", *args)
    assert code == 0 and "rendered.h5 is not what fd.pt learnt from" in out
    assert "that were learnt" not in out
    assert json.loads(Path("o.json").read_text())["learnt_from"] is False


def test_correspond_knows_what_was_learnt(place, monkeypatch):
    from evalkit.correspondence.inputs import learnt_from_data
    from evalkit.inputs.model import from_callable, open_model

    monkeypatch.chdir(place)
    models = [open_model(f"{name}.pt") for name in ("aae-fd", "fd")]
    models.append(from_callable(lambda z: np.zeros((len(z), 32, 32))))
    inputs = SimpleNamespace(data="rendered.h5", recorded=False)
    assert [learnt_from_data(model, inputs) for model in models] == [True, False, None]
    inputs.recorded = True  # the recipe in a checkpoint
    assert learnt_from_data(models[1], inputs) is True


@pytest.mark.parametrize(
    "command",
    [
        ["interpolate", "vae.pt", "random", "random"],
        ["grid", "vae.pt"],
        ["project", "vae.pt"],
        ["neighbours", "vae.pt"],
        ["quality", "vae.pt"],
        ["correspond", "vae.pt"],
        ["explore", "vae.pt"],
    ],
)
def test_seeds_below_nought(run, command):
    code, _, err = run(*command, "--seed", -1)
    assert code == 2 and "--seed" in err and len(err.splitlines()) == 1


def test_json_alone_on_stdout(run):
    code, out, _ = run("grid", "vae.pt", "--n", 3, "--quiet", "--json")
    values = json.loads(out)
    assert code == 0 and values["coordinates"] == [-3, 0, 3] and Path(values["out"]).exists()


def test_pictures_without_a_name_take_one_that_is_free(run, place, tmp_path, monkeypatch):
    for name in ("vae.pt", "idx"):
        (tmp_path / name).symlink_to(place / name)
    monkeypatch.chdir(tmp_path)
    data = ["--root", "idx"]
    for name, picture, args in [
        ("grid", "grid", ["--n", 3]),
        ("project", "map", ["--n", 60, "--method", "pca", *data]),
        ("interpolate", "path", ["random", "random", "--steps", 4]),
        ("arithmetic", "arithmetic", ["random - random", *data]),
    ]:
        command = [name, "vae.pt", *args, "--quiet"]
        for file in (f"{picture}.png", f"{picture}-2.png"):
            code, out, err = run(*command)
            assert code == 0 and f"picture: {file}" in out and Path(file).exists(), (name, err)
        before = Path(f"{picture}.png").read_bytes()
        code, out, err = run(*command, "--out", f"{picture}.png")
        assert code == 2 and out == "" and "--force" in err
        assert Path(f"{picture}.png").read_bytes() == before


def test_classifier_command(run, place):
    args = ["--root", "idx", "--epochs", 1, "--quiet", "--json", "c.json"]
    code, out, _ = run("classifier", "mnist", "--out", "c.pt", *args)
    assert code == 0 and "accuracy" in out and Path("c.pt").exists()
    assert json.loads(Path("c.json").read_text())["held_out"] == 20


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["interpolate", "dcgan.pt", "3", "5"], "dcgan has no encoder"),
        (["arithmetic", "dcgan.pt", "0 + 4"], "dcgan has no encoder"),
        (["project", "dcgan.pt"], "dcgan has no encoder"),
        (["project", "dcgan.pt", "--samples"], "give --classifier"),
        (["neighbours", "dcgan.pt", "--features", "encoder", "--root", "idx"], "no encoder"),
        (["grid", "line.pt"], "one latent makes no plane"),
        (["interpolate", "line.pt", "random", "random", "--path", "spherical"], "no sphere"),
        (["project", "line.pt", "--root", "idx", "--quiet"], "one latent needs no map"),
        (["interpolate", "vae.pt", "3", "11", "--root", "idx"], "no label '11'"),
        (["interpolate", "vae.pt", "3"], "two or more"),
        (["interpolate", "fd.pt", "3", "5"], "no labels"),
        (["interpolate", "cvae-gan.pt", "random", "random"], "give --label"),
        (["grid", "cvae-gan.pt"], "give --label"),
        (["grid", "cvae-gan.pt", "--label", "x"], "no label 'x'"),
        (["grid", "vae.pt", "--axes", "zero"], "give two numbers"),
        (["grid", "vae.pt", "--label", "3"], "takes no labels"),
        (["grid", "vae.pt", "--out", "grid.jpg"], "ends in .png"),
        (["grid", "vae.pt", "--out", "nowhere/grid.png"], "folder does not exist"),
        (["grid", "none.pt"], "none.pt"),
        (["grid", "vae.pt", "--classifier", "vae.pt"], "not a classifier"),
        (["classifier", "d.h5", "--out", "new.pt"], "no labels"),
        (["classifier", "vae.pt", "--out", "new.pt"], "vae.pt"),
        (["neighbours", "vae.pt", "--data", "d.h5", "--quiet"], "d.h5: 18 images"),
        (["neighbours", "vae.pt", "--n", "0", "--root", "idx", "--quiet"], "20 images"),
        (["arithmetic", "vae.pt", "0 +"], "spaces between"),
        (["grid", "broken:generate"], "cannot import broken (ZeroDivisionError"),
        (["grid", "fails:generate", "--n", "3", "--quiet"], "RuntimeError: nine"),
        (["grid", "fails:nothing"], "has no nothing"),
        (["grid", "vae.pt", "--n", "100000"], "give 2 to 1,000"),
        (["grid", "vae.pt", "--n", "900"], "too many to hold; give at most 724"),
        (["grid", "digits.pt"], "a classifier, which makes no images; give it by --classifier"),
        (["grid", "vae.pt", "--device", "foo"], "device 'foo': no such device; give cpu or cuda"),
        (["grid", "vae.pt", "--device", "mps"], "device mps: no such device here"),
        (["project", "vae.pt", "--n", "-5", "--root", "idx"], "--n"),
        (["neighbours", "vae.pt", "--refine", "-1", "--root", "idx"], "--refine"),
        (["classifier", "mixed", "--out", "new.pt"], "not all its images are one size"),
    ],
)
def test_one_clear_line(run, digits, args, message):
    code, out, err = run(*args)
    assert code == 2 and out == "" and message in err and len(err.splitlines()) == 1, err


def test_a_class_without_images(run, place):
    import gzip
    import shutil

    shutil.copytree(place / "idx", place / "few", dirs_exist_ok=True)
    labels = place / "few" / "t10k-labels-idx1-ubyte.gz"
    raw = bytearray(gzip.decompress(labels.read_bytes()))
    raw[8:] = bytes(4 if b == 3 else b for b in raw[8:])
    labels.write_bytes(gzip.compress(bytes(raw)))
    code, _, err = run("interpolate", "vae.pt", "3", "5", "--root", "few")
    assert code == 2 and "no image of class 3" in err and len(err.splitlines()) == 1


def test_commands_stand_in_the_readme():
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    for name in evalkit.cli.COMMANDS:
        assert re.search(rf"evalkit {name}\b", readme), name
