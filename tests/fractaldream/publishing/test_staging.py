"""What is staged says one thing everywhere, holds to the rules, and is never left half done."""

import errno
import fnmatch
import json
import os
import re
import shutil
import zipfile
from pathlib import Path

import h5py
import pytest

import fractaldream as fd
from publishing_files import DRY, one_line

pytest.importorskip("kaggle")


pytest.importorskip("mlcroissant")


FOLDER = ("publish", "small-set.h5", "--to", "folder", "--quiet")


def test_all_is_there_and_nothing_left_the_machine(staged, rendered):
    assert {path.name for path in staged.iterdir()} == {
        "README.md", "SHA256SUMS", "croissant.json", "dataset-metadata.json", "params.csv",
        "params.parquet", "png.zip", "preview.png", "recipe.toml", "small-set.h5",
    }  # fmt: skip
    assert (staged / "small-set.h5").read_bytes() == rendered.read_bytes()
    with fd.open(rendered) as data:
        assert f"{len(data)} of the images on one sheet" in (staged / "README.md").read_text()
    assert {p.name for p in Path().iterdir()} <= {"home", "small-set.h5", "small-set-kaggle"}


def test_the_sums_are_those_of_coreutils(staged):
    import subprocess

    command = ["sha256sum", "--ignore-missing", "--quiet", "-c", "SHA256SUMS"]
    assert subprocess.run(command, cwd=staged).returncode == 0
    with zipfile.ZipFile(staged / "png.zip") as archive:
        archive.extractall(staged / "png")
    command = ["sha256sum", "--quiet", "-c", "SHA256SUMS"]  # every line, once it is unpacked
    assert subprocess.run(command, cwd=staged).returncode == 0


def test_what_the_card_says_to_run_runs(staged, monkeypatch):
    card = (staged / "README.md").read_text()
    with fd.open("small-set.h5") as data:
        assert data.content_sha256 in card
        assert str(len(data)) in card
    monkeypatch.chdir(staged)
    blocks = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        exec(block, {})
    command = re.search(r"^fractaldream (render .*)$", card, re.MULTILINE)[1]
    from fractaldream.cli import cli

    cli.main([*command.split(), "--quiet"], standalone_mode=False)
    with fd.open("again.h5") as again, fd.open("small-set.h5") as data:
        assert again.content_sha256 == data.content_sha256


def test_one_description_is_behind_all_of_them(run):
    words = ("--title", "A title of its own", "--subtitle", "A subtitle that says enough of it")
    assert run(*DRY, *words, "--licence", "CC0-1.0")[0] == 0
    folder = Path("small-set-kaggle")
    metadata = json.loads((folder / "dataset-metadata.json").read_text())
    croissant = json.loads((folder / "croissant.json").read_text())
    card = (folder / "README.md").read_text()
    assert metadata["title"] == croissant["alternateName"] == card.splitlines()[0][2:]
    assert metadata["description"] == card
    assert metadata["licenses"] == [{"name": "CC0-1.0"}] and "CC0-1.0" in card
    assert croissant["license"].startswith("https://creativecommons.org/publicdomain/zero")
    fields = next(r for r in metadata["resources"] if r["path"] == "params.csv")["schema"]["fields"]
    header = (folder / "params.csv").read_text().split("\n", 1)[0].split(",")
    assert [field["name"] for field in fields] == header
    assert [field["name"] for field in croissant["recordSet"][0]["field"]] == header


def test_a_folder_has_the_card_of_hugging_face(run):
    import yaml

    status, _, err = run(*FOLDER, "--stage", "shared")
    assert status == 0, err
    head = yaml.safe_load(Path("shared/README.md").read_text().split("---")[1])
    assert head["license"] == "cc-by-4.0"
    assert head["size_categories"] == ["n<1K"]
    names = {path.name for path in Path("shared").iterdir()}
    for config in head["configs"]:
        for part in config["data_files"]:
            assert any(fnmatch.fnmatch(name, part["path"]) for name in names), part
    assert not Path("shared/dataset-metadata.json").exists()


