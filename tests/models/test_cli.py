"""The three commands: quick help, one line for a bad input, pictures for good ones."""

import json
import subprocess
import sys

import pytest
from PIL import Image

from fractaldream_models.cli import cli
from fractaldream_models.settings import presets
from models_files import write_dataset
from typed import typed

SMALL = [
    "--set",
    "latent=6",
    "--set",
    "width=0.05",
    "--set",
    "batch=8",
    "--epochs",
    "1",
    "--device",
    "cpu",
    "--quiet",
]


def run(*words, status=0):
    result = typed(cli, *words, catch_exceptions=True)
    assert result.exit_code == status, result.output
    return result


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    data = write_dataset(folder / "data.h5")
    result = run("train", data, "--kind", "aae", *SMALL, "--out", folder / "run", "--json")
    return data, folder / "run" / "ckpt.pt", result


def test_quiet_training_prints_its_result_alone(trained):
    result = json.loads(trained[2].stdout)
    assert result["epochs"] == 1 and result["chosen_by"] == "validation_mse"
    assert all(line.startswith("epoch 1: ") for line in trained[2].stderr.splitlines())
    record = json.loads((trained[1].parent / "run.json").read_text())
    assert record["settings"]["width"] == 0.05 and record["parameters"]["encoder"] > 0


def test_training_says_what_it_does_and_what_comes_next(trained, tmp_path):
    out = tmp_path / "a run"
    words = ["--set", "width=0.05", "--set", "latent=6", "--set", "batch=8", "--device", "cpu"]
    result = run("train", trained[0], "--kind", "vae", *words, "--epochs", 2, "--out", out)
    messages = result.stderr
    assert "42 images to learn from, 12 held out; 16 x 16 px, in colour (palette kbc)" in messages
    assert "vae, 6 latents; parameters: generator" in messages and "width 0.05" in messages
    lines = messages.splitlines()
    head = next(line for line in lines if line.split()[:1] == ["epoch"])
    rows = [line for line in lines if line.split()[:1] in (["1/2"], ["2/2"])]
    assert head.split() == ["epoch", "reconstruction", "kl", "validation_loss", "time"]
    assert len(rows) == 2 and all(len(row) == len(head) for row in rows)
    assert all(len(line) < 130 for line in lines if str(tmp_path.parent) not in line)
    assert "lr_g" not in messages
    assert f"fractaldream sample '{out}/ckpt.pt'" in result.stdout
    assert f"evalkit correspond '{out}/ckpt.pt'" in result.stdout


def test_sample_and_reconstruct_write_grids(trained, tmp_path):
    data, checkpoint, _ = trained
    run("sample", checkpoint, "--n", 10, "--out", tmp_path / "s.png", "--columns", 5)
    assert Image.open(tmp_path / "s.png").size == (5 * 18 + 2, 2 * 18 + 2)
    result = run("reconstruct", checkpoint, data, "--n", 6, "--out", tmp_path / "r.png", "--json")
    figures = json.loads(result.stdout)
    assert figures["images"] == 12 and figures["components"] == 6
    assert figures["of_pca"] == pytest.approx(figures["mse"] / figures["pca"])
    assert figures["pca"] < figures["mean_image"]
    assert Image.open(tmp_path / "r.png").size == (6 * 18 + 2, 2 * 18 + 2)


def test_a_dry_run_prints_the_settings_and_writes_nothing(trained, tmp_path):
    out = tmp_path / "run"
    result = run("train", trained[0], "--preset", "aae-fdd", *SMALL, "--dry-run", "--out", out)
    record = json.loads(result.stdout)
    assert record["settings"]["lr_e"] == 1e-3 and record["settings"]["size"] == 16
    assert record["convolutions"] == {"depth": 4, "kernel": 5}
    assert not out.exists()


def test_a_dry_run_of_a_resumed_run_prints_what_it_goes_on_with(trained, tmp_path):
    words = ["train", trained[0], "--out", trained[1].parent, "--resume", "--dry-run"]
    settings = json.loads(run(*words, "--epochs", 3).stdout)["settings"]
    assert (settings["width"], settings["latent"], settings["epochs"]) == (0.05, 6, 3)
    assert "has latent=6, not 7" in run(*words, "--set", "latent=7", status=2).stderr


