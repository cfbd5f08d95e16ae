"""Rendering through a real Dask scheduler, whose workers, client and own process are killed."""

import os
import re
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import fractaldream as fd
from fractaldream.datasets import dataset
from fractaldream.production import cluster, cluster_worker
from fractaldream.production import job as production
from fractaldream.production.shards import Work, make_parts, shard_path

distributed = pytest.importorskip("distributed", reason="needs the extra cluster")


SMALL = {"size": 48, "min_visited": 0.05, "iterations": 5000}


RECIPE = fd.Recipe(n=1000, **SMALL)


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    return fd.render(
        RECIPE, tmp_path_factory.mktemp("single") / "a.h5", options=fd.RenderOptions(threads=1)
    ).content_sha256


@pytest.fixture(scope="module")
def crew():
    """A scheduler here and two workers in processes of their own, which are started again."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=0, silence_logs=50
    ) as started:
        yield started


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(production, "SHARD", 25)


def dask(*args, cwd=None, **env):
    """`dask scheduler` or `dask worker`, as a user starts them."""
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *args], env={**os.environ, **env}, cwd=cwd,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip


def line_with(process, pattern):
    for line in process.stdout:
        if match := re.search(pattern, line):
            threading.Thread(target=process.stdout.read, daemon=True).start()  # keep it flowing
            return match[1] if match.groups() else line
    raise AssertionError(f"ended with {process.wait()}")


def kill(process):
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def own_scheduler():
    """A scheduler that a test may kill: its process and its address."""
    process = dask("scheduler", "--port", "0", "--host", "127.0.0.1", "--no-dashboard")
    try:
        yield process, line_with(process, r"Scheduler at: +(tcp://\S+)")
    finally:
        kill(process)


def shard_count(folder):
    return len(list(folder.glob("shard-*.h5"))) if folder.exists() else 0


def wait_for_shards(folder, count):
    deadline = time.monotonic() + 60
    while shard_count(folder) < count:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_workers_that_are_killed_lose_nothing(tmp_path, crew, expected):
    out, parts = tmp_path / "a.h5", tmp_path / "a.h5.parts"
    left = []

    def kill_workers():
        for count, names in ((3, (0,)), (14, (0, 1))):  # one, then all that are there
            wait_for_shards(parts, count)
            processes = [crew.workers[name].process for name in names]
            for process in processes:
                if process is not None and process.pid is not None:
                    os.kill(process.pid, signal.SIGKILL)
            left.append(40 - shard_count(parts))

    killer = threading.Thread(target=kill_workers)
    killer.start()
    result = fd.render(RECIPE, out, options=fd.RenderOptions(scheduler=crew.scheduler_address))
    killer.join()
    assert min(left) > 0, "killed too late to tell"
    assert result.content_sha256 == expected and result.rendered == RECIPE.n
    assert [path.name for path in tmp_path.iterdir()] == ["a.h5"]
    assert fd.verify(out, sample=50).passed


def test_a_client_that_is_killed_resumes(tmp_path, crew, expected):
    out, folder = tmp_path / "a.h5", tmp_path / "a.h5.shards"
    script = (
        "import fractaldream as fd, fractaldream.production.job as p, sys\n"
        "p.SHARD = 25; p.dataset.MAX_SHARDS = 40\n"
        f"fd.render(fd.{RECIPE!r}, sys.argv[1], "
        "options=fd.RenderOptions(scheduler=sys.argv[2], virtual=True))"
    )
    client = subprocess.Popen([sys.executable, "-c", script, str(out), crew.scheduler_address])
    wait_for_shards(folder, 5)
    client.kill()
    client.wait()
    assert not out.exists()
    with pytest.raises(fd.BadInput, match="add --resume to go on or --force"):
        fd.render(
            RECIPE, out, options=fd.RenderOptions(virtual=True, scheduler=crew.scheduler_address)
        )
    with pytest.raises(fd.BadInput, match="left by a run with --virtual; resume it so"):
        fd.render(RECIPE, out, resume=True)
    result = fd.render(
        RECIPE,
        out,
        resume=True,
        options=fd.RenderOptions(virtual=True, scheduler=crew.scheduler_address),
    )
    assert result.content_sha256 == expected and result.rendered < RECIPE.n
    assert {path.suffix for path in folder.iterdir()} == {".h5", ".json"}
    assert fd.verify(out, sample=50).passed


def test_a_scheduler_that_dies_is_one_line_and_the_shards_stay(tmp_path, own_scheduler, expected):
    process, address = own_scheduler
    worker = dask("worker", address, "--nthreads", "1", "--no-dashboard")
    out, parts = tmp_path / "a.h5", tmp_path / "a.h5.parts"
    killer = threading.Thread(target=lambda: (wait_for_shards(parts, 3), process.kill()))
    killer.start()
    try:
        with pytest.raises(fd.BadInput, match="scheduler went away; what is complete is kept"):
            fd.render(RECIPE, out, options=fd.RenderOptions(scheduler=address))
    finally:
        killer.join()
        kill(worker)
    assert 3 <= shard_count(parts) < 40
    result = fd.render(
        RECIPE, out, resume=True, options=fd.RenderOptions(threads=1)
    )  # the same run, without any cluster
    assert result.content_sha256 == expected and result.rendered < RECIPE.n


def test_a_shard_of_another_run_is_not_assembled(tmp_path, monkeypatch):
    recipe, other = (fd.Recipe(n=26, seed=seed, **SMALL) for seed in (1, 2))
    expected = fd.render(
        recipe, tmp_path / "b.h5", options=fd.RenderOptions(threads=1)
    ).content_sha256
    out, parts = tmp_path / "a.h5", tmp_path / "a.h5.parts"
    part = next(make_parts(Work(other), iter([(25, 26), None]).__next__))
    late = dataset.part_bytes(other, part, False)
    monkeypatch.setattr(production, "AT_HAND", 0)  # so that the assembly reads what is there
    finish = production._notice

    def notice(name):
        finish(name)
        if name == shard_path(parts, 25):
            name.write_bytes(late)

    monkeypatch.setattr(production, "_notice", notice)
    with pytest.raises(fd.BadInput, match=r"shard-.*25.h5: written meanwhile by .*add --resume"):
        fd.render(recipe, out, options=fd.RenderOptions(threads=1))
    assert not out.exists()
    monkeypatch.setattr(production, "_notice", finish)
    result = fd.render(recipe, out, resume=True, options=fd.RenderOptions(threads=1))
    assert result.content_sha256 == expected and result.rendered == 1


def test_a_run_that_waits_for_workers_says_so(tmp_path, own_scheduler, monkeypatch, capsys):
    monkeypatch.setattr(cluster, "ALONE", 1)
    monkeypatch.setattr(cluster, "LOOK", 0.2)
    address = own_scheduler[1]
    started = [dask("worker", address, "--nthreads", "1", "--no-dashboard")]
    lines = []

    def replace_the_worker():
        wait_for_shards(tmp_path / "a.h5.parts", 3)
        kill(started[0])
        deadline = time.monotonic() + 60
        while not lines and time.monotonic() < deadline:
            lines.extend(capsys.readouterr().err.splitlines())
            time.sleep(0.1)
        started.append(dask("worker", address, "--nthreads", "1", "--no-dashboard"))

    killer = threading.Thread(target=replace_the_worker)
    killer.start()
    try:
        result = fd.render(RECIPE, tmp_path / "a.h5", options=fd.RenderOptions(scheduler=address))
    finally:
        killer.join()
        for worker in started:
            if worker.poll() is None:
                kill(worker)
    assert lines == [
        f"no workers left at {address}; waiting, start some with: dask worker {address}"
    ]
    assert capsys.readouterr().err == f"workers are back at {address}\n"
    assert result.rendered == RECIPE.n


def test_given_rows_travel_through_the_storage(tmp_path, crew):
    rows = fd.draw_parameters(fd.Recipe(law="normal", seed=3), np.arange(90), np.zeros(90))
    recipe = fd.Recipe(law="params", **SMALL)
    there = fd.render(
        recipe,
        tmp_path / "a.h5",
        params=rows,
        options=fd.RenderOptions(start=10, counts=True, scheduler=crew.scheduler_address),
    )
    here = fd.render(
        recipe, tmp_path / "b.h5", params=rows, options=fd.RenderOptions(start=10, counts=True)
    )
    assert there.content_sha256 == here.content_sha256
    with fd.open(tmp_path / "a.h5") as first, fd.open(tmp_path / "b.h5") as other:
        assert (first.counts[:] == other.counts[:]).all() and (first.index == other.index).all()


def test_a_local_cluster_by_the_command_line(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "fractaldream", "render", "--n", "60", "--size", "48", "--workers",
         "1", "--threads", "1", "--min-visited", "0.05", "--iterations", "5000", "--quiet",
         "--out", tmp_path / "a.h5"], capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0 and done.stderr == ""
    here = fd.render(fd.Recipe(n=60, **SMALL), tmp_path / "b.h5")
    assert here.content_sha256 in done.stdout


def test_a_script_without_main_is_told_how(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, fractaldream as fd\n"
        "try:\n"
        "    fd.render(fd.Recipe(n=10), sys.argv[1],\n"
        "              options=fd.RenderOptions(workers=1, threads=1))\n"
        "except fd.BadInput as told:\n"
        "    sys.exit(f'told: {told}')\n"
    )
    done = subprocess.run([sys.executable, script, tmp_path / "a.h5"], capture_output=True,
                          text=True, timeout=120)  # fmt: skip
    assert done.returncode == 1 and [path.name for path in tmp_path.iterdir()] == ["script.py"]
    last = done.stderr.splitlines()[-1]  # what comes before is of the new process
    assert re.search(r"^told: .*did not start.*if __name__ == .__main__.:", last)


def test_hopeless_recipes_end_for_all(tmp_path, crew):
    with pytest.raises(fd.BadInput, match="10000 draws in a row were refused"):
        fd.render(
            fd.Recipe(n=1, probe_steps=5),
            tmp_path / "a.h5",
            options=fd.RenderOptions(scheduler=crew.scheduler_address),
        )
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_storage_that_is_not_shared_is_said_before_rendering(tmp_path, crew, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the workers' own cwd is another folder
    with pytest.raises(fd.BadInput, match=r"worker tcp.*No such file.*--out must lie on storage"):
        fd.render(
            RECIPE,
            "/proc/self/cwd/a.h5",
            options=fd.RenderOptions(scheduler=crew.scheduler_address),
        )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["distributed", "fractaldream", "Python"])
def test_another_version_is_named(name):
    here = cluster_worker.versions()
    cluster.compare("tcp://a:1", here, {"scheduler": here, "worker tcp://b:2": here})
    answers = {"scheduler": here, "worker tcp://b:2": here | {name: "0.9"}}
    with pytest.raises(fd.BadInput, match=rf"worker tcp://b:2 of tcp://a:1: {name} 0.9 there, "):
        cluster.compare("tcp://a:1", here, answers)


def test_a_worker_without_this_release_is_named(tmp_path, crew):
    """Beside fit ones, a worker whose fractaldream is one without `cluster_worker`."""
    old = tmp_path / "old" / "fractaldream"
    old.mkdir(parents=True)
    (old / "__init__.py").write_text("__version__ = '0.0.1'\n")
    # an editable install finds, for any `fractaldream`, this tree's modules that are missing there
    (old / "production").mkdir()
    (old / "production" / "__init__.py").write_text("raise ImportError('not in 0.0.1')\n")
    worker = dask("worker", crew.scheduler_address, "--nthreads", "1", "--no-dashboard",
                  cwd=old.parent)  # fmt: skip
    try:
        line_with(worker, "Registered to")
        with pytest.raises(fd.BadInput, match=r"worker tcp\S+ of .*cannot load fractaldream"):
            fd.render(
                RECIPE,
                tmp_path / "a.h5",
                options=fd.RenderOptions(scheduler=crew.scheduler_address),
            )
    finally:
        kill(worker)
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


def test_a_shard_that_kills_every_worker_is_given_up():
    crew = cluster.DaskCrew(None, "tcp://here", 1)
    dead = distributed.KilledWorker("shard", None, 3)
    crew.refuse_lost(dead, (0, 9), cluster.TRIES)
    with pytest.raises(fd.BadInput, match="every worker that took images 0 to 9 died"):
        crew.refuse_lost(dead, (0, 9), cluster.TRIES + 1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"scheduler": "tcp://127.0.0.1:9"}, "tcp://127.0.0.1:9: no Dask scheduler answers there"),
        ({"scheduler": "nowhere"}, "nowhere: no Dask scheduler answers there"),
        ({"scheduler": "gopher://a:1"}, "gopher://a:1: no Dask scheduler answers there"),
        ({"scheduler": "tcp://a:1", "workers": 2}, "leave out --workers"),
        ({"scheduler": "tcp://a:1", "threads": 2}, "leave out --workers, --threads"),
        ({"workers": 0}, "workers = 0"),
        ({"workers": 2, "threads": 0}, "threads = 0"),
    ],
)
def test_addresses_and_numbers_that_will_not_do(tmp_path, monkeypatch, options, words):
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    with pytest.raises(fd.BadInput, match=words) as caught:
        fd.render(RECIPE, tmp_path / "a.h5", options=fd.RenderOptions(**options))
    assert "\n" not in str(caught.value) and not list(tmp_path.iterdir())


def test_a_scheduler_without_workers(tmp_path, own_scheduler, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 3)
    with pytest.raises(fd.BadInput, match="no workers there after 3 s; start some with: dask"):
        fd.render(RECIPE, tmp_path / "a.h5", options=fd.RenderOptions(scheduler=own_scheduler[1]))


def test_without_the_extra_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(fd.BadInput, match=r"pip install 'fractaldream\[cluster\]'"):
        fd.render(RECIPE, tmp_path / "a.h5", options=fd.RenderOptions(workers=2))
    assert not list(tmp_path.iterdir())
