"""The ladder as a whole, on what is planted and on what knows nothing."""

import dataclasses
import json
import re

import numpy as np
import pytest

from evalkit.correspondence import ladder
from evalkit.correspondence.ladder import run_ladders
from evalkit.correspondence.nulls.ensembles import SHARED
from evalkit.correspondence.nulls.generators import smooth_network
from evalkit.correspondence.replicate_summary import summarise
from evalkit.correspondence.rung_names import RUNGS, TESTED, title
from evalkit.inputs.model import from_callable
from quick_ladder import QUICK, mirrored

pytestmark = pytest.mark.usefixtures("short")


def test_the_map_itself_is_found_at_the_first_rung(planted):
    assert planted.established == "identity"
    assert planted.identity.p_value == 0.01  # the smallest that 99 draws allow
    assert planted.identity.nulls["haar"] == 0.01
    assert planted.verdict.startswith("Your model's latents correspond")
    assert planted.images.are_renderings
    assert planted.identity.correlation_of_blurred > 0.99


def test_the_json_is_stable_and_complete(planted):
    values = json.loads(json.dumps(planted.to_dict()))
    assert tuple(values["levels"]) == RUNGS
    for level in values["levels"].values():
        assert {"statistic", "effect", "ci", "p_value", "p_adjusted"} <= set(level)
        assert level["ci"][0] <= level["effect"] <= level["ci"][1]
    assert {"verdict", "n", "seed", "power", "group", "correction"} <= set(values)
    assert tuple(values["power"]) == RUNGS
    for name, power in values["power"].items():
        if name in TESTED:
            assert {"smallest", "rates", "replicates", "alpha"} <= set(power)
        else:  # described: nothing that could be missed, and that is said
            assert power is None and "only a description" in values["no_power"][name]
    assert values["levels"]["affine"]["p_value"] is None  # described, no verdict
    assert set(values["levels"]["affine"]["detail"]["r2"]) == {"x0", "y0", "a", "b", "c", "d"}


def test_permuted_axes_are_ranked_among_ignorant_generators(usual, learnt, results):
    order = [0, 1, 4, 5, 2, 3]
    signs = np.array([1, 1, 1, -1, 1, 1])
    permuted = from_callable(
        lambda z: usual.colours(usual.levels((z * signs)[:, order])), "permuted"
    )
    few = dataclasses.replace(QUICK, n=256, replicates=0)
    (result,) = run_ladders([permuted], usual, learnt[0], few)
    assert result.symmetry.axes.p_families == 0.05 and result.symmetry.p_value > 0.05
    assert results["smooth"].symmetry.axes.p_families > 0.05
    assert "reordered and signed in the best way" in " ".join(str(result).split())


def test_the_same_seed_gives_the_same_numbers_whoever_is_asked_beside(usual, learnt, results):
    models, kept = [mirrored(usual)], []
    (again,) = run_ladders(models, usual, learnt[0], QUICK, keep=kept.append)
    assert again.to_dict() == results["mirrored"].to_dict()
    shared = {f"{name}, 6 latents" for name in SHARED}
    assert len(set(kept[-1].ensembles) - shared) == 1  # of random smooth networks of its gain
    assert shared < set(kept[-1].ensembles) and kept[-1].power == again.power
    more = []
    (known,) = run_ladders(models, usual, learnt[0], QUICK, scores=kept[-1], keep=more.append)
    assert known.to_dict() == again.to_dict() and not more


@pytest.mark.slow
def test_the_quick_rungs_of_all_are_printed_before_ignorant_generators_are_drawn(
    usual, learnt, monkeypatch, capsys
):
    network = smooth_network(6, np.random.default_rng(5), channels=3)
    models = [
        from_callable(lambda z: usual.colours(usual.levels(z)), "map"),
        from_callable(lambda z: network(z).transpose(0, 2, 3, 1), "smooth"),
    ]

    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(ladder, "draw_ensemble", interrupted)
    with pytest.raises(KeyboardInterrupt):
        next(run_ladders(models, usual, learnt[0], QUICK, progress=True))
    lines = re.split("[\r\n]+", capsys.readouterr().err)
    begun = [line.split(":")[0] for line in lines if line.startswith(("map: ", "smooth: "))]
    assert begun[:4] == ["map"] * 2 + ["smooth"] * 2
    assert lines[0].startswith(f"map: {title('identity')}") and "p 0.01" in lines[0]


def test_a_mirrored_map_is_found_at_the_second_rung(results):
    symmetry = results["mirrored"].symmetry
    assert symmetry.p_value <= 0.05
    transposed, mirror_x, mirror_y = symmetry.operation
    # of attractors that equal their half turn, either mirror
    assert mirror_x != mirror_y and not transposed


def test_a_smooth_network_is_not_called_corresponding(results):
    assert results["smooth"].established is None
    rotation = results["smooth"].rotation
    assert rotation.statistic < 0 and rotation.p_value == 1  # whatever the families say
    assert not results["smooth"].images.are_renderings
    assert "No correspondence" in results["smooth"].verdict
    assert "not renderings of the attractor yet" in results["smooth"].verdict


def test_seeds_are_replicates(results):
    rows = {row.rung: row for row in summarise([results["planted"], results["mirrored"]])}
    effects = [results[name].symmetry.effect for name in ("planted", "mirrored")]
    assert rows["symmetry"].mean == pytest.approx(np.mean(effects))
    low, high = rows["symmetry"].ci
    assert low <= min(effects) and high >= max(effects)
    assert rows["symmetry"].p_value == 0.01  # none of 99 pairs of draws is as good
    assert summarise([results["smooth"]] * 3)[0].p_value > 0.05
    assert rows["affine"].found is None and rows["affine"].p_value is None
