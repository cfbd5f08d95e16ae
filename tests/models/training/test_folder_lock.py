"""Locks on folders."""

import pytest

from fractaldream_base.errors import BadInput
from fractaldream_models.training.run_folder import Run
from fractaldream_models.training.trainer import train
from small_runs import RESUME, fit


def test_a_run_folder_is_for_one_process_at_a_time(dataset, tmp_path):
    out = tmp_path / "run"
    fit(dataset, out, epochs=1)
    state = (out / "state.pt").read_bytes()
    with Run(out).alone():
        with pytest.raises(BadInput, match="another process trains there"):
            train(dataset, out, {"epochs": 2}, options=RESUME)
        assert (out / "state.pt").read_bytes() == state
    assert train(dataset, out, {"epochs": 2}, options=RESUME).epochs == 2
