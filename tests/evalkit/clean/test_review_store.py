"""A review: planted faults are found, said in words, ranked first; the folder stays as it was."""

import csv
import json
import os
import shutil

import numpy as np
import pytest
from PIL import Image

from clean_files import named, write_set
from evalkit.clean.assessment import assess
from evalkit.clean.options import ReviewOptions
from evalkit.clean.review_store import learn, review_folder, write_review
from fractaldream_base.errors import BadInput


def test_the_files_hold_every_image_and_finding(planted):
    result, out = planted
    with (out / "ranking.csv").open() as file:
        ranking = list(csv.DictReader(file))
    assert len(ranking) == len(result.readings) == 138
    values = [float(row["suspicion"]) for row in ranking]
    assert values == sorted(values, reverse=True) and min(values) >= 0 and max(values) == 1
    with (out / "findings.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(result.findings) and all(row["reason"] for row in rows)
    summary = json.loads((out / "summary.json").read_text())
    assert (summary["images"], summary["readable"], summary["other_files"]) == (138, 137, 1)
    assert summary["findings"]["blank"] == {"images": 1, "within_budget": 1}


def test_decisions_bring_what_is_like_them_forward(planted, tmp_path):
    folder = tmp_path / "set"
    write_set(folder, 200)
    rng = np.random.default_rng(1)
    for i in range(30):  # scenes without a head: not far from the rest
        write_set(tmp_path / "one", 1, seed=1000 + i)
        image = Image.open(tmp_path / "one" / "scene-000.png").convert("RGB")
        image.paste(tuple(int(v) for v in rng.integers(40, 200, 3)), (6, 6, 42, 48))
        image.save(folder / f"wrong-{i:02}.png")
    result = assess(folder, options=ReviewOptions(workers=1))
    write_review(result, tmp_path / "out")
    keys = {r.path: r.key for r in result.readings}
    first = [f"wrong-{i:02}.png" for i in range(10)], [f"scene-{i:03}.png" for i in range(20)]
    rows = [f"{keys[p]},drop" for p in first[0]] + [f"{keys[p]},keep" for p in first[1]]
    (tmp_path / "d.csv").write_text("sha256,decision\n" + "\n".join(rows))

    shown = {*first[0], *first[1]}

    def rest_within(n):
        with (tmp_path / "out" / "ranking.csv").open() as file:
            top = [row["path"] for row in csv.DictReader(file) if row["path"] not in shown]
        return sum(path.startswith("wrong") for path in top[:n])

    before = rest_within(20)
    assert learn(tmp_path / "out", tmp_path / "d.csv").to_dict() == json.loads(
        (tmp_path / "out" / "summary.json").read_text()
    )
    assert rest_within(20) >= max(16, before)


def test_after_learning_the_summary_is_of_the_new_ranking(planted, tmp_path):
    result, out = planted
    shutil.copytree(out, tmp_path / "out")
    first = np.argsort(-result.suspicion, kind="stable")[:20]
    rows = [f"{result.readings[i].key},{'keep' if n % 4 else 'drop'}" for n, i in enumerate(first)]
    (tmp_path / "d.csv").write_text("sha256,decision\n" + "\n".join(rows))
    learn(tmp_path / "out", tmp_path / "d.csv")
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    with (tmp_path / "out" / "ranking.csv").open() as file:
        looked = [row["path"] for row in csv.DictReader(file)][: summary["to_look_at"]]
    for finding, counts in summary["findings"].items():
        assert counts["within_budget"] == len(named(result, finding) & set(looked)), finding
    assert summary["learnt_from"] == 20 and "expected_of_cut_crops" not in summary
    assert summary["findings"] != result.summary.to_dict()["findings"]


def test_a_folder_whose_name_is_no_unicode(tmp_path):
    folder = tmp_path / os.fsdecode(b"caf\xe9 <b>")
    write_set(folder, 3)
    write_review(assess(folder, options=ReviewOptions(workers=1)), tmp_path / "out")
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["folder"] == "caf\\xe9 <b>"
    assert "../caf%E9%20%3Cb%3E" in (tmp_path / "out" / "review.html").read_text(encoding="utf-8")


def test_the_review_of_a_link_lies_beside_the_link(tmp_path):
    (tmp_path / "disk" / "set").mkdir(parents=True)
    (tmp_path / "set").symlink_to(tmp_path / "disk" / "set")
    for name in ("set", "set/"):
        assert review_folder(f"{tmp_path}/{name}", None) == tmp_path / "set-review"


@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_few_images_are_a_review_too(tmp_path, n):
    write_set(tmp_path / "set", n)
    write_review(assess(tmp_path / "set"), tmp_path / "out")
    assert (tmp_path / "out" / "review.html").exists()


def test_bad_input_names_the_thing(tmp_path):
    (tmp_path / "set").mkdir()
    with pytest.raises(BadInput, match="no images"):
        assess(tmp_path / "set")
    write_set(tmp_path / "set", 3)
    with pytest.raises(BadInput, match="budget"):
        assess(tmp_path / "set", options=ReviewOptions(budget=0))
    with pytest.raises(BadInput, match="features 'clip'"):
        assess(tmp_path / "set", options=ReviewOptions(features="clip"))
    with pytest.raises(BadInput, match="never written to"):
        write_review(assess(tmp_path / "set"), tmp_path / "set" / "out")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "summary.json").write_text("mine")
    with pytest.raises(BadInput, match="not empty, and no review"):
        write_review(assess(tmp_path / "set"), tmp_path / "mine")
    assert (tmp_path / "mine" / "summary.json").read_text() == "mine"
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(BadInput, match="cannot be reached"):
        write_review(assess(tmp_path / "set"), tmp_path / "loop" / "out")
    with pytest.raises(BadInput, match="no review here"):
        (tmp_path / "d.csv").write_text("sha256,decision\n")
        learn(tmp_path, tmp_path / "d.csv")
    out = tmp_path / "out"
    write_review(assess(tmp_path / "set"), out)
    with np.load(out / "review.npz") as store:
        parts = {name: store[name] for name in store.files if name != "format_version"}
    np.savez(out / "review.npz", **parts)
    with pytest.raises(BadInput, match="of another version"):
        learn(out, tmp_path / "d.csv")
