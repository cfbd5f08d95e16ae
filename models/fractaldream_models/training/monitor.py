"""Recognise a training that goes wrong, when it starts."""

import math
from dataclasses import dataclass, field

COLLAPSED = 0.3  # diversity of samples over that of data
SATURATED = 0.9  # mean D(x) - mean D(G(z)) over the mean label of real images; without doubt 1


@dataclass
class Watch:
    """What is wrong now, and since which epoch. real: the mean label of real images."""

    real: float = 1.0
    since: dict[str, int] = field(default_factory=dict)

    def look(self, epoch: int, row: dict[str, float]) -> list[str]:
        """Lines to report: troubles that begin or end with this epoch's figures."""
        ratio = row.get("diversity_ratio", 1.0)
        gap = row.get("d_real_mean", 0.0) - row.get("d_fake_mean", 0.0)
        troubles = {
            "mode collapse": (
                ratio < COLLAPSED,
                f"samples differ {ratio:.2f} times as much as data; lower lr_g or raise lr_d",
            ),
            "saturated discriminator": (
                gap > SATURATED * self.real,
                f"D(x) - D(G(z)) is {gap:.2f}; lower lr_d, smooth labels more or use spectral_norm",
            ),
        }
        lines = []
        for name, (wrong, why) in troubles.items():
            if wrong and name not in self.since:
                self.since[name] = epoch
                lines.append(f"epoch {epoch}: {name} starts: {why}")
            elif not wrong and name in self.since:
                lines.append(f"epoch {epoch}: {name} is over, since epoch {self.since.pop(name)}")
        return lines


def finite(values: dict[str, float]) -> str | None:
    """The name of the first value that is not finite, or None."""
    return next((name for name, value in values.items() if not math.isfinite(value)), None)
