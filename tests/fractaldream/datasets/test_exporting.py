"""What other programs read: folders of PNG, Parquet, and the staged folder through `datasets`."""

from pathlib import Path

import pytest

import fractaldream as fd


def pictures(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.png")}


def test_force_replaces_an_export_and_nothing_else(equal_rows, tmp_path):
    fd.export(equal_rows, tmp_path, format="png")
    with pytest.raises(fd.BadInput, match=r"kbc: exists; .*--force"):
        fd.export(equal_rows, tmp_path, format="png", stop=2)
    assert len(pictures(tmp_path / "kbc")) == 4
    fd.export(equal_rows, tmp_path, format="png", stop=2, force=True)
    assert len(pictures(tmp_path / "kbc")) == 2  # no picture of the earlier export stays
    (tmp_path / "kbc" / "holiday.png").write_bytes(b"precious")
    with pytest.raises(fd.BadInput, match=r"holds holiday.png, so no export wrote it"):
        fd.export(equal_rows, tmp_path, format="png", force=True)
    assert (tmp_path / "kbc" / "holiday.png").read_bytes() == b"precious"


@pytest.mark.parametrize("renames", [0, 1, 2])
def test_an_export_that_is_killed_at_its_end_goes_on(equal_rows, tmp_path, monkeypatch, renames):
    palettes, done = ("kbc", "viridis"), []

    def killed(path, target, rename=Path.rename):
        if len(done) == renames:
            raise KeyboardInterrupt
        done.append(target)
        return rename(path, target)

    def kept(path, missing_ok=False, unlink=Path.unlink):
        if path.name == "export.json":
            raise KeyboardInterrupt
        unlink(path, missing_ok)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "rename", killed)
        patch.setattr(Path, "unlink", kept)
        fd.export(equal_rows, tmp_path, format="png", palettes=palettes)
    fd.export(equal_rows, tmp_path, format="png", palettes=palettes)
    for name in palettes:
        assert len(list((tmp_path / name).iterdir())) == 5  # the pictures and their table
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == set(palettes)


def test_hidden_files_of_a_kill_or_a_file_manager_do_not_keep_an_export(equal_rows, tmp_path):
    fd.export(equal_rows, tmp_path, format="png")
    for name in (".000000_1.png.0a1b.part", ".DS_Store"):
        (tmp_path / "kbc" / name).touch()
    fd.export(equal_rows, tmp_path, format="png", force=True)
    (tmp_path / "kbc" / ".notes").touch()
    with pytest.raises(fd.BadInput, match=r"holds \.notes"):
        fd.export(equal_rows, tmp_path, format="png", force=True)


def test_two_exports_at_once_on_one_folder(equal_rows, tmp_path):
    from fractaldream_base.locks import locked

    with (
        locked(tmp_path / ".export.lock", "held"),
        pytest.raises(fd.BadInput, match="another export is at work there"),
    ):
        fd.export(equal_rows, tmp_path, format="png")
    fd.export(equal_rows, tmp_path, format="png")
