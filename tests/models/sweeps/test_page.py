"""The report of a sweep as one page."""

import re

from fractaldream_models.sweeps.page import render_page, write_page
from fractaldream_models.sweeps.report import SweepReport
from small_sweeps import trial_row


def test_the_page_needs_no_other_file_and_shows_names_as_text(tmp_path):
    trials = [
        trial_row(0, value=0.2, by_epoch={1: 0.3, 2: 0.2}, replicates=[0.25, 0.3]),
        trial_row(1, state="pruned", value=0.4, by_epoch={1: 0.4}),
        trial_row(2, state="fail", why="<b>out of memory"),
    ]
    report = SweepReport("<script>", "data.h5", "validation_mse", trials, {"latent": 1.0}, "")
    text = render_page(report)
    assert "<script>" not in text and "&lt;script&gt;" in text and "&lt;b&gt;out of" in text
    assert "3 trials: 1 complete, 1 pruned, 1 failed. Lower is better." in text
    assert not re.search(r'(?:src|href)=(?!"?data:)', text) and "Finalists" in text
    write_page(report, tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == text


def test_a_sweep_without_figures_has_no_curves():
    report = SweepReport("s", "d.h5", "validation_mse", [trial_row(0, state="fail")], {}, "none")
    text = render_page(report)
    assert "<img" not in text and "none" in text
