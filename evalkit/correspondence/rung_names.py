"""The rungs of the ladder by name, and what each of them asks in plain words."""

RUNGS = ("identity", "symmetry", "rotation", "affine", "nonlinear", "local")  # highest first
TESTED = ("identity", "symmetry", "rotation", "local")  # the others describe, without a p-value

TITLES = {
    "identity": "same image for the same parameters",
    "symmetry": "... up to a symmetry of the map",
    "rotation": "... after a rotation of the latents",
    "affine": "parameters read off by an affine function",
    "nonlinear": "parameters read off by gradient boosting",
    "local": "neighbours stay neighbours",
}


def title(name: str) -> str:
    """Return the number of a rung and what it asks, such as ``6 neighbours stay neighbours``."""
    return f"{RUNGS.index(name) + 1} {TITLES[name]}"
