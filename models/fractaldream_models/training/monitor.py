"""Recognise a training that goes wrong, when it starts."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fractaldream_base.errors import BadInput
from fractaldream_models.errors import Elsewhere
from fractaldream_models.kind import Kind

COLLAPSED = 0.3  # diversity of samples over that of data
SATURATED = 0.9  # mean D(x) - mean D(G(z)) over the mean label of real images; without doubt 1

COLLAPSE = "mode collapse"
ALIKE = "samples alike"  # of kinds without an adversary
SATURATION = "saturated discriminator"


def advice_for(kind: Kind) -> dict[str, str]:
    """Return what helps against each trouble that a kind can have, by the name of the trouble."""
    rates = {optimizer.rate for optimizer in kind.optimizers}
    advice = {}
    adversarial = {"lr_g", "lr_d"} <= rates and not kind.encodes
    if kind.discriminates or adversarial:
        lower = "lr_g" if "lr_g" in rates else "adversary_weight"
        advice[COLLAPSE] = f"lower {lower} or raise lr_d"
    elif kind.variational:
        advice[ALIKE] = "usual in the first epochs; later, lower kl_weight"
    elif "lr_d" in rates:
        advice[ALIKE] = "usual in the first epochs; later, raise lr_d"
    elif not kind.encodes:
        advice[ALIKE] = "usual in the first epochs; later, lower lr_g"
    else:
        advice[ALIKE] = f"{kind.name} does not bring its codes to N(0, I); vae and aae do"
    if kind.discriminates or ("lr_d" in rates and "real_low" not in kind.ignored):
        mends = {"lr_d": "lower lr_d", "real_low": "lower real_low"}
        if kind.discriminates:
            mends["spectral_norm"] = "set spectral_norm=true"
        advice[SATURATION] = " or ".join(
            mend for name, mend in mends.items() if name not in kind.ignored
        )
    return advice


@dataclass
class Monitor:
    """The troubles of a run, each with the epoch since which it lasts.

    Attributes
    ----------
    advice
        What helps against each trouble that this kind of model can have; see `advice_for`.
    real_label
        Mean label of real images.
    since
        First epoch of each trouble that lasts.
    """

    advice: Mapping[str, str]
    real_label: float = 1.0
    since: dict[str, int] = field(default_factory=dict)

    def check(self, epoch: int, row: Mapping[str, Any]) -> list[str]:
        """Return a line for each trouble that begins or ends with the figures of this epoch."""
        ratio = row.get("diversity_ratio", 1.0)
        gap = row.get("d_real_mean", 0.0) - row.get("d_fake_mean", 0.0)
        differ = f"samples differ {ratio:.2f} times as much as data"
        troubles = {
            COLLAPSE: (ratio < COLLAPSED, differ),
            ALIKE: (ratio < COLLAPSED, differ),
            SATURATION: (gap > SATURATED * self.real_label, f"D(x) - D(G(z)) is {gap:.2f}"),
        }
        lines = []
        for name, advice in self.advice.items():
            is_there, symptom = troubles[name]
            if is_there and name not in self.since:
                self.since[name] = epoch
                lines.append(f"epoch {epoch}: {name} starts: {symptom}; {advice}")
            elif not is_there and name in self.since:
                lines.append(f"epoch {epoch}: {name} is over, since epoch {self.since.pop(name)}")
        return lines


def first_not_finite(values: Mapping[str, float]) -> str | None:
    """Return the name of the first value that is not finite, or None."""
    return next((name for name, value in values.items() if not math.isfinite(value)), None)


def require_finite(values: Mapping[str, Any], epoch: int, rank: int = 0) -> None:
    """Check that every scalar is finite; other values are passed over.

    Raises
    ------
    BadInput
        If one is not, in which case the files of the epoch before are intact.
    """
    scalars = {
        name: float(value)
        for name, value in values.items()
        if isinstance(value, float) or getattr(value, "ndim", None) == 0
    }
    if name := first_not_finite(scalars):
        intact = f"ckpt.pt and last.pt of epoch {epoch - 1}" if epoch > 1 else "no checkpoint"
        error = BadInput if rank == 0 else Elsewhere  # every process sees the same values
        raise error(
            f"{name} is not finite in epoch {epoch}: stopped, {intact} intact; "
            "lower the learning rates"
        )
