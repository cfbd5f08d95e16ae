"""Options that say which model and which images a command looks at."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import click

from fractaldream_base.options import (
    DEVICE,
    THREADS,
    Group,
    completed_data,
    options_group,
    path_option,
)
from fractaldream_models.pretrained import completed_checkpoints

if TYPE_CHECKING:
    from .images import ImageSet
    from .model import LatentModel

CKPT = click.argument("spec", metavar="CKPT", shell_complete=completed_checkpoints)
LATENT = click.option(
    "--latent",
    type=click.IntRange(1),
    help="Number of latents of a callable.  [default: its attribute latent, or 6]",
)
LABEL = click.option("--label", metavar="CLASS", help="Class that a conditional model decodes.")
CLASSIFIER = click.option(
    "--classifier",
    type=click.Path(),
    metavar="FILE",
    shell_complete=completed_checkpoints,
    help="Checkpoint of `evalkit classifier` that names the images, such as "
    "pretrained:mnist-classifier.",
)
ROOT = click.option(
    "--root", type=click.Path(), metavar="FOLDER", help="Folder that holds MNIST's IDX files."
)
PART = click.option("--part", type=click.Choice(["train", "test"]), help="Part of MNIST.")
RESIZE = click.option(
    "--resize", is_flag=True, help="Resize images of another size than the model's."
)
REPORT = path_option("--report", "HTML page to write.")


@dataclass(frozen=True)
class ModelOptions:
    """A checkpoint file, pretrained:NAME or module:callable, and where it computes."""

    spec: str
    device: str = "cpu"
    latent: int | None = None

    def open(self) -> "LatentModel":
        """Open the model. Raises BadInput."""
        from .model import open_model

        return open_model(self.spec, device=self.device, latent=self.latent)


@dataclass(frozen=True)
class ImageOptions:
    """A data set as a model sees it."""

    data: str | None
    root: str | None = None
    part: str | None = None
    resize: bool = False

    def open(self, model: "LatentModel | None") -> "ImageSet":
        """Read the images as `model` sees them. Raises BadInput."""
        from .images import open_images

        return open_images(self.data, model, root=self.root, part=self.part, resize=self.resize)

    def when_needed(self, model: "LatentModel | None") -> "Callable[[], ImageSet]":
        """Return a function that reads the images on its first call only."""
        return cache(lambda: self.open(model))


MODEL = options_group(ModelOptions, CKPT, LATENT, DEVICE, THREADS, name="source")


def images_group(text: str) -> Group:
    """Return the options of images; text: help of `--data`."""
    data = click.option("--data", metavar="DATA", shell_complete=completed_data, help=text)
    return options_group(ImageOptions, data, ROOT, PART, RESIZE, name="images")


IMAGES = images_group(
    "Data set file, image folder, mnist or fashion-mnist.  [default: as recorded in CKPT]"
)
