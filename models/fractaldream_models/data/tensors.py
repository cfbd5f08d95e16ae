"""Dataset files, image folders and MNIST to tensors: uint8 in memory, coloured on the device."""

import gzip
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from fractaldream_models.errors import BadInput

from .live import HELD_OUT, PREFIX, YARDSTICK, Live, read_live

DATASET_FORMAT = 1
SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".webp"}
MNISTS = ("mnist", "fashion-mnist")


@dataclass(frozen=True)
class Data:
    """Images with what is known of each. Rows of `train` and `validation` index the images."""

    images: Tensor  # uint8 (N, C, S, S); levels with C = 1 where there is a palette
    train: Tensor  # int64
    validation: Tensor  # int64
    palette: Tensor | None = None  # uint8 (256, 3): colour of a level
    labels: Tensor | None = None  # int64 (N,)
    classes: int = 0
    params: Tensor | None = None  # float32 (N, P), standardised
    facts: dict[str, Any] | None = None  # plain values, for the checkpoint
    live: Live | None = None  # where training images come from; `train` then is a yardstick

    @property
    def size(self) -> int:
        return self.images.shape[-1]

    @property
    def channels(self) -> int:
        return 3 if self.palette is not None else self.images.shape[1]

    def to(self, device: torch.device) -> "Data":
        """All tensors on that device, still uint8."""

        def move(tensor: Tensor | None) -> Tensor | None:
            return None if tensor is None else tensor.to(device)

        return replace(
            self,
            images=self.images.to(device),
            palette=move(self.palette),
            labels=move(self.labels),
            params=move(self.params),
        )

    def batch(self, rows: Tensor, value_range: tuple[float, float]) -> Tensor:
        """float32 (len(rows), C, S, S) in value_range, coloured where there is a palette."""
        return self.coloured(self.images[rows.to(self.images.device)], value_range)

    def coloured(self, images: Tensor, value_range: tuple[float, float]) -> Tensor:
        """uint8 images or levels (N, C, S, S) as float32 in value_range."""
        if self.palette is not None:
            images = self.palette[images[:, 0].long()].permute(0, 3, 1, 2)
        low, high = value_range
        return images.float().div_(255 / (high - low)).add_(low)


def open_data(
    source: str | Path,
    *,
    root: str | Path | None = None,
    size: int | None = None,
    channels: int | None = None,
    palette: str = "kbc",
    resize: bool = False,
    part: str = "train",
    held_out: float = 0.1,
    limit: int | None = None,
) -> Data:
    """Read a dataset file, an image folder, `mnist`, `fashion-mnist` or a stream, `live:NAME,...`.

    Raises BadInput.

    size and channels default to what the data have; another size is refused unless resize.
    """
    source = str(source)
    if source.startswith(PREFIX):
        if limit is not None or resize:
            raise BadInput(f"{source}: has no end and one size; leave out limit and resize")
        data = _live(read_live(source), palette, channels)
    elif source in MNISTS:
        data = _mnist(source, root, part, held_out)
    elif Path(source).is_dir():
        data = _folder(Path(source), size, channels, resize, held_out)
    elif Path(source).is_file():
        data = _dataset_file(Path(source), palette, channels)
    else:
        raise BadInput(
            f"{source}: no such file or folder; give a dataset file, an image folder, "
            "mnist, fashion-mnist or live:NAME"
        )
    if channels not in (None, 1, 3):
        raise BadInput(f"channels={channels}: give 1 or 3")
    if channels is not None and data.channels != channels:
        if channels == 1:
            raise BadInput(f"{source}: colour images; leave channels unset or give 3")
        data = replace(data, images=data.images.expand(-1, 3, -1, -1).contiguous())
    if size is not None and data.size != size:
        if not resize:
            raise BadInput(
                f"{source}: images of {data.size} px, not {size}; give --set size={data.size} "
                "or allow --set resize=true"
            )
        data = resized(data, size)
    if limit is not None:
        data = replace(data, train=data.train[:limit])
    if len(data.train) < 2 or len(data.validation) < 2:
        raise BadInput(
            f"{source}: {len(data.train)} images to learn and {len(data.validation)} held out; "
            "each needs 2 or more, give more images or another held_out"
        )
    how = {"palette": palette, "resize": resize, "part": part, "held_out": held_out}
    read = {"source": str(source), **how, "limit": limit}
    shape = [data.channels, data.size, data.size]
    facts = {"shape": shape, "channels": data.channels, "read": read, **(data.facts or {})}
    return replace(data, facts=facts)


def resized(data: Data, size: int) -> Data:
    """Bilinear, antialiased. Levels cannot be averaged, so colour comes before."""
    images = data.images
    if data.palette is not None:
        images = data.palette[images[:, 0].long()].permute(0, 3, 1, 2)
    chunks = [
        F.interpolate(chunk.float(), (size, size), mode="bilinear", antialias=True)
        for chunk in images.split(512)
    ]
    return replace(data, images=torch.cat(chunks).round().clamp(0, 255).byte(), palette=None)


