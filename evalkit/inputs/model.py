"""What every command looks at: a model with its latent space, and data as that model sees them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.errors import BadInput

from .callables import asked, import_callable, probed
from .devices import check_device

if TYPE_CHECKING:
    from fractaldream_models.model import Model

PIXELS = 2**18  # that a network is given at once: batches of 256 at 32 px, 16 at 128 px


@dataclass(frozen=True)
class LatentModel:
    """A checkpoint's model or a callable: what it has of decode, encode and sample.

    Images are float32 (N, C, S, S) in [0, 1]; latents float (N, L), N(0, I) where drawn; labels
    int (N,) of conditional kinds, which need them. `decode` also takes shares of labels, float
    (N, classes), for what lies between.
    """

    name: str
    kind: str  # of fractaldream_models.kinds, or callable
    latent: int  # L
    size: int  # S
    channels: int  # C, 1 or 3
    labels: tuple[str, ...] = ()  # names of the classes; none where the kind is not conditional
    data: dict[str, Any] = field(default_factory=dict)  # what the checkpoint says of its data
    network: "Model | None" = None
    call: Callable[[np.ndarray], np.ndarray] | None = None
    signed: bool = False  # whether the callable's floats lie in [-1, 1]
    device: str = "cpu"

    @property
    def conditional(self) -> bool:
        """Whether it must be told labels."""
        return bool(self.labels)

    @property
    def encodes(self) -> bool:
        """Whether it has an encoder."""
        return self.network is not None and self.network.encoder is not None

    @property
    def batch(self) -> int:
        """Images that are decoded or encoded at once."""
        return max(8, min(256, PIXELS // self.size**2))

    def need_encoder(self, purpose: str) -> None:
        """Raise BadInput where it has none."""
        if not self.encodes:
            raise BadInput(
                f"{self.name}: {self.kind} has no encoder, which {purpose} needs; "
                "give an aae, vae or ae"
            )

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """n latents from N(0, I), (n, L)."""
        return rng.standard_normal((n, self.latent))

    def turns(self, n: int) -> np.ndarray | None:
        """n labels, all in turn; None where the kind is not conditional."""
        return np.arange(n) % len(self.labels) if self.conditional else None

    def sample(
        self,
        n: int,
        rng: np.random.Generator,
        labels: np.ndarray | None = None,
        *,
        progress: bool = False,
    ) -> np.ndarray:
        """n images of latents from N(0, I); labels default to all in turn."""
        labels = self.turns(n) if labels is None else labels
        return self.decode(self.draw(n, rng), labels, progress=progress)

    def decode(
        self, z: np.ndarray, labels: np.ndarray | None = None, *, progress: bool = False
    ) -> np.ndarray:
        """Images (N, C, S, S) of latents (N, L). Raises BadInput."""
        z = np.asarray(z)
        if z.ndim != 2 or z.shape[1] != self.latent:
            raise BadInput(f"{self.name}: latents of shape {z.shape}; give (N, {self.latent})")
        labels = self._labels(labels, len(z))
        images = np.empty((len(z), self.channels, self.size, self.size), np.float32)
        for at in self._batches(len(z), "decoding", progress):
            part = self._decoded(z[at], None if labels is None else labels[at])
            if len(part) != len(images[at]):
                raise BadInput(f"{self.name}: {len(part)} images for {len(z[at])} latents")
            if part.shape[1:] != images.shape[1:]:
                raise BadInput(f"{self.name}: images of {part.shape[1:]}, then {images.shape[1:]}")
            self._finite(part, "images")
            images[at] = part
        return images

    def encode(
        self, images: np.ndarray, labels: np.ndarray | None = None, *, progress: bool = False
    ) -> np.ndarray:
        """Latents float32 (N, L) of images (N, C, S, S), posterior means. Raises BadInput."""
        self.need_encoder("encoding")
        assert self.network is not None
        import torch

        labels = self._labels(labels, len(images))
        low, high = self.network.value_range
        z = np.empty((len(images), self.latent), np.float32)
        with torch.inference_mode():
            for at in self._batches(len(images), "encoding", progress):
                x = torch.from_numpy(np.ascontiguousarray(images[at], np.float32))
                x = (x * (high - low) + low).to(self.device)
                told = None if labels is None else torch.from_numpy(labels[at]).to(self.device)
                z[at] = self.network.encode(x, told).float().cpu().numpy()
                self._finite(z[at], "latents")
        return z

    def discriminate(self, images: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        """D(x), the probability of `real`, (N,). Raises BadInput where there is no D on images."""
        if self.network is None or self.network.discriminator is None:
            raise BadInput(f"{self.name}: {self.kind} has no discriminator on images")
        import torch

        labels = self._labels(labels, len(images))
        low, high = self.network.value_range
        parts = []
        with torch.inference_mode():
            for at in self._batches(len(images), "judging", False):
                x = torch.from_numpy(np.ascontiguousarray(images[at], np.float32))
                x = (x * (high - low) + low).to(self.device)
                told = None if labels is None else torch.from_numpy(labels[at]).to(self.device)
                parts.append(self.network.discriminate(x, told)[:, 0].float().sigmoid().cpu())
        return np.concatenate(parts)

    def label(self, name: str) -> int:
        """The row of a label by its name. Raises BadInput."""
        if not self.conditional:
            raise BadInput(f"{self.name}: {self.kind} takes no labels; leave the label out")
        return index_of(name, self.labels, self.name)

    def _labels(self, labels: np.ndarray | None, n: int) -> np.ndarray | None:
        if not self.conditional:
            if labels is not None:
                raise BadInput(f"{self.name}: {self.kind} takes no labels; leave the label out")
            return None
        if labels is None:
            raise BadInput(
                f"{self.name}: {self.kind} needs labels; give one of {', '.join(self.labels)}"
            )
        if np.ndim(labels) == 2:
            return np.asarray(labels, np.float32)
        labels = np.broadcast_to(np.asarray(labels, np.int64), (n,)).copy()
        if n and not 0 <= labels.min() <= labels.max() < len(self.labels):
            raise BadInput(f"{self.name}: labels lie from 0 to {len(self.labels) - 1}")
        return labels

    def _finite(self, part: np.ndarray, what: str) -> None:
        if not np.isfinite(part).all():
            raise BadInput(f"{self.name}: makes {what} that hold NaN or infinity; train it again")

    def _batches(self, n: int, what: str, shown: bool) -> Any:
        from tqdm import tqdm

        starts = range(0, n, self.batch)
        bar = tqdm(starts, desc=what, unit="batch", disable=not shown, dynamic_ncols=True)
        return (slice(start, start + self.batch) for start in bar)

    def _decoded(self, z: np.ndarray, labels: np.ndarray | None) -> np.ndarray:
        if self.network is None:
            assert self.call is not None
            return asked(self.call, z, self.name, signed=self.signed)
        import torch

        low, high = self.network.value_range
        with torch.inference_mode():
            told = None if labels is None else torch.from_numpy(labels).to(self.device)
            latents = torch.from_numpy(np.ascontiguousarray(z)).float().to(self.device)
            made = self.network.decode(latents, told)
            return ((made.float() - low) / (high - low)).clamp(0, 1).cpu().numpy()


ModelSource = LatentModel | str | Path | Callable[[np.ndarray], np.ndarray]


def as_model(
    source: ModelSource,
    *,
    device: str = "cpu",
    latent: int | None = None,
) -> LatentModel:
    """Return the model that `source` names or is.

    Parameters
    ----------
    source
        An opened model, the path of a checkpoint, the text ``module:callable``, or any function
        from latents (N, L) to images.
    device
        Where a checkpoint's network computes: cpu, cuda or mps.
    latent
        Number of latents of a callable. Default: its attribute ``latent``, or 6.

    Raises
    ------
    BadInput
        If there is no such model, or it cannot be used.
    """
    if isinstance(source, LatentModel):
        return source
    if callable(source):
        return from_callable(source, getattr(source, "__name__", "callable"), latent=latent)
    return open_model(str(source), device=device, latent=latent)


def open_model(spec: str, *, device: str = "cpu", latent: int | None = None) -> LatentModel:
    """A checkpoint file, or module:callable looked up from the current folder. Raises BadInput.

    latent: L of a callable; default its attribute `latent`, else 6.
    """
    if spec.endswith(".pt") or Path(spec).exists():
        return _checkpoint(spec, device)
    if ":" not in spec:
        raise BadInput(f"{spec}: no such file; give a checkpoint (RUN/ckpt.pt) or module:callable")
    return from_callable(import_callable(spec), spec, latent=latent)


def from_callable(
    call: Callable[[np.ndarray], np.ndarray], name: str = "callable", *, latent: int | None = None
) -> LatentModel:
    """A model of any function z (N, L) -> images; asked first to learn what it returns."""
    size = int(getattr(call, "latent", 6)) if latent is None else latent
    channels, side, signed = probed(call, name, size)
    return LatentModel(name, "callable", size, side, channels, call=call, signed=signed)


def _checkpoint(path: str, device: str) -> LatentModel:
    from fractaldream_models.checkpoint import load

    check_device(device)
    model = load(path, device)
    channels, size, _ = model.image_shape
    names = model.data.get("class_names") or [str(k) for k in range(model.classes)]
    labels = tuple(names) if model.classes else ()
    return LatentModel(
        path,
        model.kind,
        model.latent,
        size,
        channels,
        labels,
        model.data,
        network=model.requires_grad_(False),
        device=device,
    )


def index_of(name: str, names: tuple[str, ...], owner: str) -> int:
    """The place of a name among names. Raises BadInput, with the names there are."""
    if name not in names:
        shown = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
        raise BadInput(f"{owner}: no label {name!r}; there are {shown}")
    return names.index(name)
