"""The settings that a user asked for, and which of them were asked for by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from fractaldream_base.errors import BadInput

from .data.sources import ignored_options
from .kinds import defaults, find
from .settings import LABELS, PENALTY, Settings, override
from .settings import preset as read_preset

# of a preset: the data decide the size, the channels and the largest batch, and a run that goes on
# may change the rest
NOT_INSISTED = {"epochs", "size", "channels", "batch", "lr_e", "lr_g", "lr_d"}


@dataclass(frozen=True)
class RequestedSettings:
    """Settings, and which of them were asked for by name.

    Attributes
    ----------
    settings
        All settings.
    insisted
        Names that a resumed run must agree with.
    named
        Names that were given, beside a preset.
    fixed
        Names that stay the same for every kind of model in a sweep; the others have the defaults
        of the kind.
    """

    settings: Settings
    insisted: frozenset[str]
    named: frozenset[str]
    fixed: frozenset[str]


def request_settings(
    settings: Settings | Mapping[str, Any] | None = None, preset: str | None = None
) -> RequestedSettings:
    """Return the settings that a preset and changes to it amount to.

    Parameters
    ----------
    settings
        Changes by name, to the preset or else to the defaults of their kind; or whole settings.
    preset
        Name of a preset, one of `presets()`.

    Raises
    ------
    BadInput
        If a name is unknown, a value cannot be used, or a preset is given beside whole settings.
    """
    names = frozenset(f.name for f in fields(Settings))
    if isinstance(settings, Settings):
        if preset is not None:
            raise BadInput(
                f"preset {preset}: settings are given whole; give a mapping of those that differ"
            )
        return RequestedSettings(settings, insisted=frozenset(), named=frozenset(), fixed=names)
    changes = dict(settings or {})
    changed = frozenset(changes)
    if preset is None:
        base = defaults(str(changes.get("kind", Settings.kind)))
        return RequestedSettings(override(base, changes), changed, named=changed, fixed=changed)
    resolved = override(read_preset(preset), changes)
    insisted = changed | (names - NOT_INSISTED)
    return RequestedSettings(resolved, insisted, named=changed, fixed=names)


def check_effect(
    requested: RequestedSettings,
    source: str,
    root: str | Path | None,
    names: Sequence[str] = (),
    second: str | None = None,
) -> None:
    """Refuse settings that were named but mean nothing to any of the kinds or to the data.

    Parameters
    ----------
    requested
        The settings, and which of them were named.
    source
        The data.
    root
        Folder of the IDX files of MNIST, where one was given.
    names
        Names of the kinds that are trained; that of the settings unless given.
    second
        The data of the second domain, where there are some.

    Raises
    ------
    BadInput
        If one of them would change nothing.
    """
    names = names or (requested.settings.kind,)
    useless = frozenset.intersection(*(find(name).ignored for name in names))
    for name in sorted(requested.named & useless):
        raise BadInput(f"{name}: means nothing to {', '.join(names)}; leave it out")
    s = requested.settings
    if s.adversarial_loss != "bce":
        for name in sorted(requested.named & LABELS):
            raise BadInput(
                f"{name}: means nothing to adversarial_loss={s.adversarial_loss}; leave it out"
            )
    for name, without in (("paired_share", "paired_weight"), ("matched_weight", "matched_pairs")):
        if name in requested.named and getattr(s, without) in (0, "none"):
            raise BadInput(f"{name}: means nothing without {without}; set that, too")
    if s.r1_weight == s.r2_weight == 0:
        for name in sorted(requested.named & PENALTY):
            raise BadInput(f"{name}: means nothing without a penalty; set r1_weight or r2_weight")
    if s.clip > 0 and "critic_penalty_weight" in requested.named:
        raise BadInput(
            f"critic_penalty_weight: means nothing with clip={s.clip:g}, which takes its place; "
            "leave one of them out"
        )
    ignored = ignored_options(source)
    if second is not None:
        second_ignored = ignored_options(second)
        ignored = {name: reason for name, reason in ignored.items() if name in second_ignored}
    named = requested.named | ({"root"} if root is not None else set())
    for name in sorted(named & ignored.keys()):
        option = "--root" if name == "root" else name
        raise BadInput(f"{option}: means nothing to {source}, {ignored[name]}; leave it out")
