"""Kinds that learn from two data sets without pairs: `cogan` and `cyclegan`, against the truth.

    python bench/zoo_domains.py prepare ROOT DATA
    python bench/zoo_domains.py supervised DATA OUT --seed 0
    python bench/zoo_domains.py pairs NAME CHECKPOINT DATA --out FILE.json
    python bench/zoo_domains.py translations CHECKPOINT DATA --out FILE.json
    python bench/zoo_domains.py table FOLDER [--json FILE]

`prepare` writes all data sets to the folder DATA. ROOT holds the IDX files of MNIST. `pairs` is how
well the two images of one latent belong together, `translations` how much translations are like the
true images, both for one model; `table` prints mean and range over seeds.
"""

import argparse
import json
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from result_tables import Column, add_json_option, print_table, save_tables
from scipy.ndimage import grey_erosion
from scipy.stats import rankdata
from torch import Tensor

import fractaldream_models as fm
from fractaldream_models import checkpoint, kinds
from fractaldream_models.data.mnist import read_mnist

SIZE = 32
TRAIN, TEST = 5000, 1000  # images of each rendered set
COARSE, FINE = 5_000, 60_000  # map steps of an image
PAIRS = 10_000  # latents, as in the paper of CoGAN
CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], bool)


def edges(image: np.ndarray) -> np.ndarray:
    """Return the inner edge of a digit: the image less its grey erosion by a cross, uint8."""
    return image - np.minimum(image, grey_erosion(image, footprint=CROSS))


def negative(image: np.ndarray) -> np.ndarray:
    """Return the negative of an image, uint8."""
    return 255 - image


TRANSFORMS = {"edges": edges, "negatives": negative}


def prepare(root: str, data: Path) -> None:
    """Write disjoint halves of the digits, edges and negatives of the second, and rendered sets."""
    data.mkdir(parents=True, exist_ok=True)
    digits = np.pad(
        read_mnist("mnist", root, "test", 0.1).images[:, 0].numpy(), ((0, 0), (2, 2), (2, 2))
    )
    half = len(digits) // 2
    _write_folder(data / "digits", digits[:half])
    for name, transform in TRANSFORMS.items():
        _write_folder(data / name, np.stack([transform(image) for image in digits[half:]]))
    sets = {"coarse": (COARSE, 1, TRAIN), "fine": (FINE, 2, TRAIN), "test-fine": (FINE, 3, TEST)}
    for name, (steps, seed, n) in sets.items():
        _render(data / f"{name}.h5", steps, "--n", str(n), "--seed", str(seed))
    _render(data / "log.h5", FINE, "--n", str(TRAIN), "--seed", "4", "--tone", "log")
    for name, steps in (("coarse", FINE), ("fine", COARSE), ("test-fine", COARSE)):
        _render_again(data / f"{name}.h5", data / f"{name}-other.h5", steps)
    _render_again(data / "test-fine.h5", data / "test-log.h5", FINE, "--tone", "log")


def _write_folder(folder: Path, images: np.ndarray) -> None:
    folder.mkdir(exist_ok=True)
    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{number:05d}.png")


def _render(out: Path, steps: int, *words: str) -> None:
    """Render a set, unless it is there."""
    command = [sys.executable, "-m", "fractaldream", "render", "--size", str(SIZE), "--quiet"]
    command += ["--iterations", str(steps), *words, "--out", str(out)]
    if not out.exists():
        subprocess.run(command, check=True)


def _render_again(source: Path, out: Path, steps: int, *words: str) -> None:
    """Render the parameters of a set in another number of steps or another tone."""
    import h5py

    table = out.with_suffix(".csv")
    with h5py.File(source) as file:
        names = [str(name) for name in file.attrs["param_names"]]
        np.savetxt(table, file["params"][:], "%.17g", ",", header=",".join(names), comments="")
    _render(out, steps, "--params", str(table), *words)


