"""Read live streams as tensors: the first images in memory, all later ones in shares of batches."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from fractaldream_base.errors import BadInput
from fractaldream_models.distributed.collectives import Processes

from .live import Live
from .tensors import Data, colours_of, standardised

HELD_OUT = 1000  # the first images of a stream are never trained on
YARDSTICK = 4000  # means, scales and features come from the next; they are trained on first, too

LOST = (
    "a process that renders live data was lost (memory?): what is complete is kept, go on with "
    "--resume, or --workers 0"
)


def first_images(live: Live, palette: str, channels: int | None) -> Data:
    """Read the first images of a stream into memory: some held out, some to measure with.

    Parameters
    ----------
    live
        The stream.
    palette, channels
        How levels are coloured, as in `dataset_file.read_dataset_file`.

    Raises
    ------
    BadInput
        If the stream has no such palette, or cannot be rendered.
    """
    images, params = live.first(HELD_OUT + YARDSTICK)
    module = live.module()
    in_units, facts = standardised(params, params[HELD_OUT:], module.PARAM_NAMES)
    try:
        table = torch.from_numpy(module.palette(palette).copy())
    except ValueError as error:
        raise BadInput(str(error)) from error
    law = getattr(live.recipe(), "law", None)
    return Data(
        images=images,
        train=torch.arange(HELD_OUT, len(images)),
        validation=torch.arange(HELD_OUT),
        palette=None if channels == 1 else table,
        params=in_units,
        facts=facts | colours_of(table, channels) | ({} if law is None else {"law": law}),
        live=live,
    )


@contextmanager
def guard_rendering() -> Iterator[None]:
    """Turn the loss of a process that renders into BadInput.

    torch reports a dead worker by a RuntimeError that its SIGCHLD handler raises wherever the main
    process happens to be, so this belongs around the whole training, not the reading alone.
    """
    try:
        yield
    except RuntimeError as error:
        if "DataLoader worker (pid" not in str(error):
            raise
        raise BadInput(LOST) from error


@contextmanager
def guard_reading() -> Iterator[None]:
    """Turn a connection to a process that renders into BadInput when it breaks or cannot begin."""
    try:
        yield
    except (OSError, EOFError) as error:
        if str(error).startswith("Caught"):  # the renderer's own, which has not died
            raise
        raise BadInput(LOST) from error


class LiveImages(IterableDataset[tuple[Tensor, Tensor]]):
    """Endless shares of batches: levels uint8 (n, 1, S, S), params float64 (n, P).

    Batch k holds the images from start + k * batch on, whatever the number of processes and of
    a DataLoader's workers, so that beginning again at start + k * batch goes on exactly.
    """

    def __init__(
        self, live: Live, *, batch: int, start: int, processes: Processes | None = None
    ) -> None:
        """Read from image `start` on; batch, of all processes, is a multiple of their number."""
        self.live, self.batch, self.start = live, batch, start
        self.processes = processes or Processes()

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        info = get_worker_info()
        number, workers = (0, 1) if info is None else (info.id, info.num_workers)
        rank, size = self.processes.rank, self.processes.size
        shares = self.live.batches(  # a share is a batch of the stream: those of batch k come next
            batch=self.batch // size,
            start=self.start,
            worker=number * size + rank,
            workers=workers * size,
        )
        for share in shares:
            yield torch.from_numpy(share.levels)[:, None], torch.from_numpy(share.params)

    def loader(self, workers: int) -> "DataLoader[tuple[Tensor, Tensor]]":
        """Return the same batches in the same order, rendered by so many other processes.

        They are never forks of this one: a fork in a process with threads of others (gRPC's of a
        sweep, a notebook's) may abort. A script that asks for workers keeps its work behind
        `if __name__ == "__main__"`, as with every DataLoader since Python 3.14.
        """
        safe = "forkserver" in multiprocessing.get_all_start_methods()  # elsewhere they are spawned
        return DataLoader(
            self,
            batch_size=None,
            num_workers=workers,
            multiprocessing_context="forkserver" if workers and safe else None,
            prefetch_factor=4 if workers else None,
            pin_memory=torch.cuda.is_available(),
        )
