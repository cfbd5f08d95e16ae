"""Test what is established, by the adjusted p-values and the level of the call."""

import pytest

from invented_result import invented_result


@pytest.mark.parametrize(
    ("p", "established"),
    [
        ((0.01, 0.01, 0.5, 0.5), "identity"),  # the highest of several
        ((0.5, 0.5, 0.05, 0.01), "rotation"),
        ((0.051, 0.5, 0.5, 0.5), None),
    ],
)
def test_the_highest_rung_at_the_level_is_established(p, established):
    result = invented_result(p=p, alpha=0.05)
    assert result.established == established
    assert [result.is_established(name) for name in ("identity", "local")] == [
        p[0] <= 0.05, p[3] <= 0.05
    ]  # fmt: skip


def test_a_rung_that_was_skipped_is_not_established():
    result = invented_result(p=(0.01, 0.01, 0.01, 0.5), skipped="3 latents, not 6")
    assert result.skipped == "3 latents, not 6" and result.established is None
    assert not result.is_established("affine")  # it describes


def test_the_method_says_how_a_result_was_obtained():
    method = invented_result(n=64, alpha=0.1, rotations=199).method.to_dict()
    assert (method["alpha"], method["rotations"], method["correction"]) == (0.1, 199, "holm")
    assert method["recipe"]["n"] == 1 and len(method["param_mean"]) == 6
