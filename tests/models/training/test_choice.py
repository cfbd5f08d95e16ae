"""The epoch of ckpt.pt: the lowest figure, or a later one that cannot be told from it."""

import pytest
import torch

from fractaldream_models.evaluation.sample_quality import kernel_distance, kernel_distance_terms
from fractaldream_models.training.choice import Candidate, choose, standard_error

NOISE = torch.tensor([-1.0, 1, -1, 1]).double()  # standard error 0.577


def run(*epochs):
    """Choose among epochs, each given by the terms of its figure."""
    choice, lowest = None, None
    for number, terms in enumerate(epochs, 1):
        new = Candidate(number, "validation_mse", float(terms.mean()), terms)
        choice, lowest = choose(choice, lowest, new)
    return choice


def test_the_lowest_figure_wins_where_images_agree():
    choice = run(*(NOISE * 9 + level for level in (3.0, 1.0, 1.1)))
    assert (choice.epoch, choice.lowest_epoch, choice.noise) == (2, 2, None)
    assert choice.value == pytest.approx(1)


def test_a_later_epoch_within_the_noise_is_kept_and_the_lowest_is_named():
    choice = run(NOISE * 0 + 1, NOISE + 1.5, NOISE + 1.6)
    assert (choice.epoch, choice.lowest_epoch) == (2, 1)
    assert choice.value == pytest.approx(1.5) and choice.noise == pytest.approx(0.577, abs=1e-3)


def test_small_steps_do_not_lead_away_from_the_lowest():
    steps = [NOISE * (-1) ** k + 1 + 0.3 * k for k in range(6)]
    assert run(*steps).lowest_epoch == 1 and run(*steps).epoch <= 4


def test_without_terms_the_lowest_figure_wins():
    choice, _ = choose(None, None, Candidate(1, "x", 1.0, None))
    assert choose(choice, None, Candidate(2, "x", 1.001, None))[0].epoch == 1
    assert choose(choice, None, Candidate(2, "x", 0.999, None))[0].epoch == 2


def test_the_error_of_a_kernel_distance_is_its_standard_deviation():
    def draw(seed, shift=0.0):
        return torch.randn(200, 8, generator=torch.Generator().manual_seed(seed)) + shift

    pairs = [{"real": draw(i), "generated": draw(1000 + i, 0.3)} for i in range(60)]
    values = torch.tensor([kernel_distance(**pair) for pair in pairs])
    terms = [kernel_distance_terms(**pair) for pair in pairs]
    assert [float(t.mean()) for t in terms] == pytest.approx(values.tolist())
    errors = sum(map(standard_error, terms)) / len(terms)
    assert errors == pytest.approx(float(values.std()), rel=0.35)
