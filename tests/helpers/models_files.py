"""Data that the tests of models write: what the renderer and MNIST have on disk.

Importing it holds torch to one thread: networks this small lose by more, and wait for each other
where tests share their cores.
"""

import gzip
import json
import os

import h5py
import numpy as np
import torch

torch.set_num_threads(1)
os.environ["OMP_NUM_THREADS"] = "1"  # of the processes that tests start


def write_dataset(path, n=60, size=16, version=1):
    """A dataset file as the renderer writes it: white ground, one bright block per image."""
    rng = np.random.default_rng(0)
    images = np.zeros((n, size, size), np.uint8)
    params = rng.uniform(-3, 3, (n, 6))
    for image, row in zip(images, params, strict=True):
        y, x = (np.abs(row[:2]) / 3 * (size - 6)).astype(int)
        image[y : y + 6, x : x + 6] = 100 + int(40 * abs(row[2]))
    split = np.zeros(n, np.uint8)
    split[::5], split[1::10] = 1, 2
    table = np.stack([np.arange(256)] * 3, 1).astype(np.uint8)
    table[:, 1] = 7
    table[0] = 255
    with h5py.File(path, "w") as file:
        file["images"], file["params"], file["split"] = images, params, split
        for name in ("kbc", "inferno", "viridis"):
            file[f"palettes/{name}"] = table
        file.attrs["format_version"] = version
        file.attrs["param_names"] = ["x0", "y0", "a", "b", "c", "d"]
        file.attrs["recipe"] = json.dumps({"n": n})
        file.attrs["content_sha256"] = "0" * 64
    return path


def write_idx(folder, stem, array, compress):
    raw = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes() + array.tobytes()
    path = folder / (stem + (".gz" if compress else ""))
    path.write_bytes(gzip.compress(raw) if compress else raw)


def write_mnist(folder, n=50, compress=True):
    rng = np.random.default_rng(0)
    folder.mkdir(exist_ok=True)
    images = rng.integers(0, 256, (n, 28, 28), dtype=np.uint8)
    write_idx(folder, "t10k-images-idx3-ubyte", images, compress)
    write_idx(folder, "t10k-labels-idx1-ubyte", (np.arange(n) % 10).astype(np.uint8), compress)
    return images


def write_model(path, kind="vae", latent=3, size=16, channels=1, classes=0, **data):
    """A checkpoint of a model with fresh weights; its path."""
    from fractaldream_models.checkpoint import save
    from fractaldream_models.kinds import build
    from fractaldream_models.model import ModelConfig

    torch.manual_seed(0)
    config = ModelConfig(kind, size, channels, latent, classes, width=0.1)
    save(build(config).eval(), path, data=data, metrics={})
    return str(path)