def _sha256(images: Tensor) -> str:
    return hashlib.sha256(images.contiguous().numpy().data).hexdigest()


def _split(n: int, held_out: float) -> tuple[Tensor, Tensor]:
    """Rows to learn and rows held out: the same for every run on the same number of images."""
    order = torch.randperm(n, generator=torch.Generator().manual_seed(0))
    kept = round(n * held_out)
    return order[kept:].sort().values, order[:kept].sort().values


def _dataset_file(path: Path, palette: str, channels: int | None) -> Data:
    import h5py

    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise BadInput(f"{path}: not an HDF5 file; write one with fractaldream render") from error
    with file:
        version = file.attrs.get("format_version")
        if version is None or "images" not in file or "split" not in file:
            raise BadInput(f"{path}: not a data set; write one with fractaldream render")
        colour = file["images"].ndim == 4
        missing = [name for name in ("params", "palettes") if name not in file and not colour]
        if missing:
            raise BadInput(f"{path}: damaged, has no {' and no '.join(missing)}; render it again")
        if int(version) != DATASET_FORMAT:
            raise BadInput(
                f"{path}: data set of format {int(version)}, this version reads "
                f"{DATASET_FORMAT}; render it again"
            )
        images = file["images"]
        if images.ndim == 4:
            return _packed(path, images, torch.from_numpy(file["split"][:]), channels)
        _check_shards(file, path)
        params = file["params"]
        if images.ndim != 3 or images.shape[1] != images.shape[2] or images.dtype != np.uint8:
            raise BadInput(f"{path}: images {images.shape} {images.dtype}, not square uint8")
        if palette not in file["palettes"]:
            there = ", ".join(file["palettes"])
            raise BadInput(f"palette {palette!r}: {path} has {there}")
        levels = torch.from_numpy(images[:])[:, None]
        table = torch.from_numpy(file["palettes"][palette][:])
        split = torch.from_numpy(file["split"][:])
        rows = torch.from_numpy(params[:])
        param_names = [str(name) for name in file.attrs["param_names"]]
        sha = str(file.attrs.get("content_sha256", ""))
    if not rows.isfinite().all():
        bad = int((~rows.isfinite()).any(1).nonzero()[0, 0])
        raise BadInput(f"{path}: parameters of image {bad} are not finite; render it again")
    train, validation = (split == 0).nonzero()[:, 0], (split == 1).nonzero()[:, 0]
    if len(train) == 0:
        raise BadInput(f"{path}: no training images; render more")
    mean, scale, standardised = _standardised(rows, rows[train])
    return Data(
        images=levels,
        train=train,
        validation=validation,
        palette=None if channels == 1 else table,
        params=standardised,
        facts={
            "param_names": param_names,
            "param_mean": mean.tolist(),
            "param_scale": scale.tolist(),
            "content_sha256": sha,
        },
    )


def _check_shards(file: Any, path: Path) -> None:
    """That the files a virtual data set points at are there and whole: HDF5 reads zeros if not."""
    images = file["images"]
    if not images.is_virtual:
        return
    sources = [path.parent / s.file_name.replace("%%", "%") for s in images.virtual_sources()]
    for source, size in zip(sources, images.attrs["shard_bytes"], strict=True):
        if not source.is_file() or source.stat().st_size != size:
            raise BadInput(f"{source}: missing or cut short, and {path} needs it; copy it again")


def _live(live: Live, palette: str, channels: int | None) -> Data:
    """The first images of a stream, in memory: some held out, some to measure with."""
    images, params = live.first(HELD_OUT + YARDSTICK)
    mean, scale, standardised = _standardised(params, params[HELD_OUT:])
    offer = live.offer()
    try:
        table = torch.from_numpy(offer.palette(palette).copy())
    except ValueError as error:
        raise BadInput(str(error)) from error
    return Data(
        images=images,
        train=torch.arange(HELD_OUT, len(images)),
        validation=torch.arange(HELD_OUT),
        palette=None if channels == 1 else table,
        params=standardised,
        facts={
            "param_names": list(offer.PARAM_NAMES),
            "param_mean": mean.tolist(),
            "param_scale": scale.tolist(),
        },
        live=live,
    )


