"""README.md, the data card, and what Kaggle and Hugging Face want beside it."""

import json
from collections.abc import Sequence

from .description import LICENCES, Column, Description

# of Data Package, as Kaggle's metadata wants them
KAGGLE_TYPES = {"integer": "integer", "number": "decimal", "text": "string"}


def readme(described: Description) -> str:
    """Return the card as Markdown."""
    parts = [f"# {described.title}", described.abstract]
    for heading, text in described.sections.items():
        parts += [f"## {heading}", text]
    parts += [
        f"## Columns of {described.table.name}",
        "\n".join(_columns(described.table.columns)),
        "## Files",
        "\n".join(f"- `{file.name}`: {file.text}" for file in described.files),
        "`sha256sum --ignore-missing -c SHA256SUMS` checks them. It names what is in an archive as "
        "well, since some sites unpack archives.",
        "## Licence",
        f"[{described.licence}]({LICENCES[described.licence][0]})",
        "## Citation",
        "```bibtex\n" + citation(described) + "\n```",
    ]
    return "\n\n".join(parts) + "\n"


def _columns(columns: tuple[Column, ...]) -> list[str]:
    lines = ["| name | type | unit | range | what it says |", "|---|---|---|---|---|"]
    for column in columns:
        span = "" if column.span is None else f"{column.span[0]:.6g} to {column.span[1]:.6g}"
        lines.append(f"| {column.name} | {column.kind} | {column.unit} | {span} | {column.text} |")
    return lines


def citation(described: Description) -> str:
    """Return the citation in BibTeX."""
    fields = {"title": f"{{{described.title}}}", "note": described.edition.note}
    fields |= {"year": described.edition.date[:4]}
    if described.owner is not None:
        fields |= {"author": f"{{{described.owner}}}", "howpublished": f"\\url{{{described.url}}}"}
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{{described.slug},\n{lines}\n}}"


def hugging_face(described: Description) -> str:
    """Return the same card headed by the block that Hugging Face reads."""
    lines = [
        "---",
        f"pretty_name: {json.dumps(described.title)}",
        f"license: {LICENCES[described.licence][1]}",
        *_listed("tags", described.keywords),
        *_listed("task_categories", described.tasks),
        *_listed("size_categories", [size_category(described.table.rows)]),
        "configs:",
    ]
    for name, files in described.configurations.items():
        lines += [f"- config_name: {name}", "  data_files:"]
        for split, path in files.items():
            lines += [f"  - split: {split}", f"    path: {json.dumps(path)}"]
    return "\n".join([*lines, "---"]) + "\n\n" + readme(described)


def _listed(name: str, values: Sequence[str]) -> list[str]:
    return [f"{name}:", *(f"- {value}" for value in values)] if values else []


def size_category(rows: int) -> str:
    """Return Hugging Face's category of a data set of so many rows.

    >>> size_category(999), size_category(50_000), size_category(1_000_000)
    ('n<1K', '10K<n<100K', '1M<n<10M')
    """
    steps = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T")
    above = sum(rows >= 1000 * 10**k for k in range(len(steps)))
    if above == 0:
        return f"n<{steps[0]}"
    return f"n>{steps[-1]}" if above == len(steps) else f"{steps[above - 1]}<n<{steps[above]}"


def kaggle_metadata(described: Description) -> str:
    """Return dataset-metadata.json, as Kaggle's client reads it."""
    resources: list[dict[str, object]] = []
    for file in described.files:
        resource: dict[str, object] = {"path": file.name, "description": file.text}
        if file.name == described.table.name:
            fields = [
                {"name": c.name, "title": _titled(c), "type": KAGGLE_TYPES[c.kind]}
                for c in described.table.columns
            ]
            resource["schema"] = {"fields": fields}
        resources.append(resource)
    metadata = {
        "id": described.ref,
        "title": described.title,
        "subtitle": described.subtitle,
        "description": readme(described),
        "licenses": [{"name": described.licence}],
        "keywords": list(described.keywords),
        "resources": resources,
    }
    return json.dumps(metadata, indent=1, ensure_ascii=False) + "\n"


def _titled(column: Column) -> str:
    return f"{column.text} ({column.unit})" if column.unit else column.text
