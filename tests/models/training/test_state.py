"""The state of a training is read as it was written, but for the learning rates."""

import pytest
import torch

from fractaldream_base.errors import BadInput
from fractaldream_models import checkpoint
from fractaldream_models.training.choice import Choice
from fractaldream_models.training.monitor import Monitor
from fractaldream_models.training.state import TrainingState, stored_figure
from fractaldream_models.training.step_cost import fresh_step
from small_runs import equal, small


def state(rate=1e-3, seed=0):
    torch.manual_seed(seed)
    step, batch = fresh_step(small(lr_e=rate, lr_g=rate, lr_d=rate), 4, 16, 1)
    step(*batch)
    generators = [torch.Generator().manual_seed(seed) for _ in range(2)]
    return TrainingState(step.model, step, None, *generators, Monitor({}), epoch=1)


def test_a_state_is_restored_and_the_settings_rule_the_rates(tmp_path):
    first, second = state(), state(rate=1e-4, seed=1)
    first.choice = Choice(1, "kernel_distance", 0.5, 1, 0.5)
    first.step.memory = {"fakes": torch.ones(2)}
    path = tmp_path / "state.pt"
    assert stored_figure(path) is None
    first.write(path)
    assert stored_figure(path) == "kernel_distance"
    second.restore(path)
    equal(dict(second.model.state_dict()), dict(first.model.state_dict()))
    assert second.step.number == first.step.number == 1 and second.choice == first.choice
    assert torch.equal(second.step.memory["fakes"], torch.ones(2))
    assert torch.equal(second.noise.get_state(), first.noise.get_state())
    for name, optimizer in second.step.optimizers.items():
        assert [group["lr"] for group in optimizer.param_groups] == [1e-4]
        equal(optimizer.state_dict()["state"], first.step.optimizers[name].state_dict()["state"])


def test_a_state_of_a_newer_version_is_refused(tmp_path):
    checkpoint.write({"format_version": 99}, tmp_path / "state.pt")
    with pytest.raises(BadInput, match="99"):
        state().restore(tmp_path / "state.pt")


def test_a_state_of_other_networks_is_refused(tmp_path):
    path = tmp_path / "state.pt"
    first = state()
    first.choice = Choice(1, "kernel_distance", 0.5, 1, 0.5)
    first.model.add_module("extra", torch.nn.Linear(1, 1))
    first.write(path)
    with pytest.raises(BadInput, match="holds other networks than"):
        state().restore(path)
