"""What a good inverse renderer would say, made by hand."""

import numpy as np
import torch

from evalkit.networks.inverse_renderer import Mixture


def answers(v, rng, spread=0.3):
    """What a good inverse renderer says of FD(v): a to d up to the sign of (a, b), no x0, y0."""
    noisy = v + spread * rng.standard_normal(v.shape)
    flipped = noisy * np.array([1, 1, -1, -1, 1, 1])
    mean = np.stack([noisy, flipped], 1)
    mean[..., :2] = 0
    scale = np.array([1, 1, *[1 / spread] * 4])
    whiten = torch.from_numpy(np.broadcast_to(np.diag(scale), (*mean.shape, 6)).copy()).float()
    log_weight = torch.full(mean.shape[:2], float(np.log(scale).sum() - np.log(2)))
    return Mixture(log_weight, torch.from_numpy(mean).float(), whiten)
