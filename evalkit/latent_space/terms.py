"""The terms of a sum of places, such as 0 + 0.5*row:4 - 7."""

import re
from dataclasses import dataclass

from fractaldream_base.errors import BadInput

TERM = re.compile(r"(?:(\d+(?:\.\d+)?)\*)?(\S+)")


@dataclass(frozen=True)
class Term:
    """A factor times the place called `name`."""

    factor: float
    name: str


def parse(expression: str) -> list[Term]:
    """Return the terms of a sum: places with + or - and spaces between, 0.5*PLACE.

    Raises BadInput.

    Examples
    --------
    >>> [(term.factor, term.name) for term in parse("0 + 0.5*row:4 - 7")]
    [(1.0, '0'), (0.5, 'row:4'), (-1.0, '7')]
    """
    wrong = BadInput(f"{expression!r}: write places with + or - and spaces between, 0 + 4 - 7")
    words = expression.split()
    if words and words[0] not in "+-":
        words = ["+", *words]
    if not words or len(words) % 2:
        raise wrong
    terms = []
    for sign, word in zip(words[::2], words[1::2], strict=True):
        match = TERM.fullmatch(word)
        if sign not in ("+", "-") or word in ("+", "-") or match is None:
            raise wrong
        factor = float(match[1] or 1)
        terms.append(Term(-factor if sign == "-" else factor, match[2]))
    return terms
