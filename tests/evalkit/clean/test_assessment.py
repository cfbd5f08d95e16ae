"""A whole folder is read, measured and ranked, the same whatever computes it."""

import numpy as np

from clean_files import write_set
from evalkit.clean.assessment import assess
from evalkit.clean.options import ReviewOptions
from evalkit.clean.review_store import write_review


def test_the_same_folder_gives_the_same_review(planted, tmp_path):
    folder = tmp_path / "set"
    write_set(folder, 60)
    first, again = (assess(folder, options=ReviewOptions(workers=w)) for w in (1, 2))
    assert np.array_equal(first.suspicion, again.suspicion)


def test_only_broken_files_are_a_review_too(tmp_path):
    folder = tmp_path / "set"
    folder.mkdir()
    for i in range(300):
        (folder / f"{i}.jpg").write_bytes(b"\xff\xd8\xff" + bytes([i % 256]) * i)
    result = assess(folder, options=ReviewOptions(workers=2))
    write_review(result, tmp_path / "out")
    assert result.summary.readable == 0 and len(result.findings) >= 300
