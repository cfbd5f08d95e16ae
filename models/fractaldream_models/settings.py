"""All settings of a run, in one flat table: presets fill it, --set overrides it."""

import difflib
import math
import tomllib
from dataclasses import dataclass, field, fields, replace
from functools import partial
from importlib import resources
from itertools import takewhile
from typing import Any, get_args

from fractaldream_base.errors import BadInput

LABELS = frozenset({"real_low", "real_high", "label_noise", "saturating"})  # of the BCE alone
PENALTY = frozenset({"penalty", "penalty_every"})  # of gradient penalties alone


def _setting(default: Any, group: str, text: str, *, particular: bool = False) -> Any:
    """Return a field of `Settings` with its description, which the reference and help show.

    A particular setting means something only to the kinds that name it in `Kind.uses`.
    """
    metadata = {"group": group, "help": text, "particular": particular}
    return field(default=default, metadata=metadata)


_model = partial(_setting, group="Model")
_objective = partial(_setting, group="Objective")
_optimisers = partial(_setting, group="Optimisers")
_data = partial(_setting, group="Data")
_schedule = partial(_setting, group="Schedule")


@dataclass(frozen=True)
class Settings:
    """Model, objective, optimisers, data and schedule of one run.

    `description` gives the meaning of each field, and `group` what it belongs to.
    """

    kind: str = _model("aae", text="Kind of model.")
    latent: int = _model(32, text="Number of latents (the dimension L of the latent space).")
    size: int | None = _model(
        None, text="Side of the images in pixels. By default the side that the data have."
    )
    channels: int | None = _model(
        None,
        text="Number of colour channels. By default 3 for palettes and colour images, 1 for MNIST. "
        "With 1, a model learns the levels of a data set file or of live data, and the palette "
        "colours its pictures.",
    )
    width: float = _model(
        1.0, text="Factor on the number of channels (or hidden units) of every layer."
    )
    architecture: str = _model(
        "linear",
        text="`linear` or `conv`: fully connected or convolutional networks, for kinds that have "
        "both.",
    )
    depth: int | None = _model(
        None, text="Number of convolutions that halve the side. By default what the kind has."
    )
    kernel: int | None = _model(
        None, text="Side of the convolution kernels in pixels. By default what the kind has."
    )
    hidden: str = _model(
        "relu", text="Activation of the hidden layers: `relu`, `sigmoid`, `tanh` or `elu`."
    )
    leak: float = _model(0.1, text="Slope of LeakyReLU for negative inputs.")
    bn_eps: float = _model(0.01, text="Epsilon of batch normalisation.")
    batchnorm: bool = _model(True, text="Whether layers are batch-normalised.")
    spectral_norm: bool = _model(False, text="Whether the discriminator is spectrally normalised.")
    ode_steps: int = _model(
        8,
        text="Number of steps from noise to image of `flow`, each of two evaluations of its "
        "network.",
        particular=True,
    )

    unary: bool = _model(
        False,
        text="Whether the discriminator of `bigan` also judges images alone and latents alone.",
        particular=True,
    )
    clusters: int = _model(
        10, text="Number of clusters of `clustergan`, its first latents.", particular=True
    )
    label_latents: int = _model(
        2,
        text="Number of latents of `csvae` that hold the label, from 2; they are the first ones.",
        particular=True,
    )

    equivariant: str = _model(
        "none",
        text="Sampling law whose symmetries the generator of six latents has by construction: "
        "`uniform`, `normal` or `fdd`, that of the data; or `none`.",
    )

    reconstruction_weight: float = _objective(1.0, text="Weight C of the reconstruction term.")
    latent_loss: str = _objective(
        "goareguer2019", text="Latent loss of `aae`: `none`, `goareguer2019`, `moments` or `mmd`."
    )
    latent_weight: float = _objective(1.0, text="Weight of the latent loss.")
    kl_weight: float = _objective(
        1.0, text="Weight of the Kullback-Leibler divergence of variational kinds."
    )
    adversary_weight: float = _objective(
        1.0,
        text="Weight of the binary cross-entropy that the generator of `cvae-gan` and `vae-gan` "
        "adds.",
    )
    paired_weight: float = _objective(
        0.0,
        text="Weight of MSE(image, G(its standardised parameters)). 0 leaves this loss out.",
    )
    paired_share: float = _objective(
        1.0,
        text="Share of the training images that come with their parameters in this loss, 0 to 1. "
        "The seed of the run decides which.",
    )
    matched_pairs: str = _objective(
        "none",
        text="What is known of the images in rows 2i and 2i + 1, which share some parameters: "
        "`none`, `which` parameters, or their `number` alone. The codes of both then agree in as "
        "many latents.",
    )
    matched_weight: float = _objective(1.0, text="Weight of that loss.")
    real_low: float = _objective(
        0.9,
        text="Lower end of the uniform distribution of the discriminator's labels of real images "
        "(label smoothing).",
    )
    real_high: float = _objective(1.0, text="Upper end of that distribution.")
    label_noise: float = _objective(
        0.0,
        text="Share of the batches in which the discriminator's labels of real and generated "
        "images are exchanged.",
    )
    saturating: bool = _objective(
        False, text="Whether the generator minimises log(1 - D) instead of -log D."
    )

    identity_weight: float = _objective(
        5.0,
        text="Weight of the identity loss of `cyclegan`: a translator leaves images of the domain "
        "that it translates to as they are.",
        particular=True,
    )

    orthogonal_weight: float = _objective(
        1e-4,
        text="Weight of the products of different filters of the generator of `biggan` "
        "(orthogonal regularisation).",
        particular=True,
    )
    gamma: float = _objective(
        0.5,
        text="Error of generated images over that of real ones, at which `began` holds its "
        "autoencoder. Lower is sharper and less diverse.",
        particular=True,
    )
    k_rate: float = _objective(
        0.001,
        text="Rate at which `began` moves the weight k of the generated images.",
        particular=True,
    )
    critic_penalty_weight: float = _objective(
        10.0,
        text="Weight of the penalty of `wgan` on gradients of the critic whose norm is not 1.",
        particular=True,
    )
    clip: float = _objective(
        0.0,
        text="Largest absolute value of the critic's weights of `wgan`. 0 takes the gradient "
        "penalty in its place.",
        particular=True,
    )
    critic_steps: int = _objective(
        5,
        text="Number of steps of the critic of `wgan` for each of the generator.",
        particular=True,
    )

    cluster_weight: float = _objective(
        10.0,
        text="Weight of the cross-entropy between the clusters of `clustergan` and those that the "
        "encoder recovers from generated images.",
        particular=True,
    )
    code_weight: float = _objective(
        10.0,
        text="Weight of the squared error of its other latents, recovered likewise.",
        particular=True,
    )
    independence_weight: float = _objective(
        50.0,
        text="Weight of the information about the label that a network reads from the other "
        "latents of `csvae`.",
        particular=True,
    )

    adversarial_loss: str = _objective(
        "bce",
        text="Loss of the adversaries on images: `bce`, the binary cross-entropy; `hinge`, which "
        "asks for logits above 1 and below -1; or `relativistic`, which compares each real image "
        "with a generated one.",
    )
    r1_weight: float = _objective(
        0.0,
        text="Weight of half the squared gradient of the discriminator at real images, pixels in "
        "the range of the kind. 0 leaves it out.",
    )
    r2_weight: float = _objective(0.0, text="The same at generated images.")
    penalty: str = _objective(
        "exact",
        text="How these gradients are computed: `exact`, or `finite-difference`, which adds noise "
        "to the images and takes no second derivatives.",
    )
    penalty_every: int = _objective(
        1,
        text="Number of steps between two steps with these penalties, which then weigh as many "
        "times as much.",
    )
    augment: str = _objective(
        "none",
        text="Augmentation of what the discriminator sees, real and generated: `none`, "
        "`symmetries` (turns and mirror images, as far as the sampling law has them) or "
        "`photographs` (shifts and colours).",
    )

    optimizer: str = _optimisers("adam", text="`adam`, or `sgd` with momentum `b1`.")
    lr_e: float = _optimisers(
        4e-4, text="Learning rate of the encoder and of the generator on reconstruction."
    )
    lr_g: float = _optimisers(4e-4, text="Learning rate of the generator's adversarial step.")
    lr_d: float = _optimisers(4e-5, text="Learning rate of the discriminator.")
    b1: float = _optimisers(0.9, text="First beta of Adam, or the momentum of SGD.")
    b2: float = _optimisers(0.999, text="Second beta of Adam.")
    ema: float = _optimisers(
        0.0,
        text="Decay of the moving average of the generator's weights that is sampled and saved. "
        "0 keeps no average.",
    )

    batch: int = _data(16, text="Number of images in a batch, of all processes together.")
    hflip: bool = _data(False, text="Whether half of the images are flipped horizontally.")
    palette: str = _data(
        "kbc",
        text="Palette of data set files and live data, or of the pictures of a model of levels.",
    )
    resize: bool = _data(False, text="Whether images of another size than `size` are resized.")
    part: str = _data(
        "train",
        text="Part of MNIST or Fashion-MNIST: `train` (60,000 images) or `test` (10,000 images).",
    )
    held_out: float = _data(
        0.1, text="Share of the images held out for validation where the data name none."
    )
    limit: int | None = _data(
        None, text="Number of training images used; the first ones are taken. By default all."
    )
    epoch_images: int = _data(
        10_000, text="Number of images in an epoch of live data, which have no end."
    )

    epochs: int = _schedule(20, text="Number of epochs.")
    keep_every: int = _schedule(50, text="Number of epochs between checkpoints that are kept.")
    choose: str = _schedule(
        "auto",
        text="Figure that chooses the best epoch: `kernel`, `reconstruction` or `loss`. `auto` "
        "takes the figure of the kind.",
    )


