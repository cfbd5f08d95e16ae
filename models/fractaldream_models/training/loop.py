"""One loop for all kinds: restartable, watched, on one device or several."""

import copy as copying
import sys
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from fractaldream_models import checkpoint
from fractaldream_models.data.live import HELD_OUT, LiveImages, reading, rendering
from fractaldream_models.errors import BadInput, Elsewhere
from fractaldream_models.evaluation import held_out as evaluation
from fractaldream_models.evaluation import sample_quality as quality
from fractaldream_models.pictures import to_bytes, write_grid
from fractaldream_models.settings import Settings

from .monitor import Watch, finite
from .planning import Plan, fresh, memory, plan
from .processes import Processes, mixed, open_fabric, start, started, synchronise, together
from .run_folder import Run, check_resumed, check_same_images, copy, resumed_settings
from .step import Step

if TYPE_CHECKING:
    from lightning_fabric import Fabric
    from torch.utils.tensorboard import SummaryWriter

Batch = tuple[Tensor, Tensor | None, Tensor | None]  # x, labels, params

STATE_VERSION = 1
GRID = 64  # samples of a grid


@dataclass(frozen=True)
class TrainResult:
    """What a run came to."""

    run: str
    epochs: int
    best_epoch: int
    chosen_by: str
    best: float  # of the chosen figure, lower is better
    last: float
    images_per_second: float  # of the last epoch, training alone
    checkpoint: str


def train(
    source: str,
    out: str | Path,
    settings: Settings,
    *,
    given: set[str] | None = None,
    root: str | None = None,
    seed: int | None = None,
    device: str = "auto",
    devices: int | None = None,
    strategy: str = "auto",
    workers: int = 1,
    precision: str = "auto",
    resume: bool = False,
    progress: bool = False,
    announce: Callable[[dict[str, Any]], None] | None = None,
    each_epoch: Callable[[dict[str, Any]], None] | None = None,
) -> TrainResult:
    """Train what the settings say on the data of source, into the folder out. Raises BadInput.

    given names the settings that a resumed run insists on, as it does on its seed (0 where none
    is given), its precision and its images. device is auto, cpu, cuda or mps;
    devices > 1 starts that many processes (strategy auto or ddp), under torchrun they are there
    already; workers beside each of them render live data; precision is auto, 32 or bf16. announce
    gets the resolved settings before the first step, each_epoch the row of every epoch once its
    files are complete; what it raises ends the run there, to be resumed. On the CPU, a run killed
    at any moment and resumed ends with the weights of an undisturbed one; several processes
    compute what one does with the same batch, up to rounding.
    """
    run = Run(out)
    record, planned, problem = None, None, None
    stored = run.stored("precision") if resume and precision == "auto" else None
    fabric = open_fabric(device, devices, strategy, stored or precision)
    try:
        if resume:
            record = run.record()
            settings = resumed_settings(record, settings, given or set())
            check_resumed(record, source, seed, precision)
            seed, root = record["seed"], root if root is not None else record["root"]
        with memory(settings):
            planned = plan(source, settings, root=root, seed=seed or 0)
        if record is not None:
            check_same_images(record, planned.record())
        if planned.settings.batch % fabric.world_size:
            raise BadInput(
                f"batch {planned.settings.batch} over {fabric.world_size} processes: give "
                f"--set batch=N with N a multiple of {fabric.world_size}"
            )
    except BadInput as error:
        if not started(fabric):
            raise
        problem = str(error)
    processes = start(fabric)
    processes.agree(problem, planned and planned.record())
    assert planned is not None

    def begin() -> None:
        assert planned is not None
        resolved = planned.record() | {
            "device": fabric.device.type,
            "devices": fabric.world_size,
            "precision": "bf16" if mixed(stored or precision, fabric.device.type) else "32",
        }
        (run.extend if resume else run.begin)(resolved)
        if announce is not None:
            announce(resolved)

    # one of several processes answers for all of them
    with memory(settings), ExitStack() as held, together(processes), rendering():
        processes.led(lambda: held.enter_context(run.alone()))
        processes.led(begin)
        loop = _Loop(fabric, processes, planned, run, progress, workers, each_epoch)
        held.callback(loop.close)
        result = loop.fit()
    processes.finish()
    return result


