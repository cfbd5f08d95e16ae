"""The batches of an epoch: permuted rows of images in memory, or the next images of a stream."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import nullcontext
from itertools import islice, repeat

import torch
from torch import Tensor

from fractaldream_models import kinds
from fractaldream_models.data.live_images import HELD_OUT, LiveImages, guard_reading
from fractaldream_models.data.tensors import Data
from fractaldream_models.distributed.collectives import Processes
from fractaldream_models.model import Model
from fractaldream_models.settings import Settings
from fractaldream_models.training_step import Batch, MatchedPairs, Pairs

from .pairs import matched_rows, paired_rows, shuffled_batches


class Batches:
    """Shares of the batches of each epoch, for this process.

    Parameters
    ----------
    data
        The images, on the device of the model.
    settings, seed
        The resolved settings of the run, and its seed, which decides the images that come with
        their parameters.
    model
        Decides the range of values, and whether labels are needed.
    processes
        The processes that share each batch.
    workers
        Number of processes that render live data.
    """

    def __init__(
        self,
        data: Data,
        settings: Settings,
        model: Model,
        processes: Processes,
        workers: int,
        seed: int = 0,
    ) -> None:
        self.data, self.settings, self.model = data, settings, model
        self.processes, self.workers = processes, workers
        self.stream: Generator[tuple[Tensor, Tensor], None, None] | None = None  # of live data
        s = settings
        self.pairs_all = s.paired_weight > 0 and s.paired_share == 1
        self.paired: Tensor | None = None
        if s.paired_weight > 0 and 0 < s.paired_share < 1:
            self.paired = paired_rows(data.train, s.paired_share, seed)
        self.matched: tuple[Tensor, Tensor] | None = None
        if s.matched_pairs != "none":
            assert data.params is not None  # checked when the run is planned
            self.matched = matched_rows(data.params.cpu(), data.train)

    def of_epoch(self, epoch: int, sampler: torch.Generator) -> tuple[int, Iterable[Batch]]:
        """Return the number of batches of an epoch, and this process's shares of them.

        Parameters
        ----------
        epoch
            Number of complete epochs.
        sampler
            Draws the order of images in memory; streams have an order of their own.
        """
        s, data = self.settings, self.data
        if data.live is not None:
            count = s.epoch_images // s.batch
            if self.stream is None:
                start = HELD_OUT + epoch * count * s.batch
                images = LiveImages(data.live, batch=s.batch, start=start, processes=self.processes)
                self.stream = self._read(images)
            return count, map(self._live, islice(self.stream, count))
        order = self._order(sampler)
        rows = [part for part in order.split(s.batch) if len(part) == s.batch]
        paired: Iterable[Tensor | None] = repeat(None)
        if self.paired is not None:
            paired = self.paired[shuffled_batches(len(self.paired), len(rows), s.batch, sampler)]
        matched: Iterable[Tensor | None] = repeat(None)
        if self.matched is not None:
            matched = shuffled_batches(len(self.matched[0]), len(rows), s.batch, sampler)
        return len(rows), map(self._stored, rows, paired, matched)

    def close(self) -> None:
        """End the processes that render."""
        if self.stream is not None:
            self.stream.close()

    def _order(self, sampler: torch.Generator) -> Tensor:
        """Return the rows of an epoch in a random order, those of two domains in turn."""
        data, train = self.data, self.data.train
        if not kinds.find(self.model.kind).domains:
            return train[torch.randperm(len(train), generator=sampler)]
        assert data.labels is not None
        labels = data.labels.cpu()[train]
        of_each = [train[labels == domain] for domain in (0, 1)]
        most = max(map(len, of_each))  # the images of the smaller domain are seen more often
        shuffled = [rows[torch.randperm(len(rows), generator=sampler)] for rows in of_each]
        repeated = [rows.repeat(-(-most // len(rows)))[:most] for rows in shuffled]
        return torch.stack(repeated, 1).flatten()

    def _read(self, images: LiveImages) -> Generator[tuple[Tensor, Tensor], None, None]:
        """Yield the shares of live batches, and end their workers at the end."""
        batches: Iterator[tuple[Tensor, Tensor]] = iter(images.loader(self.workers))
        try:
            with guard_reading() if self.workers else nullcontext():
                yield from batches
        finally:  # forked, they hold the run's folder for as long as they live
            if self.workers:
                batches._shutdown_workers()  # type: ignore[attr-defined]

    def _images(self, rows: Tensor) -> Tensor:
        """Return the images of rows in the range of the model, in the layout of convolutions."""
        x = self.data.batch(rows, self.model.value_range)
        return x.contiguous(memory_format=torch.channels_last)

    def _stored(self, batch: Tensor, paired: Tensor | None, matched: Tensor | None) -> Batch:
        """Return this process's share of a batch of rows, and of the pairs beside it."""
        data, rows = self.data, self.processes.share(batch)
        x = self._images(rows)
        labels = None
        if data.labels is not None and self.model.config.classes > 0:
            labels = data.labels[rows.to(x.device)]
        pairs = None
        if self.pairs_all:
            pairs = Pairs(x, self._params(rows))
        elif paired is not None:
            paired_share = self.processes.share(paired)
            pairs = Pairs(self._images(paired_share), self._params(paired_share))
        return Batch(x, labels, pairs, None if matched is None else self._matched(matched))

    def _params(self, rows: Tensor) -> Tensor:
        """Return the standardised parameters of these rows."""
        params = self.data.params
        assert params is not None  # checked when the run is planned
        return params[rows.to(params.device)]

    def _matched(self, numbers: Tensor) -> MatchedPairs:
        """Return this process's share of the matched pairs of these numbers."""
        assert self.matched is not None
        numbers = self.processes.share(numbers)
        first, shared = (part[numbers] for part in self.matched)
        device = self.data.images.device
        return MatchedPairs(self._images(first), self._images(first + 1), shared.to(device))

    def _live(self, share: tuple[Tensor, Tensor]) -> Batch:
        """Return a share of live levels and parameters as the model sees them."""
        data, (levels, params) = self.data, share
        device = data.images.device
        x = data.coloured(levels.to(device, non_blocking=True), self.model.value_range)
        x = x.contiguous(memory_format=torch.channels_last)
        if not self.pairs_all:
            return Batch(x)
        assert data.facts is not None
        mean, scale = (torch.tensor(data.facts[f"param_{k}"]) for k in ("mean", "scale"))
        return Batch(x, None, Pairs(x, ((params - mean) / scale).float().to(device)))
