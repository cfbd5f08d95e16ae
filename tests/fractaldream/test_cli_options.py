"""A recipe as the command line gives it."""

import dataclasses

import pytest

import fractaldream as fd
from fractaldream.cli_options import PALETTE_NAMES, RecipeOptions

NONE = RecipeOptions(*[None] * 9, no_refusals=False, recipe=None, params=None)


def loaded(**given):
    return dataclasses.replace(NONE, **given).load()


def test_what_is_not_given_is_as_in_the_recipe(tmp_path):
    assert loaded() == fd.Recipe()
    assert loaded(n=3, size=32, no_refusals=True) == fd.Recipe(n=3, size=32, refusals=False)
    (tmp_path / "r.toml").write_text('law = "normal"\nsize = 32\nn = 5\n')
    assert loaded(recipe=tmp_path / "r.toml", n=9) == fd.Recipe(n=9, law="normal", size=32)


def test_rows_say_which_images_so_that_nothing_else_may(tmp_path):
    assert loaded(params=tmp_path / "rows.csv").law == "params"
    for given in ({"n": 3}, {"law": "normal"}):
        with pytest.raises(fd.BadInput, match="--params: the file says which images"):
            loaded(params=tmp_path / "rows.csv", **given)


def test_palettes_are_those_that_there_are():
    for name in PALETTE_NAMES:
        assert fd.palette(name).shape == (256, 3)
