"""The steps of the demo: commands of the installed programs, each run once and resumed."""

import contextlib
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fractaldream_base.errors import BadInput

IMAGES, SIZE, LATENTS = 2000, 32, 6
DATA, RUN = "data.h5", "run"
PICTURES = ("data.png", "samples.png", "reconstructions.png", "neighbours.png")
CHECKPOINT = f"{RUN}/ckpt.pt"
ANSWER = "answer.html"
METRICS = f"{RUN}/metrics.jsonl"
EPOCHS = 60  # unless the time for training is over before
LEFT_OVER = {"render": f"{DATA}.parts", "train": f"{RUN}/last.pt"}
WAIT = 0.2  # seconds between two looks at a running command
GRACE = 10.0  # seconds that an interrupted command may take to end


@dataclass(frozen=True)
class Step:
    """One command, run in the folder of the demo.

    Attributes
    ----------
    name
        Name of the file that keeps what the command printed, without its suffix.
    title
        What the command does, as progress and the page say it.
    words
        The command line.
    left_over
        The file or folder from which an interrupted run goes on with --resume; None where the
        command begins anew.
    """

    name: str
    title: str
    words: tuple[str, ...]
    left_over: str | None = None

    @property
    def command(self) -> str:
        """The command line as one types it."""
        return " ".join(self.words)

    def printed(self, folder: Path) -> Path:
        """Return the file that keeps what the command printed; it is there once it is done."""
        return folder / f"{self.name}.txt"


def demo_steps(seed: int) -> list[Step]:
    """Return the steps of the demo in order."""
    model = f"{CHECKPOINT} --data {DATA}"
    commands = {
        "render": (
            f"Render {IMAGES:,} images of {SIZE} px, each with the six numbers that made it",
            f"fractaldream render --n {IMAGES} --size {SIZE} --law normal --seed {seed} "
            f"--out {DATA}",
        ),
        "preview": (
            "Draw a sheet of them",
            f"fractaldream preview {DATA} --out data.png --force",
        ),
        "train": (
            f"Train a variational autoencoder with {LATENTS} latents",
            f"fractaldream train {DATA} --kind vae --set architecture=conv --set latent={LATENTS} "
            f"--set width=0.5 --set batch=32 --epochs {EPOCHS} --seed {seed} --out {RUN}",
        ),
        "sample": (
            "Draw samples",
            f"fractaldream sample {CHECKPOINT} --n 32 --columns 16 --out samples.png --force",
        ),
        "reconstruct": (
            "Reconstruct images that it has not seen",
            f"fractaldream reconstruct {CHECKPOINT} {DATA} --n 16 --out reconstructions.png "
            "--force",
        ),
        "neighbours": (
            "Look for copies of training images",
            f"evalkit neighbours {model} --n 500 --refine 0 --rows 4 --out neighbours.png "
            "--json neighbours.json --force",
        ),
        "correspond": (
            "Ask whether the latents stand for the six numbers",
            f"evalkit correspond {model} --report {ANSWER} --json correspond.json --force",
        ),
    }
    return [
        Step(name, title, tuple(command.split()), LEFT_OVER.get(name))
        for name, (title, command) in commands.items()
    ]


@dataclass
class Runner:
    """Runs steps in a folder.

    Attributes
    ----------
    folder
        The folder.
    progress
        Show what is done, and the progress of the commands, on stderr.
    seconds
        Time that each step took, by its name.
    """

    folder: Path
    progress: bool = True
    seconds: dict[str, float] = field(default_factory=dict)

    def run(self, step: Step, limit: float | None = None) -> None:
        """Run a step unless it is done.

        Parameters
        ----------
        step
            The step.
        limit
            Seconds after which it is ended, once it has left a checkpoint.

        Raises
        ------
        BadInput
            If the command fails; with its last line.
        """
        printed = step.printed(self.folder)
        if printed.exists():
            return
        words = list(step.words)
        if step.left_over is not None and (self.folder / step.left_over).exists():
            words.append("--resume")
        elif step.name == "train":  # not one epoch was complete
            shutil.rmtree(self.folder / RUN, ignore_errors=True)
        program, *arguments = words
        start = time.monotonic()
        beside, errors = printed.with_suffix(".part"), printed.with_suffix(".err")
        try:
            with beside.open("wb") as out, errors.open("wb") as err:
                process = subprocess.Popen(
                    [sys.executable, "-m", program, *arguments],
                    cwd=self.folder,
                    stdout=out,
                    stderr=None if self.progress else err,
                )
                stopped = _wait(process, limit, self._has_epoch)
            if process.returncode != 0 and not stopped:
                lines = errors.read_text(errors="replace").strip().splitlines()
                reason = f": {lines[-1]}" if lines else f", exit status {process.returncode}"
                raise BadInput(f"{step.command} failed{reason}; run the demo again to go on")
            beside.replace(printed)
        finally:
            beside.unlink(missing_ok=True)
            errors.unlink(missing_ok=True)
        self.seconds[step.name] = time.monotonic() - start

    def _has_epoch(self) -> bool:
        """Return whether the training has left a checkpoint and the figures of an epoch."""
        metrics = self.folder / METRICS
        trained = (self.folder / CHECKPOINT).exists() and metrics.exists()
        return trained and b"\n" in metrics.read_bytes()


def _wait(process: subprocess.Popen[bytes], limit: float | None, ready: Callable[[], bool]) -> bool:
    """Wait for a process; end it after `limit` seconds, as soon as `ready` says so.

    The commands write their files whole, so that an end at any moment loses an epoch at most. Where
    this process is interrupted, the other one is too, and has some seconds to report it. Returns
    whether the limit ended the process.
    """
    start = time.monotonic()
    try:
        while process.poll() is None:
            if limit is not None and time.monotonic() - start > limit and ready():
                process.terminate()
                process.wait()
                return True
            time.sleep(WAIT)
        return False
    except KeyboardInterrupt:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        raise
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
