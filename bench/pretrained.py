"""Turn the checkpoint of a run into a file that comes with the package, with its card.

    python bench/pretrained.py gan-fdd runs/gan-fdd --summary "..." --quality quality.json
    python bench/pretrained.py mnist-classifier digits.pt --summary "..." --command "evalkit ..."

The file, float16, holds the networks that images are made and read by; the discriminator and what
only training needs are left out. Its card (JSON) says what it learnt from, by which command, and
what `evalkit quality` measured. The path of the data set is not kept, its recipe and hash are.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from evalkit.inputs.provenance import recorded_recipe
from fractaldream import __version__
from fractaldream_base.files import file_digest, write_json
from fractaldream_models import checkpoint
from fractaldream_models.data.mnist import MNISTS
from fractaldream_models.pretrained import FILES, Card
from fractaldream_models.settings import Settings, preset, presets

KEPT = ("generator", "encoder")
CLASSIFIER = "classifier"
HELD_OUT = {  # of a checkpoint's metrics
    "kernel_distance": "kernel distance to held-out images, features of the run",
    "diversity_ratio": "diversity, ratio to that of held-out images",
    "validation_mse": "mean squared error of held-out reconstructions",
    "validation_loss": "loss of held-out images, nats",
    "paired": "mean squared error of G(parameters) on training images, [-1, 1]",
    "latent_mean": "codes: mean of |mean| over latents (0 is best)",
    "latent_covariance": "codes: largest covariance off the diagonal (0 is best)",
    "latent_normality": "codes: mean Kolmogorov-Smirnov distance to N(0, 1)",
    "accuracy": "accuracy on held-out images",
    "log_loss": "log loss of held-out images, nats",
}
FIGURES = {  # of the JSON of evalkit quality, for one space of features
    "frechet": "Frechet distance",
    "real_frechet": "Frechet distance of training images",
    "kernel": "kernel distance",
    "real_kernel": "kernel distance of training images",
}


def rounded(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Matrices and filters in float16; biases and batch statistics stay as they are."""
    return {name: w.half() if w.ndim > 1 else w for name, w in weights.items()}


def packed(content: dict[str, Any]) -> dict[str, Any]:
    """The content of a checkpoint without what only training needs."""
    data = {**content["data"]}
    read = {**data.get("read", {})}
    if read.get("source") not in MNISTS:
        read.pop("source", None)  # a path of the machine that trained it
    data["read"] = read
    weights = content["state_dict"]
    if content["kind"] == CLASSIFIER:
        return {**content, "state_dict": rounded(weights), "data": data}
    parts = [part for part in KEPT if any(name.startswith(f"{part}.") for name in weights)]
    shipped = {name: w for name, w in weights.items() if name.split(".")[0] in parts}
    return {
        **content,
        "format_version": checkpoint.PARTS_VERSION,
        "parts": parts,
        "state_dict": rounded(shipped),
        "data": data,
    }


def training_command(run: Path, data: str) -> str:
    """The command of a run, by the preset of its kind that differs the least.

    A run that was ended early is one of as many epochs as it came to.
    """
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    settings = record["settings"]
    settings["epochs"] = len((run / "metrics.jsonl").read_text(encoding="utf-8").splitlines())

    def changes(base: Settings) -> list[str]:
        given = asdict(base)
        return [
            f"--set {key}={value}"
            for key, value in settings.items()
            if key in given and given[key] != value and (key, given[key]) != ("size", None)
        ]

    bases = {name: preset(name) for name in presets() if preset(name).kind == settings["kind"]}
    sized = [name for name in bases if bases[name].size in (None, settings["size"])] or [*bases]
    name = min(sized, key=lambda each: len(changes(bases[each])))
    words = [f"fractaldream train {data} --preset {name}", *changes(bases[name])]
    return " ".join([*words, f"--seed {record['seed']}"])


def data_of(data: dict[str, Any]) -> tuple[str, str, str]:
    """Return how the data are made, the SHA-256 of their images, and their name in commands."""
    recipe = recorded_recipe(data)
    if recipe is not None:
        file = f"{recipe.law}{recipe.size}.h5"
        return str(recipe.command(file)), data["content_sha256"], file
    read = data["read"]
    return f"{read['source']}, its part {read['part']}", data["sha256"], read["source"]


def figures_of(quality: Path | None, metrics: dict[str, Any]) -> dict[str, float]:
    """The figures of the training on held-out images, then those of evalkit quality."""
    figures = {words: metrics[key] for key, words in HELD_OUT.items() if key in metrics}
    if quality is None:
        return figures
    values = json.loads(quality.read_text(encoding="utf-8"))
    for space, distance in values["distances"].items():
        figures |= {f"{words}, {space}": distance[key] for key, words in FIGURES.items()}
    figures["diversity, ratio to that of real images"] = values["diversity"]
    if test := values.get("classifier_test"):
        figures["accuracy of a classifier test (0.5 is best)"] = test["accuracy"]
    return figures | {"images of each kind that evalkit quality took": values["images"]}


def machine_of(folder: Path) -> str:
    """Return what trained a run, as its run.json says."""
    file = folder / "run.json"
    if not file.exists():
        return "CPU"
    record = json.loads(file.read_text(encoding="utf-8"))
    device = {"cuda": "GPU", "cpu": "CPU"}.get(record["device"], record["device"])
    return f"{device}, PyTorch {record['torch']}, float{record['precision']}"


def pack(name: str, run: Path, given: argparse.Namespace) -> Card:
    """Write the file and the card of a run folder, or of one checkpoint."""
    source = run / "ckpt.pt" if run.is_dir() else run
    content = packed(checkpoint.read(source))
    given.out.mkdir(parents=True, exist_ok=True)
    path = given.out / f"{name}.pt"
    checkpoint.write(content, path)
    config, metrics = content["config"], content["metrics"]
    recipe, digest, file = data_of(content["data"])
    card = Card(
        name=name,
        summary=given.summary,
        kind=content["kind"],
        size=config["size"],
        channels=config["channels"],
        latent=config.get("latent", 0),
        epoch=metrics.get("epoch"),
        data=recipe,
        sha256_of_data=digest,
        command=given.command or training_command(source.parent, file),
        machine=machine_of(source.parent),
        version=__version__,
        figures=figures_of(given.quality, metrics),
        sha256=file_digest(path),
        bytes=path.stat().st_size,
    )
    write_json(path.with_suffix(".json"), asdict(card))
    return card


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name")
    parser.add_argument(
        "run", type=Path, help="Run folder, or one of its checkpoints, or that of a classifier."
    )
    parser.add_argument(
        "--summary", required=True, help="One sentence that says what the model is."
    )
    parser.add_argument("--quality", type=Path, help="JSON of evalkit quality.")
    parser.add_argument("--command", help="Command that trained it, where no run.json says it.")
    parser.add_argument("--out", type=Path, default=FILES, help="Folder of the file and its card.")
    given = parser.parse_args()
    print(pack(given.name, given.run, given))


if __name__ == "__main__":
    main()
