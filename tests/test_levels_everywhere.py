"""Models of levels asked about images in colour, and the reverse, by every command.

A palette decides how levels become colours and back, in one place for all commands
(`evalkit.inputs.model`). So every command is asked in one palette, and a few in the others.
"""

import shlex
from dataclasses import replace

import pytest
from click.testing import CliRunner

import fractaldream
from command_tree import COMMANDS
from fractaldream.datasets.exporting import export
from pretrained_toys import RECIPE
from small_commands import INVOCATIONS
from small_runs import fit

pytestmark = pytest.mark.slow
PALETTES = ("kbc", "inferno", "viridis")
FEW = ("fractaldream reconstruct", "evalkit quality")  # encode, decode and compare
NAMED = ("evalkit disentangle", "evalkit project")  # need parameters, or labels to colour by
ASKED = [
    (palette, learnt, name, row)
    for palette in PALETTES
    for learnt in ("levels", "colours")
    for name, rows in INVOCATIONS.items()
    for row in rows
    if "{model}" in row and "{data}" in row
    and (palette == PALETTES[0] or name in FEW)
    and (learnt == "colours" or name not in NAMED)
]  # fmt: skip


@pytest.fixture(scope="module")
def models(request, tmp_path_factory):
    """A data set, its PNG files in one palette, and a model of levels and one of colours."""
    folder = tmp_path_factory.mktemp(request.param)
    data = folder / "data.h5"
    fractaldream.render(replace(RECIPE, n=700), data, progress=False)
    export(data, folder / "png", format="png", palettes=(request.param,))
    for name, channels in (("levels", 1), ("colours", 3)):
        fit(
            data,
            folder / name,
            kind="vae",
            latent=3,
            channels=channels,
            epochs=1,
            palette=request.param,
        )
    pictures = next(p.parent for p in (folder / "png").rglob("*.png"))
    return folder, {"levels": pictures, "colours": data}


@pytest.mark.parametrize(("models", "learnt", "name", "row"), ASKED, indirect=["models"])
def test_a_command_asks_about_data_of_the_other_form(
    models, learnt, name, row, tmp_path, monkeypatch
):
    folder, data = models
    monkeypatch.chdir(tmp_path)
    places = {"model": folder / learnt / "ckpt.pt", "data": data[learnt], "out": tmp_path}
    words = [word.format(**places) for word in shlex.split(row)]
    outcome = CliRunner().invoke(COMMANDS[name], [*words, "--quiet"])
    assert outcome.exit_code == 0, (words, outcome.output, outcome.exception)


@pytest.mark.parametrize("models", PALETTES[:1], indirect=True)
def test_clean_takes_a_checkpoint_of_levels_for_pictures_in_colour(models, tmp_path):
    folder, data = models
    words = [data["levels"], "--out", tmp_path / "review", "--features"]
    for learnt in ("levels", "colours"):
        call = [*map(str, words), str(folder / learnt / "ckpt.pt"), "--workers", "1", "--quiet"]
        outcome = CliRunner().invoke(COMMANDS["evalkit clean review"], call)
        assert outcome.exit_code == 0, (outcome.output, outcome.exception)
