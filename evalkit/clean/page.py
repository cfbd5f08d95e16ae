"""Make review.html: one file that holds everything, and that no file name can make run code."""

import base64
import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from .findings import ORDER
from .summary import ReviewSummary


@dataclass(frozen=True)
class Item:
    """One image as page, ranking and store need it."""

    key: str
    path: str
    suspicion: float
    reasons: list[tuple[str, str]]  # finding, words
    group: int  # of near duplicates, or -1
    best: bool  # of its group
    copy: bool  # has the same pixels as another, which is shown for it
    size: str  # WxH, empty where it cannot be read
    preview: bytes  # JPEG, empty where it cannot be read


def render_page(items: Sequence[Item], summary: ReviewSummary, root: str) -> str:
    """Return the page for items, most suspect first. root: URL from the page to the folder read.

    Pixels that several files share are shown once. Names and reasons go in as JSON and are only
    ever set as text; a content security policy lets nothing run but the page's own script.
    """
    count = Counter(i.key for i in items)
    originals = [i for i in items if not i.copy]
    state = hashlib.sha256("".join(sorted(i.key for i in originals)).encode()).hexdigest()[:16]
    data = {
        "review": state,
        "order": ORDER,
        "summary": summary.to_dict(),
        "root": root,
        "items": [
            {
                "k": i.key,
                "p": i.path,
                "s": i.suspicion,
                "r": i.reasons,
                "g": i.group,
                "b": i.best,
                "n": count[i.key],
                "z": i.size,
                "t": base64.b64encode(i.preview).decode(),
            }
            for i in originals
        ],
    }
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True)
    for mark, escape in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(mark, escape)
    template = resources.files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    for kind in ("script", "style"):
        inline = re.search(rf"<{kind}>(.*?)</{kind}>", template, re.DOTALL)
        assert inline is not None
        digest = base64.b64encode(hashlib.sha256(inline[1].encode()).digest()).decode()
        template = template.replace(f"@{kind}-hash@", f"sha256-{digest}")
    before, after = template.split("@data@")
    return before + text + after
