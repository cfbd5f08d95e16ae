"""Results of the metrics of disentanglement."""

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evalkit.statistics.inference import interval
from fractaldream.datasets.notebook import NotebookResult, Table, TableColumn

from .options import DisentangleOptions

if TYPE_CHECKING:
    from matplotlib.figure import Figure


SCORES = ("mig", "sap", "disentanglement", "completeness", "informativeness", "factor_vae")
MIN_QUANTILE_DRAWS = 100  # from fewer, the interval is the normal one
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Score:
    """One score with its 95% interval.

    Attributes
    ----------
    value
        The score, in [0, 1]; higher is better.
    low, high
        Its 95% interval; None where it was not computed.
    chance
        The same score where codes and factors are of different images.
    by_factor
        The values that the score is the mean of, by the name of the factor; empty for a score
        that is no mean over factors.
    """

    value: float
    low: float | None = None
    high: float | None = None
    chance: float | None = None
    by_factor: dict[str, float] = field(default_factory=dict)

    @classmethod
    def from_draws(
        cls, values: Array, names: tuple[str, ...], draws: Array, chance: float
    ) -> "Score":
        """Return the mean of `values` (K,) with an interval from its bootstrap draws (B,).

        The draws are moved so that their mean is the estimate, since rows that are drawn twice
        look like order. There is no interval from fewer than two draws.
        """
        value = float(values.mean())
        by_factor = dict(zip(names, map(float, values), strict=True)) if len(values) > 1 else {}
        if len(draws) < 2:
            return cls(value, chance=float(chance), by_factor=by_factor)
        if len(draws) < MIN_QUANTILE_DRAWS:
            reach = 1.96 * float(draws.std(ddof=1))
            low, high = value - reach, value + reach
        else:
            low, high = interval(draws - draws.mean() + value)
        return cls(value, max(0.0, low), min(1.0, high), float(chance), by_factor)


@dataclass(frozen=True)
class SourceNotes:
    """Descriptions of the sources of codes, in words.

    Attributes
    ----------
    data
        Name of the data set.
    fold
        How the parameters are folded by the symmetries of the map.
    images
        Which images were encoded.
    sharing
        How images that share one factor were chosen.
    """

    data: str
    fold: str
    images: str
    sharing: str


@dataclass(frozen=True)
class Disentanglement(NotebookResult):
    """All scores of one set of codes.

    Attributes
    ----------
    scores
        The scores by name, see `SCORES`.
    factors
        Names of the K factors.
    images
        Number of images.
    latent
        Number of latents L.
    used
        Number of latents that vary (the pruning rule of FactorVAE's score).
    settings
        The choices that the scores depend on.
    importance
        Importance of each latent for each factor in the forests of DCI, (L, K).
    information
        Mutual information of each latent and each factor, as a share of the factor's entropy
        (MIG), (L, K).
    generator
        Name of the model; empty where the codes were given as an array.
    notes
        Where the codes come from; None where they were given as an array.
    """

    scores: dict[str, Score]
    factors: tuple[str, ...]
    images: int
    latent: int
    used: int
    settings: DisentangleOptions
    importance: list[list[float]]
    information: list[list[float]]
    generator: str = ""
    notes: SourceNotes | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return asdict(self)

    def table(self) -> Table:
        """Return the scores with their intervals, and what chance gives."""
        return Table(
            f"{self.generator or 'codes'}: {self.images:,} images, {self.latent} latents of which "
            f"{self.used} vary",
            (
                TableColumn("score"),
                TableColumn("value", better="higher"),
                TableColumn("low", "95% interval"),
                TableColumn("high", "95% interval"),
                TableColumn("chance", "codes of other images"),
                *map(TableColumn, self.factors),
            ),
            tuple(
                (
                    name,
                    *(
                        None if v is None else round(v, 3)
                        for v in (
                            s.value,
                            s.low,
                            s.high,
                            s.chance,
                            *map(s.by_factor.get, self.factors),
                        )
                    ),
                )
                for name, s in self.scores.items()
            ),
            self._notes(),
        )

    def _notes(self) -> tuple[str, ...]:
        """Return what the scores mean, and which are no better than chance."""
        sentences = [
            "A code is disentangled where each latent stands for one factor. mig and sap: how much "
            "more the best latent tells of a factor than the second; disentanglement: one factor "
            "for each latent; completeness: one latent for each factor; informativeness: R2 of "
            "the factors, read off the codes; factor_vae: how well the steadiest latent names a "
            "fixed factor. All from 0 to 1.",
        ]
        weak = [name for name, s in self.scores.items()
                if s.low is not None and s.chance is not None and s.low <= s.chance]  # fmt: skip
        if weak:
            sentences.append(
                f"No better than chance, within their intervals: {', '.join(weak)}; small "
                "differences in these between models mean nothing."
            )
        if self.notes:
            sentences.append(
                f"Images: {self.notes.images}; fixed factors: {self.notes.sharing}; fold: "
                f"{self.notes.fold}."
            )
        return tuple(sentences)

    def plot(self) -> "Figure":
        """Draw which latent stands for which factor.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from .figures import importance_figure

        return importance_figure(self.information, self.importance, self.factors)
