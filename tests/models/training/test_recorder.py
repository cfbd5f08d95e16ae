"""Epochs are judged and written, or nothing of them is."""

import pytest

from fractaldream_base.errors import BadInput
from fractaldream_models.checkpoint import load
from fractaldream_models.training.step import Step
from small_runs import fit


def test_nan_stops_the_run_and_leaves_the_last_good_checkpoint(dataset, tmp_path, monkeypatch):
    step, calls = Step.__call__, []

    def poisoned(self, x, *rest):
        calls.append(1)
        return step(self, x * float("nan") if len(calls) > 8 else x, *rest)

    monkeypatch.setattr(Step, "__call__", poisoned)
    with pytest.raises(BadInput, match="not finite in epoch 2"):
        fit(dataset, tmp_path / "run")
    model = load(tmp_path / "run" / "ckpt.pt")
    assert model.metrics["epoch"] == 1
    assert all(value.isfinite().all() for value in model.state_dict().values())
