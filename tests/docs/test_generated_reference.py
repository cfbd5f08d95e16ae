"""The generated part of the reference on presets: every preset, and where its values come from."""

import re
import sys
from pathlib import Path

import pytest

from fractaldream_models.settings import presets


@pytest.fixture(scope="module")
def sections():
    """The rows of each preset: setting to origin, by the name of the preset."""
    folder = str(Path(__file__).parents[2] / "docs" / "_ext")
    sys.path.insert(0, folder)
    try:
        import generated_reference
    finally:
        sys.path.remove(folder)
    parts = re.split(r"^## (.+)$", generated_reference.presets(), flags=re.M)[1:]
    row = re.compile(r"^\| `(\w+)` \| `.*` \| (.+) \|$", re.M)
    return {n: dict(row.findall(t)) for n, t in zip(parts[::2], parts[1::2], strict=True)}


def test_every_preset_has_a_section_and_nothing_else_has(sections):
    assert list(sections) == presets()
    assert all(sections.values())


@pytest.mark.parametrize(
    ("preset", "setting", "origin"),
    [
        ("vae-fdd", "kind", "our choice"),
        ("vae-linear-mnist", "kind", "the experiment on MNIST"),
        ("aae-fdd-2019", "lr_g", "Goareguer (2019)"),
        ("aae-fdd-2019", "batch", "our choice: as aae-simpsons"),
        ("gan-fdd", "channels", "our choice: the levels; the palette is applied afterwards"),
    ],
)
def test_a_value_names_its_origin(sections, preset, setting, origin):
    assert sections[preset][setting] == origin


def test_words_that_hold_the_mark_stay_as_they_are(sections):
    origins = " ".join(o for rows in sections.values() for o in rows.values())
    assert "colour choice" not in origins and "ours" not in origins.split()
