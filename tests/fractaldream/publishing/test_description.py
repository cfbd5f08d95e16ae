"""What is said about a published data set."""

import dataclasses

from fractaldream.publishing.description import DescribedTable, Description, Edition

DESCRIBED = Description(
    owner="someone", slug="small-set", title="A small set", subtitle="", licence="CC0-1.0",
    keywords=(), abstract="", sections={}, table=DescribedTable("params.csv", 8, ()), files=(),
    edition=Edition("2026-01-01", "1", ""),
)  # fmt: skip


def test_a_name_and_a_page_on_kaggle_and_none_in_a_plain_folder():
    assert DESCRIBED.ref == "someone/small-set"
    assert DESCRIBED.url == "https://www.kaggle.com/datasets/someone/small-set"
    assert dataclasses.replace(DESCRIBED, owner=None).url is None
