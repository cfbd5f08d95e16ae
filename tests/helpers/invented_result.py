"""An invented result of the correspondence test, for tests of what is said about one."""

import dataclasses

import numpy as np

from evalkit.correspondence.findings import Method
from evalkit.correspondence.image_check import ImageCheck
from evalkit.correspondence.options import CorrespondOptions
from evalkit.correspondence.power.search import Power
from evalkit.correspondence.results import CorrespondResult
from evalkit.correspondence.rung_names import TESTED
from evalkit.correspondence.rungs.axes import AxesResult
from evalkit.correspondence.rungs.identity_and_symmetry import IdentityResult, SymmetryResult
from evalkit.correspondence.rungs.neighbourhood import NeighbourhoodResult
from evalkit.correspondence.rungs.outcome import Skipped
from evalkit.correspondence.rungs.rotation import RotationResult
from fractaldream.recipe import Recipe

ZEROS = (0.0,) * 6


def invented_result(name="a.pt", p=(0.4, 0.4, 0.4, 0.4), *, skipped=None, power=(), **options):
    """Return a result with these adjusted p-values of the tested rungs.

    skipped: why rungs 1 to 3 are not asked. power: smallest share by rung.
    """
    common = {"meaning": "invented", "statistic": 0.1, "effect": 0.1, "ci": (0.0, 0.2)}
    common |= {"p_value": 0.01, "nulls": {"haar": 0.3}, "draws": np.linspace(0, 1, 20)}
    kinds = {
        "identity": (IdentityResult, {"correlation_of_blurred": 0.5}),
        "symmetry": (
            SymmetryResult,
            {
                "operation": (False, False, False),
                "axes": AxesResult(0.1, np.eye(6), 0.4, {"clifford": 0.4}),
            },
        ),
        "rotation": (
            RotationResult,
            {
                "hardest": "smooth",
                "matrix": np.eye(6),
                "fitted_score": 0.1,
                "planted_rotations_low": 0.1,
                "linear_maps_high": 0.1,
                "is_rotation": True,
                "families": {},
            },
        ),
        "local": (NeighbourhoodResult, {"hardest": "x", "trustworthiness": 0.5, "families": {}}),
    }
    rungs = {
        rung: kind(name=rung, p_adjusted=value, **common, **more)
        for value, (rung, (kind, more)) in zip(p, kinds.items(), strict=True)
    }
    if skipped:
        rungs |= {rung: Skipped(rung, skipped) for rung in TESTED[:3]}
    rungs["neighbourhood"] = rungs.pop("local")
    return CorrespondResult(
        generator=name,
        affine=Skipped("affine", "invented"),
        nonlinear=Skipped("nonlinear", "invented"),
        power={each: Power(share, {}, {}, 2, 0.05) for each, share in dict(power).items()},
        no_power={},
        images=ImageCheck(10, 10, 1.0, 2.0),
        method=Method(CorrespondOptions(**options), Recipe(n=1), ZEROS, ZEROS),
        pictures={},
        **rungs,
    )


def learnt(result):
    """Return a result as that of a checkpoint, which records what it learnt from."""
    method = dataclasses.replace(result.method, learnt_from=True)
    return dataclasses.replace(result, method=method)
