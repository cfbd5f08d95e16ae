"""The counts of a review: kept as JSON, and read as a table."""

import json

from evalkit.clean.summary import FindingCount, ReviewSummary

SUMMARY = ReviewSummary(
    folder="set", images=1200, readable=1190, other_files=2, features="offline", budget=0.05,
    to_look_at=60, findings={"blank": FindingCount(3, 2), "off-topic": FindingCount(9, 9)},
    expected_of_cut_crops=0.75,
)  # fmt: skip


def test_what_is_kept_gives_the_summary_again():
    kept = json.loads(json.dumps(SUMMARY.to_dict()))
    assert ReviewSummary.from_dict(kept) == SUMMARY
    assert "learnt_from" not in kept and kept["findings"]["blank"]["images"] == 3


def test_the_table_counts_and_says_what_counts_mean():
    table = SUMMARY.table()
    assert table.rows == (("blank", 3, 2), ("off-topic", 9, 9))
    text = str(SUMMARY)
    assert "1,200 images, 1,190 readable, 60 to look at" in text
    assert "not a fault" in text and "they always hold the images" in text and "75%" in text
