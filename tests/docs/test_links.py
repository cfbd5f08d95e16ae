"""Pages outside the site: their links and pictures are there, and the README is short."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "models/README.md", "data/README.md")
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    path = ROOT / page
    targets = LINK.findall(path.read_text(encoding="utf-8"))
    assert not [target for target in targets if not (path.parent / target).exists()]


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_every_picture_of_the_site_is_shown():
    shown = {
        Path(target).name
        for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
        for target in LINK.findall(page.read_text(encoding="utf-8"))
    }
    pictures = {path.name for path in (ROOT / "docs" / "img").iterdir()}
    assert pictures <= shown
