"""Never-seen images are further draws of a data set's own law."""

from dataclasses import replace

import numpy as np
import pytest

import fractaldream
from evalkit.family import fresh_images
from evalkit.family.factors import fold_factors
from evalkit.family.fresh_images import FIRST_FRESH, family_of
from evalkit.family.law_units import LAW_UNITS
from evalkit.family.renderer import renderer_of
from evalkit.inputs.images import open_images
from fractaldream_base.errors import BadInput
from models_files import write_dataset


def rendered(folder, **choices):
    recipe = fractaldream.Recipe(n=60, **choices)
    fractaldream.render(recipe, folder / "d.h5")
    return open_images(str(folder / "d.h5"))


def test_fresh_images_are_draws_that_no_file_holds(tmp_path):
    images = rendered(tmp_path, size=16, iterations=2000, seed=3)
    parts = list(family_of(images).fresh(300))
    levels, params = (np.concatenate(part) for part in zip(*parts, strict=True))
    longer = fractaldream.Recipe(n=410, size=16, iterations=2000, seed=3)
    batch = next(fractaldream.stream(longer, batch=300, start=FIRST_FRESH))
    assert np.array_equal(levels, batch.levels) and np.array_equal(params, batch.params)
    assert not np.isin(params[:, 2], images.params[:, 2]).any()


def test_fresh_images_are_rendered_once_for_all_readers(tmp_path, monkeypatch):
    family = family_of(rendered(tmp_path, size=16, iterations=1000, seed=4))
    first = [levels for levels, _ in family.fresh(300, threads=2)]
    monkeypatch.setattr(fresh_images, "KEPT_BYTES", 0)
    again = [levels for levels, _ in family.fresh(300)]
    assert all(map(np.array_equal, first, again)) and list(map(len, first)) == [256, 44]
    monkeypatch.undo()
    kept = fresh_images._kept_batches(family.recipe, 2)
    assert len(kept.batches) == 2
    longer = [levels for levels, _ in family.fresh(600, threads=2)]
    assert np.shares_memory(longer[0], kept.batches[0][0]) and len(kept.batches) == 3
    assert np.array_equal(longer[1][:44], first[1])


@pytest.mark.parametrize("law", ["fdd", "normal"])
@pytest.mark.parametrize("fold", ["sizes", "picture"])
def test_images_that_share_a_factor(law, fold, tmp_path):
    family = family_of(rendered(tmp_path, law=law, size=32, iterations=5_000))
    value = 1.3 if fold == "sizes" else -1.3
    levels, params = family.sharing(4, value, 40, fold, np.random.default_rng(0))
    np.testing.assert_allclose(fold_factors(params, fold)[:, 4], value)
    others = np.delete(np.abs(params), 4, 1)
    assert (others.std(0) > 0.1).all() and len(np.unique(others[:, 2])) == 40
    if law == "fdd":  # a to d of one sign, as the law has it
        signs = np.sign(params[:, 2:])
        assert (signs == signs[:, :1]).all()
    images = fractaldream.render_images(params, family.recipe)
    np.testing.assert_array_equal(images.levels, levels)
    assert (images.visited >= family.recipe.minimum).all()


def test_levels_are_shown_in_the_colours_of_the_data_set(tmp_path):
    images = rendered(tmp_path, size=16, iterations=2000)
    family = family_of(images)
    rows = np.arange(60)
    levels = images.data.images.numpy()[:, 0]
    assert np.array_equal(family.images(levels), images.images(rows))
    colours = family.renderer.colours(levels).transpose(0, 3, 1, 2) / np.float32(255)
    assert np.array_equal(family.images(levels), colours)
    grey = open_images(images.name, channels=1)
    assert family_of(grey).images(levels).shape == (60, 1, 16, 16)
    assert family_of(grey).renderer.palette is None


def test_its_renderer_draws_the_file_again(tmp_path):
    images = rendered(tmp_path, size=16, iterations=2000)
    family = family_of(images)
    params = family.params(images.train)
    with fractaldream.open(images.name) as file:
        assert np.array_equal(params, file.params[:][images.train])
    assert (family.renderer.mean, family.renderer.scale) == LAW_UNITS["fdd"]
    assert not family.renderer.recipe.refusals


def test_parameters_that_do_not_vary_have_scale_1(tmp_path):
    images = rendered(tmp_path, law="pickover", size=16, iterations=2000)
    assert family_of(images).renderer.scale[:2] == (1.0, 1.0)
    with pytest.raises(BadInput, match="x0, y0 do not vary"):
        renderer_of(images.name, mapping="standard", size=16, palette="kbc")


def test_other_data_are_of_no_family(tmp_path):
    planted = open_images(str(write_dataset(tmp_path / "other.h5", n=60, size=16)))
    assert family_of(planted) is None  # not drawn by a law of ours
    images = rendered(tmp_path, size=16, iterations=2000)
    shown = open_images(images.name, resize=True)
    assert family_of(shown) is not None
    data = replace(images.data, images=images.data.images[..., ::2, ::2])
    assert family_of(replace(images, data=data)) is None
