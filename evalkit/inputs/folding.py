"""Networks made ready for many calls: what each call would compute anew of the weights alone."""

import copy
from typing import TypeVar

import torch
from torch import nn

from fractaldream_models.blocks import UpConv

Network = TypeVar("Network", bound=nn.Module)


def folded(network: Network) -> Network:
    """Return a copy of the network with every UpConv as the small convolution that it computes.

    UpConv folds its weights at each call, which training needs and looking does not. The numbers
    are the same. A network without UpConv is returned as it is.
    """
    if not any(isinstance(part, UpConv) for part in network.modules()):
        return network
    network = copy.deepcopy(network)
    for part in list(network.modules()):
        for name, layer in part.named_children():
            if isinstance(layer, UpConv):
                setattr(part, name, _convolution(layer))
    return network


@torch.no_grad()
def _convolution(layer: UpConv) -> nn.Module:
    weight, bias = layer.folded()
    outputs, inputs, side, _ = weight.shape
    convolution = nn.Conv2d(inputs, outputs, side, padding=side // 2, device=weight.device)
    convolution.requires_grad_(False)
    convolution.weight.copy_(weight)
    assert convolution.bias is not None
    convolution.bias.copy_(bias)
    return nn.Sequential(convolution, nn.PixelShuffle(2))
