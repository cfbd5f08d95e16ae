"""Write the parts of the reference that come from the code: settings, presets, recipe, Python API.

`write(folder)` is called by conf.py before Sphinx looks for pages, so that these parts can never
differ from the code. The build ends with an error when a field has no description.
"""

import ast
import dataclasses
import importlib
import inspect
import tomllib
from pathlib import Path
from typing import Any

PACKAGES = {
    "fractaldream": "Rendering of data sets.",
    "fractaldream_models": "Generative models and their training.",
    "evalkit": "Evaluation of models and cleaning of image folders.",
}

SETTINGS = {  # headings and descriptions of the fields of fractaldream_models.settings.Settings
    "Model": {
        "kind": "Kind of model; see [Kinds of models](kinds.md).",
        "latent": "Number of latents (the dimension L of the latent space).",
        "size": "Side of the images in pixels. By default the side that the data have.",
        "channels": "Number of colour channels. By default 3 for palettes and colour images, 1 for MNIST.",
        "width": "Factor on the number of channels (or hidden units) of every layer.",
        "architecture": "`linear` or `conv`: fully connected or convolutional networks, for kinds that have both.",
        "depth": "Number of convolutions that halve the side. By default what the kind has.",
        "kernel": "Side of the convolution kernels in pixels. By default what the kind has.",
        "hidden": "Activation of the hidden layers: `relu`, `sigmoid` or `tanh`.",
        "leak": "Slope of LeakyReLU for negative inputs.",
        "bn_eps": "Epsilon of batch normalisation.",
        "batchnorm": "Whether layers are batch-normalised.",
        "spectral_norm": "Whether the discriminator is spectrally normalised.",
    },
    "Objective": {
        "reconstruction_weight": "Weight C of the reconstruction term.",
        "latent_loss": "Latent loss of `aae`: `none`, `goareguer2019`, `moments` or `mmd`; see "
        "[The latent loss](../explanation/latent-loss.md).",
        "latent_weight": "Weight of the latent loss.",
        "kl_weight": "Weight of the Kullback-Leibler divergence of variational kinds.",
        "adversary_weight": "Weight of the binary cross-entropy that the generator of `cvae-gan` and `vae-gan` adds.",
        "paired_weight": "Weight of MSE(image, G(its standardised parameters)). 0 leaves this loss out.",
        "real_low": "Lower end of the uniform distribution of the discriminator's labels of real images "
        "(label smoothing).",
        "real_high": "Upper end of that distribution.",
        "label_noise": "Share of the batches in which the discriminator's labels of real and generated images "
        "are exchanged.",
        "saturating": "Whether the generator minimises log(1 - D) instead of -log D.",
    },
    "Optimisers": {
        "optimizer": "`adam`, or `sgd` with momentum `b1`.",
        "lr_e": "Learning rate of the encoder (of the autoencoder).",
        "lr_g": "Learning rate of the generator's adversarial step.",
        "lr_d": "Learning rate of the discriminator.",
        "b1": "First beta of Adam, or the momentum of SGD.",
        "b2": "Second beta of Adam.",
        "ema": "Decay of the moving average of the generator's weights that is sampled and saved. 0 keeps "
        "no average.",
    },
    "Data": {
        "batch": "Number of images in a batch, of all processes together.",
        "hflip": "Whether half of the images are flipped horizontally.",
        "palette": "Palette of data set files that are read with three channels.",
        "resize": "Whether images of another size than `size` are resized.",
        "part": "Part of MNIST or Fashion-MNIST: `train` (60,000 images) or `test` (10,000 images).",
        "held_out": "Share of the images held out for validation where the data name none.",
        "limit": "Number of training images used; the first ones are taken. By default all.",
        "epoch_images": "Number of images in an epoch of live data, which have no end.",
    },
    "Schedule": {
        "epochs": "Number of epochs.",
        "keep_every": "Number of epochs between checkpoints that are kept.",
        "choose": "Figure that chooses the best epoch: `kernel`, `reconstruction` or `loss`. `auto` takes "
        "the figure of the kind.",
    },
}

RECIPE = {  # descriptions of the fields of fractaldream.Recipe
    "n": "Number of images.",
    "seed": "Seed of the counter-based random generator, 0 to 2^64 - 1.",
    "law": "Law that the parameters are drawn from: `fdd`, `uniform`, `normal` or `pickover`; `params` for "
    "given rows.",
    "iterations": "Number of points per image. The first point is the start.",
    "skip": "Number of points left out before the first one that counts.",
    "size": "Width and height of the images in pixels.",
    "view": "`tight`: the bounding box of the orbit. `fixed`: abs(x) <= 1 + abs(c), abs(y) <= 1 + abs(d).",
    "tone": "How visit counts become levels: `eq_hist`, `log` or `linear`.",
    "min_visited": "Share of the pixels that a draw must visit to be kept.",
    "refusals": "Whether draws are refused. `false` keeps every draw.",
    "probe_steps": "Number of points of the probe that precedes the whole orbit. 0 switches the probe off.",
    "params_sha256": "SHA-256 of the given rows as little-endian float64 (law `params` only).",
}


