"""The average of the generator's weights over the steps of a training."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from fractaldream_models.model import Model


class GeneratorAverage:
    """Exponential moving average of the generator's weights, which is sampled and saved.

    Parameters
    ----------
    generator
        The generator that is trained.
    decay
        Share of the average that each step keeps; less at first, when the average would consist
        of the weights that the training began with.
    """

    def __init__(self, generator: nn.Module, decay: float) -> None:
        self.generator, self.decay = copy.deepcopy(generator), decay

    def update(self, trained: nn.Module, number: int) -> None:
        """Move the average towards the weights after step `number`, from 1; buffers are copied.

        The average of step n keeps at most n / (n + 9): it spans about a tenth of the steps so far.
        """
        decay = min(self.decay, number / (number + 9))
        for average, weights in zip(self.generator.parameters(), trained.parameters(), strict=True):
            average.data.lerp_(weights.data, 1 - decay)
        for buffer, latest in zip(self.generator.buffers(), trained.buffers(), strict=True):
            buffer.copy_(latest)


@contextmanager
def evaluated(model: Model, average: GeneratorAverage | None) -> Iterator[Model]:
    """Give the model in evaluation mode, with the averaged generator where there is one."""
    trained = model.generator
    if average is not None:
        model.generator = average.generator
    model.eval()
    try:
        yield model
    finally:
        model.generator = trained
