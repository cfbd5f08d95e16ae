"""Share of repeats in which `evalkit neighbours` calls a generator a copyist, on FD renderings.

    python bench/copying.py [--images 2000] [--size 32] [--repeats 20] [--n 500] [--json FILE]

Generators: fresh renderings (honest), fresh renderings blurred (honest, and closer to everything),
training images with noise (copyists), and fresh renderings one in ten of which is a training image.
Each repeat has training images, never-seen images and draws of its own. Printed for each: the share
of repeats with p < 0.05, of the test that `neighbours` reports and of each of its two parts.
"""

import argparse
from collections.abc import Callable

import numpy as np
import torch
from result_tables import Column, add_json_option, print_table, save_tables
from scipy.ndimage import gaussian_filter

import fractaldream as fd
from evalkit.inputs.images import ImageSet
from evalkit.inputs.model import from_callable
from evalkit.memorization.copying import Copying
from evalkit.memorization.nearest_images import neighbours
from evalkit.memorization.options import NeighbourOptions
from fractaldream_models.data.tensors import Data

Call = Callable[[np.ndarray], np.ndarray]
TESTS = {
    "p_value": "reported",
    "p_closer_than_fresh": "C_T alone",
    "p_prefers_training": "exchange",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    for name, value in {"--images": 2000, "--size": 32, "--repeats": 20, "--n": 500}.items():
        parser.add_argument(name, type=int, default=value)
    add_json_option(parser)
    options = parser.parse_args()
    each = options.images + options.n
    total = options.repeats * (2 * each)
    batch = next(fd.stream(fd.Recipe(size=options.size), batch=total))
    every = batch.levels
    palette = torch.from_numpy(np.array(fd.palette("kbc")))
    table = palette.numpy()
    tests: dict[str, list[Copying]] = {}
    for repeat in range(options.repeats):
        drawn = every[repeat * 2 * each : (repeat + 1) * 2 * each]
        stack = torch.from_numpy(drawn[: 2 * options.images].copy())[:, None]
        rows = torch.arange(2 * options.images)
        data = ImageSet(
            "renderings",
            Data(stack, rows[: options.images], rows[options.images :], palette),
        )
        fresh = table[drawn[2 * options.images :]] / 255
        learnt = table[drawn[: options.images]] / 255
        for name, call in generators(learnt, fresh, repeat).items():
            model = from_callable(call, name, latent=1)
            compare = NeighbourOptions(n=options.n, seed=repeat)
            result = neighbours(model, data, options=compare)
            tests.setdefault(name, []).append(result.copying)
    caption = (
        f"{options.images:,} training and {options.images:,} never-seen images of "
        f"{options.size} px, {options.n} generated, {options.repeats} repeats: share of p < 0.05"
    )
    columns = (Column("generator"), *(Column(title, ".0%") for title in TESTS.values()))
    rows = (
        (name, *(np.mean([getattr(r, key) < 0.05 for r in results]) for key in TESTS))
        for name, results in tests.items()
    )
    save_tables(options.json, print_table(caption, columns, rows))


def generators(learnt: np.ndarray, fresh: np.ndarray, seed: int) -> dict[str, Call]:
    """Functions of latents that are read as a place in a list; images (N, S, S, 3) in [0, 1]."""
    rng = np.random.default_rng([seed, 0xBE])

    def drawn(images: np.ndarray) -> Call:
        return lambda z: images[rng.integers(0, len(images), len(z))]

    def noisy(noise: float) -> Call:
        source = drawn(learnt)

        def call(z: np.ndarray) -> np.ndarray:
            images = source(z)
            return np.clip(images + noise * rng.standard_normal(images.shape), 0, 1)

        return call

    def honest(images: np.ndarray) -> Call:
        places = iter(rng.permutation(len(images)).tolist() * 20)
        return lambda z: np.stack([images[next(places)] for _ in z])

    def blurred(images: np.ndarray, sigma: float) -> np.ndarray:
        return gaussian_filter(images, (0, sigma, sigma, 0))

    def mixed(z: np.ndarray) -> np.ndarray:
        chosen = rng.random(len(z)) < 0.1
        return np.where(chosen[:, None, None, None], drawn(learnt)(z), drawn(fresh)(z))

    return {
        "fresh renderings": honest(fresh),
        "fresh renderings, blurred 1 px": honest(blurred(fresh, 1.0)),
        "fresh renderings, blurred 2 px": honest(blurred(fresh, 2.0)),
        "training images, noise 0.05": noisy(0.05),
        "training images, noise 0.2": noisy(0.2),
        "training images, blurred 1 px": drawn(blurred(learnt, 1.0)),
        "one in ten a training image": mixed,
    }


if __name__ == "__main__":
    main()
