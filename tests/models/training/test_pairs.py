"""What a run knows of its images: some parameters, and what pairs of images share."""

import json

import pytest
import torch

from fractaldream_models import kinds
from fractaldream_models.checkpoint import load
from fractaldream_models.kinds import built_in, find
from fractaldream_models.training.pairs import matched_rows, paired_rows, shuffled_batches
from fractaldream_models.training.planning import plan
from fractaldream_models.training.run_folder import Run
from fractaldream_models.training.trainer import train
from small_runs import RESUME, fit, same_weights, small


@pytest.mark.parametrize("kind", ["aae", "dcgan"])
def test_no_share_is_no_pairing(kind, dataset, tmp_path):
    runs = {
        "plain": {"paired_weight": 0.0},
        "none": {"paired_weight": 2.0, "paired_share": 0.0},
        "half": {"paired_weight": 2.0, "paired_share": 0.5},
    }
    for name, changes in runs.items():
        fit(dataset, tmp_path / name, kind=kind, epochs=1, **changes)
    last = {name: tmp_path / name / "last.pt" for name in runs}
    same_weights(last["plain"], last["none"])
    with pytest.raises(AssertionError):
        same_weights(last["half"], last["plain"])
    assert "paired" not in Run(tmp_path / "none").rows()[0]
    assert Run(tmp_path / "half").rows()[0]["paired"] > 0


def test_a_larger_share_holds_a_smaller_one_and_a_seed_decides():
    rows = torch.arange(100, 1100)
    few, many = paired_rows(rows, 0.01, 3), paired_rows(rows, 0.3, 3)
    assert len(few) == 10 and len(many) == 300 and set(few.tolist()) <= set(many.tolist())
    assert torch.equal(few, paired_rows(rows, 0.01, 3))
    assert not torch.equal(few, paired_rows(rows, 0.01, 4))
    assert torch.equal(paired_rows(rows, 1.0, 3).sort().values, rows)


def test_every_pair_has_its_turn_before_any_comes_again():
    numbers = shuffled_batches(10, 3, 10, torch.Generator().manual_seed(0))
    assert all(sorted(batch.tolist()) == list(range(10)) for batch in numbers)
    few = shuffled_batches(50, 2, 8, torch.Generator().manual_seed(0))
    assert few.flatten().unique().numel() == 16


@pytest.mark.parametrize("changes", [{"paired_weight": 1.0, "paired_share": 0.2}, {}])
def test_a_resumed_run_goes_on_with_the_pairs_that_were_next(changes, pairs_file, tmp_path):
    changes = changes or {"matched_pairs": "which"}
    fit(pairs_file, tmp_path / "whole", epochs=2, **changes)
    fit(pairs_file, tmp_path / "cut", epochs=1, **changes)
    train(pairs_file, tmp_path / "cut", {"epochs": 2}, options=RESUME)
    same_weights(tmp_path / "whole" / "last.pt", tmp_path / "cut" / "last.pt")
    same_weights(tmp_path / "whole" / "state.pt", tmp_path / "cut" / "state.pt")


def test_matched_pairs_are_training_neighbours_that_share_some():
    params = torch.rand(9, 6)
    params[1, :2] = params[0, :2]
    params[3] = params[2]  # the same image tells nothing
    params[7, 5] = params[6, 5]
    params[8, 0] = params[7, 0]  # rows 7 and 8 are no pair
    first, shared = matched_rows(params, torch.tensor([0, 1, 2, 3, 4, 5, 7, 8]))
    assert first.tolist() == [0]  # row 6 is held out
    assert shared.tolist() == [[True, True, False, False, False, False]]


ABLE = [name for name in built_in() if find(name).paired and find(name).encodes]


@pytest.mark.parametrize("kind", ABLE)
def test_every_paired_kind_with_an_encoder_learns_from_matched_pairs(kind, pairs_file, tmp_path):
    known = "number" if kind == "ae" else "which"
    fit(pairs_file, tmp_path / "run", kind=kind, epochs=1, matched_pairs=known)
    assert Run(tmp_path / "run").rows()[0]["matched"] > 0


@pytest.mark.slow
def test_a_gan_that_pairs_ties_images_to_their_parameters(dataset, tmp_path):
    assert not kinds.find("cgan").paired and not kinds.find("cogan").paired
    errors = []
    for share in (0, 1):
        run = tmp_path / str(share)
        fit(
            dataset, run, kind="dcgan", paired_weight=50.0, paired_share=share, epochs=12,
            lr_g=3e-3, width=0.1,
        )  # fmt: skip
        data = plan(dataset, small()).data
        decoded = load(run / "last.pt").decode(data.params[data.train])
        errors.append((decoded - data.batch(data.train, (-1, 1))).square().mean().item())
    assert errors[1] < 0.8 * errors[0]
    assert json.loads((tmp_path / "1" / "run.json").read_text())["settings"]["paired_share"] == 1
