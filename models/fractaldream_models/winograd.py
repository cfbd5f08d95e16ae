"""Convolutions of 5 x 5 by Winograd's minimal filtering, for training on processors.

Lavin and Gray 2016, Fast algorithms for convolutional neural networks: 4 x 4 pixels of the result
take 64 multiplications for each pair of channels, where the sum over the kernel takes 400. The
transforms before and after cost time of their own, so that only wide layers gain.
"""

import functools
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

KERNEL, OUT = 5, 4  # sides of the kernel, and of the part of the result that is computed at once
TILE = KERNEL + OUT - 1
POINTS = (0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5)  # of the interpolation; the last is at infinity
FEWEST_CHANNELS = 128  # of the input; narrower layers gain nothing
FEWEST_TILES = 128  # in a batch; of fewer, the transform of the weights takes too much


@functools.cache
def _transforms() -> tuple[Tensor, Tensor, Tensor]:
    """Return what transforms kernels (64, 25), tiles (64, 64) and products (16, 64), float64."""

    def powers(count: int) -> Tensor:
        points = torch.tensor(POINTS, dtype=torch.float64)
        at_infinity = torch.eye(count, dtype=torch.float64)[-1:]
        return torch.cat([points[:, None] ** torch.arange(count), at_infinity])

    kernel, tile, product = powers(KERNEL), torch.linalg.inv(powers(TILE)).T, powers(OUT).T
    balance = (tile.abs().amax(1) / kernel.abs().amax(1)).sqrt()[:, None]  # for less rounding
    kernel, tile = kernel * balance, tile / balance
    by_kernel, by_tile, by_product = (torch.kron(m, m) for m in (kernel, tile, product))
    return by_kernel, by_tile, by_product


def pays(x: Tensor, weight: Tensor) -> bool:
    """Return whether `convolve` is the faster way to train such a layer, by measurement."""
    return (
        x.device.type == "cpu"
        and x.dtype == weight.dtype == torch.float32
        and not torch.is_autocast_enabled("cpu")
        and torch.is_grad_enabled()
        and weight.requires_grad
        and tuple(weight.shape[2:]) == (KERNEL, KERNEL)
        and x.shape[1] >= FEWEST_CHANNELS
        and x.shape[2] % OUT == x.shape[3] % OUT == 0
        and x.shape[0] * x.shape[2] * x.shape[3] >= FEWEST_TILES * OUT**2
    )


def convolve(x: Tensor, weight: Tensor) -> Tensor:
    """Convolve images (N, C, H, W) with kernels (O, C, 5, 5), stride 1, padding 2.

    The same as `conv2d` to rounding, whose error is larger: about 1e-4 of the deviation of the
    result in float32. H and W are multiples of 4. Can be differentiated twice.

    Returns
    -------
    Tensor
        (N, O, H, W), channels last.
    """
    out: Tensor = _Convolution.apply(x, weight)
    return out


class _Convolution(torch.autograd.Function):
    """The convolution with its gradients, which are convolutions and sums over tiles as well."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        kernels = _of_kernels(weight)
        parts = x.split(_together(x, weight))
        return torch.cat([_from_products(_of_tiles(p) @ kernels, p.shape) for p in parts])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None]:
        (gradient,) = gradients
        x, weight = ctx.saved_tensors
        of_x = of_weight = None
        if ctx.needs_input_grad[0]:
            of_x = convolve(gradient, weight.flip(2, 3).transpose(0, 1))
        if ctx.needs_input_grad[1]:
            parts = (each.split(_together(x, weight)) for each in (x, gradient))
            products = weight.new_zeros(TILE**2, *weight.shape[1::-1])
            for of_x_part, of_gradient in zip(*parts, strict=True):
                tiles = _of_tiles(of_x_part).transpose(1, 2)
                products.baddbmm_(tiles, _to_products(of_gradient))
            by_kernel = _transforms()[0].to(weight)
            taps = (by_kernel.T @ products.flatten(1)).view(KERNEL, KERNEL, *products.shape[1:])
            of_weight = taps.permute(3, 2, 0, 1)
        return of_x, of_weight


def _together(x: Tensor, weight: Tensor) -> int:
    """Return how many images are transformed at once, so that memory is used again.

    Larger blocks than this are given back to the system, which a third of a step's time went into.
    """
    floats = max(weight.shape[:2]) * TILE**2 * x.shape[2] * x.shape[3] // OUT**2  # of an image
    return max(1, 2**21 // floats)


def _of_kernels(weight: Tensor) -> Tensor:
    """Transform kernels (O, C, 5, 5) to (64, C, O)."""
    outputs, inputs = weight.shape[:2]
    taps = weight.permute(2, 3, 1, 0).reshape(KERNEL**2, -1)
    return (_transforms()[0].to(weight) @ taps).view(TILE**2, inputs, outputs)


def _of_tiles(x: Tensor) -> Tensor:
    """Transform the overlapping 8 x 8 tiles of images (N, C, H, W) to (64, tiles, C)."""
    wide = F.pad(x.permute(0, 2, 3, 1), (0, 0, *4 * (KERNEL // 2,)))
    tiles = wide.unfold(1, TILE, OUT).unfold(2, TILE, OUT)  # (N, rows, columns, C, 8, 8)
    pixels = tiles.permute(4, 5, 0, 1, 2, 3).reshape(TILE**2, -1)
    return (_transforms()[1].to(x) @ pixels).view(TILE**2, -1, x.shape[1])


def _from_products(products: Tensor, shape: torch.Size) -> Tensor:
    """Transform products (64, tiles, O) to images (N, O, H, W) of the shape (N, C, H, W)."""
    pixels = _transforms()[2].to(products) @ products.flatten(1)
    n, _, height, width = shape
    grid = pixels.view(OUT, OUT, n, height // OUT, width // OUT, -1)
    return grid.permute(2, 3, 0, 4, 1, 5).reshape(n, height, width, -1).permute(0, 3, 1, 2)


def _to_products(gradient: Tensor) -> Tensor:
    """Transform gradients of images (N, O, H, W) to those of products (64, tiles, O)."""
    n, outputs, height, width = gradient.shape
    grid = gradient.permute(0, 2, 3, 1).reshape(n, height // OUT, OUT, width // OUT, OUT, outputs)
    pixels = grid.permute(2, 4, 0, 1, 3, 5).reshape(OUT**2, -1)
    return (_transforms()[2].to(gradient).T @ pixels).view(TILE**2, -1, outputs)
