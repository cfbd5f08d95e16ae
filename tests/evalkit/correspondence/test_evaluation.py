"""The front door, evaluation.correspond."""

import json

import pytest

from evalkit.correspondence import evaluation
from evalkit.correspondence.options import CorrespondOptions
from evalkit.correspondence.replicates import ReplicatesResult
from evalkit.correspondence.results import CorrespondResult

pytestmark = pytest.mark.usefixtures("inverse")


@pytest.fixture
def calls(results, monkeypatch):
    """Record what the ladder is asked, in place of running it: it answers by number of latents."""
    calls = []

    def answer(inputs, options, part=None, *, progress=False):
        calls.append((inputs, options))
        return (results["planted" if m.latent == 6 else "smooth"] for m in inputs.models)

    monkeypatch.setattr(evaluation, "run_resumable", answer)
    return calls


def test_the_front_door_returns_what_the_command_prints(
    command, checkpoint, dataset, calls, tmp_path
):
    path = checkpoint(6)
    done = command(path, "--json", "out.json", "--seed", "5")
    options = CorrespondOptions(n=48, rotations=99, ensemble=19, alpha=0.2, replicates=0, seed=5)
    result = evaluation.correspond(path, options=options)
    assert isinstance(result, CorrespondResult)
    assert done.exit_code == 0 and done.stdout == f"{result}\n"
    written = json.loads((tmp_path / "out.json").read_text())
    assert written == json.loads(json.dumps(result.to_dict()))
    assert result.method.data == str(dataset) and result.method.learnt_from is True
    (by_command, given), (by_name, same) = calls
    assert given == same == options
    assert by_command.renderer == by_name.renderer and by_command.data == str(dataset)
    assert [model.name for model in by_name.models] == [str(path)]


def test_several_generators_are_replicates(command, checkpoint, dataset, calls, tmp_path):
    paths = [checkpoint(3), checkpoint(6)]
    both = evaluation.correspond(paths, dataset)
    assert isinstance(both, ReplicatesResult) and both.pending == ()
    assert [result.generator for result in both.generators] == ["smooth", "planted"]
    assert [row.generators for row in both.across] == [2] * 6
    done = command(*paths, "--json", "out.json")
    assert done.stdout == f"{both}\n"
    assert json.loads((tmp_path / "out.json").read_text()) == json.loads(json.dumps(both.to_dict()))
