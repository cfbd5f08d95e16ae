"""A run resolved before it begins."""

from dataclasses import replace

import h5py
import pytest
import torch

from fractaldream_base.errors import BadInput
from fractaldream_models import kinds
from fractaldream_models.data.tensors import Data
from fractaldream_models.training.planning import plan
from fractaldream_models.training.run_folder import Run
from fractaldream_models.training.trainer import train
from small_runs import CPU, fit, small


def test_equal_pictures_are_refused_and_equal_held_out_ones_are_no_crash(dataset, tmp_path):
    with h5py.File(dataset, "r+") as file:
        images = file["images"][:]
        images[file["split"][:] == 1] = images[0]
        file["images"][:] = images
    result = fit(dataset, tmp_path / "run", epochs=1)
    assert "diversity_ratio" not in Run(result.run).rows()[0]
    with h5py.File(dataset, "r+") as file:
        file["images"][:] = 0
    with pytest.raises(BadInput, match="all 42 training images are the same picture"):
        fit(dataset, tmp_path / "no", epochs=1)


def test_paired_training_says_what_it_needs(dataset, tmp_path):
    with pytest.raises(BadInput, match="latent=6"):
        plan(dataset, small(paired_weight=1, latent=5))


def test_losses_on_pairs_say_what_they_need(dataset, pairs_file, tmp_path):
    for source, changes, message in (
        (dataset, {"paired_weight": 1, "paired_share": 1.5}, r"paired_share=1.5: must lie in"),
        (dataset, {"paired_weight": 1, "paired_share": 1e-3}, "less than one of 42 training"),
        (dataset, {"matched_pairs": "which"}, "no pairs of images that share.*--shared"),
        (dataset, {"matched_pairs": "some"}, "give one of none, which, number"),
        (pairs_file, {"matched_pairs": "which", "latent": 5}, "add --set latent=6"),
        (pairs_file, {"matched_pairs": "number", "latent": 3}, "share 3 parameters, latent 3"),
        (pairs_file, {"matched_pairs": "which", "kind": "gan"}, "gan cannot pair; use one of aae"),
    ):
        with pytest.raises(BadInput, match=message):
            plan(source, small(**changes))
    for changes in ({"paired_share": 0.5}, {"matched_weight": 2.0}):
        with pytest.raises(BadInput, match="means nothing without"):
            train(dataset, tmp_path / "run", changes, options=CPU)
    live = "live:fractaldream,law=normal,refusals=false,size=32,iterations=500"
    unpaired = plan(live, small(paired_weight=1, paired_share=0))
    with pytest.raises(BadInput, match="no end to take a share of"):
        plan(live, small(paired_weight=1, paired_share=0.5), data=unpaired.data)


def test_the_first_held_out_images_are_of_both_domains():
    images = torch.arange(24, dtype=torch.uint8)[:, None, None, None].repeat(1, 1, 16, 16)
    labels = torch.tensor([0] * 14 + [1] * 10)
    sorted_rows = Data(images, torch.arange(0, 24, 2), torch.arange(1, 24, 2), labels=labels)
    data = replace(sorted_rows, classes=2)
    settings = replace(kinds.defaults("cogan"), latent=3, width=0.02, batch=4)
    planned = plan("photos", settings, data=data).data
    for rows, given in ((planned.train, data.train), (planned.validation, data.validation)):
        assert labels[rows[:10]].tolist() == [0, 1] * 5
        assert rows.sort().values.tolist() == given.tolist()
