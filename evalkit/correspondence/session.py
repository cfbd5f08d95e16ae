"""What the rungs share: latents, images of FD and of each generator, draws of the groups."""

import functools
from dataclasses import dataclass, field

import numpy as np

from evalkit.correspondence.power.search import Power, power_draws
from evalkit.correspondence.rungs.neighbourhood import near_by_sizes
from evalkit.correspondence.rungs.pairs import PairTest, group_statistics, pair_test
from evalkit.family.renderer import Renderer
from evalkit.inputs.pixels import shrink
from evalkit.networks.inverse_renderer import InverseRenderer, Mixture
from evalkit.statistics.orthogonal_group import GROUPS, draw_group
from evalkit.support.threads import keep_freed_memory

from .results import TESTED, Settings
from .subject import Generator

READ_IMAGES = 8192  # of FD, that rungs 4 and 5 read
SHOWN_VISITED = 0.15  # of the pixels: points and cycles say little to the eye
LOCAL_IMAGES = 2048  # of them, that rung 6 looks at


@dataclass(frozen=True)
class Ensemble:
    """Statistics of the ignorant generators of one family."""

    what: str
    rotations: np.ndarray  # score of rung 3, (m,), empty where L is not 6
    axes: np.ndarray  # score of rung 2's axes, likewise
    local: np.ndarray  # overlap of rung 6, (m,), empty where neighbours are kept


@dataclass(frozen=True)
class Prepared:
    """What is known of one generator before any rung: its latents and images."""

    generator: Generator
    z: np.ndarray  # (n, L)
    small: np.ndarray  # (n, C, 32, 32)
    shown: np.ndarray  # (8, H, W, C), some of the images
    hidden: np.ndarray  # (n, 256)
    mixture: Mixture
    test: "PairTest"
    group: dict[str, np.ndarray]  # by group: (8, 1 + m) statistics by operation, observed first


@dataclass(frozen=True)
class Shared:
    """What all generators of one call have in common."""

    renderer: Renderer
    inverse: InverseRenderer
    settings: Settings
    v: np.ndarray
    turns: dict[str, np.ndarray]
    read_v: np.ndarray  # (m, 6), of the images that rungs 4 to 6 read
    read_levels: np.ndarray
    read_hidden: np.ndarray  # (m, 256)
    kept: list[np.ndarray]  # FD's prepared images behind draws of the group, for the power
    small: np.ndarray
    rows: np.ndarray  # (8,), the pairs that are shown
    shown: np.ndarray
    prepared: list[Prepared]
    drawn: dict[str, "Ensemble"] = field(default_factory=dict)  # of the SHARED families
    power: dict[str, Power] = field(default_factory=dict)

    @property
    def local_v(self) -> np.ndarray:
        return self.read_v[:LOCAL_IMAGES]

    @functools.cached_property
    def local_near(self) -> np.ndarray:
        """Of `local_v`, the nearest by sizes to each, (m, k)."""
        return near_by_sizes(self.local_v)

    @property
    def local_hidden(self) -> np.ndarray:
        return self.read_hidden[:LOCAL_IMAGES]

    @classmethod
    def render(
        cls,
        generators: list[Generator],
        renderer: Renderer,
        inverse: InverseRenderer,
        s: Settings,
        progress: bool,
    ) -> "Shared":
        keep_freed_memory()
        streams = np.random.default_rng([s.seed, 0xC0]).spawn(3)
        v = streams[0].standard_normal((s.n, 6))
        turns = {
            group: draw_group(group, 6, s.rotations, stream)
            for group, stream in zip(GROUPS, streams[1:], strict=True)
        }
        levels = renderer.levels(v)
        small = renderer.shrunk(levels)
        full = np.flatnonzero((levels > 0).mean((1, 2)) >= SHOWN_VISITED)
        rows = np.concatenate([full, np.setdiff1d(np.arange(s.n), full)])[:8]
        started = []
        for generator in generators:
            z = v if generator.latent == 6 else other_latents(s, generator.latent or 6)
            images = generator.images(z)
            mine = shrink(images)
            shown = (images[rows].transpose(0, 2, 3, 1) * 255).round().astype(np.uint8)
            started.append((generator, z, mine, shown))
        tests = [pair_test(s.distance, inverse, mine) for _, _, mine, _ in started]
        asked = [k for k, (g, *_) in enumerate(started) if g.latent == 6]
        statistics, kept = group_statistics(
            {k: tests[k] for k in asked}, renderer, v, turns, s.group, progress,
            power_draws(s.alpha / len(TESTED)) if s.replicates else 0,
        )  # fmt: skip
        prepared = []
        for k, (generator, z, mine, shown) in enumerate(started):
            hidden = inverse.hidden(mine)
            prepared.append(
                Prepared(
                    generator,
                    z,
                    mine,
                    shown,
                    hidden,
                    inverse.answer(hidden),
                    tests[k],
                    statistics.get(k, {}),
                )
            )  # fmt: skip
        read_v = np.random.default_rng([s.seed, 0xC4]).standard_normal((READ_IMAGES, 6))
        read_levels = renderer.levels(read_v)
        read_hidden = inverse.hidden(renderer.shrunk(read_levels))
        return cls(
            renderer, inverse, s, v, turns, read_v, read_levels, read_hidden, kept, small,
            rows, renderer.colours(levels[rows]), prepared,
        )  # fmt: skip


def other_latents(s: Settings, size: int) -> np.ndarray:
    return np.random.default_rng([s.seed, 0xC1]).standard_normal((s.n, size))
