"""Take a picture out of an HTML page of the toolkit, whose pictures are embedded.

    python docs/_ext/embedded_picture.py PAGE.html TEXT PICTURE.png

The first picture whose description begins with TEXT is written.
"""

import base64
import sys
from html.parser import HTMLParser
from pathlib import Path


class Pictures(HTMLParser):
    """Collect the embedded pictures of a page, with their descriptions."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take up an image."""
        values = dict(attrs)
        if tag == "img":
            self.found.append((values.get("alt") or "", values.get("src") or ""))


def main(page: str, text: str, picture: str) -> None:
    """Write the picture of a page whose description begins with a text."""
    pictures = Pictures()
    pictures.feed(Path(page).read_text(encoding="utf-8"))
    for description, source in pictures.found:
        if description.startswith(text):
            Path(picture).write_bytes(base64.b64decode(source.partition("base64,")[2]))
            return
    sys.exit(f"{page}: no picture {text!r}; there: {[found for found, _ in pictures.found]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
