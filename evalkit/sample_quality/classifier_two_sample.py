"""Can a network learn to tell generated images from real ones? The classifier two-sample test.

A small convolutional network learns, from half of the real and half of the generated images, which
are which. Its accuracy on the other halves is 50% where the two sets follow one law, up to chance,
and 100% where every image betrays itself.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from evalkit.support.threads import side_by_side
from evalkit.support.versions import fingerprint
from fractaldream_base.cache import cache_folder
from fractaldream_base.errors import BadInput
from fractaldream_base.files import write_json

SIDE = 64  # pixels that the network sees at most
SMALLEST = 4  # side of its last layer, in pixels
WIDTH = 16  # channels of its first layer
EPOCHS = 8
BATCH = 64
RATE, DECAY = 3e-3, 1e-2
CONFIDENCE = 0.95
STREAM = 0xC257  # keeps these draws apart from other draws of the same seed


@dataclass(frozen=True)
class ClassifierTest:
    """The classifier two-sample test of generated images against real ones.

    Attributes
    ----------
    accuracy
        Share of held-out images that are told rightly; 0.5 is perfect, lower values are chance.
    interval
        Wilson's 95% interval of the accuracy, over held-out images; that of another network or of
        more images to learn from is not in it.
    p_value
        Probability of such an accuracy where the two sets follow one law (binomial, one-sided).
    real_accuracy
        The same accuracy with training images in place of the generated: what a perfect generator
        would score; None where none were given.
    learnt, held_out
        Number of images that the network learnt from, and of those that it is judged on, half of
        them real.
    side
        Side of the images as the network sees them, in pixels.
    """

    accuracy: float
    interval: tuple[float, float]
    p_value: float
    real_accuracy: float | None
    learnt: int
    held_out: int
    side: int


@dataclass(frozen=True)
class _Task:
    """Two sets of images, uint8 (N, C, S, S), the network and the generator of its batches.

    report is called at the end of each epoch.
    """

    real: Tensor
    other: Tensor
    network: nn.Module
    rng: torch.Generator
    device: str
    report: Callable[[], object]


def classifier_test(
    *,
    real: np.ndarray,
    generated: np.ndarray,
    training: np.ndarray | None = None,
    seed: int,
    device: str = "cpu",
    progress: bool = False,
) -> ClassifierTest:
    """Train a network to tell generated images from real ones, and judge it on held-out images.

    The same is done for training images, side by side where there are two cores. At 32 px, 2,000
    images of each take some 20 s of one core for each of the two. On a CPU, the result depends on
    the images and the seed alone, not on the number of threads.

    Parameters
    ----------
    real, generated, training
        As many images of each, uint8 (N, C, S, S), of at most 64 px (see `visible`); without
        training images, only the generated ones are tested.
    seed
        Random seed.
    device
        Where the networks are trained.
    progress
        Whether to show progress on stderr.

    Returns
    -------
    ClassifierTest

    References
    ----------
    Lopez-Paz, D. and Oquab, M. (2017). Revisiting classifier two-sample tests. *ICLR*.
    """
    from scipy.stats import binomtest

    from fractaldream_base.progress import Bar

    others = [generated] if training is None else [generated, training]
    total = len(others) * EPOCHS
    with Bar(total=total, desc="classifier test", unit="epoch", disable=not progress) as bar:
        tasks = [_task(real, other, seed, device, bar.update) for other in others]
        correct, *of_training = side_by_side(_known_correct, tasks)
    held_out = 2 * (len(real) - len(real) // 2)
    test = binomtest(correct, held_out, 0.5, alternative="greater")
    bounds = binomtest(correct, held_out).proportion_ci(CONFIDENCE, method="wilson")
    return ClassifierTest(
        accuracy=correct / held_out,
        interval=(float(bounds.low), float(bounds.high)),
        p_value=float(test.pvalue),
        real_accuracy=of_training[0] / held_out if of_training else None,
        learnt=2 * (len(real) // 2),
        held_out=held_out,
        side=real.shape[-1],
    )


def visible(images: np.ndarray) -> np.ndarray:
    """Return images as the network sees them, uint8: as they are, or shrunk to 64 px.

    All are rounded to the 256 levels of an image file, so that real images do not betray themselves
    by that.

    Parameters
    ----------
    images
        float32 (N, C, S, S) in [0, 1].
    """
    if images.shape[-1] > SIDE:
        x = torch.from_numpy(np.ascontiguousarray(images))
        images = F.interpolate(x, (SIDE, SIDE), mode="bilinear", antialias=True).numpy()
    out: np.ndarray = (images * 255).round().clip(0, 255).astype(np.uint8)
    return out


def _network(channels: int, side: int) -> nn.Module:
    """Return a network that tells (N, C, S, S) in [-1, 1]: one logit for each image, (N, 1)."""
    layers: list[nn.Module] = []
    wide = WIDTH
    while side >= 2 * SMALLEST or not layers:
        layers += [nn.Conv2d(channels, wide, 3, 1, 1, bias=False), nn.BatchNorm2d(wide)]
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
        channels, wide, side = wide, min(2 * wide, 4 * WIDTH), side // 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * side**2, 1))


def _task(
    real: np.ndarray,
    other: np.ndarray,
    seed: int,
    device: str,
    report: Callable[[], object],
) -> _Task:
    """Return a network with its first weights, and the two sets of images in a random order."""
    rng = torch.Generator().manual_seed(seed ^ STREAM)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed ^ STREAM)
        network = _network(real.shape[1], real.shape[-1]).to(device)
    sets = (torch.from_numpy(images[: len(real)]) for images in (real, other))
    shuffled = [images[torch.randperm(len(images), generator=rng)] for images in sets]
    return _Task(shuffled[0], shuffled[1], network, rng, device, report)


def _known_correct(task: _Task) -> int:
    """Return how many held-out images the network tells, trained where the cache does not know it.

    The answer depends on the images, the seed, the device and the fingerprint of code, libraries
    and processor alone. Of two models that are judged on the same data, the training images need
    one network.
    """
    digest = hashlib.sha256(f"{fingerprint()} {task.device} {task.rng.initial_seed()}".encode())
    for images in (task.real, task.other):
        digest.update(str(tuple(images.shape)).encode())
        digest.update(images.numpy().tobytes())
    path = cache_folder() / f"two-sample-{digest.hexdigest()[:32]}.json"
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = None
    if isinstance(known, int):
        return known
    correct = _correct(task)
    with contextlib.suppress(BadInput, OSError):  # the cache cannot be written: not kept
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, correct)
    return correct


def _correct(task: _Task) -> int:
    """Train the network on the first halves of the images; return how many others it tells."""
    half = len(task.real) // 2
    network = task.network.train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    steps = EPOCHS * -(-half // (BATCH // 2))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    with torch.enable_grad():
        for _ in range(EPOCHS):
            orders = [torch.randperm(half, generator=task.rng).split(BATCH // 2) for _ in range(2)]
            for of_real, of_other in zip(*orders, strict=True):
                logits, answers = _answers(task, of_real, of_other)
                loss = F.binary_cross_entropy_with_logits(logits, answers)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
            task.report()
    network.eval()
    correct = 0
    with torch.no_grad():
        for rows in torch.arange(half, len(task.real)).split(BATCH):
            logits, answers = _answers(task, rows, rows)
            correct += int(((logits > 0) == (answers > 0)).sum())
    return correct


def _answers(task: _Task, of_real: Tensor, of_other: Tensor) -> tuple[Tensor, Tensor]:
    """Return the logits of rows of both sets, and the right answers: 0 for real images, 1 else."""
    images = torch.cat([task.real[of_real], task.other[of_other]]).to(task.device)
    logits: Tensor = task.network(images.float() / 127.5 - 1)[:, 0]
    answers = torch.cat([torch.zeros(len(of_real)), torch.ones(len(of_other))]).to(task.device)
    return logits, answers
