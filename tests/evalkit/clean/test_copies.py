"""Copies to the pixel, and near duplicates with the best of each group."""

from clean_files import named


def test_equal_pixels_are_copies_and_likenesses_are_groups(planted):
    result, _ = planted
    rows = {r.path: i for i, r in enumerate(result.readings)}
    copies = {r.path: result.readings[result.copies[i]].path for r, i in zip_rows(result)}
    assert copies["scene-000.png"] == copies["exact.bmp"]
    assert len(named(result, "duplicate")) == 1
    for near, like in (("near-flipped.png", "scene-001.png"), ("near-zoomed.png", "scene-002.png")):
        assert result.groups[rows[near]] == result.groups[rows[like]] >= 0
        assert result.best[rows[near]] != result.best[rows[like]]


def zip_rows(result):
    return zip(result.readings, range(len(result.readings)), strict=True)
