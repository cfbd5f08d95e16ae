"""Data flow one way: what each package may import."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FORBIDDEN = {
    "fractaldream": {"torch", "torchvision", "fractaldream_models", "evalkit"},
    "models/fractaldream_models": {"fractaldream", "evalkit"},
    "evalkit": {f"fractaldream_models.{room}" for room in ("training", "sweeps", "cli")},
}


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


@pytest.mark.parametrize("package", FORBIDDEN)
def test_packages_know_only_what_lies_before_them(package):
    for path in (ROOT / package).rglob("*.py"):
        for name in imported(path):
            for banned in FORBIDDEN[package]:
                assert name != banned and not name.startswith(banned + "."), f"{path}: {name}"