def _row(*cells: Any) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def _default(field: dataclasses.Field) -> str:
    if field.default is None:
        return "from the data or the kind" if field.name in ("size", "channels") else "none"
    value = field.default
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _comments(cls: type) -> dict[str, str]:
    """Return the comments that stand behind the fields in the source of a dataclass."""
    lines = inspect.getsource(cls).splitlines()
    tree = ast.parse("\n".join(lines))
    assert isinstance(tree.body[0], ast.ClassDef)
    found = {}
    for node in tree.body[0].body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            _, mark, comment = lines[node.lineno - 1].partition("  # ")
            if mark:
                found[node.target.id] = comment
    return found


def _table(cls: type, names: list[str], descriptions: dict[str, str]) -> list[str]:
    comments = _comments(cls)
    fields = {field.name: field for field in dataclasses.fields(cls)}
    rows = [_row("Name", "Default", "Meaning"), _row("---", "---", "---")]
    for name in names:
        field = fields[name]
        text = field.metadata.get("help") or descriptions.get(name) or comments.get(name)
        if not text:
            raise ValueError(f"{cls.__name__}.{name}: describe it in docs/_ext/{Path(__file__).name}")
        rows.append(_row(f"`{name}`", _default(field), text))
    return rows


def settings() -> str:
    """Return the tables of all settings of a training run, as Markdown."""
    from fractaldream_models.settings import Settings

    fields = [field.name for field in dataclasses.fields(Settings)]
    described = {name for group in SETTINGS.values() for name in group}
    groups = {title: [n for n in group if n in fields] for title, group in SETTINGS.items()}
    if rest := [name for name in fields if name not in described]:
        groups["Other"] = rest
    parts = []
    for title, names in groups.items():
        parts += [f"## {title}", "", *_table(Settings, names, SETTINGS.get(title, {})), ""]
    return "\n".join(parts)


def presets() -> str:
    """Return one section for each preset, as Markdown."""
    import fractaldream_models

    home = Path(fractaldream_models.__file__).parent
    files = sorted(f for f in home.rglob("*.toml") if f.parent.name != "spaces")
    parts = []
    for file in files:
        text = file.read_text(encoding="utf-8")
        first = text.splitlines()[0].removeprefix("#").strip()
        comments = {}
        for line in text.splitlines():
            key, equals, rest = line.partition("=")
            if equals:
                comments[key.strip()] = rest.partition("#")[2].strip()
        parts += [f"## {file.stem}", "", first, ""]
        parts += [_row("Setting", "Value", "Origin"), _row("---", "---", "---")]
        for key, value in tomllib.loads(text).items():
            shown = str(value).lower() if isinstance(value, bool) else value
            origin = comments.get(key) or "the source"
            if origin.startswith("ours: "):
                origin = "our choice: " + origin.removeprefix("ours: ")
            parts.append(_row(f"`{key}`", f"`{shown}`", origin.replace("ours", "our choice")))
        parts.append("")
    return "\n".join(parts)


def recipe() -> str:
    """Return the table of all fields of a recipe, as Markdown."""
    from fractaldream import Recipe

    names = [field.name for field in dataclasses.fields(Recipe)]
    return "\n".join([*_table(Recipe, names, RECIPE), ""])


def api(package: str, purpose: str) -> str:
    """Return the page of the public names of a package, as reStructuredText."""
    module = importlib.import_module(package)
    names = [name for name in getattr(module, "__all__", []) if name != "__version__"]
    lines = [package, "=" * len(package), "", purpose, ""]
    if not names:
        return "\n".join([*lines, f"``{package}`` has no public names yet.", ""])
    # constants have no docstring of their own: they are listed, not documented one by one
    constants = [n for n in names if not callable(getattr(module, n)) and not n.startswith("_")]
    rest = [name for name in names if name not in constants and not name.startswith("_")]
    lines += [f".. currentmodule:: {package}", "", ".. autosummary::"]
    lines += ["   :toctree: generated", "   :nosignatures:", "", *(f"   {n}" for n in rest), ""]
    if constants:
        lines += ["Constants", "---------", ""]
        lines += [f"``{package}.{n}`` = ``{getattr(module, n)!r}``\n" for n in constants]
    return "\n".join(lines)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")


def write(docs: Path) -> None:
    """Write the generated parts of the reference below the folder of the documentation."""
    reference = docs / "reference"
    _write(reference / "_parts" / "settings.md", settings())
    _write(reference / "_parts" / "presets.md", presets())
    _write(reference / "_parts" / "recipe.md", recipe())
    for package, purpose in PACKAGES.items():
        _write(reference / "api" / f"{package}.rst", api(package, purpose))
