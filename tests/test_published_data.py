"""data/fdd-50k says what the renderer does, and what the code that stages it would say today."""

import importlib.util
import json
import re
import tomllib
from pathlib import Path

import pytest

import fractaldream as fd
from fractaldream.publishing import card, checks, images
from fractaldream.publishing.options import PublishOptions

DATA = Path(__file__).parents[1] / "data"
STAGED = DATA / "fdd-50k"
HASH = json.loads((DATA / "test-vectors.json").read_text())["content_sha256 of fdd-50k"]
CARD = (STAGED / "README.md").read_text()
METADATA = json.loads((STAGED / "dataset-metadata.json").read_text())
CROISSANT = json.loads((STAGED / "croissant.json").read_text())


@pytest.mark.parametrize(("start", "stop"), [(0, 6), (40, 46)])
def test_a_slice_of_its_recipe_renders_to_the_sample(tmp_path, start, stop):
    recipe = fd.Recipe.from_toml(STAGED / "recipe.toml")
    fd.render(recipe, tmp_path / "slice.h5", options=fd.RenderOptions(start=start, stop=stop))
    with fd.open(tmp_path / "slice.h5") as again, fd.open(DATA / "fdd-sample.h5") as sample:
        assert again.recipe == sample.recipe
        assert (again.params == sample.params[start:stop]).all()
        assert (again[:] == sample[start:stop]).all()


def test_the_hash_that_it_must_give_is_the_published_one():
    assert re.findall(r"^    ([0-9a-f]{64})$", CARD, re.MULTILINE) == [HASH]
    assert HASH in CROISSANT["citeAs"]
    recipe = fd.Recipe.from_toml(STAGED / "recipe.toml")
    assert recipe == fd.Recipe.from_toml(DATA / "fdd-50k.toml")
    stated = re.search(r"```toml\n(.*?)```", CARD, re.DOTALL)[1]
    assert tomllib.loads(stated) == tomllib.loads((STAGED / "recipe.toml").read_text())


def test_all_of_it_holds_to_the_rules():
    checks.check_secrets(STAGED)
    pytest.importorskip("mlcroissant")
    checks.check_croissant(STAGED / "croissant.json")
    assert METADATA["description"] == CARD
    assert METADATA["title"] == CROISSANT["alternateName"] == CARD.splitlines()[0][2:]


def test_the_card_is_the_one_that_is_written_today():
    """What does not hang on the 50,000 rows, told of the sample, which has the same recipe."""
    sample = images.describe(DATA / "fdd-sample.h5", PublishOptions("OWNER", "fdd-50k"))
    for heading in ("How it was made", "How to load it", "Known limits"):
        assert f"## {heading}\n\n{sample.sections[heading]}\n" in CARD
    fields = json.loads(card.kaggle_metadata(sample))["resources"]
    assert [each["path"] for each in fields] == [each["path"] for each in METADATA["resources"]]
    schema = next(each["schema"] for each in fields if "schema" in each)
    assert schema in [each.get("schema") for each in METADATA["resources"]]


def test_the_notebook_is_the_one_its_script_writes_and_was_run():
    nbformat = pytest.importorskip("nbformat")
    spec = importlib.util.spec_from_file_location("make_notebook", DATA / "make_notebook.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    notebook = nbformat.read(script.TARGET, 4)
    assert script.difference(notebook) is None
    text = "".join(
        output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", ())
    )
    assert "all the same" in text and "rung" in text  # an image again, and the ladder
    notebook.cells[1].source += " "
    assert script.difference(notebook) == "other cells"
