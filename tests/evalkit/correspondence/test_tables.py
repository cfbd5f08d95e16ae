"""The tables that the command prints."""

import dataclasses

import pytest

from evalkit.correspondence import tables
from evalkit.correspondence.replicate_summary import RungReplicates
from invented_result import invented_result


def test_a_small_p_beside_no_is_explained_by_the_adjusted_one():
    result = invented_result(p=(0.196, 0.4, 0.4, 0.4), alpha=0.05)
    identity = dataclasses.replace(result.identity, p_value=0.049)
    text = str(dataclasses.replace(result, identity=identity))
    (row,) = (line for line in text.splitlines() if line.startswith("1 same image"))
    assert row.split()[-5:] == ["0.049", "0.196", ">", "0.05", "no"]


def test_the_table_explains_its_words():
    text = str(invented_result())
    for word in ("nats: ", "R2: ", "chance: ", "p: how often"):
        assert word in text
    assert "Clifford attractors, another family" in text


def test_the_score_that_chance_stays_below_is_that_of_the_null_or_of_the_best_baseline():
    rung = invented_result().identity
    assert tables.chance(rung) == pytest.approx(0.95)  # of draws from 0 to 1
    described = dataclasses.replace(rung, draws=None, statistic=0.5, effect=0.2)
    assert tables.chance(described) == pytest.approx(0.3)


def test_what_is_found_what_is_not_and_what_is_not_asked():
    result = invented_result(p=(0.9, 0.9, 0.9, 0.05), skipped="3 latents, not 6", alpha=0.05)
    outcomes = {name: tables.outcome_of(result, name) for name in ("identity", "affine", "local")}
    assert outcomes == {"identity": "not asked", "affine": "not asked", "local": "yes"}
    assert tables.adjusted_p(result.neighbourhood, 0.05) == "0.05 <= 0.05"
    assert tables.outcome_of(invented_result(), "local") == "no"


def test_a_rung_is_one_line_as_soon_as_it_is_done():
    result = invented_result()
    line = tables.rung_line(result.identity, result.method.options)
    assert line.startswith("1 same image for the same parameters: 0.100")
    assert line.endswith("p 0.01 before the correction")
    described = dataclasses.replace(result.identity, p_value=None)
    assert tables.rung_line(described, result.method.options).endswith(", described")


def test_the_table_of_replicates_counts_generators():
    rows = [
        RungReplicates("identity", 3, 0.25, (0.1, 0.4), 2, 0.01),
        RungReplicates("affine", 3, 0.5, None, None, None),
    ]
    first, _, identity, affine = tables.replicates_table(rows).splitlines()
    assert first == "Across 3 generators (effect: higher is better)"
    assert identity.split()[-8:] == ["0.250", "0.100", "to", "0.400", "2", "of", "3", "0.01"]
    assert affine.split()[-2:] == ["0.500", "-"]
