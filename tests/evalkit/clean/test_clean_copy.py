"""The clean copy: replayed by pixels, whole after any interruption, the source untouched."""

import csv
import dataclasses
import fcntl
import os
import shutil

import h5py
import numpy as np
import pytest
from PIL import Image

from clean_files import snapshot, write_set
from evalkit.clean.clean_copy import MARK, apply
from evalkit.clean.decisions import read_decisions
from evalkit.clean.options import ApplyOptions
from evalkit.clean.scan import read_one
from fractaldream_base.errors import BadInput


@pytest.fixture
def case(tmp_path):
    """40 scenes below two folders; two dropped, a copy, a broken file, a link out, a text."""
    folder = tmp_path / "set"
    images = write_set(folder / "a", 40)
    (folder / "b <b>").mkdir()
    images[3].save(folder / "b <b>" / "copy.bmp")
    (folder / "b <b>" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no")
    (tmp_path / "secret.png").write_bytes((folder / "a" / "scene-000.png").read_bytes())
    (folder / "out.png").symlink_to(tmp_path / "secret.png")
    (folder / "notes").write_text("no image")
    keys = [read_one(f"a/scene-{i:03}.png", str(folder)).key for i in range(40)]
    decisions = tmp_path / "decisions.csv"
    lines = [f'{keys[5]},drop,"cut, face"', f"{keys[7]},drop,", f"{keys[8]},keep,"]
    decisions.write_text("sha256,decision,reason\n" + "\n".join(lines))
    return folder, decisions, tmp_path / "clean"


def left_out(clean):
    with (clean / "left-out.csv").open() as file:
        return {row["path"]: (row["finding"], row["reason"]) for row in csv.DictReader(file)}


def names(clean):
    return {str(p.relative_to(clean)) for p in clean.rglob("*.*") if p.suffix in (".png", ".bmp")}


def test_what_is_left_out_is_listed_and_the_rest_is_there(case):
    folder, decisions, clean = case
    before = snapshot(folder)
    done = apply(folder, decisions, clean, options=ApplyOptions(workers=1))
    assert snapshot(folder) == before
    gone = {f"a/scene-{i:03}.png" for i in (5, 7)}
    assert names(clean) == {f"a/scene-{i:03}.png" for i in range(40)} - gone
    assert (done.kept, done.left_out, done.undecided, done.strange) == (38, 6, 37, 0)
    out = left_out(clean)
    assert out["a/scene-005.png"] == ("dropped", "cut, face")
    assert {path: finding for path, (finding, _) in out.items() if path not in gone} == {
        "b <b>/copy.bmp": "duplicate",
        "b <b>/broken.jpg": "unreadable",
        "out.png": "link",
        "notes": "other",
    }
    kept = clean / "a" / "scene-008.png"
    assert kept.read_bytes() == (folder / "a" / "scene-008.png").read_bytes()


def test_decisions_hold_on_another_copy_with_other_names_and_formats(case, tmp_path):
    folder, decisions, _ = case
    other = tmp_path / "theirs"
    other.mkdir()
    for i in range(10):
        Image.open(folder / "a" / f"scene-{i:03}.png").save(other / f"{99 - i}.bmp")
    apply(other, decisions, tmp_path / "other-clean", options=ApplyOptions(workers=1))
    assert names(tmp_path / "other-clean") == {
        f"{99 - i}.bmp" for i in range(10) if i not in (5, 7)
    }


def test_an_image_that_is_gone_from_the_folder_leaves_the_copy_too(case):
    folder, decisions, clean = case
    options = ApplyOptions(workers=1)
    apply(folder, decisions, clean, options=options)
    (clean / "a" / "mine.png").write_bytes(b"of the user")
    (folder / "a" / "scene-001.png").unlink()
    apply(folder, decisions, clean, options=options)
    gone = {f"a/scene-{i:03}.png" for i in (1, 5, 7)}
    expected = {f"a/scene-{i:03}.png" for i in range(40)} - gone
    assert names(clean) == expected | {"a/mine.png"}


def test_interrupted_and_run_again_it_is_whole(case, monkeypatch):
    folder, decisions, clean = case
    copy2, count = shutil.copy2, []

    def failing(origin, target):
        count.append(origin)
        if len(count) == 12:
            target.write_bytes(b"half a file")
            raise KeyboardInterrupt
        return copy2(origin, target)

    monkeypatch.setattr(shutil, "copy2", failing)
    with pytest.raises(KeyboardInterrupt):
        apply(folder, decisions, clean, options=ApplyOptions(workers=1))
    apply(folder, decisions, clean, options=ApplyOptions(workers=1))
    assert len(count) == 12 + 38 - 11  # what was there is not copied again
    assert len(names(clean)) == 38 and not [*clean.rglob("*.part")]
    for name in names(clean):
        assert (clean / name).read_bytes() == (folder / name).read_bytes()


def test_later_decisions_take_out_what_earlier_ones_kept(case):
    folder, decisions, clean = case
    apply(folder, decisions, clean, options=ApplyOptions(workers=1))
    key = read_one("a/scene-020.png", str(folder)).key
    decisions.write_text(f"sha256,decision,reason\n{key},drop,late\n")
    apply(folder, decisions, clean, options=ApplyOptions(workers=1))
    assert "a/scene-020.png" not in names(clean) and "a/scene-005.png" in names(clean)


def test_two_at_once_do_not_write_one_copy(case):
    folder, decisions, clean = case
    apply(folder, decisions, clean, options=ApplyOptions(workers=1))
    with (clean / MARK).open("rb") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        with pytest.raises(BadInput, match="another evalkit clean apply writes it"):
            apply(folder, decisions, clean, options=ApplyOptions(workers=1))
    apply(folder, decisions, clean, options=ApplyOptions(workers=1))


def test_links_point_at_the_source(case):
    folder, decisions, clean = case
    apply(folder, decisions, clean, options=ApplyOptions(link=True, workers=1))
    link = clean / "a" / "scene-000.png"
    assert link.is_symlink() and link.samefile(folder / "a" / "scene-000.png")
    apply(folder, decisions, clean, options=ApplyOptions(workers=1))
    assert not link.is_symlink() and link.is_file()


def test_the_packed_file_trains(case, tmp_path):
    import fractaldream
    from fractaldream_models import FractalDreamDataset
    from fractaldream_models.data.sources import open_data

    folder, decisions, clean = case
    pack = tmp_path / "set.h5"
    Image.new("RGB", (90, 60), "red").save(folder / "wide.png")
    done = apply(folder, decisions, clean, options=ApplyOptions(pack=pack, size=24, workers=1))
    assert done.cropped == 1
    assert done.classes == {} and done.note == "images lie beside one folder, a"
    with h5py.File(pack) as file:
        assert file["images"].shape == (39, 24, 24, 3) and file["images"].dtype == np.uint8
        assert file.attrs["format_version"] == 1 and file["split"][:].sum() == 4
        paths = [p.decode() for p in file["path"]]
        assert set(paths) == names(clean)
        assert (file["images"][paths.index("wide.png")] == (255, 0, 0)).all()
        split = file["split"][:]
    data = open_data(str(pack))
    assert (data.size, data.channels, len(data.train), len(data.validation)) == (24, 3, 35, 4)
    summary = fractaldream.info(pack)
    assert (summary.images, summary.size, summary.splits) == (
        39,
        24,
        {"train": 35, "validation": 4},
    )
    assert sum(summary.folders.values()) == 38  # all but wide.png
    assert fractaldream.to_dataframe(pack)["path"].tolist() == paths
    image, row = FractalDreamDataset(pack, target="index")[paths.index("wide.png")]
    assert image.getpixel((0, 0)) == (255, 0, 0) and paths[row] == "wide.png"
    before = pack.stat()
    again = apply(folder, decisions, clean, options=ApplyOptions(pack=pack, size=24, workers=1))
    assert again == done and os.path.samestat(before, pack.stat())  # nothing was left to do
    for other in ({"size": 16}, {"size": 24, "held_out": 0.5}):
        options = ApplyOptions(pack=pack, workers=1, **other)
        with pytest.raises(BadInput, match="other images or another size"):
            apply(folder, decisions, clean, options=options)
    pack.unlink()
    apply(folder, decisions, clean, options=ApplyOptions(pack=pack, size=24, workers=2))
    with h5py.File(pack) as file:
        assert np.array_equal(file["split"][:], split)


def test_a_complete_pack_is_done_and_another_is_refused(case, tmp_path):
    folder, decisions, clean = case
    options = ApplyOptions(pack=tmp_path / "set.h5", size=16, workers=1)
    apply(folder, decisions, clean, options=options)
    written = options.pack.stat().st_mtime_ns
    apply(folder, decisions, clean, options=options)
    assert options.pack.stat().st_mtime_ns == written  # the same pack is not written again
    larger = dataclasses.replace(options, size=24)
    with pytest.raises(BadInput, match=r"set\.h5: exists, with other images .* --force"):
        apply(folder, decisions, clean, options=larger)
    assert options.pack.stat().st_mtime_ns == written
    apply(folder, decisions, clean, options=larger, force=True)
    with h5py.File(options.pack) as file:
        assert file["images"].shape[1:] == (24, 24, 3)
    mine = dataclasses.replace(options, pack=tmp_path / "mine.h5")
    mine.pack.write_text("precious")
    with pytest.raises(BadInput, match="no pack of images"):
        apply(folder, decisions, clean, options=mine)
    assert mine.pack.read_text() == "precious"


def test_a_full_disk_is_one_line_and_leaves_no_half_pack(case, tmp_path, monkeypatch):
    folder, decisions, clean = case
    pack = tmp_path / "set.h5"
    usage = shutil.disk_usage(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda _: usage._replace(free=2**20))
        with pytest.raises(BadInput, match="38 images of 512 px may need"):
            apply(folder, decisions, clean, options=ApplyOptions(pack=pack, size=512, workers=1))
    assert not clean.exists()  # refused before anything is copied

    def full(*_, **__):
        raise RuntimeError("Unable to flush\nerrno = 28")

    with monkeypatch.context() as patched:
        patched.setattr(h5py.Group, "create_dataset", full)
        with pytest.raises(BadInput, match="the disk is full") as caught:
            apply(folder, decisions, clean, options=ApplyOptions(pack=pack, size=24, workers=1))
    assert "\n" not in str(caught.value)
    assert not pack.exists() and not [*tmp_path.glob(".set.h5*")]
    for _ in range(2):  # made, then made again over the one before
        apply(folder, decisions, clean, options=ApplyOptions(pack=pack, size=24, workers=1))


def test_bad_input_names_the_thing_and_changes_nothing(case, tmp_path):
    folder, decisions, clean = case

    def refused(words, *args, **options):
        with pytest.raises(BadInput, match=words) as caught:
            apply(*args, options=ApplyOptions(workers=1, **options))
        assert "\n" not in str(caught.value)

    refused("no such folder", tmp_path / "none", decisions, clean)
    refused("no such file", folder, tmp_path / "none.csv", clean)
    refused("overlaps", folder, decisions, folder / "clean")
    refused("overlaps", folder, decisions, tmp_path)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    refused("cannot be reached", folder, decisions, clean, pack=tmp_path / "loop" / "a.h5")
    refused("ends in .h5", folder, decisions, clean, pack=tmp_path / "a.txt")
    refused("no folder", folder, decisions, clean, pack=tmp_path / "none" / "a.h5")
    mine = tmp_path / "mine.h5"
    for write in (lambda: mine.write_bytes(b"no HDF5"), lambda: h5py.File(mine, "w").close()):
        write()
        before = mine.read_bytes()
        refused("no pack of images", folder, decisions, clean, pack=mine)
        assert mine.read_bytes() == before
    full = tmp_path / "full"
    write_set(full, 1)
    refused("not a clean copy", folder, decisions, full)
    other = tmp_path / "other.csv"
    other.write_text(f"sha256,decision\n{'0' * 64},drop\n")
    refused("none of its 1 decisions", folder, other, clean)
    assert not clean.exists()  # nothing is left behind by a refusal
    for text in ("path,keep\na,b\n", "", "sha256,decision\nabc,drop\n"):
        other.write_text(text)
        with pytest.raises(BadInput):
            read_decisions(other)
    other.write_bytes(b"\xff\xfe\x00binary")
    refused("UTF-8", folder, other, clean)
