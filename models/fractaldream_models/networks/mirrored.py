"""Networks of a generator and of towers, its mirror images, which encode or judge."""

from collections.abc import Callable, Mapping

from torch import nn

from fractaldream_models.model import ModelConfig

from .family import LayerOptions

Network = Callable[[int, int, int, LayerOptions], nn.Module]  # size, channels, latent or outputs


def build_mirrored(
    config: ModelConfig,
    options: LayerOptions,
    generator: Network,
    tower: Network,
    outputs: Mapping[str, int],
) -> dict[str, nn.Module]:
    """Return a generator, and a tower for each name with that many outputs."""
    networks = {"generator": generator(config.size, config.channels, config.latent, options)}
    for name, count in outputs.items():
        networks[name] = tower(config.size, config.channels, count, options)
    return networks
