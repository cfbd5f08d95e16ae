"""The front door, evaluation.correspond."""

import json

import numpy as np
import pytest

from evalkit.correspondence.evaluation import correspond
from evalkit.correspondence.options import CorrespondOptions
from evalkit.correspondence.replicates import ReplicatesResult
from evalkit.correspondence.results import CorrespondResult

pytestmark = pytest.mark.usefixtures("short", "inverse")
LITTLE = CorrespondOptions(n=48, rotations=99, ensemble=19, alpha=0.2, replicates=0)


def test_the_front_door_returns_what_the_command_prints(command, checkpoint, dataset, tmp_path):
    path = checkpoint(6)
    done = command(path, "--json", "out.json")
    result = correspond(path, options=LITTLE)
    assert isinstance(result, CorrespondResult)
    assert done.stdout == f"{result}\n"
    assert json.loads((tmp_path / "out.json").read_text()) == json.loads(
        json.dumps(result.to_dict())
    )
    assert result.method.data == str(dataset)


def test_several_generators_are_replicates(checkpoint, dataset):
    def constant(z):
        return np.zeros((len(z), 32, 32), np.uint8)

    both = correspond([checkpoint(3), constant], dataset, options=LITTLE)
    assert isinstance(both, ReplicatesResult) and both.pending == ()
    first, second = both.generators
    assert "3 latents" in first.skipped and second.generator == "constant"
    assert second.identity.p_value == 1
    assert [row.generators for row in both.across] == [1, 1, 1, 2, 2, 2]
    assert str(first) in str(both) and set(both.to_dict()) == {"generators", "across", "pending"}
