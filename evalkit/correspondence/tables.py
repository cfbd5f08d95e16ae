"""Results as text: the tables that the command prints."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evalkit.inputs.provenance import not_learnt

from .rungs.outcome import Skipped

if TYPE_CHECKING:
    from .replicates import RungReplicates
    from .results import CorrespondResult


def ladder_table(result: "CorrespondResult") -> str:
    """Return the ladder of one generator with its verdict, under its name."""
    row = "{:<10}{:>11}{:>9}  {:<18}{:>8}{:>10}".format
    lines = [result.generator, row("rung", "statistic", "effect", "95% interval", "p", "adjusted")]
    for name, rung in result.rungs.items():
        if isinstance(rung, Skipped):
            lines.append(f"{name:<10}  not climbed: {rung.reason}")
            continue
        p, adjusted = (
            "-" if value is None else f"{value:.3g}" for value in (rung.p_value, rung.p_adjusted)
        )
        span = f"{rung.ci[0]:.3f} to {rung.ci[1]:.3f}"
        lines.append(row(name, f"{rung.statistic:.3f}", f"{rung.effect:.3f}", span, p, adjusted))
    lines += [*_null_lines(result), *_power_lines(result), result.verdict]
    if result.method.learnt_from is False:
        lines.append(not_learnt(str(result.method.data), result.generator))
    return "\n".join(lines)


def _null_lines(result: "CorrespondResult") -> list[str]:
    """Return what is uncorrected: ranks among Haar rotations, and the axes."""
    lines = []
    haar = {
        rung.name: rung.nulls["haar"]
        for rung in (result.identity, result.symmetry)
        if not isinstance(rung, Skipped) and "haar" in rung.nulls
    }
    if haar:
        ranks = ", ".join(f"{name} p {value:.3g}" for name, value in haar.items())
        lines.append(f"against Haar rotations (where training is invariant under them): {ranks}")
    if not isinstance(result.symmetry, Skipped):
        axes = result.symmetry.axes
        lines.append(
            f"best signed permutation of the axes: {axes.score:.3f} nats, p "
            f"{axes.p_families:.3g} ({axes.hardest}), uncorrected"
        )
    return lines


def _power_lines(result: "CorrespondResult") -> list[str]:
    """Return what would have been found, by rung."""
    lines = []
    for name, power in result.power.items():
        share = "not even FD" if power.smallest is None else f"a share of {power.smallest:.0%}"
        lines.append(f"power, {name}: {share} is found in 80% of cases at n = {result.n}")
    for reason in dict.fromkeys(result.no_power.values()):
        names = ", ".join(name for name, why in result.no_power.items() if why == reason)
        lines.append(f"no power, {names}: {reason}")
    return lines


def replicates_table(rows: "Sequence[RungReplicates]") -> str:
    """Return the rungs over several generators."""
    lines = [f"across {rows[0].generators} generators" if rows else ""]
    lines.append(f"  {'rung':<10} {'mean effect':>11}  {'95% over generators':<20} found  p")
    for row in rows:
        ci = "" if row.ci is None else f"{row.ci[0]:.3f} to {row.ci[1]:.3f}"
        found = "-" if row.found is None else f"{row.found} of {row.generators}"
        p = "" if row.p_value is None else f"{row.p_value:.3g}"
        lines.append(f"  {row.rung:<10} {row.mean:>11.3f}  {ci:<20} {found:<6} {p}".rstrip())
    return "\n".join(lines)
