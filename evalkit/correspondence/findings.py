"""Results of the rungs of one generator: the figures, before they are put into words."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from evalkit.family.renderer import Renderer
from fractaldream.recipe import Recipe

from .image_check import ImageCheck
from .options import CorrespondOptions
from .power.search import Power
from .rung_names import RUNGS, TESTED
from .rungs.identity_and_symmetry import IdentityResult, SymmetryResult
from .rungs.neighbourhood import NeighbourhoodResult
from .rungs.outcome import RungResult, Skipped
from .rungs.probes import ProbeResult
from .rungs.rotation import RotationResult


@dataclass(frozen=True)
class Method:
    """The method by which a result was obtained.

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
class Findings:
    """Results of the rungs of one generator, and how they were obtained.

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
