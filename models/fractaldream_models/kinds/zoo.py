"""From a configuration to a model: the one place that knows every kind."""

from dataclasses import asdict, dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fractaldream_models.blocks import ACTIVATIONS, mlp, source_init, with_spectral_norm
from fractaldream_models.errors import BadInput

from .gan import Discriminator4, Generator4, Tower, UpGenerator, halvings4
from .vae_networks import (
    ConvDecoder,
    ConvEncoder,
    LinearDecoder,
    LinearEncoder,
    MlpDiscriminator,
    conv_stages,
)

KINDS = (
    "aae",
    "aae-latent",
    "ae",
    "cgan",
    "cvae",
    "cvae-gan",
    "dcgan",
    "dcgan4",
    "vae",
    "vae-gan",
)
CONDITIONAL = ("cgan", "cvae", "cvae-gan")
VARIATIONAL = ("vae", "cvae", "cvae-gan", "vae-gan")  # the encoder gives mean and log variance
_NINE = ("aae", "aae-latent", "dcgan")  # convolutions of 9x9, where `kernel` says no other size
_FOUR = ("dcgan4", "cgan")  # of 4x4
_EITHER = ("vae", "ae", "vae-gan")  # of 4x4, or none


@dataclass(frozen=True)
class ModelConfig:
    """All that determines a network; what a checkpoint keeps to rebuild it."""

    kind: str
    size: int  # pixels, width and height
    channels: int  # 1 or 3
    latent: int
    classes: int = 0  # labels, of conditional kinds; else 0
    width: float = 1.0  # factor on hidden channels
    architecture: str = "linear"  # or conv, of vae, ae and vae-gan
    depth: int | None = None  # see `convolutions`
    kernel: int | None = None
    hidden: str = "relu"  # activation of vae, ae, cvae and of the G of dcgan4
    leak: float = 0.1  # slope of LeakyReLU
    bn_eps: float = 0.01
    batchnorm: bool = True
    spectral_norm: bool = False


@dataclass(frozen=True)
class Convolutions:
    """How many convolutions halve the side of an image, and the side of each, in pixels."""

    depth: int
    kernel: int


def convolutions(config: ModelConfig) -> Convolutions | None:
    """As `depth` and `kernel` say, else as the source of the kind; None where there are none."""
    c = config
    if c.kind in _NINE:
        depth, kernel = 4, 9
    elif c.kind in _FOUR:
        depth, kernel = halvings4(c.size), 4
    elif c.kind in _EITHER and c.architecture == "conv":
        depth, kernel = max(1, conv_stages(c.size)), 4
    else:
        return None
    depth = depth if c.depth is None else c.depth
    return Convolutions(depth, kernel if c.kernel is None else c.kernel)


def _check_convolutions(config: ModelConfig) -> None:
    c, has = config, convolutions(config)
    if has is None:
        for key in ("depth", "kernel"):
            if (value := getattr(c, key)) is not None:
                mend = "add --set architecture=conv, or leave it out"
                raise BadInput(
                    f"{key}={value}: a linear {c.kind} has no convolutions; "
                    f"{mend if c.kind in _EITHER else 'leave it out'}"
                )
        return
    hint = "add --set size=64 --set resize=true"
    if c.kind in _FOUR and (c.size < 16 or c.size & (c.size - 1)):
        raise BadInput(f"size {c.size}: {c.kind} needs a power of two from 16; {hint}")
    most = (c.size & -c.size).bit_length() - 1  # times that the side halves
    if not 1 <= has.depth <= most:
        if c.depth is not None:
            mend = f"give 1 to {most}" if most else hint
            raise BadInput(f"depth={c.depth}: a side of {c.size} px halves {most} times; {mend}")
        needs = f"{c.kind} needs a multiple of {2**has.depth}"
        less = f", or --set depth={most}" if most else ""
        raise BadInput(f"size {c.size}: does not halve {has.depth} times, {needs}; {hint}{less}")
    if c.kind in _NINE and (has.kernel < 3 or has.kernel % 2 == 0):
        raise BadInput(f"kernel={has.kernel}: {c.kind} needs an odd one; give 3, 5, 7 or 9")
    if has.kernel < 2:
        raise BadInput(f"kernel={has.kernel}: steps of 2 pixels leave gaps; give 2 or more")
    if has.kernel > c.size:
        raise BadInput(f"kernel={has.kernel}: larger than the images; give {c.size} px or less")


