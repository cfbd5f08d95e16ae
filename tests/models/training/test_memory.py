"""Running out of memory."""

import pytest
import torch

from fractaldream_base.errors import BadInput
from fractaldream_models.training.step import Step
from small_runs import fit


def test_out_of_memory_names_the_mend(dataset, tmp_path, monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Step, "__call__", full)
    with pytest.raises(BadInput, match=r"batch 8.*out of memory.*--set batch"):
        fit(dataset, tmp_path / "run")
