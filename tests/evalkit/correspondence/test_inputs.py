"""Generators, their data and their palettes."""

import json

import numpy as np
import pytest

from evalkit.correspondence.inputs import check_comparable, open_inputs, seen_palette
from evalkit.correspondence.nulls.generators import untrained
from evalkit.correspondence.options import CorrespondOptions
from evalkit.family.renderer import renderer_of
from evalkit.inputs.model import open_model
from evalkit.networks.inverse_store import SHIPPED
from fractaldream.datasets.palettes import PALETTES, palette
from fractaldream.recipe import Recipe
from fractaldream_base.errors import BadInput
from fractaldream_models import checkpoint as files
from fractaldream_models.model import ModelConfig
from models_files import write_model

USUAL = CorrespondOptions()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return np.zeros((2, 32, 30))", "shape"),
        ("return np.full((len(z), 32, 32), np.nan)", "NaN"),
        ("return np.zeros((3, 32, 32))", "3 images for 5"),
        ("raise KeyError('x')", "KeyError"),
    ],
)
def test_callables_that_misbehave_are_named(body, message, tmp_path, monkeypatch):
    name = f"mine_{abs(hash(body))}"
    (tmp_path / f"{name}.py").write_text(f"import numpy as np\ndef g(z):\n    {body}\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(BadInput, match=message) as refused:
        open_model(f"{name}:g")
    assert f"{name}:g" in str(refused.value)


def test_conditional_models_are_refused(tmp_path):
    path = write_model(tmp_path / "c.pt", "cvae", latent=6, size=32, classes=3)
    with pytest.raises(BadInput, match="needs labels"):
        check_comparable([open_model(path)])


def test_a_checkpoint_is_judged_by_its_own_data_set_and_colours(command, tmp_path):
    network = untrained(ModelConfig("dcgan", size=32, channels=3, latent=6, width=0.05), 0)[1]
    for name, colours, source in (("a", "kbc", "x"), ("b", "inferno", "x"), ("c", "kbc", "y")):
        read = {"read": {"source": source, "palette": colours}}
        files.save(network, tmp_path / f"{name}.pt", data=read, metrics={})
    assert "different palettes" in command("a.pt", "b.pt").stderr
    assert "different data sets" in command("a.pt", "c.pt").stderr
    assert "c.pt: learnt from y" in command("c.pt").stderr
    palette_name = seen_palette(open_model("b.pt"))
    there = renderer_of(None, mapping="standard", size=32, palette=palette_name)
    assert np.array_equal(there.palette, palette("inferno"))


def test_levels_of_any_palette_are_asked_with_the_inverse_renderer_of_the_package(tmp_path):
    network = untrained(ModelConfig("dcgan", size=32, channels=1, latent=6, width=0.05), 0)[1]
    recipe = json.loads(Recipe(law="fdd", size=32).to_json())
    for name in PALETTES:
        data = {"colours": palette(name).tolist(), "read": {"palette": name}, "recipe": recipe}
        files.save(network, tmp_path / f"{name}.pt", data=data, metrics={})
    opened = open_inputs([str(tmp_path / f"{name}.pt") for name in PALETTES], None, USUAL)
    assert opened.inverse_file.parent == SHIPPED
    first, *others = (model.decode(np.ones((3, 6))) for model in opened.models)
    assert all(np.array_equal(first, other) for other in others)


def test_grey_images_are_taken_for_levels_and_asked_with_the_inverse_renderer_of_the_package():
    levels = np.arange(32 * 32, dtype=np.uint8).reshape(32, 32)
    seen = palette("kbc")[levels].transpose(2, 0, 1) / np.float32(255)
    for images in (levels, levels / 255):
        opened = open_inputs([lambda z, images=images: np.stack([images] * len(z))], None, USUAL)
        assert opened.inverse_file.parent == SHIPPED
        assert np.array_equal(opened.models[0].decode(np.ones((3, 6))), np.stack([seen] * 3))


def test_laws_that_hold_parameters_fixed_are_refused(tmp_path):
    network = untrained(ModelConfig("dcgan", size=32, channels=3, latent=6, width=0.05), 0)[1]
    data = {"recipe": json.loads(Recipe(law="pickover", size=32).to_json())}
    files.save(network, tmp_path / "p.pt", data=data, metrics={})
    with pytest.raises(BadInput, match="x0, y0 do not vary in it, so that no latent") as refused:
        open_inputs([str(tmp_path / "p.pt")], None, USUAL)
    assert "learnt from data in which all six vary (fractaldream render" in str(refused.value)


def test_a_data_file_of_another_size_or_none_is_refused(command, checkpoint):
    done = command(checkpoint(6), "--data", "nowhere.h5")
    assert "nowhere.h5" in done.stderr
    done = command(checkpoint(6, read={}), checkpoint(3))
    assert "6.pt" in done.stderr and "give --data FILE" in done.stderr
