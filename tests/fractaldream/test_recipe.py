from pathlib import Path

import pytest

from fractaldream import BadInput, Recipe
from fractaldream import open as open_dataset
from fractaldream.cli import cli
from typed import typed

DATA = Path(__file__).parents[2] / "data"


def test_json_and_toml_give_the_recipe_back(tmp_path):
    recipe = Recipe(n=7, seed=2**63, law="normal", tone="log", refusals=False)
    assert Recipe.from_json(recipe.to_json()) == recipe
    path = tmp_path / "r.toml"
    path.write_text('law = "normal"\nn = 7\ntone = "log"\nrefusals = false')
    assert Recipe.from_toml(path, seed=2**63) == recipe
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())  # as editors of Windows begin a file
    assert Recipe.from_toml(path, seed=2**63) == recipe


def test_the_published_recipes():
    assert Recipe.from_toml(DATA / "fdd-50k.toml") == Recipe()
    assert Recipe.from_toml(DATA / "fdd-2019.toml").minimum == 2458


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"n": 0}, "n = 0"),
        ({"n": -3}, "n = -3"),
        ({"n": 2.5}, "whole number"),
        ({"n": True}, "whole number"),
        ({"seed": -1}, "seed = -1"),
        ({"law": "clifford"}, "choose fdd"),
        ({"view": "wide"}, "choose tight, fixed"),
        ({"tone": "gamma"}, "choose eq_hist"),
        ({"size": 9000}, "from 2 to 8192"),
        ({"min_visited": 1.5}, "share from 0 to 1"),
        ({"min_visited": float("nan")}, "share from 0 to 1"),
        ({"min_visited": "much"}, "share from 0 to 1"),
        ({"refusals": "no"}, "true or false"),
        ({"iterations": 100}, "raise iterations or lower min_visited"),
        ({"iteration": 100}, "did you mean iterations?"),
    ],
)
def test_what_cannot_be_is_said(fields, message):
    with pytest.raises(BadInput, match=r"^[^\n]+$") as caught:
        Recipe.from_dict(fields, "here")
    assert message in str(caught.value)


def test_files_that_are_no_recipes(tmp_path):
    path = tmp_path / "r.toml"
    path.write_text("n = = 3")
    with pytest.raises(BadInput, match="not a TOML file"):
        Recipe.from_toml(path)
    with pytest.raises(BadInput, match="cannot be read"):
        Recipe.from_toml(tmp_path / "missing.toml")
    with pytest.raises(BadInput, match="no recipe in it"):
        Recipe.from_json("[]")


def test_the_command_of_a_recipe_renders_that_recipe(tmp_path):
    recipe = Recipe(
        n=2, seed=3, law="normal", iterations=300, skip=10, size=16, view="fixed", tone="log",
        min_visited=0.01, refusals=False,
    )  # fmt: skip
    out = tmp_path / "data.h5"
    assert typed(cli, *recipe.command(out).split()[1:], "--quiet").exit_code == 0
    with open_dataset(out) as data:
        assert data.recipe == recipe


def test_a_recipe_that_no_options_say_has_no_command():
    assert Recipe(law="params").command("data.h5") is None
    assert Recipe(probe_steps=300).command("data.h5") is None
