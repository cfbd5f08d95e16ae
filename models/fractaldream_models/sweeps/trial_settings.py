"""The settings of each trial, from the values that were drawn for it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from fractaldream_base.errors import BadInput
from fractaldream_models.data.tensors import Data
from fractaldream_models.kinds import check_settings, defaults
from fractaldream_models.requested import RequestedSettings
from fractaldream_models.settings import Settings, override
from fractaldream_models.training.planning import images, network, plan

from .options import SweepOptions
from .search_space import Choices, Space, networks


@dataclass(frozen=True)
class TrialSettings:
    """The settings of a sweep: those that do not vary, and those that do.

    Attributes
    ----------
    requested
        The settings that were asked for. Where the space varies `kind`, each kind has its own
        defaults but for those that are fixed.
    space
        What varies.
    """

    requested: RequestedSettings
    space: Space

    def of_kind(self, kind: str) -> Settings:
        """Return what does not vary, in a trial of that kind."""
        base = self.requested.settings
        if kind == base.kind:
            return base
        fixed = {key: getattr(base, key) for key in self.requested.fixed}
        return override(defaults(kind), fixed | {"kind": kind})

    def of_trial(self, values: Mapping[str, Any]) -> Settings:
        """Return the settings of a trial for which these values were drawn."""
        return override(
            self.of_kind(values.get("kind", self.requested.settings.kind)), dict(values)
        )

    def record(self) -> dict[str, Any]:
        """Return plain values: what a study must have in common with the one in its storage."""
        kinds = self.space.get("kind")
        return {
            "settings": {kind: asdict(self.of_kind(kind)) for kind in kinds.choices}
            if isinstance(kinds, Choices)
            else asdict(self.requested.settings),
            "space": {key: asdict(entry) for key, entry in self.space.items()},
        }


def check_space(trials: TrialSettings, file: str, source: str, options: SweepOptions) -> Data:
    """Read the images, and check that every network of the space can be built on them.

    Parameters
    ----------
    trials
        The settings and the space.
    file
        Name of the space, for messages.
    source
        The data.
    options
        The second data set, the folder of the IDX files of MNIST, and the seed of the first trial.

    Raises
    ------
    BadInput
        If the data or a network cannot be used, before anything is written.
    """
    first = trials.of_trial(next(networks(trials.space)))
    check_settings(first)
    o = options
    data = images(source, first, o.root, o.second)
    for values in networks(trials.space):
        try:
            network(trials.of_trial(values), data)
        except BadInput as error:
            if not values:
                raise
            combination = ", ".join(f"{key}={value}" for key, value in values.items())
            raise BadInput(f"{file}: {combination} cannot be built: {error}") from error
    plan(source, first, root=o.root, second=o.second, seed=o.seed, data=data)
    return data
