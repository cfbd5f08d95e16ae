"""What the cache folder holds, and how it is emptied."""

import json

from doctor_command import MINE, run
from fractaldream.installation import cache_contents


def test_clearing_removes_what_the_packages_keep_and_nothing_else(cache, tmp_path):
    values = json.loads(run("--clear-cache", "--yes", "--json").stdout)
    assert values["freed_bytes"] >= 8 * 5 and len(values["removed"]) == len(cache_contents.CONTENTS)
    left = sorted(str(p.relative_to(cache)) for p in cache.rglob("*") if p.is_file())
    assert left == sorted(MINE)
    assert (tmp_path / "outside" / "precious").read_text() == "precious"
    assert "0.0 MB freed" in run("--clear-cache", "--yes").stdout
