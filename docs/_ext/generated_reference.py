"""Write the parts of the reference that come from the code: settings, presets, recipe, Python API.

`write(folder)` is called by conf.py before Sphinx looks for pages, so that these parts can never
differ from the code. The build ends with an error when a field has no description.
"""

import ast
import dataclasses
import importlib
import inspect
import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

PACKAGES = {
    "fractaldream": "Rendering of data sets.",
    "fractaldream_models": "Generative models and their training.",
    "evalkit": "Evaluation of models and cleaning of image folders.",
}

DESCRIPTIONS = tomllib.loads(
    (Path(__file__).parent / "descriptions.toml").read_text(encoding="utf-8")
)
SETTINGS: dict[str, str] = DESCRIPTIONS["settings"]  # links behind the text of the code
RECIPE: dict[str, str] = DESCRIPTIONS["recipe"]


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
    comments = {}
    for node in tree.body[0].body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            _, mark, comment = lines[node.lineno - 1].partition("  # ")
            if mark:
                comments[node.target.id] = comment
    return comments


def _table(cls: type, names: list[str], descriptions: dict[str, str]) -> list[str]:
    comments = _comments(cls)
    fields = {field.name: field for field in dataclasses.fields(cls)}
    rows = [_row("Name", "Default", "Meaning"), _row("---", "---", "---")]
    for name in names:
        field = fields[name]
        text = descriptions.get(name) or comments.get(name)
        if not text:
            raise ValueError(f"{cls.__name__}.{name}: describe it in docs/_ext/descriptions.toml")
        rows.append(_row(f"`{name}`", _default(field), text))
    return rows


def settings() -> str:
    """Return the tables of all settings of a training run, as Markdown."""
    from fractaldream_models.settings import Settings, description, group, names

    meanings = {name: f"{description(name)} {SETTINGS.get(name, '')}".strip() for name in names()}
    groups: dict[str, list[str]] = {}
    for name in names():
        groups.setdefault(group(name), []).append(name)
    parts = []
    for title, members in groups.items():
        parts += [f"## {title}", "", *_table(Settings, members, meanings), ""]
    return "\n".join(parts)


def _source(description: str, name: str) -> str:
    """Return where the values of a preset come from that its file says nothing about."""
    if "Goareguer 2019" in description:
        return "Goareguer (2019)"
    return "the experiment on MNIST" if name.endswith("-mnist") else "our choice"


def _origins(text: str) -> dict[str, str]:
    """Return the comments behind the values of a preset; those that begin with "ours" in words."""
    origins = {}
    for line in text.splitlines():
        key, _, value = line.partition("=")
        comment = value.partition("#")[2].strip()
        if comment:
            origins[key.strip()] = re.sub(r"^ours\b", "our choice", comment)
    return origins


def presets() -> str:
    """Return one section for each preset, as Markdown."""
    from fractaldream_models.settings import preset_description
    from fractaldream_models.settings import presets as names

    folder = resources.files("fractaldream_models") / "preset_files"
    parts = []
    for name in names():
        text = (folder / f"{name}.toml").read_text(encoding="utf-8")
        description = " ".join(preset_description(name))
        source, origins = _source(description, name), _origins(text)
        parts += [f"## {name}", "", description, ""]
        parts += [_row("Setting", "Value", "Origin"), _row("---", "---", "---")]
        for key, value in tomllib.loads(text).items():
            shown = str(value).lower() if isinstance(value, bool) else value
            parts.append(_row(f"`{key}`", f"`{shown}`", origins.get(key, source)))
        parts.append("")
    return "\n".join(parts)


def pretrained() -> str:
    """Return one section for each checkpoint that comes with the package, as Markdown."""
    from fractaldream_models.pretrained import PREFIX, describe_pretrained

    parts = []
    for card in describe_pretrained().cards:
        parts += [f"## {PREFIX}{card.name}", "", card.summary, "", "```text"]
        parts += [*str(card).splitlines()[2:], "```", ""]
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
    first = next(iter(PACKAGES))  # documents what all packages share
    shared = [n for n in rest if package != first and _is_shared(getattr(module, n))]
    rest = [name for name in rest if name not in shared]
    lines += [f".. currentmodule:: {package}", "", ".. autosummary::"]
    lines += ["   :toctree: generated", "   :nosignatures:", "", *(f"   {n}" for n in rest), ""]
    lines += [f"``{package}.{n}`` is :class:`{first}.{n}`.\n" for n in shared]
    if constants:
        lines += ["Constants", "---------", ""]
        lines += [f"``{package}.{n}`` = ``{getattr(module, n)!r}``\n" for n in constants]
    return "\n".join(lines)


def _is_shared(value: object) -> bool:
    return getattr(value, "__module__", "").partition(".")[0] == "fractaldream_base"


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")


def write(docs: Path) -> None:
    """Write the generated parts of the reference below the folder of the documentation."""
    reference = docs / "reference"
    _write(reference / "_parts" / "settings.md", settings())
    _write(reference / "_parts" / "presets.md", presets())
    _write(reference / "_parts" / "pretrained.md", pretrained())
    _write(reference / "_parts" / "recipe.md", recipe())
    for package, purpose in PACKAGES.items():
        _write(reference / "api" / f"{package}.rst", api(package, purpose))