def _standardised(rows: Tensor, learnt: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mean and scale of the rows that are learnt, and all rows in these units."""
    mean, scale = learnt.mean(0), learnt.std(0, unbiased=False)
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    return mean, scale, ((rows - mean) / scale).float()


def _packed(path: Path, images: Any, split: Tensor, channels: int | None) -> Data:
    """Colour images without palette or parameters, as `evalkit clean apply --pack` writes them."""
    n, height, width, depth = images.shape
    if height != width or depth != 3 or images.dtype != np.uint8:
        raise BadInput(f"{path}: images {images.shape} {images.dtype}, not square RGB uint8")
    if channels == 1:
        raise BadInput(f"{path}: colour images; leave channels unset or give 3")
    train, validation = (split == 0).nonzero()[:, 0], (split == 1).nonzero()[:, 0]
    if len(split) != n or len(train) == 0:
        raise BadInput(f"{path}: {len(train)} training images; pack it again with more")
    stack = torch.empty((n, 3, height, width), dtype=torch.uint8)
    for start in range(0, n, 512):  # never twice in memory
        rows = torch.from_numpy(images[start : start + 512])
        stack[start : start + len(rows)] = rows.permute(0, 3, 1, 2)
    facts = {"sha256": _sha256(stack)}
    return Data(images=stack, train=train, validation=validation, facts=facts)


def _folder(
    folder: Path, size: int | None, channels: int | None, resize: bool, held_out: float
) -> Data:
    """Images below a folder; the first floor of folders, where there is one, are the labels."""
    from PIL import Image, UnidentifiedImageError

    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    if not paths:
        kinds = " ".join(sorted(SUFFIXES))
        raise BadInput(f"{folder}: no images in this folder; it takes {kinds}")
    mode = "L" if channels == 1 else "RGB"
    arrays: list[np.ndarray] = []
    for path in paths:
        try:
            with Image.open(path) as image:
                if size is None:
                    size = image.width
                if image.size != (size, size):
                    if not resize:
                        width, height = image.size
                        raise BadInput(
                            f"{path}: {width}x{height}, not {size}x{size}; remove it, give "
                            f"--set size=N for another size, or allow --set resize=true"
                        )
                    resized = image.convert(mode).resize((size, size), Image.Resampling.BILINEAR)
                    arrays.append(np.asarray(resized))
                else:
                    arrays.append(np.asarray(image.convert(mode)))
        except (UnidentifiedImageError, OSError, SyntaxError) as error:
            raise BadInput(f"{path}: not a readable image; remove it") from error
    stack = np.stack(arrays)
    images = stack[:, None] if channels == 1 else stack.transpose(0, 3, 1, 2)
    owners = [p.relative_to(folder).parts[0] if p.parent != folder else "" for p in paths]
    names = sorted(set(owners))
    labels = None
    if len(names) > 1 and "" not in names:
        labels = torch.tensor([names.index(owner) for owner in owners])
    train, validation = _split(len(paths), held_out)
    pixels = torch.from_numpy(np.ascontiguousarray(images))
    return Data(
        images=pixels,
        train=train,
        validation=validation,
        labels=labels,
        classes=len(names) if labels is not None else 0,
        facts={"class_names": names if labels is not None else [], "sha256": _sha256(pixels)},
    )


def _read_idx(path: Path) -> np.ndarray:
    """An IDX file of bytes, plain or gzip. Raises BadInput."""
    try:
        raw = path.read_bytes()
        raw = gzip.decompress(raw) if path.suffix == ".gz" else raw
        if raw[:3] != b"\x00\x00\x08":
            raise ValueError("not IDX of bytes")
        shape = np.frombuffer(raw, ">i4", raw[3], 4)
        return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape).copy()
    except (ValueError, EOFError, OSError) as error:
        raise BadInput(f"{path}: not a complete IDX file; fetch it again") from error


def _mnist(name: str, root: str | Path | None, part: str, held_out: float) -> Data:
    """One part of (Fashion-)MNIST: IDX files below root, or fetched by torchvision."""
    prefix = {"train": "train", "test": "t10k"}[part]
    if root is None:
        from torchvision.datasets import MNIST, FashionMNIST

        kind = MNIST if name == "mnist" else FashionMNIST
        cache = Path.home() / ".cache" / "fractaldream"
        try:
            fetched = kind(cache, train=part == "train", download=True)
        except (RuntimeError, OSError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise BadInput(
                f"{name}: cannot be fetched ({reason}); give --root FOLDER that holds its IDX files"
            ) from error
        images, labels = fetched.data, fetched.targets
    else:
        arrays = []
        for stem in (f"{prefix}-images-idx3-ubyte", f"{prefix}-labels-idx1-ubyte"):
            found = sorted(Path(root).rglob(f"{stem}*"))
            if not found:
                other = {"train": "test", "test": "train"}[part]
                raise BadInput(f"{root}: no {stem}[.gz]; give another --root or --set part={other}")
            arrays.append(torch.from_numpy(_read_idx(found[0])))
        images, labels = arrays
        if images.ndim != 3 or labels.shape != images.shape[:1]:
            raise BadInput(f"{root}: {len(labels)} labels for {len(images)} images; fetch again")
    train, validation = _split(len(images), held_out)
    return Data(
        images=images[:, None],
        train=train,
        validation=validation,
        labels=labels.long(),
        classes=10,
        facts={"sha256": _sha256(images)},
    )
