"""Rendering on other machines: shards handed to the workers of a Dask scheduler.

A worker (`cluster_worker`) writes the shard files that the single-machine form writes, to storage
that client and workers share, and nothing but their numbers goes over the wire. What a shard holds
depends on the recipe and its bounds alone, so one that is made twice, because a worker was lost, is
the same file. The scheduler knows nothing that cannot be lost: what is complete is what has its
name.
"""

import contextlib
import gc
import logging
import queue
import secrets
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fractaldream_base.errors import BadInput
from fractaldream_base.files import replacing
from fractaldream_base.progress import Bar

from .. import __version__
from ..rendering.images import thread_count
from . import cluster_worker
from .cluster_worker import ROWS, Job, bits, look_at_storage, make_shard, unshared, versions
from .shards import Bounds, Listeners, Work

PATIENCE = 30  # seconds to reach the scheduler, and to wait for its first worker
TRIES = 5  # times that a shard is handed out again after Dask gave it up for lost
LOOK = 2  # seconds between looks at whether there are workers
ALONE = 10  # seconds without any until that is said
KEPT = "what is complete is kept, add --resume to go on"


class Watch:
    """Says on stderr that all workers are gone, and that some are back: a run waits for them."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.looked = self.seen = time.monotonic()
        self.alone = False

    def look(self) -> None:
        """Look whether there are workers, at most once every few seconds."""
        now = time.monotonic()
        if now < self.looked + LOOK:
            return
        try:
            threads = self.client.nthreads(callback_timeout=LOOK)
        except Exception:  # a scheduler that went away is told by what becomes of its shards
            return
        finally:
            self.looked = time.monotonic()
        at = self.client.scheduler.address
        if threads:
            self.seen = now
            self._say(False, f"workers are back at {at}")
        elif now > self.seen + ALONE:
            self._say(True, f"no workers left at {at}; waiting, start some with: dask worker {at}")

    def _say(self, alone: bool, line: str) -> None:
        if alone != self.alone:
            self.alone = alone
            Bar.write(line, file=sys.stderr)


@dataclass(frozen=True)
class DaskCrew:
    """Workers that were found fit; `threads` of all of them together, `client` Dask's."""

    client: Any
    where: str
    threads: int

    @contextlib.contextmanager
    def at_work(
        self,
        work: Work,
        shards: list[Bounds],
        folder: Path,
        listeners: Listeners = Listeners(),
    ) -> Iterator[Callable[[], bool]]:
        """Have all shards written to `folder` while the body runs; wait for them at its end.

        A shard counts as made once a worker says so; `folder` may show it later. No part is made
        in this process, so the listener to parts is never called.
        """
        folder = folder.absolute()
        token = secrets.token_hex(8)
        (folder / token).write_text(token, encoding="utf-8")
        if work.given is not None:
            with replacing(folder / ROWS) as beside, beside.open("wb") as file:
                np.save(file, work.given)
        self._check_storage(str(folder), token)
        recipe = work.recipe.to_json()
        job = Job(str(folder), token, recipe, work.counts, __version__, bits())
        run = ShardRun(self, job, listeners.on_images)
        try:
            for bounds in shards:
                run.hand_out(bounds)
            yield run.goes_on
            while run.goes_on():
                run.wait()
        finally:
            run.cancel()

    def _check_storage(self, folder: str, token: str) -> None:
        answers = self.client.run(look_at_storage, folder, token, on_error="return")
        for address, wrong in answers.items():
            if wrong is not None:
                raise BadInput(unshared(f"worker {address}", folder, str(wrong)))
        if len(list(Path(folder).glob(f"{token}-*"))) < len(answers):
            raise BadInput(unshared("a worker", folder, "what it writes is not seen here"))

    def refuse_lost(self, error: Exception | None, bounds: Bounds, tries: int) -> None:
        """Raise what a run ends with, unless the shard is worth another try."""
        from distributed import KilledWorker

        if not isinstance(error, KilledWorker):
            raise error or RuntimeError(f"images {bounds[0]} to {bounds[1]}: lost")
        if tries > TRIES:
            raise BadInput(
                f"{self.where}: every worker that took images {bounds[0]} to {bounds[1]} died; "
                f"give workers more memory, see their logs; {KEPT}"
            )


