"""Finding hidden rotations, with densities made by hand."""

import numpy as np
import pytest
import torch

from evalkit.correspondence.rungs.rotation import axis_errors, refine, statistic
from evalkit.statistics.orthogonal_group import Twist, haar
from evalkit.support.threads import side_by_side


def test_a_hidden_rotation_is_found_and_given_back(pairs):
    v, mixture, rng = pairs
    turn = haar(6, 1, rng)[0]
    z = v @ turn.T
    fitted = statistic(z, mixture, rng)
    assert fitted.score > 2
    assert axis_errors(refine(z, mixture, fitted.matrix), turn).max() < 5
    assert np.allclose(fitted.matrix @ fitted.matrix.T, np.eye(6), atol=1e-4)


def test_no_rotation_is_found_behind_a_scrambled_map(pairs):
    v, mixture, rng = pairs
    assert statistic(Twist.draw(6, rng).inverse(v), mixture, rng).score < 0


def test_results_do_not_depend_on_the_number_of_threads():
    threads = torch.get_num_threads()
    try:
        for many in (1, 3):
            torch.set_num_threads(many)
            assert list(side_by_side(lambda k: k * torch.get_num_threads(), range(9))) == [
                *range(9)
            ]
            assert torch.get_num_threads() == many
        with pytest.raises(ZeroDivisionError):
            list(side_by_side(lambda k: 1 // k, (1, 0, 1)))
    finally:
        torch.set_num_threads(threads)
