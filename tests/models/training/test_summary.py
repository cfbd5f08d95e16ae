"""What is read before a run begins."""

from dataclasses import replace
from pathlib import Path

from fractaldream_models import kinds
from fractaldream_models.training.planning import plan
from fractaldream_models.training.summary import Execution, summarise

RUN = Execution(Path("runs/a"), "cpu", 1, "32", 1, 4, "validation_mse")


def lines_of(dataset, execution=RUN, **changes):
    settings = replace(kinds.defaults("vae"), batch=8, epochs=3, width=0.1, **changes)
    lines = summarise(plan(dataset, settings, seed=7), execution)
    return {line.split()[0]: line for line in lines}


def test_data_model_training_and_run_have_a_line_each(dataset):
    lines = lines_of(dataset)
    assert "42 images to learn from, 12 held out; 16 x 16 px, in colour" in lines["Data"]
    assert "vae, 32 latents; parameters: " in lines["Model"] and "encoder" in lines["Model"]
    assert "3 epochs of 5 batches of 8 images; adam, lr_e" in lines["Training"]
    assert "lowest reconstruction error of held-out images (validation_mse)" in lines["Choice"]
    assert "runs/a, seed 7, on cpu in float32, 1 thread of 4 cores" in lines["Run"]


def test_settings_that_differ_are_shown_as_set_takes_them(dataset):
    assert "kl_weight 0.5" in lines_of(dataset, kl_weight=0.5)["Settings"]


def test_several_processes_in_bfloat16(dataset):
    execution = replace(RUN, device="cuda", processes=2, precision="bf16")
    assert lines_of(dataset, execution)["Run"].endswith("on cuda in bfloat16, 2 processes")
