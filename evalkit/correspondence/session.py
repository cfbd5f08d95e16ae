"""A session: what all rungs and all generators of one call share, and one generator's images."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.family.latents import paired_latents
from evalkit.family.renderer import Renderer
from evalkit.inputs.model import LatentModel
from evalkit.inputs.pixels import shrink
from evalkit.networks.inverse_renderer import InverseRenderer, Mixture
from evalkit.statistics.orthogonal_group import GROUPS, draw_group
from evalkit.support.threads import keep_freed_memory

from .options import CorrespondOptions

PROBE_IMAGES = 8192  # of FD, that rungs 4 and 5 read where an encoder is learnt
# of those: what a model's encoder, rung 6 and the check of the images look at
ENCODED_IMAGES = 2048
SHOWN = 8  # pairs in the report's pictures
SHOWN_VISITED = 0.15  # of the pixels: points and cycles say little to the eye


@dataclass(frozen=True)
class Subject:
    """A generator under test, with the latents and images that are known before any rung.

    Attributes
    ----------
    model
        The generator.
    z
        Latents, (n, L).
    small
        Its images of them, float32 (n, C, 32, 32) in [0, 1].
    pictures
        Some of the images in full size, uint8 (8, H, W, C).
    hidden
        The inverse renderer's hidden layer of the images, (n, 256).
    mixture
        What the inverse renderer answers of them.
    """

    model: LatentModel
    z: np.ndarray
    small: np.ndarray
    pictures: np.ndarray
    hidden: np.ndarray
    mixture: Mixture

    @property
    def comparable(self) -> bool:
        """Return whether the model's latents can stand for the six parameters."""
        return self.model.latent == 6


@dataclass(frozen=True)
class ProbeImages:
    """Fresh images of FD whose latents rungs 4 to 6 ask for.

    Attributes
    ----------
    v
        Standardised parameters, (m, 6).
    levels
        The images, uint8 (m, S, S).
    hidden
        The inverse renderer's hidden layer, (m, 256).
    """

    v: np.ndarray
    levels: np.ndarray
    hidden: np.ndarray

    @classmethod
    def render(cls, session: "Session", subjects: Sequence[Subject]) -> "ProbeImages":
        """Render as many as the generators need; fewer are the first of more."""
        learnt = any(not subject.model.encodes for subject in subjects)
        images = PROBE_IMAGES if learnt else min(PROBE_IMAGES, ENCODED_IMAGES)
        v = np.random.default_rng([session.options.seed, 0xC4]).standard_normal((images, 6))
        levels = session.renderer.levels(v)
        return cls(v, levels, session.inverse.hidden(session.renderer.shrunk(levels)))

    def encoded(self, part: int = 1) -> "ProbeImages":
        """Return the first `ENCODED_IMAGES` of the images, or one `part`-th of them."""
        count = ENCODED_IMAGES // part
        return ProbeImages(self.v[:count], self.levels[:count], self.hidden[:count])


@dataclass(frozen=True)
class Session:
    """Data and options that all generators of one call share.

    Attributes
    ----------
    renderer, inverse, options
        The map under test, its inverse renderer, and the options of the call.
    v
        Standardised parameters of the pairs, (n, 6); also the latents of every generator with six.
    turns
        Draws of each group, by its name, (m, 6, 6).
    small
        FD(v), float32 (n, C, 32, 32) in [0, 1].
    picture_rows, pictures
        The pairs in the report's pictures, (8,), and their FD(v), uint8 (8, H, W, C).
    """

    renderer: Renderer
    inverse: InverseRenderer
    options: CorrespondOptions
    v: np.ndarray
    turns: dict[str, np.ndarray]
    small: np.ndarray
    picture_rows: np.ndarray
    pictures: np.ndarray

    @classmethod
    def render(
        cls, renderer: Renderer, inverse: InverseRenderer, options: CorrespondOptions
    ) -> "Session":
        """Draw the latents and the group elements of a call, and render FD of them."""
        keep_freed_memory()
        streams = np.random.default_rng([options.seed, 0xC0]).spawn(3)
        v = streams[0].standard_normal((options.n, 6))
        turns = {
            group: draw_group(group, 6, options.rotations, stream)
            for group, stream in zip(GROUPS, streams[1:], strict=True)
        }
        levels = renderer.levels(v)
        full = np.flatnonzero((levels > 0).mean((1, 2)) >= SHOWN_VISITED)
        rows = np.concatenate([full, np.setdiff1d(np.arange(options.n), full)])[:SHOWN]
        return cls(
            renderer, inverse, options, v, turns, renderer.shrunk(levels), rows,
            renderer.colours(levels[rows]),
        )  # fmt: skip

    def subject(self, model: LatentModel) -> Subject:
        """Generate a model's images of the session's latents.

        A model of another number of latents than six gets fresh ones. Raises BadInput.
        """
        z = self.v
        if model.latent != 6:
            fresh = np.random.default_rng([self.options.seed, 0xC1])
            z = fresh.standard_normal((self.options.n, model.latent))
        images = self.decode(model, z)
        small = shrink(images)
        hidden = self.inverse.hidden(small)
        pictures = as_uint8(images[self.picture_rows])
        return Subject(model, z, small, pictures, hidden, self.inverse.answer(hidden))

    def decode(self, model: LatentModel, z: np.ndarray) -> np.ndarray:
        """Return a model's images of latents (N, L), which stand for v where there are six."""
        return model.decode(paired_latents(model, self.renderer, z) if model.latent == 6 else z)


def as_uint8(images: np.ndarray) -> np.ndarray:
    """Return images (N, C, H, W) in [0, 1] as uint8 (N, H, W, C)."""
    out: np.ndarray = (images.transpose(0, 2, 3, 1) * 255).round().astype(np.uint8)
    return out