def names() -> list[str]:
    """Return the names of all settings, in the order in which they are listed."""
    return [f.name for f in fields(Settings)]


def particular() -> frozenset[str]:
    """Return the names of the settings that mean something only to kinds that name them."""
    return frozenset(f.name for f in fields(Settings) if f.metadata["particular"])


def description(name: str) -> str:
    """Return the meaning of a setting, one or two sentences with code in backquotes."""
    return _metadata(name, "help")


def group(name: str) -> str:
    """Return what a setting belongs to: Model, Objective, Optimisers, Data or Schedule."""
    return _metadata(name, "group")


def _metadata(name: str, key: str) -> str:
    """Return what a field of `Settings` says of itself."""
    text: str = {f.name: f for f in fields(Settings)}[name].metadata[key]
    return text


def _coerce(key: str, value: Any) -> Any:
    """Return a value, which may be text, in the type of that setting. Raises BadInput."""
    declared = {f.name: f.type for f in fields(Settings)}[key]
    types = get_args(declared) or (declared,)
    if value is None or (isinstance(value, str) and value.lower() == "none"):
        if type(None) in types:
            return None
        if str not in types:
            raise BadInput(f"{key}: needs a value")
    kind = next(t for t in types if t is not type(None))
    if kind is bool:
        if isinstance(value, bool):
            return value
        if str(value).lower() in ("true", "yes", "1", "false", "no", "0"):
            return str(value).lower() in ("true", "yes", "1")
        raise BadInput(f"{key}={value}: give true or false")
    try:
        if kind is int and isinstance(value, float) and not value.is_integer():
            raise ValueError  # int() would cut it off
        number = kind(value)
    except ValueError as error:
        raise BadInput(f"{key}={value}: give {'a whole' if kind is int else 'a'} number") from error
    if kind is float and not math.isfinite(number):
        raise BadInput(f"{key}={value}: give a finite number")
    return number


