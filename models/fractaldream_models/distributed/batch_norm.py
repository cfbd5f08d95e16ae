"""Synchronised batch normalisation, on any device."""

import torch
from torch import Tensor, nn

from .collectives import Processes


class SynchronisedBatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation with the statistics of all shares of a batch.

    Each process contributes its mean and biased variance of each channel. The variance of the
    whole batch is the mean of the variances plus the variance of the means: shares of equal size
    allow this, and nothing cancels.
    """

    processes: Processes

    def forward(self, x: Tensor) -> Tensor:
        """Normalise x by the statistics of the batch of all processes."""
        if not self.training:
            return super().forward(x)
        wide = x.to(self.weight.dtype)  # under autocast x has half of it
        variance, mean = torch.var_mean(wide, (0, 2, 3), correction=0)
        moments = self.processes.gather(torch.stack([mean, variance])[None])
        mean = moments[:, 0].mean(0)
        variance = moments[:, 1].mean(0) + (moments[:, 0] - mean).square().mean(0)
        assert self.running_mean is not None and self.running_var is not None
        assert self.momentum is not None and self.num_batches_tracked is not None
        with torch.no_grad():
            count = x.numel() // x.shape[1] * self.processes.size
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * (count / max(1, count - 1)), self.momentum)
            self.num_batches_tracked += 1
        scale = self.weight * (variance + self.eps).rsqrt()
        shift = self.bias - mean * scale
        return (x * scale[:, None, None] + shift[:, None, None]).to(x.dtype)


def synchronise(model: nn.Module, processes: Processes) -> None:
    """Let every BatchNorm of the model see whole batches; names and weights stay as they are."""
    if processes.size == 1:
        return
    for module in model.modules():
        if type(module) is nn.BatchNorm2d:
            module.__class__ = SynchronisedBatchNorm2d
            module.processes = processes  # type: ignore[assignment]
