"""A review: planted faults are found, said in words, ranked first; the folder stays as it was."""

import csv
import json
import os
import shutil

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from clean_files import snapshot, write_set
from evalkit.clean.assessment import assess
from evalkit.clean.options import ReviewOptions
from evalkit.clean.review_store import learn, review_folder, write_review
from fractaldream_base.errors import BadInput


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """120 scenes and one or more of each fault; the review and what it wrote."""
    folder = tmp_path_factory.mktemp("planted") / "set"
    images = write_set(folder)
    rng = np.random.default_rng(5)
    images[0].save(folder / "exact.bmp")
    images[1].transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "near-flipped.png")
    images[2].crop((2, 2, 46, 46)).resize((48, 48)).save(folder / "near-zoomed.png")
    Image.new("RGB", (48, 48), (9, 90, 9)).save(folder / "blank.png")
    images[3].point(lambda v: v // 6).save(folder / "dark.png")
    images[4].point(lambda v: 215 + v // 7).save(folder / "bright.png")
    images[5].filter(ImageFilter.GaussianBlur(4)).save(folder / "blurred.png")
    images[6].save(folder / "compressed.jpg", quality=4)
    barred = images[7].copy()
    for top in (0, 42):
        barred.paste("black", (0, top, 48, top + 6))
    barred.save(folder / "bars.png")
    images[8].resize((80, 30)).save(folder / "odd-size.png")
    images[9].convert("L").save(folder / "odd-mode.png")
    noise = rng.integers(0, 256, (6, 48, 48, 3), dtype=np.uint8)
    for i, pixels in enumerate(noise):
        Image.fromarray(pixels).save(folder / f"noise-{i}.png")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    (folder / "notes.txt").write_text("not an image")
    before = snapshot(folder)
    result = assess(folder, options=ReviewOptions(workers=1))
    write_review(result, folder.parent / "out")
    assert snapshot(folder) == before
    return result, folder.parent / "out"


def named(result, finding):
    return {result.readings[f.image].path for f in result.findings if f.finding == finding}


@pytest.mark.parametrize(
    "finding", ["blank", "dark", "bright", "blurred", "compressed", "bars", "odd-size", "odd-mode"]
)
def test_a_fault_is_found_where_it_was_planted(planted, finding):
    names = {path.split(".")[0] for path in named(planted[0], finding)}
    assert finding in names and len(names) <= 4


def test_noise_is_off_topic_and_heavy_and_leads_the_ranking(planted):
    result, _ = planted
    noisy = {f"noise-{i}.png" for i in range(6)}
    assert noisy <= named(result, "off-topic") | named(result, "heavy")
    order = [result.readings[i].path for i in np.argsort(-result.suspicion)]
    assert noisy <= set(order[:16])


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


def test_the_same_folder_gives_the_same_review(planted, tmp_path):
    folder = tmp_path / "set"
    write_set(folder, 60)
    first, again = (assess(folder, options=ReviewOptions(workers=w)) for w in (1, 2))
    assert np.array_equal(first.suspicion, again.suspicion)


def test_text_is_found_in_large_images(tmp_path):
    write_set(tmp_path, 6, 160)
    image = Image.open(tmp_path / "scene-000.png")
    draw = ImageDraw.Draw(image)
    for line, words in enumerate(("Created by a great many", "people who wrote this", "and drew")):
        draw.text((10, 30 + 22 * line), words, "white", font_size=14, stroke_fill="black")
    image.save(tmp_path / "credits.png")
    assert named(assess(tmp_path, options=ReviewOptions(workers=1)), "text") == {"credits.png"}


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


def test_no_more_than_a_twentieth_is_called_outlying(tmp_path):
    write_set(tmp_path / "set", 60)
    result = assess(tmp_path / "set", options=ReviewOptions(budget=0.5, workers=1))
    assert 1 <= len(named(result, "off-topic")) <= 3


@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_few_images_are_a_review_too(tmp_path, n):
    write_set(tmp_path / "set", n)
    write_review(assess(tmp_path / "set"), tmp_path / "out")
    assert (tmp_path / "out" / "review.html").exists()


def test_only_broken_files_are_a_review_too(tmp_path):
    folder = tmp_path / "set"
    folder.mkdir()
    for i in range(300):
        (folder / f"{i}.jpg").write_bytes(b"\xff\xd8\xff" + bytes([i % 256]) * i)
    result = assess(folder, options=ReviewOptions(workers=2))
    write_review(result, tmp_path / "out")
    assert result.summary.readable == 0 and len(result.findings) >= 300


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


def test_the_estimate_of_cut_crops_is_near_what_is_found_of_planted_ones(tmp_path):
    """Cut from larger scenes that are not in the set: half moved out of the frame, half zoomed."""
    folder = tmp_path / "set"
    write_set(folder, 200)
    whole = write_set(tmp_path / "other", 20, 96, seed=7)
    for i, image in enumerate(whole):
        x, y = 48 * (i // 2 % 2), 48 * (i // 4 % 2)
        if i % 2:
            cut = image.crop((x, y, x + 48, y + 48))
        else:
            cut = Image.new("RGB", (96, 96), image.getpixel((0, 0)))
            cut.paste(image, (x - 24, y - 24 if i % 3 else 0))
            cut = cut.resize((48, 48), Image.Resampling.BOX)
        cut.save(folder / f"wrong-{i:02}.png")
    result = assess(folder, options=ReviewOptions(budget=0.15, workers=1))
    first = np.argsort(-result.suspicion, kind="stable")[: result.summary.to_look_at]
    shown = sum(result.readings[i].path.startswith("wrong") for i in first) / len(whole)
    assert abs(result.summary.expected_of_cut_crops - shown) <= 0.2
