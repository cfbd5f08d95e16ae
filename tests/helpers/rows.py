"""What is computed of a row, beside other rows and with other numbers of threads.

As a program, it prints as JSON what differs where the same rows are computed in other company. Its
environment decides on the instructions that the libraries use; `--no-bf16` makes this a processor
without bf16.
"""

import json
import sys
from collections.abc import Callable, Iterator

import numpy as np
import torch

ROWS = 150  # more than one batch
# rows that are computed together, by number of threads
SIZES = {1: (1, 2, 7, 13, 31, 80, 129), 2: (7, ROWS), 4: (1, ROWS)}
Function = Callable[..., list[np.ndarray]]


def functions() -> Iterator[tuple[str, Function, list[np.ndarray]]]:
    """What evalkit computes row by row: a name, the function, and arrays of rows."""
    from evalkit.inputs.model import LatentModel
    from evalkit.networks.classifier import Classifier, ClassifierConfig, Network
    from evalkit.networks.features import pixels
    from evalkit.networks.inverse_renderer import InverseRenderer
    from fractaldream_models.kinds import build
    from fractaldream_models.model import ModelConfig

    rng = np.random.default_rng(0)
    torch.manual_seed(0)
    for channels in (1, 3):
        inverse = InverseRenderer(channels).eval().to(memory_format=torch.channels_last)
        small = rng.random((ROWS, channels, 32, 32), np.float32)
        yield f"hidden layer, {channels}", _one(inverse.hidden), [small]
    yield "answer", _answer(inverse), [inverse.hidden(small), rng.standard_normal((ROWS, 6))]

    for kind, size, more in (
        ("aae", 16, {}),
        ("dcgan", 16, {}),
        ("vae", 28, {}),
        ("vae", 32, {"architecture": "conv"}),
        ("cvae-gan", 16, {"classes": 3}),
    ):
        config = ModelConfig(kind, size, 1, 4, width=0.125, **more)
        network = build(config).eval().requires_grad_(False)
        labels = [rng.integers(0, 3, ROWS)] if config.classes else []
        names = tuple("abc") if labels else ()
        model = LatentModel(kind, kind, 4, size, 1, names, network=network)
        images = rng.random((ROWS, 1, size, size), np.float32)
        what = f"{kind} {size} {more}"
        yield f"decode, {what}", _one(model.decode), [rng.standard_normal((ROWS, 4)), *labels]
        if model.encodes:
            yield f"encode, {what}", _one(model.encode), [images, *labels]
        if network.discriminator is not None:
            yield f"discriminate, {what}", _one(model.discriminate), [images, *labels]

    images = rng.random((ROWS, 1, 28, 28), np.float32)
    config = ClassifierConfig(28, 1, tuple("0123456789"))
    classifier = Classifier(config, Network(config).eval(), {}, {})
    yield "classifier, probabilities", _one(classifier.probabilities), [images]
    yield "classifier, features", _one(classifier.features), [images]
    for size, channels in ((64, 1), (64, 3), (48, 1)):
        images = rng.random((ROWS, channels, size, size), np.float32)
        yield f"pixels, {channels} x {size}", _one(pixels(size, channels).of), [images]


def differences() -> list[str]:
    """Return what differs from all rows computed together by one thread."""
    before = torch.get_num_threads()
    different = []
    try:
        for name, function, arrays in functions():
            torch.set_num_threads(1)
            rng = np.random.default_rng(1)
            whole = function(*arrays)
            for threads, sizes in SIZES.items():
                torch.set_num_threads(threads)
                for size in sizes:
                    rows = rng.permutation(ROWS)[:size]
                    parts = function(*(array[rows] for array in arrays))
                    same = (
                        np.array_equal(part, all_rows[rows])
                        for part, all_rows in zip(parts, whole, strict=True)
                    )
                    if not all(same):
                        different.append(f"{name}: {size} rows, {threads} threads")
    finally:
        torch.set_num_threads(before)
    return different


def _one(function: Callable[..., np.ndarray]) -> Function:
    return lambda *arrays: [function(*arrays)]


def _answer(inverse: object) -> Function:
    def answer(hidden: np.ndarray, v: np.ndarray) -> list[np.ndarray]:
        mixture = inverse.answer(hidden)  # type: ignore[attr-defined]
        tensors = [mixture.log_weight, mixture.mean, mixture.whiten]
        tensors += [*mixture.moments(), mixture.products()]
        tensors.append(mixture.log_prob(torch.from_numpy(v).float()))
        return [tensor.numpy() for tensor in tensors]

    return answer


if __name__ == "__main__":
    if "--no-bf16" in sys.argv:
        torch.cpu.get_capabilities = dict  # type: ignore[assignment]
    print(json.dumps(differences()))
