"""Images of a stream, each once, in the same order however many processes ask."""

import multiprocessing
import os
import signal
from itertools import islice

import pytest
import torch

import fractaldream as fd
from fractaldream_base.errors import BadInput
from fractaldream_models import checkpoint
from fractaldream_models.data.live import read_live
from fractaldream_models.data.live_images import HELD_OUT, LiveImages, guard_reading
from fractaldream_models.data.sources import open_data
from fractaldream_models.distributed.collectives import Processes
from fractaldream_models.settings import Settings, override
from fractaldream_models.training.options import Callbacks, TrainOptions
from fractaldream_models.training.run_folder import Run
from fractaldream_models.training.trainer import train

pytestmark = pytest.mark.usefixtures("streams")
SOURCE = "live:fractaldream,law=normal,refusals=false,iterations=2000,size=32"


RECIPE = fd.Recipe(law="normal", refusals=False, iterations=2000, size=32)


@pytest.fixture(scope="module")
def rendered():
    parts = list(islice(fd.stream(RECIPE, batch=100), 2))
    images = torch.cat([torch.from_numpy(part.levels) for part in parts])
    return images, torch.cat([torch.from_numpy(part.params) for part in parts])


def take(n, *, start=0, workers=0, rank=0, size=1):
    images = LiveImages(read_live(SOURCE), batch=12, start=start, processes=Processes(rank, size))
    return list(islice(images.loader(workers), n))


def test_batches_are_the_images_of_the_recipe_in_order(rendered):
    for k, (levels, params) in enumerate(take(3, start=7)):
        rows = slice(7 + 12 * k, 19 + 12 * k)
        assert torch.equal(levels[:, 0], rendered[0][rows])
        assert torch.equal(params, rendered[1][rows])


def test_workers_and_processes_change_nothing(rendered):
    whole = torch.cat([levels for levels, _ in take(4)])
    assert torch.equal(torch.cat([levels for levels, _ in take(4, workers=2)]), whole)
    shares = [take(4, rank=rank, size=3) for rank in range(3)]
    together = [levels for batch in zip(*shares, strict=True) for levels, _ in batch]
    assert torch.equal(torch.cat(together), whole)
    assert {len(levels) for levels in together} == {4}


def test_the_first_images_are_held_out_and_colours_are_those_of_the_file(rendered):
    data = open_data(SOURCE)
    assert data.channels == 3 and len(data.validation) == 40 and len(data.train) == 60
    assert torch.equal(data.images[:, 0], rendered[0][:100])
    assert set(data.train.tolist()).isdisjoint(data.validation.tolist())
    rgb = fd.to_rgb(rendered[0][:2].numpy(), "kbc")
    assert torch.equal(
        data.batch(torch.arange(2), (0, 255)).byte(), torch.tensor(rgb).permute(0, 3, 1, 2)
    )
    assert data.params[data.train].mean(0).abs().max() < 1e-5
    assert data.facts["param_names"] == list(fd.PARAM_NAMES)


def fit(out, **others):
    changes = {"kind": "ae", "latent": 6, "width": 0.05, "batch": 12, "channels": 1}
    changes |= {"epoch_images": 30, "paired_weight": 1.0, "epochs": others.pop("epochs", 3)}
    callbacks = Callbacks(on_epoch=others.pop("on_epoch")) if "on_epoch" in others else Callbacks()
    options = TrainOptions(device="cpu", **others)
    settings = {"epochs": changes["epochs"]} if options.resume else override(Settings(), changes)
    return train(SOURCE, out, settings, options=options, callbacks=callbacks)


def test_a_resumed_run_goes_on_with_the_images_that_were_next(tmp_path):
    fit(tmp_path / "whole", workers=0)
    fit(tmp_path / "cut", epochs=1, workers=0)
    fit(tmp_path / "cut", workers=2, resume=True)
    first, second = (checkpoint.read(tmp_path / run / "state.pt") for run in ("whole", "cut"))
    assert all(
        torch.equal(weight, second["model"][name]) for name, weight in first["model"].items()
    )
    figures = [Run(tmp_path / run).rows()[-1]["validation_mse"] for run in ("whole", "cut")]
    assert figures[0] == figures[1]
    record = Run(tmp_path / "whole").record()
    assert record["images"] == {"train": 30, "validation": 40} and record["source"] == SOURCE
    assert HELD_OUT == 1000  # what training begins after


def test_a_lost_renderer_is_one_line_and_the_run_goes_on(tmp_path):
    def kills(row):  # one of two, as a system short of memory does
        for process in multiprocessing.active_children()[:1]:
            os.kill(process.pid, signal.SIGKILL)

    with pytest.raises(BadInput, match=r"renders live data was lost.*--workers 0") as caught:
        fit(tmp_path / "run", epochs=30, workers=2, on_epoch=kills)
    assert "\n" not in str(caught.value)
    begun = len(Run(tmp_path / "run").rows())
    assert fit(tmp_path / "run", epochs=begun + 1, workers=0, resume=True).epochs == begun + 1


@pytest.mark.parametrize("error", [ConnectionResetError, EOFError, OSError("Cannot allocate")])
def test_a_broken_connection_to_a_renderer_is_one_line(error):
    with pytest.raises(BadInput, match="renders live data was lost"), guard_reading():
        raise error
