"""Synchronised batch normalisation is that of the whole batch."""

import torch
from torch import nn

from fractaldream_models.distributed.batch_norm import SynchronisedBatchNorm2d
from fractaldream_models.distributed.collectives import Processes


def test_synchronised_normalisation_is_the_normalisation_of_the_whole():
    torch.manual_seed(0)
    x = 100 + torch.randn(6, 3, 5, 5, dtype=torch.float64)  # far from 0: nothing may cancel
    plain, ours = (nn.Sequential(nn.BatchNorm2d(3, eps=0.01).double()) for _ in range(2))
    for module in ours.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.__class__, module.processes = SynchronisedBatchNorm2d, Processes()
    for _ in range(2):
        torch.testing.assert_close(ours(x), plain(x), rtol=1e-4, atol=1e-4)
    for a, b in zip(ours.buffers(), plain.buffers(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(ours.eval()(x), plain.eval()(x), rtol=1e-5, atol=1e-5)
