"""What results about files have in common."""

from dataclasses import asdict, fields

import pytest

from fractaldream.datasets.file_results import FileInfo, FileResult
from fractaldream.datasets.pack import PackInfo
from fractaldream.datasets.summary import Info
from fractaldream.production.results import RenderResult
from fractaldream.production.verification import Verification


@pytest.mark.parametrize("kind", [Info, PackInfo, RenderResult, Verification])
def test_path_and_number_of_images_come_first(kind):
    assert issubclass(kind, FileResult)
    assert [field.name for field in fields(kind)][:2] == ["path", "images"]


def test_the_split_is_shown_as_rows():
    info = FileInfo("a.h5", 3, 1, 64, 1000, {"train": 2, "test": 1})
    assert info.split_lines == ["rows", "  train 2, test 1"]
    assert asdict(info)["splits"] == {"train": 2, "test": 1}
