"""Data set files and packs as a data set of PyTorch, in the conventions of torchvision."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torchvision.datasets import VisionDataset

from fractaldream_base.errors import BadInput
from fractaldream_base.opening import reading

from .dataset_file import check_shards, open_dataset_file
from .folder_contents import FolderContents, pack_contents

SPLITS = ("train", "validation", "test")  # as the file counts them: 0, 1, 2
TARGETS = ("params", "index", "class")
CHUNK_CACHE = 32 * 2**20  # bytes; a pack keeps 64 images in a chunk, and they are read in any order


class FractalDreamDataset(VisionDataset):
    """A data set file, or a pack of `evalkit clean apply`, for a `torch.utils.data.DataLoader`.

    It follows torchvision: an element is a pair of a PIL image and its target, to which `transform`
    and `target_transform` are applied. Images are read when they are needed. Every process opens
    the file for itself, so that a DataLoader may have any number of workers, forked or spawned.

    Parameters
    ----------
    path : str or Path
        The HDF5 file that `fractaldream render` or `evalkit clean apply --pack` wrote.
    split : {"train", "validation", "test"}, optional
        Part of the images. Default: all of them. A pack has no test images.
    transform : callable, optional
        Function of a PIL image, such as `torchvision.transforms.ToTensor()`.
    target : {"params", "index", "class"}
        What is learnt of an image: its parameters in their own units, float32 (6,); its number in
        the recipe (its row in a pack), int; or its class in a pack, int.
    target_transform : callable, optional
        Function of the target.
    palette : str, optional
        Palette that colours the levels of a data set file: `kbc`, `inferno` or `viridis`. With
        None, images are the levels themselves (mode L, 0 was never visited). Packs have colours.

    Attributes
    ----------
    rows : ndarray of int64 (n,)
        Rows of the file, in the order of the data set.
    params : ndarray of float64 (n, 6), or None
        Parameters of these images, in the order of `param_names`.
    param_names : list of str
        Names of the parameters; empty for a pack.
    classes : list of str
        Names of the classes of a pack: the folders that the images lay in.
    class_to_idx : dict
        Number of each class.
    targets : Tensor
        Targets of all images, before `target_transform`.

    Raises
    ------
    BadInput
        If the file is no data set or is damaged, the split is empty, or it has no such target.

    Examples
    --------
    >>> import fractaldream as fd
    >>> import fractaldream_models as fm
    >>> from torch.utils.data import DataLoader
    >>> from torchvision.transforms import ToTensor
    >>> rendered = fd.render(fd.Recipe(n=40, size=32, iterations=4000), "small.h5")
    >>> train = fm.FractalDreamDataset("small.h5", "train", transform=ToTensor())
    >>> images, params = next(iter(DataLoader(train, batch_size=8)))
    >>> images.shape, params.shape
    (torch.Size([8, 3, 32, 32]), torch.Size([8, 6]))
    >>> fm.FractalDreamDataset("small.h5", target="index")[3][1]
    3
    """

    def __init__(
        self,
        path: str | Path,
        split: str | None = None,
        transform: Callable[[Any], Any] | None = None,
        target: str = "params",
        *,
        target_transform: Callable[[Any], Any] | None = None,
        palette: str | None = "kbc",
    ) -> None:
        super().__init__(str(path), transform=transform, target_transform=target_transform)
        self.path = Path(path).absolute()  # a worker may have another working directory
        self.split, self.target = split, target
        self._opened: tuple[int, Any] | None = None
        file = self._file
        self._packed = file["images"].ndim == 4
        self.params: np.ndarray | None = None
        self._colours: np.ndarray | None = None
        self.param_names: list[str] = []
        with reading(self.path):
            check_shards(file["images"], self.path)
            self.rows = self._rows(file)
            if palette is not None and not self._packed:
                self._colours = self._palette(file, palette)
            if not self._packed:
                self.params = file["params"][:][self.rows]
                self.param_names = [str(name) for name in file.attrs["param_names"]]
            contents = pack_contents(path, file["path"].asstr()[:]) if "path" in file else None
            self.classes = [] if contents is None else list(contents.class_names)
            self.class_to_idx = {name: number for number, name in enumerate(self.classes)}
            self.targets = self._targets(file, contents)

    @property
    def _file(self) -> Any:
        # an HDF5 handle must not cross into another process: each one opens its own
        if self._opened is None or self._opened[0] != os.getpid():
            self._opened = (os.getpid(), open_dataset_file(self.path, rdcc_nbytes=CHUNK_CACHE))
        return self._opened[1]

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_opened": None}

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        row = self.rows[index]  # IndexError beyond the end: a plain loop over the data set ends
        with reading(self.path):
            pixels = self._file["images"][int(row)]
        if self._colours is not None:
            pixels = self._colours[pixels]
        target = self.targets[index]
        image, value = Image.fromarray(pixels), target if target.ndim else int(target)
        return (image, value) if self.transforms is None else self.transforms(image, value)

    def extra_repr(self) -> str:
        """Return the lines that the representation shows below the place of the file."""
        return f"Split: {self.split or 'all'}\nTarget: {self.target}"

    def _rows(self, file: Any) -> np.ndarray:
        """Return the rows of the split."""
        if self.split is not None and self.split not in SPLITS:
            raise BadInput(f"split {self.split!r}: give one of {', '.join(SPLITS)}, or None")
        splits = file["split"][:]
        if len(splits) != len(file["images"]):
            raise BadInput(f"{self.path}: damaged, its columns differ in length; copy it again")
        if self.split is None:
            return np.arange(len(splits))
        rows = np.flatnonzero(splits == SPLITS.index(self.split))
        if not len(rows):
            available = [name for number, name in enumerate(SPLITS) if (splits == number).any()]
            raise BadInput(
                f"{self.path}: no images in the split {self.split!r}; it has {', '.join(available)}"
            )
        return rows

    def _palette(self, file: Any, name: str) -> np.ndarray:
        """Return the colour of each level, uint8 (256, 3)."""
        if name not in file["palettes"]:
            available = ", ".join(file["palettes"])
            raise BadInput(f"palette {name!r}: {self.path} has {available}")
        out: np.ndarray = file["palettes"][name][:]
        return out

    def _targets(self, file: Any, contents: FolderContents | None) -> torch.Tensor:
        """Return the targets of all images of the split."""
        if self.target not in TARGETS:
            raise BadInput(f"target {self.target!r}: give one of {', '.join(TARGETS)}")
        if self.target == "params":
            if self.params is None:
                raise BadInput(
                    f"{self.path}: a pack of images has no parameters; give target='index' or "
                    "target='class'"
                )
            return torch.from_numpy(self.params).float()
        if self.target == "class":
            if contents is None or not contents.labels:
                raise BadInput(
                    f"{self.path}: its images have no classes; give another target, such as "
                    f"target={'index' if self._packed else 'params'!r}"
                )
            return torch.tensor(contents.labels)[self.rows]
        index = self.rows if self._packed else file["index"][:][self.rows]
        return torch.from_numpy(np.asarray(index, np.int64))
