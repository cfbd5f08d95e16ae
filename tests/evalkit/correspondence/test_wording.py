"""Test that the sentences say what follows from the p-values and the power, and no more."""

import dataclasses

import pytest

from evalkit.correspondence.image_check import ImageCheck
from evalkit.correspondence.wording import image_sentence, next_steps, question, unit
from invented_result import invented_result, learnt


def test_what_is_not_found_is_not_denied():
    p = (0.196, 0.4, 0.4, 0.4)
    verdict = invented_result(p=p, power={"identity": None, "local": 0.3}).verdict
    assert "No correspondence" in verdict and "do not" not in verdict
    assert "no adjusted p is at or below 0.05 (smallest 0.196)" in verdict
    assert "6 neighbours stay neighbours) would have found" in verdict and "30%" in verdict
    unknown = invented_result(p=p).verdict
    assert "The power of the test is not known." in unknown and "80%" not in unknown
    assert "is open" in invented_result(p=p, power={"identity": None}).verdict


def test_rungs_that_were_not_asked_are_not_denied():
    asked = invented_result(p=(0.9, 0.9, 0.9, 0.01))
    assert asked.verdict.startswith("No correspondence of your model's latents")
    assert "different draws" not in question(asked)
    skipped = invented_result(p=(0.9, 0.9, 0.9, 0.01), skipped="3 latents, not 6")
    assert skipped.verdict.startswith("Rungs 1 to 3 cannot be asked of your model (3 latents")
    assert "neighbours stay neighbours" in skipped.verdict
    assert "different draws" in question(skipped)


def test_what_is_found_is_agreement_beyond_chance():
    first = invented_result(p=(0.01, 0.4, 0.4, 0.4)).verdict
    assert "agree with FD's of the same numbers more than chance does (adjusted p 0.01)" in first
    second = invented_result(p=(0.4, 0.01, 0.4, 0.4)).verdict
    assert "after a symmetry of the square, more than chance does (adjusted p 0.01)" in second


@pytest.mark.parametrize(
    ("group", "expected"), [("haar", "nats"), ("signed-permutations", "likeness")]
)
def test_the_words_of_the_second_rung_are_those_of_its_group(group, expected):
    result = invented_result(p=(0.4, 0.01, 0.4, 0.4), group=group, distance="ssim")
    options = result.method.options
    assert unit("symmetry", options) == expected and unit("identity", options) == "likeness"
    assert ("among all rotations of the latents (Haar)" in str(result)) == (group != "haar")
    assert ("change of axes" in result.verdict) == (group == "haar")


def test_other_seeds_are_advised_for_one_checkpoint():
    checkpoint, advice = learnt(invented_result()), "Train other seeds"
    assert advice in " ".join(next_steps(checkpoint))
    assert advice not in " ".join(next_steps(checkpoint, several=True))
    assert advice not in " ".join(next_steps(invented_result()))  # a function
    assert next_steps(invented_result())  # the heading never stands alone


@pytest.mark.parametrize("found", [0, 1, 2, 3, None])
@pytest.mark.parametrize("near", [1, 9])
def test_answer_images_and_advice_do_not_contradict_each_other(found, near):
    p = [0.4] * 4
    if found is not None:
        p[found] = 0.01
    images = ImageCheck(10, near, 1.0, 2.0)
    result = learnt(dataclasses.replace(invented_result(p=tuple(p)), images=images))
    answer, looks = result.verdict, image_sentence(images)
    advice = " ".join(next_steps(result))
    corresponds, detailed = found in (0, 1, 2), near == 9
    assert answer.startswith("Your model's latents correspond") == corresponds
    assert ("although most images lack the detail" in answer) == (corresponds and not detailed)
    assert ("not renderings of the attractor yet" in answer) == (found is None and not detailed)
    assert looks.startswith("The images look like renderings") == detailed
    assert ("Train longer" in advice) == (not corresponds and not detailed)
    assert ("The answer stands" in advice) == (corresponds and not detailed)
    assert ("Train other seeds" in advice) == (corresponds or detailed)
