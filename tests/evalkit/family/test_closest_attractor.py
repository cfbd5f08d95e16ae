"""The search through the family: what it returns is there, and it comes closer."""

import numpy as np

import fractaldream
from evalkit.family.closest_attractor import (
    Bank,
    ClosestAttractors,
    FamilyDistance,
    SearchOptions,
    closest_attractors,
)
from evalkit.family.fresh_images import family_of
from evalkit.inputs.images import open_images


def test_the_family_holds_what_is_found(tmp_path):
    recipe = fractaldream.Recipe(n=400, size=16, iterations=2000, seed=3)
    fractaldream.render(recipe, tmp_path / "d.h5")
    family = family_of(open_images(str(tmp_path / "d.h5")))

    def embed(levels):
        return family.images(levels).reshape(len(levels), -1)

    levels, params = next(family.fresh(120))
    known = embed(levels)
    bank = Bank(known[6:], params[6:])
    rng = np.random.default_rng(0)
    options = SearchOptions(rounds=16, children=32)
    closest = closest_attractors(known[:6], bank, family.renderer, embed, rng, options=options)
    again = fractaldream.render_images(closest.params, family.renderer.recipe).levels
    assert np.array_equal(again, closest.levels)
    distances = np.sqrt(((embed(again) - known[:6]) ** 2).mean(1))
    assert np.allclose(distances, closest.after, atol=1e-6)
    assert np.median(closest.after) < 0.85 * np.median(closest.before)
    assert closest.renderings == 6 * 16 * 32


def test_fresh_images_are_the_yardstick():
    def at(*distances):
        after = np.array(distances)
        return ClosestAttractors(np.zeros((len(after), 6)), np.zeros(0), 2 * after, after, 7)

    values = FamilyDistance(at(1.0, 3.0), at(1.0, 2.0)).to_dict()
    assert values["farther_than_95_percent_of_fresh"] == 0.5 and values["renderings"] == 14
    assert values["generated"] == {"nearest_known": 4.0, "closest_found": 2.0}
    assert values["found"][1]["distance"] == 3.0 and values["param_names"][2] == "a"
