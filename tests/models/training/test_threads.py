"""Threads: as many as there are idle cores, never fewer than one."""

import os

import pytest
import torch

from fractaldream_models.training import threads


@pytest.mark.parametrize(
    ("cores", "busy", "processes", "expected"),
    [(8, 0, 1, 8), (8, 5.2, 1, 3), (2, 15, 1, 1), (2, 1.0, 1, 1), (8, 0, 2, 4), (1, 0, 4, 1)],
)
def test_threads_are_idle_cores(cores, busy, processes, expected, monkeypatch):
    monkeypatch.setattr(threads, "usable_cores", lambda: cores)
    monkeypatch.setattr(threads, "busy_cores", lambda: busy)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 64)
    assert threads.default_threads(processes) == expected
    unmeasured = threads.default_threads(processes, measured=False)
    assert unmeasured == max(1, cores // processes)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)  # OMP_NUM_THREADS=1
    assert threads.default_threads(processes) == 1


def test_neither_an_old_load_nor_a_moment_counts_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(threads, "RUNNABLE", tmp_path / "loadavg")
    monkeypatch.setattr(os, "getloadavg", lambda: (4.0, 0, 0), raising=False)
    (tmp_path / "loadavg").write_text("4.00 0.00 0.00 1/80 11206\n")
    assert threads.busy_cores() == 0  # a render has just ended
    (tmp_path / "loadavg").write_text("4.00 0.00 0.00 9/80 11206\n")
    assert threads.busy_cores() == 4
    (tmp_path / "loadavg").unlink()
    assert threads.busy_cores() == 4  # not Linux
