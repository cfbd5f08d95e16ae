"""Solve an ordinary differential equation in a fixed number of steps."""

from collections.abc import Callable

from torch import Tensor

Velocity = Callable[[Tensor, float], Tensor]  # of a state (N, ...) and a time


def midpoint(velocity: Velocity, start: Tensor, steps: int) -> Tensor:
    """Solve dx/dt = velocity(x, t) from t = 0 to t = 1 by the explicit midpoint method.

    Its error falls with the square of the number of steps. Each step evaluates the velocity twice,
    never at t = 1.

    Parameters
    ----------
    velocity
        Function of the state (N, ...) and the time in [0, 1].
    start
        The state at t = 0, (N, ...).
    steps
        Number of equal steps, from 1.

    Returns
    -------
    Tensor
        The state at t = 1, (N, ...).

    References
    ----------
    Hairer, Norsett and Wanner (1993), Solving ordinary differential equations I, section II.1.

    Examples
    --------
    >>> import torch
    >>> midpoint(lambda x, t: torch.full_like(x, 2 * t), torch.zeros(1), steps=3).tolist()
    [1.0]
    """
    x, length = start, 1 / steps
    for step in range(steps):
        time = step * length
        middle = x + length / 2 * velocity(x, time)
        x = x + length * velocity(middle, time + length / 2)
    return x
