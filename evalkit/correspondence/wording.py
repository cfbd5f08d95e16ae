"""The sentences around the numbers: the question, the answer, and what to do next."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from .rung_names import TESTED, title
from .rungs.identity_and_symmetry import IdentityResult, SymmetryResult
from .rungs.neighbourhood import NeighbourhoodResult
from .rungs.outcome import RungResult
from .rungs.rotation import RotationResult

if TYPE_CHECKING:
    from .image_check import ImageCheck
    from .results import CorrespondResult

CORRESPOND = "Your model's latents correspond to the parameters of Fractal Dream"
DO_NOT = "Your model's latents do not correspond to the parameters of Fractal Dream"
GLOSSARY = {
    "adjusted p": "The p-value after Holm's correction for testing several rungs. A rung is found "
    "where it is at most the level (--alpha, 0.05 by default).",
    "chance": "The score that 95% of the null distribution stays below. For rungs 1 and 2 it is "
    "the score of the same images when the latents are reordered and change signs; for rungs 3 "
    "and 6 that of generators that know nothing of the parameters; for rungs 4 and 5, which are "
    "not tested, it is the score of the best baseline.",
    "Clifford, de Jong": "Two other families of attractors. They look alike, but know nothing of "
    "Fractal Dream.",
    "effect": "The score on a scale where 0 means chance, with an interval over pairs. The "
    "interval tells how exactly the effect is measured, and not whether it is more than chance.",
    "FD": "The map of Fractal Dream, from its six parameters to an image.",
    "G": "The generator under test, from its latents to an image.",
    "Haar": "All rotations of the latents, equally likely. A stricter null distribution than "
    "reordered axes and changed signs, valid only where training treats all directions alike.",
    "nat": "The unit of information with the natural logarithm, 1.44 bits. A score of 0 is that of "
    "an image that tells nothing of its latents.",
    "p": "How often chance alone scores as high as the generator. Small is strong evidence.",
    "R2": "The share of a parameter's variance that a regression predicts: 1 is all, 0 is nothing.",
    "rung": "One test of the ladder, from the strongest claim (1) to the weakest (6).",
}


def unit(name: str, distance: str) -> str:
    """Return the unit of a rung's score."""
    units = {"affine": "R2", "nonlinear": "R2", "local": "share"}
    if name in ("identity", "symmetry") and distance != "density":
        return "likeness"
    return units.get(name, "nats")


def question(result: "CorrespondResult") -> str:
    """Return what was asked, in one sentence."""
    method = result.method
    settings = f"{method.recipe.size} px, " + (
        "law normal" if method.data is None else f"as in {method.data}"
    )
    return (
        "Does the generator G make images from its latents as the map of Fractal Dream (FD) makes "
        f"them from its six parameters? {result.n} draws were given to both ({settings})."
    )


def image_sentence(check: "ImageCheck") -> str:
    """Return whether a generator's images are renderings of the attractor."""
    figures = (
        f"{check.near} of {check.images} have the detail of renderings, at four scales (of true "
        "renderings, 95% have it; more is better)"
    )
    if check.are_renderings:
        return f"The images look like renderings of the attractor: {figures}."
    return f"The images are not renderings of the attractor yet: {figures}."


def verdict(result: "CorrespondResult") -> str:
    """Return the answer in one sentence."""
    rung = result.rungs[result.established] if result.established else None
    if isinstance(rung, IdentityResult | SymmetryResult):
        share = rung.like_a_share_of
        as_if = "" if share is None else f", as if in {share:.0%} of the variance"
        as_what = "" if rung.name == "identity" else " up to a symmetry of the map"
        return (
            f"{CORRESPOND}{as_what}, because G makes the image that FD makes of the same "
            f"numbers{as_if} (adjusted p {rung.p_adjusted:.3g})."
        )
    if isinstance(rung, RotationResult):
        kind = "rotation" if rung.is_rotation else "linear map (not surely a rotation)"
        return (
            f"{CORRESPOND} after a {kind} of the latents, because G makes images of turned latents "
            f"as FD does (adjusted p {rung.p_adjusted:.3g})."
        )
    if isinstance(rung, NeighbourhoodResult):
        return (
            f"{DO_NOT} image by image, but neighbours stay neighbours more than with any ignorant "
            f"generators (adjusted p {rung.p_adjusted:.3g})."
        )
    return _nothing_established(result)


def _nothing_established(result: "CorrespondResult") -> str:
    """Return the answer where no rung is found, with the reason."""
    if result.skipped:
        return f"Rungs 1 to 3 cannot be asked of your model: {result.skipped}."
    if not result.images.are_renderings:
        return f"{DO_NOT}, because its images are not renderings of the attractor yet."
    power = result.power.get("identity")
    if power is not None and power.smallest is None:
        return (
            f"Whether your model's latents correspond to the parameters of Fractal Dream is open, "
            f"because n = {result.n} pairs would not have found even FD itself."
        )
    smallest = min(rung.p_adjusted or 0.0 for rung in _tested(result))
    because = f"because no rung is above chance (smallest adjusted p {smallest:.3g})"
    if power is None:
        return f"{DO_NOT} as far as this test can tell, {because}."
    return (
        f"{DO_NOT}, {because}; a generator that followed FD in {power.smallest:.0%} of the "
        "variance would have been found in 80% of cases."
    )


def _tested(result: "CorrespondResult") -> list[RungResult]:
    rungs = (result.rungs[name] for name in TESTED)
    return [rung for rung in rungs if isinstance(rung, RungResult)]


def power_sentences(result: "CorrespondResult") -> list[str]:
    """Return what could have been found, the rungs grouped by the same answer."""
    shares = {
        name: "not even FD itself" if power.smallest is None else f"a share of {power.smallest:.0%}"
        for name, power in result.power.items()
    }
    lines = [f"{_named(shares, which)}: {which}" for which in dict.fromkeys(shares.values())]
    reasons = result.no_power
    return lines + [f"{_named(reasons, why)}: {why}" for why in dict.fromkeys(reasons.values())]


def _named(values: dict[str, str], wanted: str) -> str:
    """Return the rungs of one value in words."""
    names = [title(name).split(" ")[0] for name, value in values.items() if value == wanted]
    return f"rung {names[0]}" if len(names) == 1 else "rungs " + ", ".join(names)


def next_steps(result: "CorrespondResult") -> list[str]:
    """Return what to do next, a sentence each."""
    power = result.power.get("identity")
    rules: list[tuple[Callable[[], bool], str]] = [
        (
            lambda: result.skipped is not None,
            "Train a model with six latents (--set latent=6), so that they can stand for the six "
            "parameters.",
        ),
        (
            lambda: not result.images.are_renderings,
            "Train longer or with another preset, until the pictures of --report look like the "
            "data; then ask again.",
        ),
        (
            lambda: power is not None and power.smallest is None,
            f"Raise --n: {result.n} pairs are too few to find anything.",
        ),
        (
            lambda: result.established is None and result.images.are_renderings,
            "More pairs (--n) find weaker correspondences.",
        ),
        (
            lambda: result.images.are_renderings,
            "Train other seeds and give all checkpoints at once: one training is one sample.",
        ),
    ]
    return [step for applies, step in rules if applies()]
