"""All settings of a run, in one flat table: presets fill it, --set overrides it."""

import difflib
import math
import tomllib
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib import resources
from itertools import takewhile
from typing import Annotated, Any, Literal, get_args, get_origin

from fractaldream_base.errors import BadInput

# settings of what only some kinds have, for `Kind.ignores`
LABELS = frozenset({"real_low", "real_high", "label_noise", "saturating"})  # of the BCE alone
PENALTY = frozenset({"penalty", "penalty_every"})  # of gradient penalties alone
# of discriminators on images
IMAGE_ADVERSARY = PENALTY | {"adversarial_loss", "r1_weight", "r2_weight", "augment"}
ADVERSARY = LABELS | IMAGE_ADVERSARY | {"spectral_norm"}
LATENT_LOSS = frozenset({"latent_loss", "latent_weight"})
BATCHNORM = frozenset({"batchnorm", "bn_eps"})
NO_ENCODER = LATENT_LOSS | {"reconstruction_weight", "kl_weight", "adversary_weight"}
RATES = frozenset({"lr_e", "lr_g", "lr_d"})
PARTICULAR = "particular"  # marks settings that mean something to the kinds alone that name them


@dataclass(frozen=True)
class Settings:
    """Model, objective, optimisers, data and schedule of one run.

    `description` gives the meaning of each field, which stands in ``setting_meanings.toml``, and
    `group` what it belongs to.
    """

    kind: str = "aae"
    latent: int = 32
    size: int | None = None
    channels: int | None = None
    width: float = 1.0
    architecture: Literal["linear", "conv"] = "linear"
    depth: int | None = None
    kernel: int | None = None
    hidden: Literal["relu", "sigmoid", "tanh", "elu"] = "relu"
    leak: float = 0.1
    bn_eps: float = 0.01
    batchnorm: bool = True
    spectral_norm: bool = False
    ode_steps: Annotated[int, PARTICULAR] = 8
    unary: Annotated[bool, PARTICULAR] = False
    clusters: Annotated[int, PARTICULAR] = 10
    label_latents: Annotated[int, PARTICULAR] = 2
    equivariant: Literal["none", "uniform", "normal", "fdd"] = "none"

    reconstruction_weight: float = 1.0
    latent_loss: Literal["none", "goareguer2019", "moments", "mmd"] = "moments"
    latent_weight: float = 1.0
    kl_weight: float = 1.0
    adversary_weight: float = 1.0
    paired_weight: float = 0.0
    paired_share: float = 1.0
    matched_pairs: Literal["none", "which", "number"] = "none"
    matched_weight: float = 1.0
    real_low: float = 0.9
    real_high: float = 1.0
    label_noise: float = 0.0
    saturating: bool = False
    identity_weight: Annotated[float, PARTICULAR] = 5.0
    orthogonal_weight: Annotated[float, PARTICULAR] = 1e-4
    gamma: Annotated[float, PARTICULAR] = 0.5
    k_rate: Annotated[float, PARTICULAR] = 0.001
    critic_penalty_weight: Annotated[float, PARTICULAR] = 10.0
    clip: Annotated[float, PARTICULAR] = 0.0
    critic_steps: Annotated[int, PARTICULAR] = 5
    cluster_weight: Annotated[float, PARTICULAR] = 10.0
    code_weight: Annotated[float, PARTICULAR] = 10.0
    label_kl_weight: Annotated[float, PARTICULAR] = 10.0
    independence_weight: Annotated[float, PARTICULAR] = 100.0
    adversarial_loss: Literal["bce", "hinge", "relativistic"] = "bce"
    r1_weight: float = 0.0
    r2_weight: float = 0.0
    penalty: Literal["exact", "finite-difference"] = "exact"
    penalty_every: int = 1
    augment: Literal["none", "symmetries", "photographs"] = "none"

    optimizer: Literal["adam", "sgd"] = "adam"
    lr_e: float = 4e-4
    lr_g: float = 4e-4
    lr_d: float = 4e-5
    b1: float = 0.9
    b2: float = 0.999
    ema: float = 0.0

    batch: int = 16
    hflip: bool = False
    palette: str = "kbc"
    resize: bool = False
    part: Literal["train", "test"] = "train"
    held_out: float = 0.1
    limit: int | None = None
    epoch_images: int = 10_000

    epochs: int = 20
    keep_every: int = 50
    choose: Literal["auto", "kernel", "reconstruction", "loss"] = "auto"


def names() -> list[str]:
    """Return the names of all settings, in the order in which they are listed."""
    return [f.name for f in fields(Settings)]


def particular() -> frozenset[str]:
    """Return the names of the settings that mean something only to kinds that name them."""
    return frozenset(f.name for f in fields(Settings) if PARTICULAR in get_args(f.type))


def choices(name: str) -> tuple[str, ...]:
    """Return the values that a setting may have; nothing where these are not listed."""
    declared = _declared(name)
    return get_args(declared) if get_origin(declared) is Literal else ()


def value_types(name: str) -> tuple[type, ...]:
    """Return the types of the values of a setting, such as (int, NoneType)."""
    declared = _declared(name)
    if get_origin(declared) is Literal:
        return (str,)
    return get_args(declared) or (declared,)


def _declared(name: str) -> Any:
    """Return how `Settings` declares the values of a field."""
    declared: Any = {f.name: f.type for f in fields(Settings)}[name]
    return get_args(declared)[0] if get_origin(declared) is Annotated else declared


def description(name: str) -> str:
    """Return the meaning of a setting, one or two sentences with code in backquotes."""
    return " ".join(_meanings()[group(name)][name].split())


def group(name: str) -> str:
    """Return what a setting belongs to: Model, Objective, Optimisers, Data or Schedule."""
    return next(title for title, meanings in _meanings().items() if name in meanings)


@cache
def _meanings() -> dict[str, dict[str, str]]:
    """Return the meaning of each setting by its name, and these by their groups."""
    file = resources.files("fractaldream_models") / "setting_meanings.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _coerce(key: str, value: Any) -> Any:
    """Return a value, which may be text, in the type of that setting. Raises BadInput."""
    types = value_types(key)
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

    Returns
    -------
    list of str
        The names, sorted.

    Examples
    --------
    >>> [name for name in presets() if name.startswith("vae-fdd")]
    ['vae-fdd']
    """
    folder = resources.files("fractaldream_models") / "preset_files"
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name[-5:] == ".toml")


def preset(name: str) -> Settings:
    """Return the settings of a preset, by its name.

    Parameters
    ----------
    name : str
        Name of a preset, one of `presets()`.

    Returns
    -------
    Settings
        The default settings, changed as the preset says.

    Raises
    ------
    BadInput
        If there is no such preset; the message gives the nearest valid name.

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
