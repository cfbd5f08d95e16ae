"""The parameters that front doors share: described once, and completed in each docstring."""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

TEXTS = {
    "model": (
        "A checkpoint file, ``pretrained:NAME``, ``module:callable``, a function of latents "
        "(N, L), or an opened model."
    ),
    "classifier": "Names the images: a checkpoint of `evalkit classifier`, or an opened one.",
    "device": "Where the networks compute: cpu or cuda.",
    "progress": "Show progress on stderr.",
}


def shared_parameters(function: Function) -> Function:
    """Complete the section Parameters of a docstring with the shared parameters it leaves out.

    Parameters
    ----------
    function
        A function with a docstring of the numpydoc layout.

    Returns
    -------
    callable
        The same function. Its parameters are described in the order of its signature.
    """
    before, title, rest = inspect.cleandoc(function.__doc__ or "").partition(
        "Parameters\n----------\n"
    )
    if not title:  # Python drops docstrings where it is told to (-OO)
        return function
    section, blank, after = rest.partition("\n\n")
    entries: dict[str, str] = {}
    for line in section.splitlines():
        if not line.startswith(" "):
            name = line
            entries[name] = line
        else:
            entries[name] += f"\n{line}"
    names = list(inspect.signature(function).parameters)
    entries |= {
        name: f"{name}\n    {TEXTS[name]}"
        for name in names
        if name in TEXTS and name not in entries
    }
    ordered = sorted(entries, key=lambda entry: names.index(entry.split(",")[0].split(" ")[0]))
    function.__doc__ = before + title + "\n".join(entries[name] for name in ordered) + blank + after
    return function