class ShardRun:
    """The shards of a run that are handed out, and what became of them."""

    def __init__(self, crew: DaskCrew, job: Job, on_images: Callable[[int], None]) -> None:
        self._crew = crew
        self._job = job
        self._on_images = on_images
        self._done: queue.SimpleQueue[Any] = queue.SimpleQueue()  # futures
        self._pending: dict[str, tuple[Bounds, Any]] = {}  # bounds and futures by their keys
        self._tries: dict[Bounds, int] = {}
        self._watch = Watch(crew.client)

    def hand_out(self, bounds: Bounds) -> None:
        """Submit a shard."""
        self._tries[bounds] = self._tries.get(bounds, 0) + 1
        key = f"shard-{bounds[0]}-{self._tries[bounds]}-{self._job.token}"
        future = self._crew.client.submit(make_shard, self._job, *bounds, key=key, pure=False)
        self._pending[key] = bounds, future
        future.add_done_callback(self._done.put)

    def goes_on(self) -> bool:
        """Return whether any shard is still to come, once those that are done are looked at."""
        while not self._done.empty():
            future = self._done.get()
            bounds, _ = self._pending.pop(future.key)
            if future.status == "finished":
                self._on_images(bounds[1] - bounds[0])
            elif future.status == "error":
                self._crew.refuse_lost(future.exception(), bounds, self._tries[bounds])
                self.hand_out(bounds)
            elif future.status in ("lost", "pending"):  # its worker died since
                self.hand_out(bounds)
            else:
                raise BadInput(f"{self._crew.where}: the scheduler went away; {KEPT}")
        if self._pending:
            self._watch.look()
        return bool(self._pending)

    def wait(self) -> None:
        """Wait for the next shard, a moment at most."""
        with contextlib.suppress(queue.Empty):
            self._done.put(self._done.get(timeout=0.2))

    def cancel(self) -> None:
        """Take back what is still handed out."""
        with contextlib.suppress(Exception):
            futures = [future for _, future in self._pending.values()]
            self._crew.client.cancel(futures, force=True)


@contextlib.contextmanager
def connect(scheduler: str | None, workers: int | None, threads: int | None) -> Iterator[DaskCrew]:
    """Give the workers of a scheduler, or new ones on this machine; BadInput where they are unfit.

    threads: of each new worker, default: as many as the machine has, shared out.
    """
    if scheduler is not None and (workers is not None or threads is not None):
        raise BadInput("--scheduler: its workers are as they are; leave out --workers, --threads")
    if workers is not None and workers < 1:
        raise BadInput(f"workers = {workers}: give at least 1")
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise BadInput(
            f"--scheduler and --workers need Dask ({error}); install it with: "
            "pip install 'fractaldream[cluster]'"
        ) from None
    log = logging.getLogger("distributed")
    level = log.level
    log.setLevel(logging.CRITICAL)  # lost workers and connections are told in our words
    try:
        with contextlib.ExitStack() as stack:
            address: Any = scheduler
            if workers is not None:
                each = max(1, thread_count(None) // workers) if threads is None else threads
                address = stack.enter_context(_local(workers, thread_count(each)))
            where = scheduler or "local cluster"
            client = stack.enter_context(_client(address, where))
            yield DaskCrew(client, where, _fit(client, where))
    finally:
        log.setLevel(level)


def _local(workers: int, threads: int) -> Any:
    from distributed import LocalCluster

    reason = ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a port is taken for a dashboard that is not asked for
        try:
            return LocalCluster(
                n_workers=workers, threads_per_worker=threads, memory_limit=0,
                dashboard_address=None, silence_logs=logging.CRITICAL,
                preload=cluster_worker.__name__,
            )  # fmt: skip
        except Exception as error:  # of many types, whatever the new processes ended with
            reason = _reason(error)
    gc.collect()  # as in `_client`
    raise BadInput(
        f"workers = {workers}: they did not start ({reason}); in a script, call render below "
        '`if __name__ == "__main__":`'
    )


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


@contextlib.contextmanager
def _client(address: Any, where: str) -> Iterator[Any]:
    from distributed import Client

    client, reason = None, ""
    try:
        with warnings.catch_warnings():  # versions are compared below
            warnings.simplefilter("ignore")
            client = Client(address, timeout=PATIENCE, set_as_default=False)
    except Exception as error:  # unknown schemes, refused connections, other protocols: many types
        reason = _reason(error)
    if client is None:
        # What is left of it closes when it is collected; were that while a later client starts,
        # each would wait for the other.
        gc.collect()
        raise BadInput(
            f"{where}: no Dask scheduler answers there ({reason}); give the address that "
            "`dask scheduler` prints, such as tcp://HOST:8786"
        )
    try:
        yield client
    finally:
        with contextlib.suppress(Exception):  # a scheduler that is gone
            client.close(timeout=5)


def _fit(client: Any, where: str) -> int:
    """Return the threads of the workers, once they and the scheduler have what is needed."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        raise BadInput(
            f"{where}: no workers there after {PATIENCE} s; start some with: dask worker {where}"
        ) from None
    try:
        answers: dict[str, Any] = {"scheduler": client.run_on_scheduler(versions)}
    except Exception as error:
        answers = {"scheduler": error}
    workers = client.run(versions, on_error="return")
    answers |= {f"worker {address}": answer for address, answer in workers.items()}
    compare(where, versions(), answers)
    return sum(client.nthreads().values())


def compare(where: str, local: dict[str, str], answers: dict[str, Any]) -> None:
    """Raise BadInput that names the first of `answers` (versions, or an error) unlike `here`."""
    for who, theirs in answers.items():
        if not isinstance(theirs, dict):
            raise BadInput(
                f"{who} of {where}: cannot load fractaldream {__version__} ({theirs}); install "
                "the same version there, with the extra cluster"
            )
        for name, version in local.items():
            if theirs.get(name) != version:
                raise BadInput(
                    f"{who} of {where}: {name} {theirs.get(name)} there, {version} here; "
                    "install the same"
                )