def test_the_same_twice_keeps_the_files_that_an_upload_began_with(staged, run):
    before = {path.name: path.stat().st_mtime_ns for path in staged.iterdir()}
    assert run(*DRY)[0] == 0
    assert {path.name: path.stat().st_mtime_ns for path in staged.iterdir()} == before
    assert run(*DRY, "--title", "Another title")[0] == 0
    assert "Another title" in (staged / "README.md").read_text()


def test_a_card_that_was_edited_is_replaced_only_by_force(staged, run):
    card = staged / "README.md"
    card.write_text("my words")
    assert "README.md: changed since it was staged" in one_line(run(*DRY))
    assert card.read_text() == "my words"
    assert run(*DRY, "--force")[0] == 0 and card.read_text() != "my words"


def test_metadata_that_were_edited_are_replaced_only_by_force(staged, run):
    metadata = staged / "dataset-metadata.json"
    edited = metadata.read_text().replace("fractal", "my words")
    metadata.write_text(edited)
    os.utime(metadata)
    assert f"{metadata}: changed since it was staged" in one_line(run(*DRY))
    assert metadata.read_text() == edited
    assert {path.name for path in Path().iterdir()} <= {"home", "small-set.h5", staged.name}
    assert run(*DRY, "--force")[0] == 0 and metadata.read_text() != edited


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--title", "short"), "title 'short' has 5 characters"),
        (("--title", "t" * 51), "51 characters"),
        (("--subtitle", "s" * 19), "19 characters"),
        (("--subtitle", "s" * 81), "81 characters"),
        (("--slug", "short"), "slug 'short' has 5 characters"),
        (("--slug", "s" * 51), "51 characters"),
        (("--slug", "with space"), "slug 'with space'"),
        (("--slug", "Capital-letters"), "slug 'Capital-letters'"),
        (("--owner", "some one"), "owner 'some one'"),
        (("--owner", ""), "owner ''"),
        (("--licence", "mine"), "licence 'mine'"),
        (("--sample", "0"), "sample = 0"),
    ],
)
def test_rules_are_held_to_before_anything_is_written(run, words, message):
    assert message in one_line(run(*DRY, *words))
    assert not Path("small-set-kaggle").exists()


def test_the_owner_belongs_to_kaggle(run):
    assert "--owner" in one_line(run("publish", "small-set.h5", "--to", "kaggle"))
    assert "--owner" in one_line(run(*FOLDER, "--owner", "someone"))
    assert "--to kaggle" in one_line(run(*FOLDER, "--update", "more"))


def test_files_that_cannot_be_published_are_one_line(run):
    words = ("--to", "folder", "--quiet")
    assert "no such file" in one_line(run("publish", "none.h5", *words))
    Path("text.h5").write_text("no")
    assert "not an HDF5 file" in one_line(run("publish", "text.h5", *words))
    with h5py.File("small-set.h5", "r+") as file:
        file.attrs["format_version"] = 99
    assert "format version 99" in one_line(run("publish", "small-set.h5", *words))


def test_images_that_the_recipe_does_not_give_are_not_staged(run):
    with h5py.File("small-set.h5", "r+") as file:
        file["images"][0] = 255 - file["images"][0]
    assert "not what its recipe gives" in one_line(run(*DRY))
    assert not Path("small-set-kaggle").exists()


def test_a_folder_of_someone_else_is_left_alone(run):
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("mine")
    assert "notes.txt" in one_line(run(*DRY, "--stage", "mine"))
    assert Path("mine/notes.txt").read_text() == "mine"
    assert "a file" in one_line(run(*DRY, "--stage", "small-set.h5"))
    assert "no such folder" in one_line(run(*DRY, "--stage", "none/at/all"))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_leaves_what_was_there(staged, run, monkeypatch, code):
    import pyarrow.parquet as pq

    before = (staged / "README.md").read_text()

    def full(*args, **options):
        raise OSError(code, "full")

    monkeypatch.setattr(pq, "write_table", full)
    assert "disk is full" in one_line(run(*DRY, "--title", "Another title"))
    assert (staged / "README.md").read_text() == before
    shutil.rmtree(staged)
    assert "disk is full" in one_line(run(*DRY))
    assert {path.name for path in Path().iterdir()} <= {"home", "small-set.h5"}
