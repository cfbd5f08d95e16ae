"""Scores that depend on the map, its inverse renderer and the options, and on no trained generator.

These are the ensembles of ignorant generators, but for those made of a generator's own images, the
controls of rung 3, and the power. They take most of the time of a ladder and are the same for all
generators that are asked with the same seed, whether in one call or in several. So they are kept:
for common questions in the package (`bench/map_scores.py` computes them), else in the cache folder,
under a hash of all code, of the libraries and of the kind of processor.

A p-value is as valid as with an ensemble of its own: generator and ensemble are still independent
draws. What is shared is the luck of the draw. Tests of several generators with one seed are ranked
among the same ignorant generators and are therefore not independent of each other; another `seed`
draws others.
"""

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import numpy as np

from evalkit.networks.inverse_store import SHIPPED as SHIPPED_NETWORKS
from fractaldream_base.errors import BadInput
from fractaldream_base.files import reaching, write_bytes
from fractaldream_base.strict_json import plain

from .nulls.ensembles import Ensemble
from .options import CorrespondOptions
from .power.search import Power, power_draws
from .rungs.rotation import Controls
from .stored_files import RECOMPUTED, stored_bytes

SHIPPED = Path(__file__).with_name("shipped")
# options, beside n and what the inverse renderer's file stands for, that the scores depend on
OF_ENSEMBLES = ("ensemble", "seed")
OF_POWER = ("ensemble", "group", "distance", "alpha", "replicates")


@dataclass(frozen=True, eq=False)
class MapScores:
    """Scores that generators share; what is empty or None is not known yet.

    Attributes
    ----------
    ensembles
        Scores of ignorant generators, by the key of their family.
    controls
        Scores of FD behind hidden rotations, and behind linear maps that are none.
    power
        Power by rung.
    """

    ensembles: dict[str, Ensemble] = field(default_factory=dict)
    controls: Controls | None = None
    power: dict[str, Power] = field(default_factory=dict)

    @property
    def amount(self) -> int:
        """Number of ensembles, controls and powers that are known."""
        return len(self.ensembles) + (self.controls is not None) + len(self.power)

    def joined(self, other: "MapScores") -> "MapScores":
        """Return these scores, and those of another where these are not known."""
        return MapScores(
            other.ensembles | self.ensembles,
            self.controls or other.controls,
            self.power or other.power,
        )

    def with_ensembles(self, ensembles: Iterable[Ensemble]) -> "MapScores":
        """Return these scores, and the ensembles that are not one generator's own."""
        shared = {each.key: each for each in ensembles if each.key is not None}
        return self.joined(MapScores(shared))

    def to_dict(self) -> dict[str, Any]:
        """Return the scores as JSON holds them."""
        values: dict[str, Any] = plain(
            {
                "ensembles": [dataclasses.asdict(e) for e in self.ensembles.values()],
                "controls": self.controls and self.controls._asdict(),
                "power": {name: power.to_dict() for name, power in self.power.items()},
            }
        )
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "MapScores":
        """Return the scores that `to_dict` described."""
        controls, power = values["controls"], values["power"].items()
        return cls(
            {each["key"]: _ensemble(each) for each in values["ensembles"]},
            controls and Controls(np.array(controls["planted"]), np.array(controls["linear"])),
            {name: Power.from_dict(each) for name, each in power},
        )


def _ensemble(values: dict[str, Any]) -> Ensemble:
    words = ("description", "key")
    arrays = {name: np.array(v, float) for name, v in values.items() if name not in words}
    return Ensemble(values["description"], **arrays, key=values["key"])


def shipped_file(inverse_file: Path, n: int) -> Path:
    """Return where the package keeps the scores of an inverse renderer of its own, for n pairs."""
    return SHIPPED / f"{inverse_file.stem}-n{n}.json"


def shipped_scores(inverse_file: Path, options: CorrespondOptions) -> MapScores:
    """Return what comes with the package for a call: nothing, some scores or all.

    Ensembles and controls are those of one seed, and only this seed uses them. The power was
    measured with that seed and serves for every seed, since it is a property of the test.
    """
    path = shipped_file(inverse_file, options.n)
    if not path.exists() or inverse_file.parent != SHIPPED_NETWORKS:
        return MapScores()
    usual, scores = CorrespondOptions(), load_scores(path)

    def same(names: tuple[str, ...]) -> bool:
        return all(getattr(options, name) == getattr(usual, name) for name in names)

    usable = scores if same(OF_ENSEMBLES) else MapScores()
    enough = options.rotations >= power_draws(options.level)  # of the group, as in the table
    power = scores.power if same(OF_POWER) and enough else {}
    return dataclasses.replace(usable, power=power)


def save_scores(scores: MapScores, path: Path) -> None:
    """Write scores; where they cannot be written, say so on stderr and go on."""
    try:
        with reaching(path.parent, "cache folder, in FRACTALDREAM_CACHE"):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, json.dumps(scores.to_dict()).encode())
    except BadInput as error:
        click.echo(f"ensembles and power are not kept for the next run: {error}", err=True)


def load_scores(path: Path) -> MapScores:
    """Return the scores of a file; none where there is no file. Raises BadInput."""
    if not path.exists():
        return MapScores()
    content = stored_bytes(path)
    try:
        return MapScores.from_dict(json.loads(content))
    except Exception as error:
        raise BadInput(f"{path}: not kept ensembles and power; {RECOMPUTED}") from error
