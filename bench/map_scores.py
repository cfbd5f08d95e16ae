"""Compute the scores that come with the package, so that common questions are answered soon.

    python bench/map_scores.py --size 64 --n 256 512 [--palette kbc] [--map fdd] [--gains] \
        [--json FILE]

For each n: the ensembles of ignorant generators that depend on the map alone, the controls of rung
3, and the power with 100 replicates, at the default options and seed 0, with an inverse renderer of
the package; with `--gains`, the ensembles of random smooth networks at every gain, too. They are
written to `evalkit/correspondence/shipped/` part by part, and what is there is not computed again:
remove the file for that. The power is printed as a table. The inverse renderer computes in float32,
whether or not the processor has instructions for bf16.
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from inverse import add_renderer, given_renderer
from result_tables import Column, Row, add_json_option, print_table, save_tables

from evalkit.correspondence.ladder import score_ensembles, streams
from evalkit.correspondence.map_scores import MapScores, load_scores, shipped_file
from evalkit.correspondence.nulls.ensembles import SHARED
from evalkit.correspondence.nulls.gain import GAINS
from evalkit.correspondence.nulls.generators import smooth_network
from evalkit.correspondence.options import CorrespondOptions
from evalkit.correspondence.power.planted import Planted, power_of
from evalkit.correspondence.power.search import Power
from evalkit.correspondence.rungs import neighbourhood, rotation
from evalkit.correspondence.session import ProbeImages, Session
from evalkit.inputs.model import from_callable
from evalkit.networks import inverse_renderer
from evalkit.networks.inverse_store import SHIPPED, inverse_of
from fractaldream_base.files import write_bytes


class SharedScores:
    """Draws what depends on the map, the inverse renderer and the options alone, in a ladder's way.

    Attributes
    ----------
    session
        What a ladder begins with.
    references
        Images of FD for rung 6.
    """

    def __init__(self, session: Session) -> None:
        network = smooth_network(6, np.random.default_rng(0), channels=session.renderer.channels)
        model = from_callable(lambda z: network(z).transpose(0, 2, 3, 1), "smooth", latent=6)
        self.session, self._subject = session, session.subject(model)
        self.references = neighbourhood.references(ProbeImages.render(session, []))

    def with_families(self, scores: MapScores, gain: float, *names: str) -> MapScores:
        """Return scores with the ensembles of some families."""
        ensembles = score_ensembles(
            self._subject, self.session, self.references, gain,
            streams(self.session.options.seed)["families"],
            finished=scores.ensembles, only=names, progress=True,
        )  # fmt: skip
        return scores.with_ensembles(ensembles.values())

    def planted(self, scores: MapScores, alpha: float | None = None) -> Planted:
        """Return the replicates of the power, at another alpha than the session's where given."""
        options = self.session.options
        options = replace(options, alpha=options.alpha if alpha is None else alpha)
        ensembles = {name: scores.ensembles[f"{name}, 6 latents"] for name in SHARED}
        session = replace(self.session, options=options)
        return Planted(session, ensembles, [], self.references, streams(options.seed)["power"])


def growing_scores(shared: SharedScores, scores: MapScores, gains: bool) -> Iterator[MapScores]:
    """Yield what depends on the map, the inverse renderer and the options alone, part by part."""
    for name in SHARED:
        scores = shared.with_families(scores, 1.0, name)
        yield scores
    if scores.controls is None:
        rng = streams(shared.session.options.seed)["fits"]
        controls = rotation.control_scores(shared.session, rng, progress=True)
        scores = replace(scores, controls=controls)
        yield scores
    if not scores.power:
        scores = replace(scores, power=power_of(shared.planted(scores), progress=True))
        yield scores
    for gain in GAINS if gains else ():
        scores = shared.with_families(scores, float(gain), "smooth networks")
        yield scores


POWER = (
    Column("n"),
    Column("level"),
    Column("rung"),
    Column("smallest share", "g"),
    Column("found, by share"),
)


def power_rows(n: int, powers: dict[str, Power]) -> Iterator[Row]:
    """Yield the rows of `POWER`: what each rung would have found."""
    for name, power in powers.items():
        rates = ", ".join(f"{share:g}: {rate:.2f}" for share, rate in power.rates.items())
        yield n, f"{100 * power.alpha:g}%", name, power.smallest, rates


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    add_renderer(parser)
    parser.add_argument("--n", type=int, nargs="+", default=[256])
    parser.add_argument("--gains", action="store_true", help="Random smooth networks, too.")
    add_json_option(parser)
    given = parser.parse_args()
    renderer = given_renderer(given)
    inverse, _, inverse_file = inverse_of(renderer)
    if inverse_file.parent != SHIPPED:
        parser.error("no inverse renderer of these images comes with the package")
    inverse_renderer.NATIVE_HALF = False
    tables = []
    for n in given.n:
        place = shipped_file(inverse_file, n)
        place.parent.mkdir(exist_ok=True)
        session = Session.render(renderer, inverse, CorrespondOptions(n=n, mapping=given.map))
        began = time.process_time()
        for scores in growing_scores(SharedScores(session), load_scores(place), given.gains):
            write_bytes(place, (json.dumps(scores.to_dict()) + "\n").encode())
            used = time.process_time() - began
            print(f"n {n}: {scores.amount} scores, {used:.0f} s of processor time", flush=True)
        tables.append(print_table("Power.", POWER, power_rows(n, scores.power)))
    save_tables(given.json, *tables)


if __name__ == "__main__":
    main()
