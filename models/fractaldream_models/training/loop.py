"""The loop over epochs: the same for all kinds, restartable, on one device or several."""

import time
from functools import partial
from typing import Any

import torch
from torch import Tensor

from fractaldream_models import kinds
from fractaldream_models.distributed.batch_norm import synchronise
from fractaldream_models.evaluation.held_out import chosen_figure
from fractaldream_models.training_step import Batch

from .batches import Batches
from .console import Console
from .generator_average import GeneratorAverage
from .monitor import Monitor, advice_for, require_finite
from .options import Callbacks
from .planning import fresh
from .preparation import Prepared
from .recorder import EpochRecorder
from .results import TrainResult, next_commands
from .run_folder import Run
from .state import TrainingState
from .step import Step


class Loop:
    """The epochs of a run.

    Parameters
    ----------
    prepared
        The resolved run and its processes.
    run
        The run folder.
    callbacks
        Functions to call after each epoch.
    workers
        Number of processes beside this one that render live data.
    progress
        Show progress on stderr.
    """

    def __init__(
        self,
        prepared: Prepared,
        run: Run,
        callbacks: Callbacks,
        *,
        workers: int,
        progress: bool,
    ) -> None:
        fabric, processes, plan = prepared.fabric, prepared.processes, prepared.plan
        self.fabric, self.processes, self.run = fabric, processes, run
        self.settings, self.seed = plan.settings, plan.seed
        self.source, self.root = plan.source, plan.root
        self.callbacks = callbacks
        visible = progress and processes.rank == 0
        self.console = Console(visible, chosen_figure(plan.settings), plan.settings.epochs)
        s, device = plan.settings, fabric.device
        # channels_last is what the convolutions of both devices compute in
        model = fresh(plan.config, plan.seed).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        synchronise(model, processes)
        self.data = plan.data.to(device)
        self.batches = Batches(self.data, s, model, processes, workers, plan.seed)
        # both are at the same place in all processes, which draw for whole batches
        sampler = torch.Generator().manual_seed(plan.seed)
        noise = torch.Generator(device=device).manual_seed(plan.seed + 1)
        self.state = TrainingState(
            model,
            Step(model, s, noise, processes, (plan.data.facts or {}).get("law")),
            GeneratorAverage(model.generator, s.ema) if s.ema > 0 else None,
            sampler,
            noise,
            Monitor(advice_for(kinds.find(s.kind)), (s.real_low + s.real_high) / 2),
        )
        self.recorder: EpochRecorder | None = None  # of the first process

    def fit(self) -> TrainResult:
        """Train all epochs that are left."""
        state = self.state
        if self.run.state.exists():
            state.restore(self.run.state)
            assert state.choice is not None
            self.console.figure = state.choice.by  # an older version may have chosen by another
        self.processes.on_first(self._open)
        while state.epoch < self.settings.epochs:
            row = self._train_epoch()
            state.epoch += 1
            self.processes.on_first(partial(self._record, row))
        if self.recorder is not None:
            self.recorder.close(state)
        return self._result()

    def close(self) -> None:
        """End the processes that render."""
        self.batches.close()

    def _open(self) -> None:
        """Prepare what the first process alone needs: features, and files to append to."""
        self.recorder = EpochRecorder(
            self.run,
            self.settings,
            self.data,
            seed=self.seed,
            callbacks=self.callbacks,
            console=self.console,
            epoch=self.state.epoch,
        )

    def _record(self, row: dict[str, Any]) -> None:
        """Judge the epoch and write its files, in the first process."""
        assert self.recorder is not None
        self.recorder.record(self.state, row, self.fabric.autocast)

    def _train_epoch(self) -> dict[str, Any]:
        """Train over one permutation of the images, and return the mean losses."""
        state, s = self.state, self.settings
        count, batches = self.batches.of_epoch(state.epoch, state.sampler)
        state.model.train()
        sums: dict[str, Tensor] = {}
        verdicts: dict[str, list[Tensor]] = {"d_real": [], "d_fake": []}
        started = time.perf_counter()
        shown_batches = self.console.batches(batches, count, state.epoch + 1)
        for number, batch in enumerate(shown_batches, 1):
            losses = self._train_batch(batch)
            for name, value in losses.items():
                if name in verdicts:
                    verdicts[name].append(value)
                else:
                    sums[name] = sums.get(name, 0) + value
            # looking at a value waits for the device, so a GPU is asked rarely
            if self.fabric.device.type == "cpu" or number % 50 == 0:
                require_finite(losses, state.epoch + 1, self.processes.rank)
        row: dict[str, Any] = {"epoch": state.epoch + 1, "lr_e": s.lr_e}
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

    def _train_batch(self, batch: Batch) -> dict[str, Tensor]:
        """Take one step on this process's share of a batch, and return its losses."""
        state, x = self.state, batch.images
        if self.settings.hflip:
            count = len(x) * self.processes.size
            coins = torch.rand(count, generator=state.noise, device=state.noise.device) < 0.5
            coins = self.processes.share(coins)
            x = torch.where(coins[:, None, None, None], x.flip(3), x)
            x = x.contiguous(memory_format=torch.channels_last)
        with self.fabric.autocast():
            losses = state.step(x, batch.labels, batch.paired, batch.matched)
        if state.average is not None:
            state.average.update(state.model.generator, state.step.number)
        return losses

    def _maps(self) -> bool:
        """Return whether latents can be asked about the parameters of the images."""
        rendered = self.data.params is not None and not self.settings.resize
        model, kind = self.state.model, self.state.step.kind
        return rendered and not model.classes and kind.latents is None

    def _result(self) -> TrainResult:
        """Return the result, the same one in every process."""
        result = None
        if self.processes.rank == 0:
            choice, last = self.state.choice, self.run.rows()[-1]
            assert choice is not None
            run, checkpoint = str(self.run.folder), str(self.run.checkpoint)
            result = TrainResult(
                run=run,
                epochs=self.state.epoch,
                best_epoch=choice.epoch,
                chosen_by=choice.by,
                best=choice.value,
                last=last[choice.by],
                lowest_epoch=choice.lowest_epoch,
                lowest=choice.lowest,
                noise=choice.noise,
                images_per_second=last["images_per_second"],
                checkpoint=checkpoint,
                next_commands=next_commands(
                    run,
                    checkpoint,
                    self.source,
                    self.root,
                    encodes=self.state.model.encoder is not None,
                    maps=self._maps(),
                    translates=self.state.model.translates,
                ),
            )
        result = self.fabric.broadcast(result)
        assert result is not None
        return result
