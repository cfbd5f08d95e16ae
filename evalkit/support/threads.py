"""Many small computations on all cores: one thread each, several side by side."""

import contextlib
import ctypes
import functools
import threading
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
    """Hold torch, BLAS and OpenMP to one thread, while the body runs.

    For many small operations threads cost more than they bring, far more on a busy machine; and
    one thread adds in one order, however many there are.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with _pools().limit(limits=1):
            yield
    finally:
        torch.set_num_threads(threads)


@functools.cache
def _pools() -> ThreadpoolController:
    """Return the thread pools of the libraries, looked for once: that takes its time."""
    import sklearn.linear_model  # noqa: F401  brings the pools that there are to find

    return ThreadpoolController()


@functools.cache
def keep_freed_memory() -> None:
    """Let the allocator keep freed memory for the next step, which needs as much again.

    glibc hands blocks above a threshold back to the system, and faulting them in again took a
    quarter of a step's time; freeing one block, never touched, raises the threshold to its size
    (mallopt(3), M_MMAP_THRESHOLD; 32 MiB is the most). Elsewhere it does nothing.
    """
    np.empty(31 * 2**20, np.uint8)


def workers_of_one_thread(many: int) -> ThreadPoolExecutor:
    """Return a pool of so many threads, in each of which torch takes one core."""
    return ThreadPoolExecutor(many, initializer=torch.set_num_threads, initargs=(1,))


def side_by_side(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Compute a function of each item, as many at once as torch has threads, one thread each.

    The results come in the order of the items, and do not depend on the number of threads. Where
    one item fails, those that are not begun are dropped.
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


@contextlib.contextmanager
def beside(function: Callable[[], Result]) -> Iterator[Callable[[], Result]]:
    """Compute a function in another thread while the body runs, each of them on one core.

    The body receives a callable that waits for the result. Where torch has one thread alone, the
    function is computed when its result is asked for. Where the body fails or is interrupted, the
    function is interrupted as well. Neither may draw from torch's global generator while the other
    does.
    """
    if torch.get_num_threads() == 1:
        yield function
        return
    threads: list[int] = []

    def computed() -> Result:
        threads.append(threading.get_ident())
        return function()

    with one_thread(), workers_of_one_thread(1) as pool:
        future = pool.submit(computed)
        try:
            yield future.result
        except BaseException:
            if not future.cancel():
                _interrupt(threads)
            raise


def _interrupt(threads: Iterable[int]) -> None:
    """Raise KeyboardInterrupt in threads, each at its next step in Python."""
    for thread in threads:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread), ctypes.py_object(KeyboardInterrupt)
        )
