"""What a kind trains on."""

import inspect

import torch

from fractaldream_models.training.step import Step
from fractaldream_models.training_step import MatchedPairs, TrainingStep


def test_the_images_of_matched_pairs_are_the_first_ones_before_the_second():
    first, second = torch.zeros(2, 1, 4, 4), torch.ones(2, 1, 4, 4)
    pairs = MatchedPairs(first, second, torch.ones(2, 6, dtype=torch.bool))
    assert pairs.images[:, 0, 0, 0].tolist() == [0, 0, 1, 1]


def test_a_step_of_a_training_has_what_kinds_work_with():
    methods = {name for name, _ in inspect.getmembers(TrainingStep, inspect.isfunction)}
    public = {name for name in methods if not name.startswith("_")}
    assert public and all(
        inspect.signature(getattr(Step, name)).parameters.keys()
        == inspect.signature(getattr(TrainingStep, name)).parameters.keys()
        for name in public
    )
