"""What runs on a Dask worker."""

import dataclasses
from types import SimpleNamespace

import pytest

import fractaldream as fd
from fractaldream.production import cluster_worker, shards
from fractaldream.production import job as production
from fractaldream.production.shards import shard_path

distributed = pytest.importorskip("distributed", reason="needs the extra cluster")


SMALL = {"size": 48, "min_visited": 0.05, "iterations": 5000}


RECIPE = fd.Recipe(n=1000, **SMALL)


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(production, "SHARD", 25)


def test_a_straggler_of_another_run_leaves_nothing_in_this_one(tmp_path, monkeypatch):
    """A worker that is still at a shard of a run that was thrown away by --force."""
    monkeypatch.setattr(
        distributed, "get_worker", lambda: SimpleNamespace(state=SimpleNamespace(nthreads=1))
    )
    monkeypatch.setattr(cluster_worker, "refuse_unfit", lambda job: None)  # was fit when it began
    job = cluster_worker.Job(
        str(tmp_path), "token", RECIPE.to_json(), False, fd.__version__, "bits"
    )
    cluster_worker.make_shard(job, 0, 2)
    assert not list(tmp_path.iterdir())
    (tmp_path / "token").write_text("token")
    path = shard_path(tmp_path, 0)
    contents = {}
    for seed in (1, 2):  # the second finds the first one's shard, and goes over it
        recipe = dataclasses.replace(RECIPE, seed=seed)
        cluster_worker.make_shard(dataclasses.replace(job, recipe=recipe.to_json()), 0, 2)
        contents[seed] = path.read_bytes()
        assert shards.is_complete(path, recipe, (0, 2), False)
        assert not shards.is_complete(path, recipe, (0, 2), True)
        assert not shards.is_complete(path, recipe, (0, 3), False)
    assert contents[1] != contents[2] and not shards.is_complete(path, RECIPE, (0, 2), False)


def test_a_late_worker_that_is_unfit_ends_the_run(tmp_path):
    (tmp_path / "token").write_text("token")
    job = cluster_worker.Job(
        str(tmp_path), "token", RECIPE.to_json(), False, fd.__version__, "other"
    )
    with pytest.raises(fd.BadInput, match="does not render the same bits"):
        cluster_worker.refuse_unfit(job)
    with pytest.raises(fd.BadInput, match="install the same"):
        cluster_worker.refuse_unfit(cluster_worker.Job(**{**vars(job), "version": "0.0.1"}))
    (tmp_path / "token").unlink()
    with pytest.raises(fd.BadInput, match="share under the same name"):
        cluster_worker.refuse_unfit(cluster_worker.Job(**{**vars(job), "counts": True}))
