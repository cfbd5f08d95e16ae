"""Figures of quality on known answers."""

import pytest
import torch

from fractaldream_models.evaluation.sample_quality import diversity, features_of, kernel_distance
from fractaldream_models.losses import latent_statistics


def draw(n, shift=0.0, seed=0):
    return torch.randn(n, 16, generator=torch.Generator().manual_seed(seed)) + shift


def test_kernel_distance_is_zero_in_the_mean_and_grows_with_the_gap():
    same = [
        kernel_distance(real=draw(400, seed=i), generated=draw(400, seed=99 - i)) for i in range(8)
    ]
    assert abs(sum(same) / 8) < 0.02
    near, far = (kernel_distance(real=draw(400), generated=draw(400, s, 1)) for s in (0.3, 1))
    assert max(same) < near < far


def test_diversity_is_the_mean_distance():
    assert diversity(torch.tensor([[0.0, 0], [3, 4], [0, 0]])) == pytest.approx(10 / 3)


def test_features_are_learnt_once_and_read_back(tmp_path, small_data):
    first = features_of(small_data, tmp_path / "f.pt", seed=0)
    again = features_of(small_data, tmp_path / "f.pt", seed=1)
    x = small_data.batch(small_data.train, (0, 1))
    assert torch.equal(first(x), again(x))
    assert float(first(x).std()) == pytest.approx(1, abs=0.3)


class OnMps(torch.Tensor):
    """A tensor that says that it is on MPS, where float64 is an error, until it is copied."""

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        if function == torch.Tensor.device.__get__:
            return torch.device("mps")
        if function is torch.Tensor.cpu:
            with torch._C.DisableTorchFunctionSubclass():
                return args[0].as_subclass(torch.Tensor)
        result = super().__torch_function__(function, types, args, kwargs or {})
        if isinstance(result, OnMps) and result.dtype == torch.float64:
            raise TypeError("the MPS framework has no float64")
        return result


def test_figures_need_no_float64_of_the_device():
    real, generated = draw(50), draw(50, 0.5)
    on_mps = [x.as_subclass(OnMps) for x in (real, generated)]
    with pytest.raises(TypeError, match="float64"):
        on_mps[0].double()
    expected = kernel_distance(real=real, generated=generated)
    assert kernel_distance(real=on_mps[0], generated=on_mps[1]) == expected
    assert latent_statistics(on_mps[0]) == latent_statistics(real)