def check(config: ModelConfig) -> None:
    """Refuse what cannot be built. Raises BadInput."""
    c = config
    if c.kind not in KINDS:
        raise BadInput(f"kind {c.kind!r}: give one of {', '.join(KINDS)}")
    if c.hidden not in ACTIVATIONS:
        raise BadInput(f"hidden {c.hidden!r}: give one of {', '.join(ACTIVATIONS)}")
    if c.architecture not in ("linear", "conv"):
        raise BadInput(f"architecture {c.architecture!r}: give linear or conv")
    if c.latent < 1 or c.channels not in (1, 3) or not c.width > 0:
        raise BadInput(
            f"latent {c.latent}, channels {c.channels}, width {c.width}: "
            "latent from 1, channels 1 or 3, width above 0"
        )
    if c.kind in CONDITIONAL and c.classes < 2:
        raise BadInput(
            f"{c.kind} needs labels and these data have none: use mnist, fashion-mnist "
            "or a folder of one folder per class"
        )
    if c.architecture == "conv" and c.kind in CONDITIONAL and c.kind not in _FOUR:
        raise BadInput(f"architecture conv: {c.kind} is linear; leave it out, or take a vae")
    _check_convolutions(c)


class Model(nn.Module):
    """A generative model: the parts that its kind has, and what can be asked of them.

    Images are float (N, C, S, S) in `value_range`; latents float (N, L); labels int64 (N,).
    After `checkpoint.load`, `data` and `metrics` hold what the file says of both.
    """

    def __init__(
        self,
        config: ModelConfig,
        *,
        generator: nn.Module,
        encoder: nn.Module | None = None,
        discriminator: nn.Module | None = None,
        latent_discriminator: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.config = config
        self.generator = generator
        self.encoder = encoder
        self.discriminator = discriminator
        self.latent_discriminator = latent_discriminator
        self.data: dict[str, Any] = {}
        self.metrics: dict[str, Any] = {}

    @property
    def kind(self) -> str:
        return self.config.kind

    @property
    def latent(self) -> int:
        return self.config.latent

    @property
    def classes(self) -> int:
        """Number of labels; 0 where the kind is not conditional."""
        return self.config.classes

    @property
    def image_shape(self) -> tuple[int, int, int]:
        return (self.config.channels, self.config.size, self.config.size)

    @property
    def value_range(self) -> tuple[float, float]:
        """(-1, 1) where G ends in tanh, (0, 1) where pixels are Bernoulli means."""
        return (-1.0, 1.0) if self.kind in (*_NINE, *_FOUR) else (0.0, 1.0)

    def onehot(self, labels: Tensor | None, like: Tensor) -> tuple[Tensor, ...]:
        """The labels as an argument for the parts; nothing for kinds that take none."""
        if not self.classes:
            if labels is not None:
                raise BadInput(f"{self.kind} takes no labels")
            return ()
        if labels is None:
            raise BadInput(f"{self.kind} needs labels, 0 to {self.classes - 1}")
        if labels.numel() and not 0 <= int(labels.min()) <= int(labels.max()) < self.classes:
            raise BadInput(f"labels of {self.kind} lie from 0 to {self.classes - 1}")
        return (F.one_hot(labels.long(), self.classes).to(like),)

    def posterior(self, x: Tensor, labels: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(z | x), each (N, L). Variational kinds only."""
        if self.kind not in VARIATIONAL:
            raise BadInput(f"{self.kind} is deterministic: it has no posterior, use encode")
        assert self.encoder is not None
        mean, log_variance = self.encoder(x, *self.onehot(labels, x)).float().chunk(2, 1)
        return mean, log_variance

    def encode(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """(N, C, S, S) -> (N, L); the posterior mean of variational kinds."""
        if self.encoder is None:
            raise BadInput(f"{self.kind} has no encoder; aae, vae and ae have one")
        if self.kind in VARIATIONAL:
            return self.posterior(x, labels)[0]
        return self.encoder(x)

    def decode(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """(N, L) -> (N, C, S, S) in `value_range`."""
        images = self.generator(z, *self.onehot(labels, z))
        return images if self.value_range[0] < 0 else images.sigmoid()

    def sample(
        self, n: int, generator: torch.Generator | None = None, labels: Tensor | None = None
    ) -> Tensor:
        """n images from z ~ N(0, I); z is drawn on the generator's device, labels in turn."""
        device = next(self.parameters()).device
        source = generator.device if generator is not None else device
        z = torch.randn(n, self.latent, generator=generator, device=source).to(device)
        if labels is None and self.classes:
            labels = torch.arange(n, device=device) % self.classes
        return self.decode(z, labels)

    def discriminate(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """(N, C, S, S) -> (N, 1), the logit of `real`."""
        if self.discriminator is None:
            raise BadInput(f"{self.kind} has no discriminator on images")
        return self.discriminator(x, *self.onehot(labels, x))


def build(config: ModelConfig) -> Model:
    """A model with fresh weights, drawn from torch's generator (fork and seed it around)."""
    check(config)
    c = config
    shape = (c.size, c.channels)
    has = convolutions(c)
    layers = {} if has is None else asdict(has)
    nine: dict[str, Any] = {
        "width": c.width,
        "leak": c.leak,
        "eps": c.bn_eps,
        "batchnorm": c.batchnorm,
        **layers,
    }
    four: dict[str, Any] = {
        "width": c.width,
        "eps": c.bn_eps,
        "batchnorm": c.batchnorm,
        "classes": c.classes,
        **layers,
    }
    activation = ACTIVATIONS[c.hidden]
    parts: dict[str, nn.Module] = {}
    if c.kind in _NINE:
        parts["generator"] = UpGenerator(*shape, c.latent, **nine)
        if c.kind != "dcgan":
            parts["encoder"] = Tower(*shape, c.latent, **nine)
        if c.kind == "aae-latent":
            hidden = [512, 256]
            parts["latent_discriminator"] = mlp(c.latent, hidden, 1, nn.LeakyReLU(c.leak))
        else:
            parts["discriminator"] = Tower(*shape, 1, **nine)
    elif c.kind in _FOUR:
        parts["generator"] = Generator4(*shape, c.latent, activation=activation, **four)
        parts["discriminator"] = Discriminator4(*shape, leak=c.leak, **four)
    else:
        outputs = c.latent * (2 if c.kind in VARIATIONAL else 1)
        if has is not None:
            convs: dict[str, Any] = {"activation": activation, "width": c.width, **layers}
            parts["encoder"] = ConvEncoder(*shape, outputs, **convs)
            parts["generator"] = ConvDecoder(*shape, c.latent, **convs)
        else:
            mlps: dict[str, Any] = {
                "activation": activation,
                "width": c.width,
                "classes": c.classes,
            }
            parts["encoder"] = LinearEncoder(*shape, outputs, **mlps)
            parts["generator"] = LinearDecoder(*shape, c.latent, **mlps)
        if c.kind in ("cvae-gan", "vae-gan"):
            parts["discriminator"] = MlpDiscriminator(
                *shape, leak=c.leak, width=c.width, classes=c.classes
            )
    model = Model(config, **parts)
    source_init(model)
    if c.spectral_norm:
        for part in (model.discriminator, model.latent_discriminator):
            if part is not None:
                with_spectral_norm(part)
    return model
