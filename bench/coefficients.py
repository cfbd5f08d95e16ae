"""Compute the polynomials of fractaldream/numerics/arithmetic.py: Remez exchange at 60 digits.

    python bench/coefficients.py [--json FILE]

Prints each coefficient beside the one in use, and the largest error of the polynomials on
|r| <= pi/2: relative to the sine, absolute for the cosine.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import click
from mpmath import cos, lu_solve, matrix, mp, mpf, pi, sin, sqrt
from result_tables import Column, Row, json_option, print_table, save_tables

from fractaldream.numerics import arithmetic

TERMS = 8
GRID = 2000


def remez(function: Callable, weight: Callable, end: mpf) -> tuple[list[mpf], mpf]:
    """Coefficients of the polynomial of s that is nearest to function on (0, end], weighted."""
    points = [end * (1 - cos(pi * (2 * i + 1) / (2 * TERMS + 2))) / 2 for i in range(TERMS + 1)]
    grid = [end * k / GRID for k in range(1, GRID + 1)]
    for _ in range(10):
        system, right = matrix(TERMS + 1, TERMS + 1), matrix(TERMS + 1, 1)
        for i, s in enumerate(points):
            for j in range(TERMS):
                system[i, j] = s**j
            system[i, TERMS] = (-1) ** i / weight(s)
            right[i] = function(s)
        coefficients = list(lu_solve(system, right))[:TERMS]
        errors = [
            (sum(c * s**j for j, c in enumerate(coefficients)) - function(s)) * weight(s)
            for s in grid
        ]
        points = alternation(grid, errors)
    return coefficients, max(abs(error) for error in errors)


def alternation(grid: list[mpf], errors: list[mpf]) -> list[mpf]:
    """The TERMS + 1 largest errors of alternating sign."""
    peaks: list[int] = []
    for k, error in enumerate(errors):
        if peaks and errors[peaks[-1]] * error > 0:
            if abs(error) > abs(errors[peaks[-1]]):
                peaks[-1] = k
        else:
            peaks.append(k)
    while len(peaks) > TERMS + 1:
        peaks.pop(0 if abs(errors[peaks[0]]) < abs(errors[peaks[-1]]) else -1)
    return [grid[k] for k in peaks]


def rows() -> Iterator[Row]:
    """Yield each coefficient, and the largest error of its polynomial."""
    mp.dps = 60
    # a little beyond pi/2, since rounding k can leave that much
    end = (pi / 2 * (1 + mpf(2) ** -20)) ** 2
    sine = remez(
        lambda s: (sin(sqrt(s)) - sqrt(s)) / sqrt(s) ** 3,
        lambda s: s * sqrt(s) / sin(sqrt(s)),
        end,
    )
    cosine = remez(lambda s: (cos(sqrt(s)) - 1) / s, lambda s: s, end)
    for name, first, (coefficients, error) in (("S", 3, sine), ("C", 2, cosine)):
        for j, coefficient in enumerate(coefficients):
            used = getattr(arithmetic, f"{name}{first + 2 * j}")
            same = "equal" if float(coefficient) == used else f"NOT {used.hex()}"
            yield f"{name}{first + 2 * j}", float(coefficient).hex(), same, float(error)


@click.command()
@json_option
def main(json_file: Path | None) -> None:
    columns = (
        Column("name"), Column("coefficient"), Column("the one in use"),
        Column("largest error of the polynomial", ".2g"),
    )  # fmt: skip
    save_tables(json_file, print_table("", columns, rows()))


if __name__ == "__main__":
    main()
