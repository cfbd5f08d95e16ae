"""The input of every command: a model with its latent space."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fractaldream_base.errors import BadInput
from fractaldream_models.pretrained import is_pretrained

from .callables import images_of, import_callable, probe
from .devices import check_device

if TYPE_CHECKING:
    from torch import Tensor

    from fractaldream_models.model import Model

Parts = Iterator[tuple[slice, np.ndarray]]  # rows, and what was computed of them
Compute = Callable[["Tensor", "Tensor | None"], "Tensor"]  # of inputs and labels

PIXELS = 2**18  # of a batch: 256 images of 32 px, 16 of 128 px
# of a CPU's batches of one shape, several of them at once: 64 images of 32 px, 16 of 64 px or more
FIXED_PIXELS = 2**16


@dataclass(frozen=True)
class LatentModel:
    """A checkpoint's model or a callable: what it has of decode, encode and sample.

    Images are float32 (N, C, S, S) in [0, 1]; latents float (N, L); labels
    int (N,) of conditional kinds, which need them. `decode` also takes shares of labels, float
    (N, classes), for what lies between.

    A network that learnt levels is seen in the colours of its palette, like any image in colour; so
    are a callable's images of one channel where there are `colours`.

    On one processor and version of torch, a network's result for a row is the same to the last bit
    whatever the other rows and the number of threads. On another processor or on a GPU, the last
    bits of float32 differ. A callable is given at most `batch` rows at once, without this promise.
    """

    name: str
    kind: str  # of fractaldream_models.kinds, or callable
    latent: int  # L
    size: int  # S
    channels: int  # C, 1 or 3; 3 where a network of levels is seen in colour
    labels: tuple[str, ...] = ()  # names of the classes; none where the kind is not conditional
    data: dict[str, Any] = field(default_factory=dict)  # what the checkpoint says of its data
    network: "Model | None" = None
    call: Callable[[np.ndarray], np.ndarray] | None = None
    signed: bool = False  # whether the callable's floats lie in [-1, 1]
    device: str = "cpu"
    colours: "Tensor | None" = field(default=None, compare=False)  # of levels: uint8 (256, 3)
    reproducible: bool = True  # False: all threads on one image, rounded as their number has it

    @property
    def conditional(self) -> bool:
        """Return whether decoding needs labels."""
        return bool(self.labels)

    @property
    def normal_prior(self) -> bool:
        """Return whether samples are drawn from N(0, I)."""
        return self.network is None or self.network.normal_prior

    @property
    def noise_latents(self) -> bool:
        """Return whether a latent is the noise of all pixels of an image, as of `flow`."""
        from fractaldream_models import kinds

        return self.network is not None and kinds.find(self.kind).latents is not None

    @property
    def encodes(self) -> bool:
        """Return whether there is an encoder."""
        return self.network is not None and self.network.encoder is not None

    @property
    def batch(self) -> int:
        """Return how many images to hold in memory at once."""
        return max(8, min(256, PIXELS // self.size**2))

    def need_encoder(self, purpose: str) -> None:
        """Raise BadInput where there is no encoder."""
        if not self.encodes:
            from fractaldream_models import kinds

            raise BadInput(
                f"{self.name}: {self.kind} has no encoder, which {purpose} needs; "
                f"give one of {', '.join(kinds.having('encodes'))}"
            )

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw n latents from the prior, (n, L): N(0, I), where the kind has no other."""
        normal = rng.standard_normal((n, self.latent))
        if self.network is None or self.network.normal_prior:
            return normal
        import torch

        return self.network.prior(torch.from_numpy(normal)).numpy()

    def turns(self, n: int) -> np.ndarray | None:
        """Return n labels, all in turn; None where the kind is not conditional."""
        return np.arange(n) % len(self.labels) if self.conditional else None

    def sample(
        self,
        n: int,
        rng: np.random.Generator,
        labels: np.ndarray | None = None,
        *,
        progress: bool = False,
    ) -> np.ndarray:
        """Draw latents from the prior and return their n images; labels default to all in turn."""
        labels = self.turns(n) if labels is None else labels
        return self.decode(self.draw(n, rng), labels, progress=progress)

    def decode(
        self, z: np.ndarray, labels: np.ndarray | None = None, *, progress: bool = False
    ) -> np.ndarray:
        """Return the images of latents.

        Parameters
        ----------
        z
            Latents (N, L).
        labels
            int (N,), one int for all, or shares, float (N, classes); of conditional kinds alone.
        progress
            Show progress on stderr.

        Returns
        -------
        float32 (N, C, S, S) in [0, 1].

        Raises
        ------
        BadInput
            If shapes or labels do not fit, or an image is not finite.
        """
        z = np.asarray(z)
        if z.ndim != 2 or z.shape[1] != self.latent:
            raise BadInput(f"{self.name}: latents of shape {z.shape}; give (N, {self.latent})")
        labels = self._labels(labels, len(z))
        images = np.empty((len(z), self.channels, self.size, self.size), np.float32)
        batches = self._called(z) if self.network is None else self._decoded(z, labels)
        for at, part in self._shown(batches, len(z), "decoding", progress):
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
        """Return the latents of images: posterior means, float32 (N, L).

        Parameters
        ----------
        images
            (N, C, S, S) in [0, 1].
        labels, progress
            As `decode` takes them.

        Raises
        ------
        BadInput
            If there is no encoder, labels do not fit, or a latent is not finite.
        """
        self.need_encoder("encoding")
        assert self.network is not None
        labels = self._labels(labels, len(images))
        z = np.empty((len(images), self.latent), np.float32)
        batches = self._seen(self.network.encode, images, labels)
        for at, part in self._shown(batches, len(images), "encoding", progress):
            self._finite(part, "latents")
            z[at] = part
        return z

    def discriminate(self, images: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        """Return D(x), the probability of `real`, float32 (N,).

        Images as `encode` takes them. Raises BadInput where there is no discriminator on images.
        """
        if self.network is None or self.network.discriminator is None:
            raise BadInput(f"{self.name}: no discriminator on images in it")
        network = self.network
        labels = self._labels(labels, len(images))
        real = np.empty(len(images), np.float32)

        def judge(x: "Tensor", codes: "Tensor | None") -> "Tensor":
            return network.discriminate(x, codes)[:, 0].float().sigmoid()

        for at, part in self._seen(judge, images, labels):
            real[at] = part
        return real

    def label(self, name: str) -> int:
        """Return the row of a label by its name. Raises BadInput."""
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

    def _finite(self, part: np.ndarray, content: str) -> None:
        if not np.isfinite(part).all():
            raise BadInput(
                f"{self.name}: makes {content} that hold NaN or infinity; train it again"
            )

    def _shown(self, batches: Parts, n: int, title: str, progress: bool) -> Parts:
        """Show how many of n rows are done."""
        from fractaldream_base.progress import Bar

        bar = Bar(total=n, desc=title, unit="image", disable=not progress)
        with bar:
            for at, part in batches:
                bar.update(len(part))
                yield at, part

    def _called(self, z: np.ndarray) -> Parts:
        """Ask the callable for the images of latents, in batches."""
        assert self.call is not None
        for start in range(0, len(z), self.batch):
            at = slice(start, min(start + self.batch, len(z)))
            yield at, images_of(self.call, z[at], self.name, self.signed, self.colours)

    def _decoded(self, z: np.ndarray, labels: np.ndarray | None) -> Parts:
        """Decode latents by the network, in batches of images in [0, 1]."""
        from fractaldream_models.levels import coloured

        from .folding import folded

        assert self.network is not None
        network = folded(self.network)
        low, high = network.value_range

        def decode(latents: "Tensor", codes: "Tensor | None") -> "Tensor":
            images = network.decode(latents, codes)
            images = ((images.float() - low) / (high - low)).clamp(0, 1)
            return images if self.colours is None else coloured(images, self.colours)

        return self._computed(decode, z, labels)

    def _seen(self, function: Compute, images: np.ndarray, labels: np.ndarray | None) -> Parts:
        """Compute a function of images in [0, 1], given in the network's own range, in batches."""
        from fractaldream_models.levels import levels_of

        assert self.network is not None
        low, high = self.network.value_range

        def compute(x: "Tensor", codes: "Tensor | None") -> "Tensor":
            x = x if self.colours is None else levels_of(x, self.colours)
            return function(x * (high - low) + low, codes)

        return self._computed(compute, images, labels)

    def _computed(self, function: Compute, inputs: np.ndarray, labels: np.ndarray | None) -> Parts:
        """Compute a function of inputs and labels in batches."""
        import torch

        from evalkit.support.batches import fixed_batches

        @torch.inference_mode()
        def compute(x: "Tensor", codes: "Tensor | None") -> "Tensor":
            codes = None if codes is None else codes.to(self.device)
            return function(x.float().to(self.device), codes).float().cpu()

        x = torch.from_numpy(np.ascontiguousarray(inputs))
        codes = None if labels is None else torch.from_numpy(labels)
        if self.reproducible and self.device == "cpu":
            rows = max(16, min(64, FIXED_PIXELS // self.size**2))
            for at, part in fixed_batches(compute, x, codes, rows=rows):
                yield at, part.numpy()
            return
        for start in range(0, len(x), self.batch):
            at = slice(start, min(start + self.batch, len(x)))
            yield at, compute(x[at], None if codes is None else codes[at]).numpy()


ModelSource = LatentModel | str | Path | Callable[[np.ndarray], np.ndarray]


def as_model(source: ModelSource, *, device: str = "cpu", latent: int | None = None) -> LatentModel:
    """Return the model that `source` names or is.

    Parameters
    ----------
    source
        An opened model, the path of a checkpoint, ``pretrained:NAME`` (one of the package),
        ``module:callable``, or any function from latents (N, L) to images.
    device, latent
        As `open_model` takes them.

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
    """Open a checkpoint file, or ``module:callable`` looked up from the current folder.

    Parameters
    ----------
    spec
        The path or text; ``pretrained:NAME`` is always a checkpoint of the package.
    device
        Where a checkpoint's network computes: cpu, cuda or mps.
    latent
        Number L of latents of a callable. Default: its attribute ``latent``, or 6.

    Returns
    -------
    LatentModel
        The model, which decodes latents (N, L) to images, float32 (N, C, S, S) in [0, 1].

    Raises
    ------
    BadInput
        If there is no such model, or it cannot be used.
    """
    if is_pretrained(spec) or spec.endswith(".pt") or Path(spec).exists():
        return _checkpoint(spec, device)
    if ":" not in spec:
        raise BadInput(
            f"{spec}: no such file; give a checkpoint (RUN/ckpt.pt), pretrained:NAME or "
            "module:callable"
        )
    return from_callable(import_callable(spec), spec, latent=latent)


def from_callable(
    call: Callable[[np.ndarray], np.ndarray], name: str = "callable", *, latent: int | None = None
) -> LatentModel:
    """Return a model of any function z (N, L) -> images, called first to learn what it returns."""
    size = int(getattr(call, "latent", 6)) if latent is None else latent
    channels, side, signed = probe(call, name, size)
    return LatentModel(name, "callable", size, side, channels, call=call, signed=signed)


def _checkpoint(path: str, device: str) -> LatentModel:
    from fractaldream_models.checkpoint import load

    check_device(device)
    model = load(path, device)
    if model.translates:
        raise BadInput(f"{path}: {model.kind} translates images and has no latents; give another")
    channels, size, _ = model.image_shape
    names = model.data.get("class_names") or [str(k) for k in range(model.classes)]
    labels = tuple(names) if model.classes else ()
    return LatentModel(
        path,
        model.kind,
        model.latent,
        size,
        channels if model.colours is None else 3,
        labels,
        model.data,
        network=model.requires_grad_(False),
        device=device,
        colours=model.colours,
    )


def index_of(name: str, names: tuple[str, ...], owner: str) -> int:
    """Return the place of a name among names. Raises BadInput, with the names there are."""
    if name not in names:
        listed = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
        raise BadInput(f"{owner}: no label {name!r}; there are {listed}")
    return names.index(name)
