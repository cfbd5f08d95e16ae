"""A model asked about the true factors of images."""

import json
from dataclasses import dataclass, replace

import numpy as np
import pytest
from click.testing import CliRunner

import fractaldream
from evalkit.disentanglement import cli
from evalkit.disentanglement.evaluation import disentangle
from evalkit.disentanglement.options import DisentangleOptions
from evalkit.family.fresh_images import family_of
from evalkit.inputs.images import open_images
from evalkit.inputs.model import LatentModel, open_model
from fractaldream_base.errors import BadInput
from models_files import write_dataset, write_model

QUICK = DisentangleOptions(draws=20, trees=5, refits=2, votes=40)


@dataclass(frozen=True)
class Reader(LatentModel):
    """An encoder that reads off `write_dataset`'s images the size of x0, y0 and a."""

    @property
    def encodes(self):
        return True

    def encode(self, images, labels=None, *, progress=False):
        seen = images[:, 0] < 1  # the block, on white
        rows, columns = (seen.any(axis).argmax(1) for axis in (2, 1))
        return np.stack([rows, columns, 100 * np.where(seen, images[:, 0], 0).max((1, 2))], 1)


READER = Reader("reader", "planted", 3, 64, 3)


def test_codes_that_read_the_factors_off_the_images(tmp_path):
    images = open_images(str(write_dataset(tmp_path / "d.h5", n=600, size=64)))
    assert family_of(images) is None  # not drawn by a law of ours
    options = replace(QUICK, n=600, factors=("x0", "y0", "a"))
    result = disentangle(READER, images, options=options)
    assert {k: s.value > 0.8 for k, s in result.scores.items()} == dict.fromkeys(
        result.scores, True
    )
    assert result.notes.sharing == "nearest in the factor"
    assert "held out" in result.notes.images
    blind = replace(READER)
    object.__setattr__(blind, "encode", lambda images: READER.encode(images[::-1]))
    result = disentangle(blind, images, options=options)
    for name in ("mig", "sap", "disentanglement", "informativeness"):
        assert result.scores[name].value < 0.2, name


@pytest.fixture(scope="module")
def family_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("family") / "fd.h5"
    recipe = fractaldream.Recipe(n=60, law="normal", size=16, iterations=2_000, refusals=False)
    fractaldream.render(recipe, path)
    return path


def test_fractal_dream_images_are_fresh(family_file):
    images = open_images(str(family_file))
    family = family_of(images)
    levels, params = zip(*family.fresh(300), strict=True)
    assert sum(map(len, levels)) == sum(map(len, params)) == 300
    assert not np.isin(np.concatenate(params)[:, 2], images.params[:, 2]).any()
    seen = []
    model = replace(READER, size=16)
    object.__setattr__(
        model, "encode", lambda x: seen.append(x) or x.reshape(len(x), -1)[:, 5:200:40]
    )
    result = disentangle(model, images, options=replace(QUICK, n=256))
    assert result.notes.images == "fresh" and result.factors == ("a", "b", "c", "d")
    assert result.images == 256
    # coloured by the palette of the file, as training images are
    known = {tuple(c) for c in images.images(np.arange(60)).transpose(0, 2, 3, 1).reshape(-1, 3)}
    fresh = {tuple(c) for c in seen[0].transpose(0, 2, 3, 1).reshape(-1, 3)}
    assert len(fresh & known) > 0.5 * len(fresh)


def test_command(family_file, tmp_path):
    path = write_model(tmp_path / "m.pt", "vae", channels=3)
    args = ["--n", "256", "--trees", "5", "--refits", "2", "--votes", "20", "--quiet"]
    args = [path, "--data", str(family_file), *args, "--json", str(tmp_path / "d.json")]
    args += ["--out", str(tmp_path / "d.png")]
    done = CliRunner().invoke(cli.disentangle, args, catch_exceptions=False)
    assert done.exit_code == 0 and "mig" in done.stdout and "fresh" in done.stdout
    assert (tmp_path / "d.png").read_bytes().startswith(b"\x89PNG")
    values = json.loads((tmp_path / "d.json").read_text())
    assert values["factors"] == ["a", "b", "c", "d"] and values["settings"]["bins"] == 20
    assert 0 <= values["scores"]["mig"]["low"] <= values["scores"]["mig"]["value"]


def test_refusals_are_one_line(tmp_path, family_file):
    images = open_images(str(family_file))
    for kind, options, word in (
        ("dcgan", {}, "no encoder"),
        ("cvae", {"classes": 2}, "needs labels"),
        ("vae", {"latent": 1}, "one-dimensional latent"),
    ):
        model = open_model(write_model(tmp_path / f"{kind}.pt", kind, channels=3, **options))
        with pytest.raises(BadInput, match=word):
            disentangle(model, images, options=replace(QUICK, n=200))
    digits = open_model(write_model(tmp_path / "digits.pt", read={"source": "mnist"}))
    with pytest.raises(BadInput, match="without true parameters; give --data"):
        disentangle(digits, options=QUICK)
    with pytest.raises(BadInput, match="factor 'e'"):
        disentangle(READER, images, options=DisentangleOptions(factors=("a", "e")))
    with pytest.raises(BadInput, match="bins 1"):
        disentangle(replace(READER, size=16), images, options=DisentangleOptions(n=200, bins=1))
