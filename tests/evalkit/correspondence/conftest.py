import numpy as np
import pytest
from click.testing import CliRunner

from evalkit.correspondence import cli
from evalkit.correspondence.ladder import run_ladders
from evalkit.correspondence.nulls.generators import smooth_network, untrained
from evalkit.inputs.model import from_callable
from evalkit.networks import inverse_store
from fractaldream.cli import render
from fractaldream_models import checkpoint as files
from fractaldream_models.model import ModelConfig
from quick_ladder import QUICK, fewer, mirrored
from typed import typed


@pytest.fixture(scope="module")
def short():
    """The quick form of the ladder, for a module."""
    with fewer():
        yield


@pytest.fixture(scope="session")
def results(usual, learnt, computed_once):
    """Ladders of the map itself, the map mirrored, and a smooth network that knows nothing."""
    climbed = computed_once("results", lambda: ladders(usual, learnt[0]))
    return {result.generator: result for result in climbed}


def ladders(fd, inverse):
    network = smooth_network(6, np.random.default_rng(5), channels=3)
    models = [
        from_callable(lambda z: fd.colours(fd.levels(z)), "planted"),
        mirrored(fd),
        from_callable(lambda z: network(z).transpose(0, 2, 3, 1), "smooth"),
    ]
    with fewer():
        return list(run_ladders(models, fd, inverse, QUICK))


@pytest.fixture(scope="session")
def planted(results):
    return results["planted"]


@pytest.fixture(scope="session")
def dataset(tmp_path_factory):
    """A data set of 32 px."""
    path = tmp_path_factory.mktemp("data") / "normal32.h5"
    options = ["--law", "normal", "--no-refusals", "--n", "64", "--size", "32", "--quiet"]
    done = CliRunner().invoke(render, [*options, "--iterations", "10000", "--out", str(path)])
    assert done.exit_code == 0, done.output
    return path


@pytest.fixture
def checkpoint(tmp_path, dataset):
    """A small untrained dcgan of the asked latent size, saved as if `dataset` had taught it."""

    def save(latent, **data):
        config = ModelConfig("dcgan", size=32, channels=3, latent=latent, width=0.05)
        path = tmp_path / f"{latent}.pt"
        read = data or {"read": {"source": str(dataset)}}
        files.save(untrained(config, 0)[1], path, data=read, metrics={})
        return path

    return save


@pytest.fixture
def inverse(learnt, monkeypatch, tmp_path):
    """The inverse renderer of these tests in place of one that would be trained."""
    (tmp_path / "i.pt").touch()
    kept = learnt[0], {}, tmp_path / "i.pt"
    monkeypatch.setattr(inverse_store, "inverse_of", lambda *a, **k: kept)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def command(inverse):
    """The command evalkit correspond, with little to do."""
    quick = ["--n", "48", "--rotations", "99", "--ensemble", "19", "--alpha", "0.2"]
    quick += ["--replicates", "0", "--quiet"]

    def run(*args):
        return typed(cli.correspond, *quick, *args, catch_exceptions=True)

    return run
