"""Training as a function."""

import pytest
import torch

from fractaldream_base.errors import BadInput
from fractaldream_models.checkpoint import load
from fractaldream_models.training.options import Callbacks, TrainOptions
from fractaldream_models.training.trainer import train
from small_runs import CPU, RESUME, fit, small


def test_troubles_reach_the_callback_alone(dataset, tmp_path, capsys):
    troubles = []
    callbacks = Callbacks(on_trouble=troubles.append)
    settings = small(kind="vae", epochs=1, lr_e=1e-9)
    train(dataset, tmp_path / "run", settings, options=CPU, callbacks=callbacks)
    assert "samples alike" in troubles[0] and not capsys.readouterr().err


def test_folders_and_devices_that_cannot_be_used(dataset, tmp_path):
    with pytest.raises(BadInput, match="no run to resume"):
        train(dataset, tmp_path / "none", small(), options=RESUME)
    fit(dataset, tmp_path / "run", epochs=1)
    with pytest.raises(BadInput, match="add --resume"):
        fit(dataset, tmp_path / "run")
    with pytest.raises(BadInput, match="latent=6, not 7"):
        train(dataset, tmp_path / "run", {"latent": 7}, options=RESUME)
    with pytest.raises(BadInput, match="device 'tpu' is not there"):
        train(dataset, tmp_path / "x", small(), options=TrainOptions(device="tpu"))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_a_gpu_trains_in_bf16(dataset, tmp_path):
    result = train(dataset, tmp_path / "run", small(), options=TrainOptions(device="cuda"))
    assert load(result.checkpoint).sample(2).isfinite().all()
