"""A run resolved before it begins: settings, data and network that fit each other."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import torch

from fractaldream_base.errors import BadInput
from fractaldream_models import kinds
from fractaldream_models.data.domains import in_turn
from fractaldream_models.data.sources import DataOptions, open_data
from fractaldream_models.data.tensors import Data
from fractaldream_models.evaluation import held_out as evaluation
from fractaldream_models.model import Model, ModelConfig
from fractaldream_models.settings import Settings

from .pairs import check_pairs
from .step import check_symmetric


@dataclass(frozen=True)
class Plan:
    """A run that is resolved but not begun: what --dry-run prints."""

    settings: Settings
    config: ModelConfig
    data: Data
    source: str
    root: str | None
    second: str | None
    seed: int
    parameters: dict[str, int]

    def record(self) -> dict[str, Any]:
        """Return plain values, as in run.json."""
        train = self.settings.epoch_images if self.data.live else len(self.data.train)
        convolutions = kinds.find(self.config.kind).networks.convolutions(self.config)
        return {
            "source": self.source,
            "root": self.root,
            "second": self.second,
            "seed": self.seed,
            "settings": asdict(self.settings),
            "images": {"train": train, "validation": len(self.data.validation)},
            "content": self.data.content,
            "convolutions": convolutions and asdict(convolutions),
            "parameters": self.parameters,
            "torch": torch.__version__,
        }


def plan(
    source: str,
    settings: Settings,
    *,
    root: str | None = None,
    second: str | None = None,
    seed: int = 0,
    data: Data | None = None,
) -> Plan:
    """Read the data, resolve size and channels, and check that everything fits.

    Parameters
    ----------
    source
        A data set file, an image folder, mnist, fashion-mnist or a live stream.
    settings
        What was asked for; size, channels and the largest batch come from the data.
    root
        Folder of the IDX files of MNIST.
    second
        The second data set, of kinds that learn from two domains.
    seed
        Seed of the run.
    data
        The images, where `images` has read them already.

    Raises
    ------
    BadInput
        If the data cannot be read, or no such network can be built or trained on them.
    """
    kinds.check_settings(settings)
    s = settings
    if second is not None and not kinds.find(s.kind).labelled:
        raise BadInput(
            f"--second: {s.kind} learns from one data set; leave it out, or give a kind that "
            f"learns from two: {', '.join(kinds.having('domains'))}"
        )
    data = data or images(source, s, root, second)
    most = s.epoch_images if data.live else len(data.train)
    if kinds.find(s.kind).domains:
        most -= most % 2
    s = replace(s, size=data.size, channels=data.channels, batch=min(s.batch, most))
    check_images_differ(source, data)
    config = network(s, data)
    if kinds.find(s.kind).domains:
        check_domains(source, data)
        data = in_turn(data)  # the first rows, which are looked at, shall be of both
    model = fresh(config, seed)
    check_pairs(model, s, data, source)
    if s.augment == "symmetries":
        check_symmetric("augment", s.augment, source, data)
    if s.equivariant != "none":
        check_symmetric("equivariant", s.equivariant, source, data)
    evaluation.check_chosen_figure(s)
    parameters = {
        part: sum(p.numel() for p in module.parameters()) for part, module in model.named_children()
    }
    return Plan(s, config, data, source, root, second, seed, parameters)


def check_domains(source: str, data: Data) -> None:
    """Refuse two domains of which one has too few images. Raises BadInput."""
    assert data.labels is not None
    names = (data.facts or {}).get("class_names") or ("0", "1")
    for domain, name in enumerate(names):
        counts = [
            int((data.labels[rows] == domain).sum()) for rows in (data.train, data.validation)
        ]
        if min(counts) < 2:
            raise BadInput(
                f"{source}: domain {name} has {counts[0]} images to learn and {counts[1]} held "
                "out; each needs 2 or more, give more images or another held_out"
            )


def check_images_differ(source: str, data: Data) -> None:
    """Refuse training images that are all the same picture. Raises BadInput."""
    first = data.images[data.train[0]]
    if all(bool((data.images[rows] == first).all()) for rows in data.train.split(512)):
        raise BadInput(
            f"{source}: all {len(data.train)} training images are the same picture; give images "
            "that differ"
        )


def images(
    source: str, settings: Settings, root: str | None = None, second: str | None = None
) -> Data:
    """Read the images of a source as the settings say. Raises BadInput."""
    s = settings
    names = [f.name for f in fields(DataOptions) if f.name not in ("root", "second")]
    values = {name: getattr(s, name) for name in names}
    return open_data(source, DataOptions(root, second=second, **values))


def network(settings: Settings, data: Data) -> ModelConfig:
    """Return the network of these settings for these images. Raises BadInput."""
    keys = [f.name for f in fields(ModelConfig) if f.name not in ("size", "channels", "classes")]
    values = {key: getattr(settings, key) for key in keys}
    kind = kinds.find(settings.kind)
    classes = data.classes if kind.labelled else 0
    config = ModelConfig(**values, size=data.size, channels=data.channels, classes=classes)
    config = kind.resolved(config)
    kind.check(config)
    return config


def fresh(config: ModelConfig, seed: int) -> Model:
    """Return a model whose weights depend on the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return kinds.build(config)
