"""Test what every rung reports."""

import json

import numpy as np

from evalkit.correspondence.rungs.neighbourhood import NeighbourhoodResult
from evalkit.correspondence.rungs.outcome import RungResult, Skipped, margin_over
from evalkit.statistics.inference import rank


def test_a_margin_is_over_the_mean_of_the_null_that_decides():
    nulls = {"haar": rank("", 3.0, np.array([0.0, 1.0, 2.0])), "own": rank("", 3.0, np.full(9, 5))}
    fields = margin_over(nulls, "haar", (2.5, 3.5))
    assert (fields["statistic"], fields["effect"], fields["ci"]) == (3.0, 2.0, (1.5, 2.5))
    assert fields["p_value"] == 1 / 4 and fields["nulls"] == {"haar": 1 / 4, "own": 1.0}
    assert np.array_equal(fields["draws"], [0, 1, 2])


def test_fields_of_one_rung_are_its_detail_and_are_read_again():
    draws = np.linspace(0, 1, 5)
    rung = NeighbourhoodResult(
        name="local", meaning="m", statistic=0.5, effect=0.2, ci=(0.1, 0.3), p_value=0.01,
        nulls={"smooth": 0.01}, draws=draws, hardest="smooth", families={"smooth": "a network"},
        trustworthiness=0.7,
    )  # fmt: skip
    values = json.loads(json.dumps(rung.to_dict()))
    assert set(values["detail"]) == {"hardest", "families", "trustworthiness"}
    assert "draws" not in values and values["skipped"] is None
    again = NeighbourhoodResult.from_dict("local", values, draws)
    assert again == rung and again.draws is draws


def test_a_skipped_rung_has_the_same_keys_and_a_reason():
    rung = RungResult(name="affine", meaning="m", statistic=0.5, effect=0.2, ci=(0.1, 0.3))
    skipped = Skipped("affine", "3 latents, not 6").to_dict()
    assert skipped.keys() == rung.to_dict().keys()
    assert skipped["skipped"] == "3 latents, not 6" and skipped["p_value"] is None
