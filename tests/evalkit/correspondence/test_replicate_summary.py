"""Several generators: means, intervals and how many climb a rung."""

import dataclasses

import pytest

from evalkit.correspondence.replicate_summary import summarise
from invented_result import invented_result


def with_effect(effect, p):
    result = invented_result(p=(p,) * 4)
    return dataclasses.replace(result, identity=dataclasses.replace(result.identity, effect=effect))


def test_the_mean_effect_has_an_interval_over_generators():
    rows = {row.rung: row for row in summarise([with_effect(0.1, 0.01), with_effect(0.3, 0.4)])}
    identity = rows["identity"]
    assert identity.generators == 2 and identity.found == 1
    assert identity.mean == pytest.approx(0.2)
    assert identity.ci[0] < 0.1 and identity.ci[1] > 0.3


def test_one_generator_has_no_interval():
    rows = summarise([with_effect(0.1, 0.01)])
    assert all(row.ci is None for row in rows)


def test_a_rung_that_none_climbed_is_left_out():
    rungs = [row.rung for row in summarise([invented_result(skipped="two latents")])]
    assert rungs == ["local"]
