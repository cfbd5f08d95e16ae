"""One step of training: what each kind minimises, in which order.

Phases, as the source orders them: E and G on reconstruction; D on real and fake; G against D.
`cvae-gan` and `vae-gan` train D first and add G's BCE to the one loss of E and G. G(z) is drawn
once: the fakes that D saw are those that G answers for, where G has not moved in between.
"""

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fractaldream_models import losses
from fractaldream_models.errors import BadInput
from fractaldream_models.kinds.zoo import VARIATIONAL, Model
from fractaldream_models.settings import Settings

from .processes import Processes

JOINT = ("cvae-gan", "vae-gan")


class Step:
    """The optimisers of a model, and one update of all of them on a batch."""

    def __init__(
        self,
        model: Model,
        settings: Settings,
        noise: torch.Generator,
        processes: Processes | None = None,
    ) -> None:
        """noise lives on the model's device, and is at the same place in all processes."""
        self.model, self.settings, self.noise = model, settings, noise
        self.processes = processes or Processes()
        s = settings
        self.optimizers: dict[str, torch.optim.Optimizer] = {}
        if model.encoder is not None:
            both = [*model.encoder.parameters(), *model.generator.parameters()]
            self.optimizers["autoencoder"] = _optimizer(both, s.lr_e, s)
        adversary = model.discriminator or model.latent_discriminator
        if adversary is not None:
            self.optimizers["discriminator"] = _optimizer(adversary.parameters(), s.lr_d, s)
            if model.latent_discriminator is not None:
                assert model.encoder is not None
                self.optimizers["generator"] = _optimizer(model.encoder.parameters(), s.lr_g, s)
            elif model.kind not in JOINT:
                self.optimizers["generator"] = _optimizer(model.generator.parameters(), s.lr_g, s)

    def __call__(
        self, x: Tensor, labels: Tensor | None, params: Tensor | None
    ) -> dict[str, Tensor]:
        """Losses of this batch, and D(x), D(G(z)) of each image; all detached.

        Of several processes each gives its share of the batch, in the order of the ranks; losses
        are those of the whole, D(x) and D(G(z)) of the share.
        """
        model = self.model
        out: dict[str, Tensor] = {}
        if model.kind in JOINT:
            fakes = self._discriminator(out, x, labels)
            self._autoencoder(out, x, labels, params, fakes)
        else:
            if model.encoder is not None:
                self._autoencoder(out, x, labels, params, None)
            if model.latent_discriminator is not None:
                self._latent_adversary(out, x)
            elif model.discriminator is not None:
                fakes = self._discriminator(out, x, labels)
                self._generator(out, fakes, labels)
        out = {name: value.detach() for name, value in out.items()}
        return out | self.processes.means({k: v for k, v in out.items() if v.ndim == 0})

    def _all_randn(self, n: int) -> Tensor:
        """N(0, I) for all shares of n: the same draws for any number of processes."""
        shape = (n * self.processes.size, self.model.latent)
        return torch.randn(shape, generator=self.noise, device=self.noise.device)

    def _randn(self, n: int) -> Tensor:
        return self.processes.share(self._all_randn(n))

    def _update(self, name: str, loss: Tensor) -> None:
        optimizer = self.optimizers[name]
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.processes.average(p for group in optimizer.param_groups for p in group["params"])
        optimizer.step()

    def _autoencoder(
        self,
        out: dict[str, Tensor],
        x: Tensor,
        labels: Tensor | None,
        params: Tensor | None,
        fakes: Tensor | None,
    ) -> None:
        model, s = self.model, self.settings
        onehot = model.onehot(labels, x)
        if model.kind in VARIATIONAL:
            mean, log_variance = model.posterior(x, labels)
            z = mean + (0.5 * log_variance).exp() * self._randn(len(x))
            out["reconstruction"] = losses.bernoulli_nats(model.generator(z, *onehot).float(), x)
            out["kl"] = losses.kl(mean, log_variance)
            loss = s.reconstruction_weight * out["reconstruction"] + s.kl_weight * out["kl"]
        else:
            z = model.encode(x)
            decoded = model.generator(z)
            if model.kind == "ae":
                out["reconstruction"] = losses.bernoulli_nats(decoded.float(), x)
            else:
                out["reconstruction"] = F.mse_loss(decoded.float(), x)
            loss = s.reconstruction_weight * out["reconstruction"]
            if model.kind == "aae":
                # roots and products of moments are no means over images: from all codes
                codes = self.processes.gather(z.float())
                noise = self._all_randn(len(x)) if s.latent_loss == "mmd" else codes
                out["latent"] = losses.latent_loss(s.latent_loss, codes, noise)
                loss = loss + s.latent_weight * out["latent"]
        if s.paired_weight > 0:
            assert params is not None  # checked when the run is prepared
            out["paired"] = F.mse_loss(model.decode(params).float(), x)
            loss = loss + s.paired_weight * out["paired"]
        if fakes is not None:
            out["generator"] = self._against(fakes, labels)
            loss = loss + s.adversary_weight * out["generator"]
        out["autoencoder"] = loss
        self._update("autoencoder", loss)

    def _discriminator(self, out: dict[str, Tensor], x: Tensor, labels: Tensor | None) -> Tensor:
        """Trains D; returns the fakes, with G's graph for the phase that follows."""
        model, s = self.model, self.settings
        fakes = model.decode(self._randn(len(x)), labels)
        real, fake = model.discriminate(x, labels), model.discriminate(fakes.detach(), labels)
        draw = torch.rand(2, generator=self.noise, device=self.noise.device)
        label = s.real_low + (s.real_high - s.real_low) * draw[0]
        if s.label_noise > 0 and draw[1] < s.label_noise:
            out["discriminator"] = losses.discriminator_loss(fake.float(), real.float(), label)
        else:
            out["discriminator"] = losses.discriminator_loss(real.float(), fake.float(), label)
        out["d_real"], out["d_fake"] = real.float().sigmoid(), fake.float().sigmoid()
        self._update("discriminator", out["discriminator"])
        return fakes

    def _against(self, fakes: Tensor, labels: Tensor | None) -> Tensor:
        """G's BCE. D is frozen: its own gradients would be computed to be thrown away."""
        discriminator = self.model.discriminator
        assert discriminator is not None
        discriminator.requires_grad_(False)
        loss = losses.generator_loss(
            self.model.discriminate(fakes, labels).float(), self.settings.saturating
        )
        discriminator.requires_grad_(True)
        return loss

    def _generator(self, out: dict[str, Tensor], fakes: Tensor, labels: Tensor | None) -> None:
        out["generator"] = self._against(fakes, labels)
        self._update("generator", out["generator"])

    def _latent_adversary(self, out: dict[str, Tensor], x: Tensor) -> None:
        """D tells z = E(x) from N(0, I), and E answers (Makhzani 2016)."""
        model, s = self.model, self.settings
        discriminator = model.latent_discriminator
        assert discriminator is not None
        z = model.encode(x)
        real, fake = discriminator(self._randn(len(x))), discriminator(z.detach())
        draw = torch.rand((), generator=self.noise, device=self.noise.device)
        label = s.real_low + (s.real_high - s.real_low) * draw
        out["discriminator"] = losses.discriminator_loss(real.float(), fake.float(), label)
        out["d_real"], out["d_fake"] = real.float().sigmoid(), fake.float().sigmoid()
        self._update("discriminator", out["discriminator"])
        discriminator.requires_grad_(False)
        out["generator"] = losses.generator_loss(discriminator(z).float(), s.saturating)
        discriminator.requires_grad_(True)
        self._update("generator", out["generator"])


def _optimizer(parameters: Iterable[nn.Parameter], lr: float, s: Settings) -> torch.optim.Optimizer:
    parameters = list(parameters)
    if s.optimizer == "sgd":
        return torch.optim.SGD(parameters, lr=lr, momentum=s.b1)
    fused = parameters[0].device.type in ("cpu", "cuda")
    return torch.optim.Adam(parameters, lr=lr, betas=(s.b1, s.b2), fused=fused)


def check_paired(model: Model, params: Tensor | None) -> None:
    """--paired-weight needs an autoencoder, parameters, and as many latents. Raises BadInput."""
    if model.encoder is None or model.classes:
        raise BadInput(f"paired_weight: {model.kind} cannot pair; use aae, ae or vae")
    if params is None:
        raise BadInput("paired_weight: these data have no parameters; give a dataset file")
    if params.shape[1] != model.latent:
        raise BadInput(
            f"paired_weight: {params.shape[1]} parameters, latent {model.latent}; "
            f"add --set latent={params.shape[1]}"
        )
