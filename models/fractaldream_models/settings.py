"""All settings of a run, in one flat table: presets fill it, --set overrides it."""

import difflib
import math
import tomllib
from dataclasses import dataclass, fields, replace
from importlib import resources
from typing import Any, get_args

from .errors import BadInput


@dataclass(frozen=True)
class Settings:
    """Model, objective, optimisers, data and schedule of one run."""

    # model; see model.ModelConfig
    kind: str = "aae"
    latent: int = 32
    size: int | None = None  # pixels; default: what the data have
    channels: int | None = None  # default: 3 for palettes and colour, 1 for MNIST
    width: float = 1.0
    architecture: str = "linear"
    depth: int | None = None  # convolutions that halve the side; default: what the kind has
    kernel: int | None = None  # their size in pixels; default: what the kind has
    hidden: str = "relu"
    leak: float = 0.1
    bn_eps: float = 0.01
    batchnorm: bool = True
    spectral_norm: bool = False

    # objective
    reconstruction_weight: float = 1.0  # C
    latent_loss: str = "goareguer2019"  # of aae: none, goareguer2019, moments, mmd
    latent_weight: float = 1.0
    kl_weight: float = 1.0
    adversary_weight: float = 1.0  # of the BCE that G of cvae-gan and vae-gan adds
    paired_weight: float = 0.0  # of MSE(image, G(its standardised parameters))
    real_low: float = 0.9  # D's labels of real images are drawn from U(real_low, real_high)
    real_high: float = 1.0
    label_noise: float = 0.0  # share of batches in which D sees real and fake exchanged
    saturating: bool = False  # G minimises log(1 - D) instead of -log D

    # optimisers
    optimizer: str = "adam"  # or sgd, with momentum b1
    lr_e: float = 4e-4
    lr_g: float = 4e-4
    lr_d: float = 4e-5
    b1: float = 0.9
    b2: float = 0.999
    ema: float = 0.0  # decay of the average of G's weights that is sampled and saved; 0: none

    # data
    batch: int = 16
    hflip: bool = False  # horizontal flips, half of the images
    palette: str = "kbc"  # of dataset files with three channels
    resize: bool = False  # allow images of another size than `size`
    part: str = "train"  # mnist and fashion-mnist: train (60,000) or test (10,000)
    held_out: float = 0.1  # share kept for validation where the data name none
    limit: int | None = None  # learn from the first so many training images
    epoch_images: int = 10_000  # an epoch of live data, which have no end

    # schedule
    epochs: int = 20
    keep_every: int = 50  # epochs between checkpoints that are kept
    choose: str = "auto"  # best epoch by: kernel, reconstruction or loss; auto: by kind


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
    """Return settings with these keys changed. Raises BadInput, with the nearest known key."""
    names = [f.name for f in fields(Settings)]
    for key in changes:
        if key not in names:
            near = difflib.get_close_matches(key, names, n=1, cutoff=0)[0]
            raise BadInput(f"unknown setting {key!r}: did you mean {near!r}?")
    return replace(settings, **{key: _coerce(key, value) for key, value in changes.items()})


def check(settings: Settings) -> None:
    """Refuse values that no run can use. Raises BadInput.

    `kinds.check_settings` also refuses what means nothing to a kind.
    """
    s = settings
    choices = {
        "latent_loss": ("none", "goareguer2019", "moments", "mmd"),
        "optimizer": ("adam", "sgd"),
        "part": ("train", "test"),
        "choose": ("auto", "kernel", "reconstruction", "loss"),
        "architecture": ("linear", "conv"),
    }
    for key, allowed in choices.items():
        if getattr(s, key) not in allowed:
            raise BadInput(f"{key}={getattr(s, key)}: give one of {', '.join(allowed)}")
    for key in ("lr_e", "lr_g", "lr_d", "width", "bn_eps"):
        if getattr(s, key) <= 0:
            raise BadInput(f"{key}={getattr(s, key)}: must be above 0")
    whole = ("epochs", "batch", "latent", "keep_every", "limit", "size", "epoch_images")
    for key in (*whole, "depth", "kernel"):
        if getattr(s, key) is not None and getattr(s, key) < 1:
            raise BadInput(f"{key}={getattr(s, key)}: must be 1 or more")
    if s.batch < 2:
        raise BadInput("batch=1: BatchNorm and the latent losses need 2 or more")
    for key in ("b1", "b2", "ema", "held_out", "label_noise"):
        if not 0 <= getattr(s, key) < 1:
            raise BadInput(f"{key}={getattr(s, key)}: must lie in [0, 1)")
    weights = [f.name for f in fields(Settings) if f.name.endswith("_weight")]
    for key in ("leak", *weights):
        if getattr(s, key) < 0:
            raise BadInput(f"{key}={getattr(s, key)}: must be 0 or more")
    if not 0 <= s.real_low <= s.real_high <= 1:
        raise BadInput(f"real_low={s.real_low}, real_high={s.real_high}: 0 <= low <= high <= 1")


def presets() -> list[str]:
    """Return the names of the presets that this package ships."""
    folder = resources.files("fractaldream_models") / "preset_files"
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name[-5:] == ".toml")


def preset(name: str) -> Settings:
    """Return the settings of one published experiment, by its preset. Raises BadInput."""
    names = presets()
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1, cutoff=0)[0]
        raise BadInput(f"unknown preset {name!r}: did you mean {near!r}? ({', '.join(names)})")
    text = (resources.files("fractaldream_models") / "preset_files" / f"{name}.toml").read_text()
    return override(Settings(), tomllib.loads(text))
