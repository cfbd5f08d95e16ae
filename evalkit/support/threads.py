"""Many small computations on all cores: one thread each, several side by side."""

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import torch
from threadpoolctl import ThreadpoolController

Item = TypeVar("Item")
Result = TypeVar("Result")


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Many small operations: threads cost more than they bring, far more on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with _pools().limit(limits=1):
            yield
    finally:
        torch.set_num_threads(threads)


@functools.cache
def _pools() -> ThreadpoolController:
    """Looked for once: that takes longer than many a computation."""
    import sklearn.linear_model  # noqa: F401  brings the pools that there are to find

    return ThreadpoolController()


@functools.cache
def keep_freed_memory() -> None:
    """Let the allocator keep what is freed for the next step, which needs as much again.

    glibc hands blocks above a threshold back to the system, and faulting them in again took a
    quarter of a step's time; freeing one block, never touched, raises the threshold to its size
    (mallopt(3), M_MMAP_THRESHOLD; 32 MiB is the most). Elsewhere it does nothing.
    """
    np.empty(31 * 2**20, np.uint8)


def workers_of_one_thread(many: int) -> ThreadPoolExecutor:
    """A pool whose threads take no more than one core each: torch tells new threads late."""
    return ThreadPoolExecutor(many, initializer=torch.set_num_threads, initargs=(1,))


def side_by_side(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """function of each item, in the order of the items, as many at once as torch has threads.

    The results do not depend on how many that are; what is not begun when one fails is dropped.
    """
    threads = torch.get_num_threads()
    if threads == 1:
        yield from map(function, items)
        return
    with one_thread(), workers_of_one_thread(threads) as pool:
        futures = [pool.submit(function, item) for item in items]
        try:
            for future in futures:
                yield future.result()
        finally:
            for future in futures:
                future.cancel()