class _Loop:
    """The state of a run in memory, and the epochs over it."""

    def __init__(
        self,
        fabric: "Fabric",
        processes: Processes,
        planned: Plan,
        run: Run,
        progress: bool,
        workers: int,
        each_epoch: Callable[[dict[str, Any]], None] | None,
    ) -> None:
        self.fabric, self.run, self.plan, self.progress = fabric, run, planned, progress
        self.processes, self.each_epoch = processes, each_epoch
        self.settings, self.workers, seed = planned.settings, workers, planned.seed
        device = fabric.device
        self.data = planned.data.to(device)
        # channels_last is what the convolutions of both devices compute in
        self.model = fresh(planned.config, seed).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        synchronise(self.model, processes)
        # both are at the same place in all processes, which draw for whole batches
        self.sampler = torch.Generator().manual_seed(seed)
        self.noise = torch.Generator(device=device).manual_seed(seed + 1)
        self.step = Step(self.model, self.settings, self.noise, processes)
        self.ema = copying.deepcopy(self.model.generator) if self.settings.ema > 0 else None
        self.epoch = 0
        self.best: dict[str, Any] = {}
        self.watch = Watch((self.settings.real_low + self.settings.real_high) / 2)
        self.stream: Generator[tuple[Tensor, Tensor], None, None] | None = None  # of live data
        self.held: evaluation.HeldOut | None = None
        self.writer: SummaryWriter | None = None

    def fit(self) -> TrainResult:
        """All epochs that are left."""
        if self.run.state.exists():
            self._restore()
        self.processes.led(self._open)
        while self.epoch < self.settings.epochs:
            row = self._epoch()
            self.epoch += 1
            self.processes.led(partial(self._close_epoch, row))
        if self.writer is not None:
            self.writer.close()
            self.run.curves()
        return self._result()

    def close(self) -> None:
        """End the processes that render."""
        if self.stream is not None:
            self.stream.close()

    def _open(self) -> None:
        """What the first process alone needs: the features, and the files that it appends to."""
        from torch.utils.tensorboard import SummaryWriter

        self.run.truncate(self.epoch)
        features = quality.features_of(self.data, self.run.features, seed=self.plan.seed)
        self.held = evaluation.held_out(self.data, features)
        self.writer = SummaryWriter(str(self.run.folder), purge_step=self.epoch + 1)

    def _epoch(self) -> dict[str, Any]:
        """Train over one permutation of the images; the means of what was minimised."""
        s = self.settings
        count, batches = self._batches()
        self.model.train()
        sums: dict[str, Tensor] = {}
        verdicts: dict[str, list[Tensor]] = {"d_real": [], "d_fake": []}
        started = time.perf_counter()
        for number, batch in enumerate(self._bar(batches, count), 1):
            out = self._train_batch(*batch)
            for name, value in out.items():
                if name in verdicts:
                    verdicts[name].append(value)
                else:
                    sums[name] = sums.get(name, 0) + value
            # looking at a value waits for the device, so a GPU is asked rarely
            if self.fabric.device.type == "cpu" or number % 50 == 0:
                self._stop_unless_finite(out)
        row: dict[str, Any] = {"epoch": self.epoch + 1, "lr_e": s.lr_e}
        row |= {"lr_g": s.lr_g, "lr_d": s.lr_d}
        row |= {name: float(value) / count for name, value in sums.items()}
        for name, parts in verdicts.items():
            if parts:
                values = self.processes.gather(torch.cat(parts))
                row[f"{name}_mean"] = float(values.mean())
                row[f"{name}_cv"] = float(values.std() / values.mean().clamp_min(1e-12))
        seconds = time.perf_counter() - started
        row["images_per_second"] = count * s.batch / seconds
        return row

    def _batches(self) -> tuple[int, Iterable[Batch]]:
        """How many batches an epoch has, and this process's shares of those of this epoch."""
        s, data = self.settings, self.data
        if data.live is not None:
            count = s.epoch_images // s.batch
            if self.stream is None:
                start = HELD_OUT + self.epoch * count * s.batch
                images = LiveImages(data.live, batch=s.batch, start=start, processes=self.processes)
                self.stream = self._read(images)
            return count, map(self._live_batch, islice(self.stream, count))
        order = data.train[torch.randperm(len(data.train), generator=self.sampler)]
        batches = [b for b in order.split(s.batch) if len(b) == s.batch]
        return len(batches), map(self._stored_batch, batches)

    def _read(self, images: LiveImages) -> Generator[tuple[Tensor, Tensor], None, None]:
        batches = iter(images.loader(self.workers))
        try:
            with reading() if self.workers else nullcontext():
                yield from batches
        finally:  # forked, they hold the run's folder for as long as they live
            if self.workers:
                batches._shutdown_workers()  # type: ignore[attr-defined]

    def _stored_batch(self, everyone: Tensor) -> Batch:
        data, rows = self.data, self.processes.share(everyone)
        x = data.batch(rows, self.model.value_range)
        rows = rows.to(x.device)
        labels = data.labels[rows] if data.labels is not None and self.model.classes else None
        paired = data.params is not None and self.settings.paired_weight > 0
        return x, labels, data.params[rows] if paired else None  # type: ignore[index]

    def _live_batch(self, part: tuple[Tensor, Tensor]) -> Batch:
        data, (levels, params) = self.data, part
        device = self.fabric.device
        x = data.coloured(levels.to(device, non_blocking=True), self.model.value_range)
        if self.settings.paired_weight == 0:
            return x, None, None
        assert data.facts is not None
        mean, scale = (torch.tensor(data.facts[f"param_{k}"]) for k in ("mean", "scale"))
        return x, None, ((params - mean) / scale).float().to(device)

    def _train_batch(
        self, x: Tensor, labels: Tensor | None, params: Tensor | None
    ) -> dict[str, Tensor]:
        s = self.settings
        if s.hflip:
            everyone = len(x) * self.processes.size
            coins = torch.rand(everyone, generator=self.noise, device=self.noise.device) < 0.5
            coins = self.processes.share(coins)
            x = torch.where(coins[:, None, None, None], x.flip(3), x)
        x = x.contiguous(memory_format=torch.channels_last)
        with self.fabric.autocast():
            out = self.step(x, labels, params)
        if self.ema is not None:
            for old, new in zip(
                self.ema.parameters(), self.model.generator.parameters(), strict=True
            ):
                old.data.lerp_(new.data, 1 - s.ema)
            for old, new in zip(self.ema.buffers(), self.model.generator.buffers(), strict=True):
                old.copy_(new)
        return out

    def _bar(self, batches: Iterable[Batch], count: int) -> Iterable[Batch]:
        if not self.progress or self.processes.rank > 0:
            return batches
        from tqdm import tqdm

        title = f"epoch {self.epoch + 1}/{self.settings.epochs}"
        return tqdm(batches, total=count, desc=title, unit="batch", file=sys.stderr, leave=False)

    def _stop_unless_finite(self, values: dict[str, Tensor] | dict[str, float]) -> None:
        scalars = {name: float(v) for name, v in values.items() if getattr(v, "ndim", 0) == 0}
        if name := finite(scalars):
            kept = f"ckpt.pt and last.pt of epoch {self.epoch}" if self.epoch else "no checkpoint"
            speaks = BadInput if self.processes.rank == 0 else Elsewhere  # all see the same
            raise speaks(
                f"{name} is not finite in epoch {self.epoch + 1}: stopped, {kept} intact; "
                "lower the learning rates"
            )

    @contextmanager
    def _averaged(self) -> Any:
        """The model with the average of G's weights in place, where one is kept."""
        trained = self.model.generator
        if self.ema is not None:
            self.model.generator = self.ema
        self.model.eval()
        try:
            yield self.model
        finally:
            self.model.generator = trained

    def _close_epoch(self, row: dict[str, Any]) -> None:
        """Judge, report and write an epoch; state.pt last, since it makes the epoch complete."""
        assert self.held is not None and self.writer is not None
        scalars = {name: value for name, value in row.items() if isinstance(value, float)}
        self._stop_unless_finite(scalars)
        run, seed = self.run, self.plan.seed
        name, read = evaluation.chooser(self.settings)
        with self._averaged() as model, self.fabric.autocast():
            row |= evaluation.figures(model, self.data, self.held, seed)
            self._stop_unless_finite({k: v for k, v in row.items() if isinstance(v, float)})
            row["troubles"] = self.watch.look(self.epoch, row)
            for line in row["troubles"]:
                print(line, file=sys.stderr)
            better = not self.best or read(row) < self.best["value"]
            if better:
                self.best = {"epoch": self.epoch, "by": name, "value": read(row)}
            metrics = {k: v for k, v in row.items() if k != "images_per_second"}
            metrics["chosen"] = dict(self.best)
            facts = self.data.facts or {}
            checkpoint.save(model, run.last, data=facts, metrics=metrics)
            grid = evaluation.samples(model, GRID, seed)
        write_grid(to_bytes(grid, (0, 1)), run.grid(self.epoch))
        if better:
            copy(run.last, run.checkpoint)
        if self.epoch % self.settings.keep_every == 0:
            copy(run.last, run.kept(self.epoch))
        run.log(row)
        if self.epoch % 10 == 0:
            run.curves()
        checkpoint.write(self._state(), run.state)
        for name, value in row.items():
            if isinstance(value, float):
                self.writer.add_scalar(name, value, self.epoch)
        self.writer.flush()
        if self.each_epoch is not None:
            self.each_epoch(row)

    def _state(self) -> dict[str, Any]:
        return {
            "format_version": STATE_VERSION,
            "epoch": self.epoch,
            "model": self.model.state_dict(),
            "ema": None if self.ema is None else self.ema.state_dict(),
            "optimizers": {k: o.state_dict() for k, o in self.step.optimizers.items()},
            "sampler": self.sampler.get_state(),
            "noise": self.noise.get_state(),
            "best": self.best,
            "watch": self.watch.since,
        }

    def _restore(self) -> None:
        state = checkpoint.read(self.run.state)
        if state.get("format_version") != STATE_VERSION:
            raise BadInput(f"{self.run.state}: of another version; start the run again")
        self.epoch = state["epoch"]
        self.model.load_state_dict(state["model"])
        if self.ema is not None:
            self.ema.load_state_dict(state["ema"])
        for name, optimizer in self.step.optimizers.items():
            rates = [group["lr"] for group in optimizer.param_groups]
            optimizer.load_state_dict(state["optimizers"][name])
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate  # the settings rule: a resumed run may lower its rates
        self.sampler.set_state(state["sampler"])
        self.noise.set_state(state["noise"])
        self.best, self.watch.since = state["best"], state["watch"]

    def _result(self) -> TrainResult:
        result = None
        if self.processes.rank == 0:
            last = self.run.rows()[-1]
            result = TrainResult(
                run=str(self.run.folder),
                epochs=self.epoch,
                best_epoch=self.best["epoch"],
                chosen_by=self.best["by"],
                best=self.best["value"],
                last=last[self.best["by"]],
                images_per_second=last["images_per_second"],
                checkpoint=str(self.run.checkpoint),
            )
        result = self.fabric.broadcast(result)
        assert result is not None
        return result
