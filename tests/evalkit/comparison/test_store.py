"""Rows that are kept: read under the same key, measured again under another."""

from dataclasses import replace

import pytest

from comparison_rows import row
from evalkit.comparison.options import CompareOptions
from evalkit.comparison.store import RowStore

ROW = row("gan", 10, "relu", frechet=1.5)


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / "ckpt.pt"
    path.write_bytes(b"weights")
    return str(path)


def store(checkpoint, space="codes", classifier="", **options):
    return RowStore.of(checkpoint, space, CompareOptions(**options), classifier)


def test_a_row_is_read_under_the_name_that_the_call_gives(checkpoint):
    store(checkpoint).write(ROW)
    read = store(checkpoint).read("new name", checkpoint)
    assert read == replace(ROW, run="new name", checkpoint=checkpoint)


@pytest.mark.parametrize(
    "change", [{"space": "pixels"}, {"classifier": "ab"}, {"n": 5}, {"seed": 1}, {"fold": "none"}]
)
def test_other_settings_are_measured_again(checkpoint, change):
    store(checkpoint).write(ROW)
    assert store(checkpoint, **change).read("a", checkpoint) is None
    store(checkpoint, **change).write(ROW)
    assert store(checkpoint).read("a", checkpoint) is not None  # both are kept


def test_other_weights_are_measured_again(checkpoint):
    first = store(checkpoint)
    first.write(ROW)
    first.path.with_name("ckpt.pt").write_bytes(b"other weights")
    assert store(checkpoint).read("a", checkpoint) is None


@pytest.mark.parametrize("content", ["", "[]", "{", '{"key": 1}'])
def test_a_damaged_file_is_measured_again_and_replaced(checkpoint, content):
    damaged = store(checkpoint)
    damaged.path.write_text(content.replace("key", damaged.key))
    assert damaged.read("a", checkpoint) is None
    damaged.write(ROW)
    assert damaged.read("a", checkpoint) is not None
