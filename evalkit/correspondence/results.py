"""Result of the ladder for one generator."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from evalkit.family.renderer import Renderer
from fractaldream.notebook import NotebookResult, Table, TableColumn
from fractaldream.recipe import Recipe
from fractaldream_base.strict_json import plain

from .image_check import ImageCheck
from .options import CorrespondOptions
from .power.search import Power
from .rung_names import RUNGS, TESTED, title
from .rungs.identity_and_symmetry import IdentityResult, SymmetryResult
from .rungs.neighbourhood import NeighbourhoodResult
from .rungs.outcome import RungResult, Skipped
from .rungs.probes import ProbeResult
from .rungs.rotation import RotationResult
from .tables import chance, ladder_table, outcome_of
from .wording import unit, verdict


@dataclass(frozen=True)
class Method:
    """How a result was obtained.

    Attributes
    ----------
    options
        Options of the call.
    recipe
        Recipe of the images of FD.
    param_mean, param_scale
        What standardised parameters stand for.
    data
        The data set that the settings of FD come from; None for the law `normal`.
    learnt_from
        Whether the generator learnt from those data; None where that is not known.
    """

    options: CorrespondOptions
    recipe: Recipe
    param_mean: tuple[float, ...]
    param_scale: tuple[float, ...]
    data: str | None = None
    learnt_from: bool | None = None

    @classmethod
    def of(cls, options: CorrespondOptions, renderer: Renderer) -> "Method":
        """Return the method of a call on a map."""
        return cls(options, renderer.recipe, renderer.mean, renderer.scale)

    def to_dict(self) -> dict[str, Any]:
        """Return the method as `--json` writes it."""
        options = self.options
        return {
            "group": options.group,
            "correction": "holm",
            "alpha": options.alpha,
            "distance": options.distance,
            "rotations": options.rotations,
            "ensemble": options.ensemble,
            "map": options.mapping,
            "ties": "within 1e-9 count against",
            "recipe": dataclasses.asdict(self.recipe),
            "param_mean": list(self.param_mean),
            "param_scale": list(self.param_scale),
            "data": self.data,
            "learnt_from": self.learnt_from,
        }


@dataclass(frozen=True)
class CorrespondResult(NotebookResult):
    """The ladder of one generator.

    Attributes
    ----------
    generator
        Name of the generator.
    identity, symmetry, rotation
        Rungs 1 to 3, skipped for a generator whose latents cannot stand for six parameters.
    affine, nonlinear
        Rungs 4 and 5, which describe.
    neighbourhood
        Rung 6.
    power
        What the tested rungs would have found, by rung.
    no_power
        Why a rung carries no power, by rung.
    images
        Whether the generator's images are renderings of the attractor.
    method
        Options of the call, and where the map comes from.
    pictures
        FD(v), G(v) and, with six latents, G turned by the estimated rotation, uint8 (8, H, W, C).
    """

    generator: str
    identity: IdentityResult | Skipped
    symmetry: SymmetryResult | Skipped
    rotation: RotationResult | Skipped
    affine: ProbeResult
    nonlinear: ProbeResult
    neighbourhood: NeighbourhoodResult
    power: dict[str, Power]
    no_power: dict[str, str]
    images: ImageCheck
    method: Method
    pictures: dict[str, np.ndarray] = field(repr=False)

    @property
    def rungs(self) -> dict[str, RungResult | Skipped]:
        """The rungs by name, highest first."""
        in_order = (self.identity, self.symmetry, self.rotation, self.affine, self.nonlinear)
        return dict(zip(RUNGS, (*in_order, self.neighbourhood), strict=True))

    @property
    def n(self) -> int:
        """Number of pairs."""
        return self.method.options.n

    @property
    def seed(self) -> int:
        """Random seed."""
        return self.method.options.seed

    @property
    def skipped(self) -> str | None:
        """Why rungs 1 to 3 were not climbed; None where they were."""
        return self.identity.reason if isinstance(self.identity, Skipped) else None

    @property
    def established(self) -> str | None:
        """The highest rung whose adjusted p-value is at most alpha."""
        return next((name for name in TESTED if self.is_established(name)), None)

    def is_established(self, name: str) -> bool:
        """Return whether a rung's adjusted p-value is at most alpha."""
        rung = self.rungs[name]
        if isinstance(rung, Skipped) or rung.p_adjusted is None:
            return False
        return rung.p_adjusted <= self.method.options.alpha

    @property
    def verdict(self) -> str:
        """The answer in a plain sentence or two."""
        return verdict(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as `--json` writes it."""
        values: dict[str, Any] = plain(
            {
                "generator": self.generator,
                "images": self.images.to_dict(),
                "levels": {name: rung.to_dict() for name, rung in self.rungs.items()},
                "verdict": self.verdict,
                "established": self.established,
                "n": self.n,
                "seed": self.seed,
                "power": {
                    name: self.power[name].to_dict() if name in self.power else None
                    for name in RUNGS
                },
                "no_power": self.no_power,
                **self.method.to_dict(),
            }
        )
        return values

    def table(self) -> Table:
        """Return one row for each rung, the answer above them."""
        options = self.method.options
        rows: list[tuple[Any, ...]] = []
        for name, rung in self.rungs.items():
            if isinstance(rung, Skipped):
                rows.append((title(name), None, "", None, None, None, outcome_of(self, name)))
                continue
            figures = (rung.statistic, unit(name, options), chance(rung))
            p_values = (rung.p_value, rung.p_adjusted)
            rows.append((title(name), *figures, *p_values, outcome_of(self, name)))
        return Table(
            f"{self.generator}: {self.verdict}",
            (
                TableColumn("rung"),
                TableColumn("score", better="higher"),
                TableColumn("unit"),
                TableColumn("chance", "95% of chance scores less"),
                TableColumn("p"),
                TableColumn("adjusted p", f"found at {self.method.options.alpha:g} or less"),
                TableColumn("found"),
            ),
            tuple(rows),
        )

    def plot(self) -> Any:
        """Draw the images of the map and of the generator for the same latents.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from .figures import pairs_figure

        return pairs_figure(self)

    def __str__(self) -> str:
        """Return the table that the command prints."""
        return ladder_table(self)