def override(settings: Settings, changes: dict[str, Any]) -> Settings:
    """Return settings with these keys changed. Raises BadInput, with the nearest valid key."""
    valid = names()
    for key in changes:
        if key not in valid:
            near = difflib.get_close_matches(key, valid, n=1, cutoff=0)[0]
            raise BadInput(f"unknown setting {key!r}: did you mean {near!r}?")
    return replace(settings, **{key: _coerce(key, value) for key, value in changes.items()})


def presets() -> list[str]:
    """Return the names of the presets that this package ships.

    Examples
    --------
    >>> [name for name in presets() if name.startswith("vae-fdd")]
    ['vae-fdd']
    """
    folder = resources.files("fractaldream_models") / "preset_files"
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name[-5:] == ".toml")


def preset(name: str) -> Settings:
    """Return the settings of a preset, by its name. Raises BadInput.

    Examples
    --------
    >>> preset("aae-fdd").kind
    'aae'
    """
    return override(Settings(), tomllib.loads(_preset_text(name)))


def preset_description(name: str) -> list[str]:
    """Return what a preset is for and what it costs, one sentence or more. Raises BadInput."""
    text = _preset_text(name)
    return [line.removeprefix("#").strip() for line in takewhile(_is_comment, text.splitlines())]


def _is_comment(line: str) -> bool:
    return line.startswith("#")


def _preset_text(name: str) -> str:
    """Return the TOML of a preset. Raises BadInput, with the nearest valid name."""
    valid = presets()
    if name not in valid:
        near = difflib.get_close_matches(name, valid, n=1, cutoff=0)[0]
        raise BadInput(f"unknown preset {name!r}: did you mean {near!r}? ({', '.join(valid)})")
    return (resources.files("fractaldream_models") / "preset_files" / f"{name}.toml").read_text(
        encoding="utf-8"
    )
