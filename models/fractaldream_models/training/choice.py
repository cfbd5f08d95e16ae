"""Choose the epoch whose model ckpt.pt holds, by a held-out figure and its standard error."""

from dataclasses import dataclass, replace

from torch import Tensor


@dataclass(frozen=True)
class Choice:
    """The epoch whose model ckpt.pt holds, and why it was chosen.

    Attributes
    ----------
    epoch
        The chosen epoch.
    by
        Name of the held-out figure; lower is better.
    value
        The figure at the chosen epoch.
    lowest_epoch, lowest
        The epoch with the lowest figure, and this figure.
    noise
        Standard error of the difference between both; None where they are the same epoch.
    """

    epoch: int
    by: str
    value: float
    lowest_epoch: int
    lowest: float
    noise: float | None = None


@dataclass(frozen=True)
class Candidate:
    """An epoch that may be chosen.

    Attributes
    ----------
    epoch, by, value
        The epoch, the name of its held-out figure, and the figure.
    terms
        One value for each held-out image, float64 (N,), whose mean is the figure; None where the
        kind of model gives none.
    """

    epoch: int
    by: str
    value: float
    terms: Tensor | None


def choose(
    choice: Choice | None, lowest: Tensor | None, candidate: Candidate
) -> tuple[Choice, Tensor | None]:
    """Return the choice after another epoch, and the terms of the epoch with the lowest figure.

    The lowest figure wins. A later epoch whose figure is higher by at most one standard error of
    the difference, paired by held-out image, cannot be told from it and is preferred, since it was
    trained for longer (the one-standard-error rule of Breiman et al. 1984, for epochs).

    Parameters
    ----------
    choice, lowest
        What this function returned for the epochs before; None before the first.
    candidate
        The epoch that is complete now.
    """
    if choice is None or candidate.value < choice.lowest:
        epoch, value = candidate.epoch, candidate.value
        return Choice(epoch, candidate.by, value, epoch, value), candidate.terms
    if lowest is None or candidate.terms is None:
        return choice, lowest
    noise = standard_error(candidate.terms - lowest)
    if candidate.value - choice.lowest > noise:
        return choice, lowest
    return replace(choice, epoch=candidate.epoch, value=candidate.value, noise=noise), lowest


def standard_error(terms: Tensor) -> float:
    """Return the standard error of the mean of independent terms (N,), N > 1."""
    return float(terms.std() / len(terms) ** 0.5)
