"""A run resolved before it begins: settings, data and network that fit each other."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import torch

from fractaldream_models import kinds
from fractaldream_models.data.tensors import Data, open_data
from fractaldream_models.errors import BadInput
from fractaldream_models.evaluation import held_out as evaluation
from fractaldream_models.model import Model, ModelConfig
from fractaldream_models.settings import Settings

from .step import check_paired


@dataclass(frozen=True)
class Plan:
    """A run resolved but not begun: what --dry-run prints."""

    settings: Settings
    config: ModelConfig
    data: Data
    source: str
    root: str | None
    seed: int
    parameters: dict[str, int]

    def record(self) -> dict[str, Any]:
        """Plain values, for run.json."""
        train = self.settings.epoch_images if self.data.live else len(self.data.train)
        facts = self.data.facts or {}
        has = kinds.find(self.config.kind).convolutions(self.config)
        return {
            "source": self.source,
            "root": self.root,
            "seed": self.seed,
            "settings": asdict(self.settings),
            "images": {"train": train, "validation": len(self.data.validation)},
            "content": facts.get("content_sha256") or facts.get("sha256"),
            "convolutions": has and asdict(has),
            "parameters": self.parameters,
            "torch": torch.__version__,
        }


def plan(
    source: str,
    settings: Settings,
    *,
    root: str | None = None,
    seed: int = 0,
    data: Data | None = None,
) -> Plan:
    """Read the data, resolve size and channels, and check that all fits. Raises BadInput.

    data: where they are read already, `images` of the same.
    """
    kinds.check_settings(settings)
    s = settings
    data = data or images(source, s, root)
    most = s.epoch_images if data.live else len(data.train)
    s = replace(s, size=data.size, channels=data.channels, batch=min(s.batch, most))
    config = network(s, data)
    model = fresh(config, seed)
    if s.paired_weight > 0:
        check_paired(model, data.params)
    evaluation.check_chooser(s)
    parameters = {
        part: sum(p.numel() for p in module.parameters()) for part, module in model.named_children()
    }
    return Plan(s, config, data, source, root, seed, parameters)


def images(source: str, settings: Settings, root: str | None = None) -> Data:
    """What the settings ask of the source. Raises BadInput."""
    s = settings
    read = {key: getattr(s, key) for key in ("size", "channels", "palette", "resize", "part")}
    return open_data(source, root=root, held_out=s.held_out, limit=s.limit, **read)


def network(settings: Settings, data: Data) -> ModelConfig:
    """The network of these settings on these images. Raises BadInput where none can be built."""
    keys = [f.name for f in fields(ModelConfig) if f.name not in ("size", "channels", "classes")]
    values = {key: getattr(settings, key) for key in keys}
    kind = kinds.find(settings.kind)
    classes = data.classes if kind.conditional else 0
    config = ModelConfig(**values, size=data.size, channels=data.channels, classes=classes)
    kind.check(config)
    return config


def fresh(config: ModelConfig, seed: int) -> Model:
    """A model whose weights depend on the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return kinds.build(config)


@contextmanager
def memory(settings: Settings) -> Iterator[None]:
    """Turn running out of memory, on whatever device, into BadInput that says what to lower."""
    what = f"batch {settings.batch}, width {settings.width:g}: out of memory"
    mend = f"{what}; lower it with --set batch=N, --set width=W, --set size=S or --set limit=N"
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise BadInput(mend) from error
    except RuntimeError as error:  # how the allocator of the CPU says it
        if "can't allocate memory" not in str(error):
            raise
        raise BadInput(mend) from error
