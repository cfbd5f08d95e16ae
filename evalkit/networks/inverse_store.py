"""The inverse renderers that come with the package, and those that are kept in the cache folder.

Those of the package are trained by `bench/inverse.py`, at the default settings of the renderer and
for the laws `fdd`, `uniform` and `normal`, whose units are the same. Their weights are rounded to
float16. Others are trained once, by whoever needs one first.
"""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

import click
import numpy as np
import torch

from evalkit.family.factors import VISIBLE
from evalkit.family.renderer import Renderer
from evalkit.inputs.pixels import SIDE
from fractaldream.datasets.palettes import PALETTES, palette
from fractaldream_base.cache import cache_folder
from fractaldream_base.errors import BadInput
from fractaldream_base.files import write_bytes
from fractaldream_models.checkpoint import read_plain

from .inverse_renderer import COMPONENTS, SIZE, InverseRenderer
from .inverse_training import KEPT, InverseFigures, recipe, save, train

FORMAT_VERSION = 3
SHIPPED = Path(__file__).with_name("shipped")
PROBES = 8  # images that tell whether the renderer still makes the same


def key_of(renderer: Renderer) -> str:
    """Return what a trained inverse renderer depends on, its number of images aside, as a hash.

    That is what images look like (the settings of the data set, the map and the colours, and the
    levels of a few images, so that a changed renderer counts and an unchanged one does not),
    how a network is trained (`inverse_training.recipe`), and the shapes of its weights.

    The code is not in it. Training takes minutes, and a network that was trained by an older
    version, with another version of torch or on another kind of processor answers the same
    question as well, though its weights are others. Nothing is mixed up: what is computed with a
    network is kept under a hash of the network's own bytes and of all code.
    """
    v = np.random.default_rng(0).standard_normal((PROBES, SIZE))
    levels = hashlib.sha256(renderer.levels(v).tobytes()).hexdigest()
    with torch.device("meta"):
        weights = InverseRenderer(renderer.channels).state_dict()
    shapes = [[name, list(values.shape)] for name, values in weights.items()]
    text = json.dumps([renderer.key, levels, recipe(), shapes])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def inverse_of(
    renderer: Renderer,
    *,
    images: int = 400_000,
    folder: Path | None = None,
    progress: bool = True,
) -> tuple[InverseRenderer, InverseFigures, Path]:
    """Return the inverse renderer of these image settings, trained now where there is none.

    One that comes with the package is used where it answers the same question. Another is kept as
    ``inverse-KEY-N.pt``, with a card beside it. While it is trained, ``inverse-KEY-N.state`` holds
    how far that has come, and the next call goes on from there.

    Parameters
    ----------
    renderer
        The map, at the settings of the images.
    images
        Number of images that it is trained on.
    folder
        A folder that is used instead of those of the package and the cache folder.
    progress
        Show progress on stderr, and say on a line that one is trained.

    Returns
    -------
    The network, its figures on held-out images and its file.

    Raises
    ------
    BadInput
        If the folder cannot be written, or a file there is not what it should be.
    """
    key = key_of(renderer)
    shipped = SHIPPED / f"inverse-{key}-{images}.pt"
    if folder is None and shipped.exists():
        return *_load(shipped, renderer.channels, key), shipped
    path = (cache_folder() if folder is None else folder) / f"inverse-{key}-{images}.pt"
    state = path.with_suffix(".state")
    if path.exists():
        network, figures = _load(path, renderer.channels, key)
        state.unlink(missing_ok=True)
        return network, figures, path
    if progress:
        click.echo(
            f"no inverse renderer of these images ({_settings(renderer)}), trained on "
            f"{images:,}, comes with the package: one is trained now, in some minutes, and "
            "kept",
            err=True,
        )
    network, figures = train(renderer, images=images, progress=progress, state=state)
    content = {"format_version": FORMAT_VERSION, "key": key, "metrics": asdict(figures)}
    write_bytes(path.with_suffix(".md"), card(renderer, figures).encode())
    save({**content, "state_dict": network.state_dict()}, path)
    state.unlink(missing_ok=True)
    return network, figures, path


def _load(path: Path, channels: int, key: str) -> tuple[InverseRenderer, InverseFigures]:
    with torch.random.fork_rng(devices=[]):
        network = InverseRenderer(channels).to(memory_format=torch.channels_last)
    content = read_plain(path, mend=KEPT)
    try:
        if (content["format_version"], content["key"]) != (FORMAT_VERSION, key):
            raise ValueError("of another version")
        network.load_state_dict(content["state_dict"])
        return network.eval(), InverseFigures(**content["metrics"])
    except Exception as error:
        raise BadInput(
            f"{path}: not an inverse renderer that this version keeps; {KEPT}"
        ) from error


def save_rounded(network: InverseRenderer, key: str, figures: InverseFigures, path: Path) -> None:
    """Write an inverse renderer as the package holds it: matrices and filters in float16.

    Biases and batch statistics stay float32. Raises BadInput.
    """
    weights = {
        name: values.half() if values.ndim > 1 else values
        for name, values in network.state_dict().items()
    }
    content = {"format_version": FORMAT_VERSION, "key": key, "metrics": asdict(figures)}
    save({**content, "state_dict": weights}, path)


def _settings(renderer: Renderer) -> str:
    """Return the settings of images in words."""
    recipe = renderer.recipe
    colours = "grey" if renderer.palette is None else _palette_name(renderer.palette)
    return (
        f"{recipe.size} px, {colours}, {recipe.iterations} iterations, skip {recipe.skip}, "
        f"{recipe.view}, {recipe.tone}, map {renderer.mapping}"
    )


def _palette_name(table: np.ndarray) -> str:
    """Return which palette a table of colours is, in words."""
    names = (name for name in PALETTES if np.array_equal(palette(name), table))
    return f"palette {next(names, 'of the data')}"


def card(renderer: Renderer, figures: InverseFigures) -> str:
    """Return what is known of an inverse renderer, as Markdown."""
    recipe = renderer.recipe
    read = "\n".join(f"| {name} | {value:.3f} |" for name, value in figures.ceiling.items())
    return f"""# Inverse renderer

An image of the Fractal Dream attractor ({renderer.channels}x{SIDE}x{SIDE}, in [0, 1]) to a density
over the six standardised parameters that could have made it: {COMPONENTS} Gaussians of full
covariance.

- Images: {recipe}
- Parameters: map `{renderer.mapping}`, mean {np.round(renderer.mean, 4).tolist()}, scale
  {np.round(renderer.scale, 4).tolist()}
- Learnt on {figures.images:,} images of {figures.renderings:,} fresh renderings with
  v ~ N(0, I), seed {figures.seed}.
- Held out (4,096 images): log q(v | image) - log N(v) is {figures.score:.3f} nats in the mean.

Share of the variance of |v_j| that E[|v_j| | image] explains, held out:

| parameter | share |
|---|---|
{read}

Signs are not in the image (the map's symmetries), and x0, y0 hardly show: read
{", ".join(VISIBLE)} up to sign. Load it with `evalkit.networks.inverse_store.inverse_of`, which
finds it by its settings, or torch.load(..., weights_only=True).
"""