def test_bad_input_is_one_line_with_status_two(trained, tmp_path):
    data, checkpoint, _ = trained
    out = ("--out", tmp_path / "x")
    for words, message in {
        ("train", "nowhere", *out): "no such file",
        ("train", data, "--preset", "aae-fd", *out): "did you mean 'aae-fdd'",
        ("train", data, "--set", "latnet=3", *out): "did you mean 'latent'",
        ("train", data, "--set", "latent", *out): "key=value",
        ("train", data, "--kind", "stylegan", *out): "give one of",
        ("train", data, "--kind", "cvae", *out): "needs labels",
        ("train", data, "--kind", "gan", "--set", "real_low=0.5", *out): "real_low: means nothing "
        "to adversarial_loss=relativistic",
        ("train", data, "--kind", "dcgan", "--set", "penalty_every=4", *out): "set r1_weight or",
        ("train", data, "--kind", "ae", "--set", "r1_weight=1", *out): "means nothing to ae",
        ("train", data, "--set", "augment=symmetries", *out): "follows no law that has them",
        (
            "train",
            data,
            "--kind",
            "gan",
            "--set",
            "penalty=finite-difference",
            "--set",
            "spectral_norm=true",
            *out,
        ): "give penalty=exact",
        ("train", data, "--set", "augment=flips", *out): "give one of none, symmetries, photo",
        ("train", data, "--set", "kernel=4", *out): "kernel=4: aae needs an odd one",
        ("train", data, "--set", "depth=5", *out): "a side of 16 px halves 4 times; give 1 to 4",
        ("train", data, "--kind", "vae", "--set", "depth=2", *out): "has no convolutions",
        ("train", data, "--kind", "vae", "--set", "lr_g=1", *out): "lr_g: means nothing to vae",
        ("train", data, "--set", "part=test", *out): "part: means nothing to",
        ("train", data, "--root", tmp_path, *out): "--root: means nothing to",
        ("train", data, "--device", "tpu", *out): "not there",
        ("train", data, "--out", checkpoint.parent, "--resume", "--seed", 3): "has seed 0, not 3",
        ("train", data, "--out", checkpoint.parent): "--resume",
        ("sample", tmp_path / "none.pt"): "no such file",
        ("sample", data): "plain weights",
        ("sample", checkpoint, "--label", 1): "takes no labels",
        ("sample", checkpoint, "--out", tmp_path / "no" / "s.png"): "folder does not exist",
        ("sample", checkpoint, "--out", tmp_path / "s.gif"): "PNG",
        ("reconstruct", checkpoint, tmp_path): "no images",
    }.items():
        result = run(*words, status=2)
        assert message in result.stderr and len(result.stderr.strip().splitlines()) == 1, words
        assert not result.stdout


def test_help_leads_to_the_presets_and_loads_nothing_heavy():
    assert "`fractaldream presets` lists them" in " ".join(run("train", "--help").stdout.split())
    listed = run("presets").stdout.split()
    assert all(name in listed for name in presets())
    code = (
        "import sys, fractaldream_models.cli;"
        "assert not {'torch', 'numpy', 'h5py'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_interrupted_is_130(monkeypatch, trained):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("fractaldream_models.checkpoint.load", interrupt)
    assert "interrupted" in run("sample", trained[1], status=130).stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["coarse.h5", "--kind", "cogan"], "two domains, and these data are one; give the other"),
        (["coarse.h5", "--second", "wide.h5", "--kind", "cyclegan"], "images of 32 px, those of"),
        (["coarse.h5", "--second", "fine.h5", "--kind", "vae"], "vae learns from one data set"),
        (["coarse.h5", "--second", "none.h5", "--kind", "cogan"], "none.h5: no such file"),
        (
            ["coarse.h5", "--second", "photos", "--kind", "cogan", "--set", "channels=1"],
            "2 or more",
        ),
        (
            ["coarse.h5", "--second", "live:fractaldream,size=16", "--kind", "cogan"],
            "a stream cannot be one of two domains",
        ),
        (
            ["coarse.h5", "--second", "fine.h5", "--kind", "cogan", "--set", "batch=5"],
            "batch=5: cogan takes as many images of each",
        ),
        (
            ["coarse.h5", "--second", "fine.h5", "--kind", "cyclegan", "--set", "latent=3"],
            "latent: means nothing to cyclegan",
        ),
    ],
)
def test_domains_that_do_not_fit_are_one_line(words, message, places, monkeypatch):
    monkeypatch.chdir(places)
    write_dataset(places / "wide.h5", n=20, size=32)
    (places / "photos").mkdir()
    Image.new("L", (16, 16)).save(places / "photos" / "a.png")
    result = typed(cli, "train", *words, "--out", "run", "--device", "cpu", "--quiet")
    assert result.exit_code == 2 and result.stderr.count("\n") == 1
    assert message in result.stderr and not (places / "run").exists()
