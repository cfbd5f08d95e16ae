"""The sentences around the numbers: the question, the answer, and what to do next."""

from collections.abc import Callable

from .findings import Findings
from .image_check import ImageCheck
from .options import CorrespondOptions
from .rung_names import TESTED, title
from .rungs.identity_and_symmetry import IdentityResult, SymmetryResult
from .rungs.neighbourhood import NeighbourhoodResult
from .rungs.outcome import RungResult
from .rungs.rotation import RotationResult

CORRESPOND = "Your model's latents correspond to the parameters of Fractal Dream"
NOT_FOUND = "No correspondence of your model's latents to the parameters of Fractal Dream was found"
FAMILIES = {  # of generators that know nothing of the parameters, as text goes on after "among"
    "smooth networks": "random smooth networks",
    "warped FD": "images of FD behind nonlinear maps",
    "twisted FD": "images of FD behind random maps that keep N(0, I)",
    "clifford": "Clifford attractors, another family",
    "dejong": "de Jong attractors, another family",
    "own images": "its own images behind random maps",
    "untrained": "untrained networks like it",
}
GLOSSARY = {
    "adjusted p": "The p-value after Holm's correction for testing several rungs. A rung is found "
    "where it is at most the level (--alpha, 0.05 by default).",
    "chance": "The score that 95% of the null distribution stays below. For rungs 1 and 2 it is "
    "the score of the same images after transformations of the latents from the group of --group "
    "(they are reordered and change signs, or are rotated); for rungs 3 "
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


def unit(name: str, options: CorrespondOptions) -> str:
    """Return the unit of a rung's score."""
    units = {"affine": "R2", "nonlinear": "R2", "local": "share"}
    of_images = ("identity",) if options.group == "haar" else ("identity", "symmetry")
    if name in of_images and options.distance != "density":
        return "likeness"
    return units.get(name, "nats")


def question(result: Findings) -> str:
    """Return what was asked, in one sentence."""
    method = result.method
    settings = f"{method.recipe.size} px, " + (
        "law normal" if method.data is None else f"as in {method.data}"
    )
    draws = "the same draws" if result.skipped is None else "different draws, of its latent size,"
    return (
        "Does the generator G make images from its latents as the map of Fractal Dream (FD) makes "
        f"them from its six parameters? FD was given {result.n} draws, and G {draws} ({settings})."
    )


def image_sentence(check: ImageCheck) -> str:
    """Return whether a generator's images are renderings of the attractor."""
    count = (
        f"{check.near} of {check.images} have the detail of renderings at four scales (95% of true "
        "renderings have it; more is better)."
    )
    return f"The images look like renderings: {count}" if check.are_renderings else count


def verdict(result: Findings) -> str:
    """Return the answer in a few sentences."""
    if corresponds(result) and not result.images.are_renderings:
        return f"{_claim(result)} This holds although most images lack the detail of renderings."
    return _claim(result)


def corresponds(result: Findings) -> bool:
    """Return whether the latents are found to correspond to the parameters, image by image."""
    return result.established in ("identity", "symmetry", "rotation")


def _claim(result: Findings) -> str:
    """Return the strongest claim that holds, or what speaks against one."""
    rung = result.rungs[result.established] if result.established else None
    if isinstance(rung, IdentityResult | SymmetryResult):
        share = rung.like_a_share_of
        as_if = "" if share is None else f", as where G follows FD in {share:.0%} of the variance"
        same, after = "the same numbers", ""
        if rung.name == "symmetry" and result.method.options.group == "haar":
            same, after = "reordered numbers with changed signs", " after a change of axes"
        elif rung.name == "symmetry":
            same, after = "the same numbers, after a symmetry of the square,", " up to a symmetry"
        return (
            f"{CORRESPOND}{after}: G's images agree with FD's of {same} more than chance "
            f"does{as_if} (adjusted p {rung.p_adjusted:.3g})."
        )
    if isinstance(rung, RotationResult):
        kind = "rotation" if rung.is_rotation else "linear map (not surely a rotation)"
        return (
            f"{CORRESPOND} after a {kind} of the latents: G's images of turned latents agree with "
            f"FD's more than chance does (adjusted p {rung.p_adjusted:.3g})."
        )
    if isinstance(rung, NeighbourhoodResult):
        clause = f"{NOT_FOUND} image by image, but"
        if result.skipped:
            clause = f"Rungs 1 to 3 cannot be asked of your model ({result.skipped}), but"
        return (
            f"{clause} neighbours stay neighbours more than with ignorant generators "
            f"(adjusted p {rung.p_adjusted:.3g})."
        )
    return _nothing_established(result)


def _nothing_established(result: Findings) -> str:
    """Return the answer where no rung is found, with the reason."""
    if result.skipped:
        return f"Rungs 1 to 3 cannot be asked of your model: {result.skipped}."
    if not result.images.are_renderings:
        return f"{NOT_FOUND}; its images are not renderings of the attractor yet."
    detectable = {
        name: power.smallest for name, power in result.power.items() if power.smallest is not None
    }
    if result.power and not detectable:
        return (
            f"Whether your model's latents correspond to the parameters of Fractal Dream is open, "
            f"because n = {result.n} pairs would not have found even FD itself."
        )
    smallest = min(rung.p_adjusted or 0.0 for rung in _tested(result))
    level = result.method.options.alpha
    answer = f"{NOT_FOUND}: no adjusted p is at or below {level:g} (smallest {smallest:.3g})"
    if not detectable:
        return f"{answer}. The power of the test is not known."
    name = min(detectable, key=detectable.__getitem__)
    return (
        f"{answer}. The most sensitive rung ({title(name)}) would have found in 80% of cases a "
        f"generator that follows FD in {detectable[name]:.0%} of the variance."
    )


def _tested(result: Findings) -> list[RungResult]:
    rungs = (result.rungs[name] for name in TESTED)
    return [rung for rung in rungs if isinstance(rung, RungResult)]


def power_sentences(result: Findings) -> list[str]:
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


def next_steps(result: Findings, *, several: bool = False) -> list[str]:
    """Return what to do next, a sentence each; several: other generators are tested beside it."""
    powers = result.power.values()
    rules: list[tuple[Callable[[], bool], str]] = [
        (
            lambda: result.skipped is not None,
            "Train a model with six latents (--set latent=6), so that they can stand for the six "
            "parameters.",
        ),
        (
            lambda: not result.images.are_renderings and not corresponds(result),
            "Train longer or with another preset, or change a function of your own, until the "
            "pictures of --report look like the data; then ask again.",
        ),
        (
            lambda: not result.images.are_renderings and corresponds(result),
            "The answer stands. Images with more detail would tell more about the parameters: a "
            "longer training or another preset may raise the scores.",
        ),
        (
            lambda: bool(powers) and all(power.smallest is None for power in powers),
            f"Raise --n: {result.n} pairs are too few to find anything.",
        ),
        (
            lambda: result.established is None and result.images.are_renderings,
            "More pairs (--n) find weaker correspondences.",
        ),
        (
            lambda: (
                (result.images.are_renderings or corresponds(result))
                and not several
                and result.method.learnt_from is not None  # a checkpoint, not a function
            ),
            "Train other seeds and give all checkpoints at once: one training is one sample.",
        ),
    ]
    steps = [step for applies, step in rules if applies()]
    return steps or ["Ask again with another --seed: other draws should give the same answer."]