def supervised(data: Path, out: Path, a: argparse.Namespace) -> None:
    """Train translators of the size of the preset `cyclegan-fdd` on pairs, by the mean error."""
    device, started, steps = a.device, time.perf_counter(), 0
    settings = fm.preset("cyclegan-fdd")
    pairs = [
        _paired(data / "coarse.h5", data / "coarse-other.h5"),
        _paired(data / "fine.h5", data / "fine-other.h5"),
    ]
    torch.manual_seed(a.seed)
    config = fm.ModelConfig("cyclegan", SIZE, 1, settings.latent, 2, settings.width)
    model = kinds.build(config).to(device)
    optimizer = torch.optim.Adam(
        model.generator.parameters(), settings.lr_g, (settings.b1, settings.b2)
    )
    average = torch.optim.swa_utils.AveragedModel(
        model.generator, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(settings.ema)
    )
    half = settings.batch // 2
    for _ in range(a.epochs):
        if time.perf_counter() - started > a.seconds:
            break
        orders = [torch.randperm(len(given)).split(half) for given, _ in pairs]
        for rows in zip(*orders, strict=True):
            loss = torch.zeros((), device=device)
            for translator, (given, true), at in zip(
                model.generator.of_each, pairs, rows, strict=True
            ):
                translated = translator(given[at].to(device))
                loss = loss + torch.nn.functional.l1_loss(translated, true[at].to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            average.update_parameters(model.generator)
            steps += 1
            if time.perf_counter() - started > a.seconds:
                break
    model.generator.load_state_dict(average.module.state_dict())
    facts = {"class_names": ["coarse", "fine"], "read": {"source": "coarse.h5", "palette": "kbc"}}
    out.parent.mkdir(parents=True, exist_ok=True)
    checkpoint.save(model, out, data=facts, metrics={"steps": steps})


def _levels(path: Path) -> Tensor:
    """Return the levels of a rendered set, float (N, 1, S, S) in [0, 1]."""
    data = fm.open_data(path, fm.DataOptions(channels=1))
    return data.images.float() / 255


def _paired(given: Path, true: Path) -> tuple[Tensor, Tensor]:
    return 2 * _levels(given) - 1, 2 * _levels(true) - 1


@torch.no_grad()
def of_both(model: fm.Model, n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return the images of n latents in both domains, uint8 (N, S, S) each."""
    z = torch.randn(n, model.latent, generator=torch.Generator().manual_seed(seed))
    drawn = []
    for domain in (0, 1):
        labels = torch.full((n,), domain)
        parts = [model.decode(*part) for part in zip(z.split(500), labels.split(500), strict=True)]
        drawn.append((torch.cat(parts)[:, 0] * 127.5 + 127.5).round().byte().numpy())
    return drawn[0], drawn[1]


def agreement(first: np.ndarray, second: np.ndarray) -> float:
    """Return the share of pixels that are on the same side of half in both."""
    return float(((first > 127) == (second > 127)).mean())


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Return the mean over images of the rank correlation of their pixels."""
    ranks = [rankdata(images.reshape(len(images), -1), axis=1) for images in (first, second)]
    centred = [r - r.mean(1, keepdims=True) for r in ranks]
    norms = [np.sqrt((c**2).sum(1)) for c in centred]
    return float(((centred[0] * centred[1]).sum(1) / np.maximum(norms[0] * norms[1], 1e-9)).mean())


def pairs(name: str, path: str, data: Path, n: int) -> dict[str, float]:
    """Measure how well the images of one latent belong together, beside those of two latents."""
    first, second = of_both(fm.load(path), n)
    if name in TRANSFORMS:
        expected = np.stack([TRANSFORMS[name](image) for image in first])
        shifted = np.roll(expected, 1, 0)
        return {"pair": agreement(expected, second), "chance": agreement(shifted, second)}
    true = [
        (_levels(data / f"{tone}.h5")[:, 0] * 255).byte().numpy()
        for tone in ("test-fine", "test-log")
    ]
    return {
        "pair": rank_correlation(first, second),
        "chance": rank_correlation(np.roll(first, 1, 0), second),
        "truth": rank_correlation(*true),
    }


def translations(path: str, data: Path) -> dict[str, dict[str, float]]:
    """Measure translations of unseen parameters in both directions, and images left as they are."""
    coarse, fine = data / "test-fine-other.h5", data / "test-fine.h5"
    errors = {}
    for origin, source, true in (("coarse", coarse, fine), ("fine", fine, coarse)):
        options = fm.TranslateOptions(domain=origin, truth=str(true))
        result = fm.translate(path, source, options)
        assert result.translated is not None and result.untranslated is not None
        errors[f"from {origin}"] = asdict(result.translated)
        errors[f"from {origin}, left as it is"] = asdict(result.untranslated)
    return errors


def table(folder: Path, json_file: Path | None) -> None:
    """Print the mean and the range over seeds of all JSON files NAME-SEED.json of a folder."""
    groups: dict[str, list[dict]] = {}
    for path in sorted(folder.rglob("*.json")):
        name, _, seed = path.stem.rpartition("-")
        if seed.isdigit():
            groups.setdefault(name, []).append(_flat(json.loads(path.read_text())))
    rows = (
        (name, key, [run[key] for run in runs], len(runs))
        for name, runs in groups.items()
        for key in runs[0]
    )
    columns = Column("runs"), Column("figure"), Column("mean (range)", ".3f"), Column("seeds")
    save_tables(json_file, print_table("", columns, rows))


def _flat(values: dict) -> dict[str, float]:
    return {
        f"{key} {inner}".strip(): number
        for key, value in values.items()
        for inner, number in (value.items() if isinstance(value, dict) else [("", value)])
    }


def main() -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    words = {
        "prepare": ("root", "data"),
        "supervised": ("data", "out"),
        "pairs": ("name", "checkpoint", "data"),
        "translations": ("checkpoint", "data"),
        "table": ("folder",),
    }
    for name, arguments in words.items():
        command = commands.add_parser(name)
        for argument in arguments:
            command.add_argument(argument)
        if name in ("pairs", "translations"):
            command.add_argument("--out", type=Path, required=True)
    add_json_option(commands.choices["table"])
    commands.choices["pairs"].add_argument("--n", type=int, default=PAIRS)
    commands.choices["supervised"].add_argument("--seed", type=int, default=0)
    commands.choices["supervised"].add_argument("--epochs", type=int, default=20)
    commands.choices["supervised"].add_argument("--seconds", type=float, default=2400)
    commands.choices["supervised"].add_argument("--device", default="cpu")
    a = parser.parse_args()
    if a.command == "prepare":
        prepare(a.root, Path(a.data))
    elif a.command == "supervised":
        supervised(Path(a.data), Path(a.out), a)
    elif a.command == "table":
        table(Path(a.folder), a.json)
    else:
        is_pairs = a.command == "pairs"
        measured = (
            pairs(a.name, a.checkpoint, Path(a.data), a.n)
            if is_pairs
            else translations(a.checkpoint, Path(a.data))
        )
        print(json.dumps(measured, indent=1))
        a.out.write_text(json.dumps(measured, indent=1) + "\n")


if __name__ == "__main__":
    main()
