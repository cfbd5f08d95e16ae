"""The definition of a kind of model: its networks, its training step, and what it can do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import torch
from torch import Tensor, nn

from fractaldream_base.errors import BadInput

from .blocks import source_init, with_spectral_norm
from .equivariance import LATENTS, EquivariantGenerator
from .likelihood import Likelihood
from .model import Model, ModelConfig, Prior
from .networks.family import NetworkFamily
from .settings import RATES, Settings, choices, override, particular
from .training_step import Batch, TrainingStep


@dataclass(frozen=True)
class Optimizer:
    """One optimiser of a kind."""

    name: str  # its name in state.pt, and what `Step.update` is given
    parts: tuple[str, ...]  # parts of the model that it trains, in this order
    rate: Literal["lr_e", "lr_g", "lr_d"]  # setting that holds its learning rate


AUTOENCODER = Optimizer("autoencoder", ("encoder", "generator"), "lr_e")
DISCRIMINATOR = Optimizer("discriminator", ("discriminator",), "lr_d")
GENERATOR = Optimizer("generator", ("generator",), "lr_g")
# of a network that judges images, but says no probability that one is real
CRITIC = Optimizer("critic", ("critic",), "lr_d")


@dataclass(frozen=True)
class Kind:
    """A kind of model; everything that the rest of the package needs to know of it.

    Parameters
    ----------
    name
        What ``--kind`` and the checkpoint call it.
    parts
        Function from a configuration to the new networks, by the names of `Model`'s parts:
        ``generator``, and where the kind has them ``encoder``, ``discriminator`` (of images) and
        ``latent_discriminator``; parts of other names are the kind's own affair. Their weights are
        drawn again by `build`, which also applies ``spectral_norm`` to the parts whose names end in
        ``discriminator``.
    train_batch
        Function of a `TrainingStep` and a `Batch`: one update of every optimiser. See `phases`.
    optimizers
        The optimisers that `train_batch` updates.
    value_range
        Range of the images: (-1, 1) where the generator ends in tanh, (0, 1) where it gives the
        logits of Bernoulli pixels.
    space
        What a sweep of this kind varies by default: a shipped search space, or a TOML file; None
        for that of the family of its networks.
    chosen_by
        The held-out figure that chooses the epoch of ckpt.pt: the kernel distance of samples, the
        reconstruction error, or the loss. The last two can tell epochs apart better.
    likelihood
        Function of a model, images, labels and epsilon (N, L) ~ N(0, I) to the held-out
        `Likelihood`; None where the kind has none.
    held_out_loss
        Function of a model, held-out images, labels and a generator on the CPU, which gives the
        same draws in every epoch, to the loss of each image (N,). None where the kind has none, or
        a likelihood.
    latents
        Function from a configuration to the number of latents, where the images decide it; None
        where the setting `latent` does.
    encodes, discriminates
        Whether it has an encoder, and a discriminator of images.
    variational
        Whether the encoder gives mean and log variance, (N, 2 L).
    conditional
        Whether its networks take the label, one-hot, as a second argument.
    supervised
        Whether it learns from labels that its networks do not take.
    prior
        Function from a configuration and draws of N(0, I), (N, L), to the latents of samples; None
        where these are the draws themselves.
    domains
        Whether it learns from two domains without pairs, which are its two classes. Batches then
        have images of both in turn.
    translates
        Whether its generator translates images of one domain to the other, and has no latents.
    paired
        Whether `train_batch` minimises the losses on pairs (`phases.with_paired`): of images and
        parameters, and where the kind has an encoder also of images that share parameters.
    networks
        The family of its networks: their convolutions, the images that these fit, and what settings
        mean to them.
    check_config
        Function that raises BadInput for what the family allows and this kind cannot build.
    ignores
        Settings that mean nothing to this kind, beside those of the family and the learning rates
        of optimisers that it does not have. Where a user names one of them, it is refused.
    uses
        Particular settings (`settings.particular`) that mean something to this kind; all others are
        refused.
    defaults
        Settings that differ from those of the family, or of `Settings`, where no preset says.
    """

    name: str
    parts: Callable[[ModelConfig], dict[str, nn.Module]]
    train_batch: Callable[[TrainingStep, Batch], None]
    optimizers: tuple[Optimizer, ...]
    value_range: tuple[float, float] = (-1.0, 1.0)
    space: str | None = None
    chosen_by: Literal["kernel", "reconstruction", "loss"] = "kernel"
    likelihood: Callable[[Model, Tensor, Tensor | None, Tensor], Likelihood] | None = None
    held_out_loss: Callable[[Model, Tensor, Tensor | None, torch.Generator], Tensor] | None = None
    latents: Callable[[ModelConfig], int] | None = None
    encodes: bool = False
    discriminates: bool = False
    variational: bool = False
    conditional: bool = False
    supervised: bool = False
    prior: Prior | None = None
    domains: bool = False
    translates: bool = False
    paired: bool = False
    networks: NetworkFamily = field(default_factory=NetworkFamily)
    check_config: Callable[[ModelConfig], None] = lambda config: None
    ignores: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    defaults: Mapping[str, Any] = field(default_factory=dict)

    @property
    def labelled(self) -> bool:
        """Return whether it learns from labelled images."""
        return self.conditional or self.supervised

    @property
    def ignored(self) -> frozenset[str]:
        """Return the names of all settings that mean nothing to this kind."""
        rates = RATES - {optimizer.rate for optimizer in self.optimizers}
        return self.ignores | self.networks.ignores | rates | (particular() - self.uses)

    @property
    def search_space(self) -> str:
        """Return what a sweep of this kind varies by default. Raises BadInput where nothing is."""
        space = self.space or self.networks.space
        if space is None:
            raise BadInput(f"{self.name} has no search space of its own; give one with --space")
        return space

    def settings(self) -> Settings:
        """Return the settings of this kind where no preset says."""
        return override(Settings(kind=self.name), {**self.networks.defaults, **self.defaults})

    def check_settings(self, settings: Settings) -> None:
        """Refuse settings that mean nothing to this kind. Raises BadInput."""
        if self.domains and settings.batch % 2:
            raise BadInput(
                f"batch={settings.batch}: {self.name} takes as many images of each of two domains; "
                "give an even number"
            )
        if settings.label_noise > 0 and "label_noise" in self.ignored:
            raise BadInput(
                f"label_noise={settings.label_noise}: {self.name} has no discriminator on images "
                "that is told labels"
            )

    def resolved(self, config: ModelConfig) -> ModelConfig:
        """Return the configuration with the number of latents that this kind has for it."""
        return config if self.latents is None else replace(config, latent=self.latents(config))

    def check(self, config: ModelConfig) -> None:
        """Refuse a configuration that cannot be built. Raises BadInput."""
        c = config
        for key in ("hidden", "architecture"):
            if (value := getattr(c, key)) not in choices(key):
                raise BadInput(f"{key} {value!r}: give one of {', '.join(choices(key))}")
        if c.latent < 1 or c.channels not in (1, 3) or not c.width > 0:
            raise BadInput(
                f"latent {c.latent}, channels {c.channels}, width {c.width}: "
                "latent from 1, channels 1 or 3, width above 0"
            )
        if self.domains and c.classes != 2:
            data = f"these data have {c.classes} classes" if c.classes else "these data are one"
            raise BadInput(
                f"{c.kind} learns from two domains, and {data}; give the other one with --second, "
                "or a folder of two class folders"
            )
        if self.labelled and c.classes < 2:
            raise BadInput(
                f"{c.kind} needs labels and these data have none: use mnist, fashion-mnist "
                "or a folder of one folder per class"
            )
        if c.equivariant != "none" and "equivariant" in self.ignored:
            raise BadInput(
                f"equivariant={c.equivariant}: {c.kind} has no latents that stand for parameters; "
                "leave it out"
            )
        if c.equivariant != "none" and c.latent != LATENTS:
            raise BadInput(
                f"equivariant={c.equivariant}: symmetries act on {LATENTS} latents, not "
                f"{c.latent}; add --set latent={LATENTS}"
            )
        self.networks.check(c)
        self.check_config(c)

    def build(self, config: ModelConfig) -> Model:
        """Return a model with fresh weights, drawn from torch's generator. Raises BadInput."""
        config = self.resolved(config)
        self.check(config)
        parts = self.parts(config)
        if config.equivariant != "none":
            parts["generator"] = EquivariantGenerator(parts["generator"], config.equivariant)
        model = Model(
            config,
            value_range=self.value_range,
            variational=self.variational,
            conditional=self.conditional,
            prior=self.prior,
            translates=self.translates,
            **parts,
        )
        abilities = (model.encoder is not None, model.discriminator is not None)
        if abilities != (self.encodes, self.discriminates):
            raise TypeError(f"kind {self.name}: its parts are not what it says that it has")
        source_init(model)
        if config.spectral_norm:
            for name, part in model.named_children():
                if name.endswith("discriminator") or (
                    name == "generator" and self.networks.spectral_generator
                ):
                    with_spectral_norm(part)
        return model

    def activation(self, config: ModelConfig) -> str:
        """Return the name of the activation of the generator's hidden layers."""
        leaky = f"leaky {config.leak:g}" if self.networks.leaky_generator else None
        return self.networks.generator_activation or leaky or config.hidden


def check_first_latents(config: ModelConfig, setting: str) -> None:
    """Refuse a setting, a number of first latents, that leaves no others. Raises BadInput."""
    count = getattr(config, setting)
    if not 2 <= count < config.latent:
        raise BadInput(
            f"{setting}={count}, latent {config.latent}: give {setting} from 2, and more latents "
            "than that"
        )
