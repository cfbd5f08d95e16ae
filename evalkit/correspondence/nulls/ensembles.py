"""The ensembles of ignorant generators that rungs 3 and 6 are ranked among."""

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from evalkit.correspondence.likeness import blurred
from evalkit.correspondence.subject import Sampler
from evalkit.family.renderer import Renderer
from evalkit.networks.inverse_renderer import InverseRenderer
from evalkit.statistics.orthogonal_group import Twist, haar

from .generators import other_attractor, smooth_network, untrained, warped

SHARED = ("warped FD", "twisted FD", "clifford", "dejong")  # whatever the generator under test
GAINS = np.geomspace(0.25, 4, 9)
Draw = Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]]


def growth(z: np.ndarray, embedded: np.ndarray) -> float:
    """How image distance grows with latent distance: the mean squared image distance of the
    nearest 1% of pairs (by latent) relative to that of all pairs."""
    from scipy.spatial.distance import pdist

    near, far = pdist(z), pdist(embedded, "sqeuclidean")
    return float(far[near <= np.quantile(near, 0.01)].mean() / max(far.mean(), 1e-12))


def matched_gain(z: np.ndarray, small: np.ndarray, rng: np.random.Generator) -> float:
    """The gain, of GAINS, at which the images of random smooth networks grow apart with their
    latents as these do: z (n, L), small (n, C, 32, 32)."""
    embed = blurred()
    target = growth(z, embed(small))
    points = rng.standard_normal((min(len(z), 256), z.shape[1]))

    def grows(gain: float) -> float:
        network = smooth_network(z.shape[1], rng, gain=gain, channels=small.shape[1])
        return growth(points, embed(network(points)))

    means = [np.mean([grows(gain) for _ in range(3)]) for gain in GAINS]
    return float(GAINS[np.argmin(np.abs(np.array(means) - target))])


def families(
    renderer: Renderer,
    inverse: InverseRenderer,
    n: int,
    rng: np.random.Generator,
    *,
    gain: float,
    config: Any,
    z: np.ndarray,
    hidden: np.ndarray,
    images: int = 4096,
) -> dict[str, tuple[str, Draw]]:
    """By name: what it is, and a function of rng that draws one ignorant generator's pairs,
    latents (n, L) and the inverse renderer's hidden layer of their images (n, 256).

    gain: of the random smooth networks. config: of the untrained networks, None for none.
    z, hidden: the pairs of the generator under test, for its own images behind scrambled maps.
    """
    size = z.shape[1]
    # many more than n: what is drawn of a few rows differs less than fresh latents would
    v = rng.standard_normal((max(images, 16 * n), 6))
    attractor_rng = rng.spawn(1)[0]

    pools: dict[str, np.ndarray] = {}
    first = threading.Lock()  # who comes first makes it, the others wait

    def pool(name: str) -> np.ndarray:
        """Hidden layers of FD or of another attractor at v."""
        with first:
            if name not in pools:
                sample: Sampler = renderer.small
                if name != "fd":
                    sample = other_attractor(name, attractor_rng, renderer)
                pools[name] = inverse.hidden(sample(v))
            return pools[name]

    def subset(rng: np.random.Generator) -> np.ndarray:
        return rng.choice(len(v), n, replace=False)

    def smooth(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        points = rng.standard_normal((n, size))
        network = smooth_network(size, rng, gain=gain, channels=renderer.channels)
        return points, inverse.hidden(network(points))

    def fresh(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        points = rng.standard_normal((n, size))
        return points, inverse.hidden(untrained(config, int(rng.integers(2**31)))[0](points))

    def warps(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        points = rng.standard_normal((n, 6))
        return latents_of(points, rng), inverse.hidden(warped(renderer, rng)(points))

    def latents_of(v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """v (n, 6) behind a random rotation, with noise beside it where L is larger."""
        more = rng.standard_normal((len(v), max(0, size - 6)))
        wide = np.hstack([v, more])
        return (wide @ haar(wide.shape[1], 1, rng)[0])[:, :size]

    def twists(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        rows = subset(rng)  # FD(v) with v = twist(z)
        return latents_of(Twist.draw(6, rng).inverse(v[rows]), rng), pool("fd")[rows]

    def stranger(name: str) -> Draw:
        def draw(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
            rows = subset(rng)
            # not turned: axes of their own are what the best axes of rung 2 find, and for rung 3,
            # which looks for a rotation, and rung 6 all turns are alike
            return v[rows] if size == 6 else latents_of(v[rows], rng), pool(name)[rows]

        return draw

    def own(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        return Twist.draw(size, rng).inverse(z), hidden

    found: dict[str, tuple[str, Draw]] = {
        "smooth networks": (f"random smooth networks, gain {gain:.2g}", smooth),
        "warped FD": ("FD behind random nonlinear maps", warps),
        "twisted FD": ("FD behind random maps that keep N(0, I)", twists),
        "clifford": ("Clifford attractors", stranger("clifford")),
        "dejong": ("de Jong attractors", stranger("dejong")),
        "own images": ("its own images behind random maps that keep N(0, I)", own),
    }
    if config is not None:
        found["untrained"] = ("untrained networks of its architecture", fresh)
    return found
