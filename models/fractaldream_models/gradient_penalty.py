"""Gradient penalties: zero-centred ones of discriminators (R1, R2), the one-centred of critics."""

from collections.abc import Callable

import torch
from torch import Tensor

STEP = 0.01  # standard deviation of the noise of finite differences, in units of a pixel's value

Discriminate = Callable[[Tensor], Tensor]  # images (N, C, S, S) to logits (N, 1)


def exact(discriminate: Discriminate, images: Tensor) -> Tensor:
    """Compute the mean over images of |grad D|^2, differentiable in the weights of D.

    The gradient is that of the logit by the pixels. This takes second derivatives.

    Parameters
    ----------
    discriminate
        Function of images to logits, (N, 1), or (N, K), whose sum is taken. Where each depends on
        its own image alone, this is the penalty of the paper; behind batch normalisation it is that
        of the sum of all logits.
    images
        Images that D sees, float32 (N, C, S, S).

    References
    ----------
    Mescheder et al. (2018), Which training methods for GANs do actually converge?
    """
    x = images.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(discriminate(x).sum(), x, create_graph=True)
    return gradient.square().flatten(1).sum(1).mean()


def one_centred(critic: Discriminate, images: Tensor) -> Tensor:
    """Compute the mean over images of (|grad critic| - 1)^2, differentiable in its weights.

    Parameters
    ----------
    critic
        Function of images to values, (N, 1), each of which depends on its own image alone.
    images
        Images between real and generated ones, float32 (N, C, S, S).

    References
    ----------
    Gulrajani et al. (2017), Improved training of Wasserstein GANs.
    """
    x = images.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    norm = (gradient.square().flatten(1).sum(1) + 1e-12).sqrt()  # its slope at 0 is finite
    return (norm - 1).square().mean()


def finite_difference(
    discriminate: Discriminate, images: Tensor, logits: Tensor, noise: Tensor
) -> Tensor:
    """Estimate the mean over images of |grad D|^2 by adding noise to the images.

    For noise u ~ N(0, I), the expectation of ((D(x + e u) - D(x)) / e)^2 tends to |grad D|^2 as e
    tends to 0. No second derivative is taken.

    Parameters
    ----------
    discriminate, images
        As for `exact`.
    logits
        The logits of the images, (N, K), with their graph.
    noise
        Draws of N(0, 1) in the shape of the images.
    """
    difference = discriminate(images.detach() + STEP * noise) - logits
    return (difference.sum(1) / STEP).square().mean()
