"""What was published comes back, checked, or does not come at all."""

import functools
import hashlib
import os
import shutil
import zipfile
from pathlib import Path

import h5py
import pytest

import fractaldream as fd
import kaggle_server
from fractaldream.publishing import fetching
from fractaldream_base.locks import held
from kaggle_server import Fault
from publishing_files import one_line

pytest.importorskip("kaggle")

pytestmark = pytest.mark.usefixtures("quick_checks")
REF = f"{kaggle_server.USER}/small-set"
FETCH = ("fetch", REF, "--out", "back", "--quiet")


@pytest.fixture
def published(site, run):
    owner = kaggle_server.USER
    outcome = run("publish", "small-set.h5", "--to", "kaggle", "--owner", owner, "--quiet")
    assert outcome[0] == 0, outcome
    site.calls.clear()
    return site


def nothing_left():
    return not [path for path in Path().iterdir() if path.name.startswith(("back", ".back"))]


@pytest.mark.parametrize("unpacks", [True, False])
def test_all_of_it_comes_back(published, run, unpacks):
    published.unpacks = unpacks
    status, out, err = run(*FETCH)
    assert status == 0, err
    assert "8 images rendered again, every bit the same" in out
    for name, content in published.files(REF).items():
        assert (Path("back") / name).read_bytes() == content
    with fd.open("back/small-set.h5") as back, fd.open("small-set.h5") as sent:
        assert back.content_sha256 == sent.content_sha256
    assert "exists" in one_line(run(*FETCH))


def test_public_data_needs_no_credentials(published, run, monkeypatch):
    monkeypatch.delenv("KAGGLE_KEY")
    assert run(*FETCH)[0] == 0


def test_a_download_that_was_cut_off_goes_on(published, run, monkeypatch):
    from kaggle.api.kaggle_api_extended import KaggleApi

    # the client keeps whole pieces of 1 MB, and this archive is smaller
    by_the_kilobyte = functools.partialmethod(KaggleApi.download_file, chunk_size=1024)
    monkeypatch.setattr(KaggleApi, "download_file", by_the_kilobyte)
    fault = Fault("GET archive", "cut", times=6)  # the client itself tries six times
    published.faults.append(fault)
    assert "no connection" in one_line(run(*FETCH))
    assert not Path("back").exists() and Path("back.parts").exists()
    published.calls.clear()
    assert run(*FETCH)[0] == 0
    last = [call for call in published.calls if call.startswith("GET archive from")][-1]
    assert not last.endswith(" 0")
    assert not Path("back.parts").exists()


def test_a_second_fetch_disturbs_nothing_and_a_lock_that_was_left_stops_nobody(published, run):
    pytest.importorskip("fcntl", reason="Windows has no such locks")
    kept = Path("back.parts")
    with held(kept / fetching.LOCK, "busy"):
        (kept / fetching.REF).write_text(REF)
        (kept / "small-set.zip").write_bytes(b"half of it")
        assert "another process downloads there" in one_line(run(*FETCH))
        assert (kept / "small-set.zip").read_bytes() == b"half of it"
    assert (kept / fetching.LOCK).exists()  # as after a kill
    assert run(*FETCH)[0] == 0
    assert Path("back").is_dir() and not kept.exists()


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 503])
def test_a_refusal_is_one_line_and_the_next_run_completes(published, run, status):
    published.faults.append(Fault("DownloadDataset", status, times=1))
    assert f"({status}" in one_line(run(*FETCH))
    assert nothing_left()
    assert run(*FETCH)[0] == 0


def changed(site, name, content):
    site.entries[REF].versions[-1][name] = content


def test_changed_bytes_are_found(published, run):
    held = published.entries[REF].versions[-1]["params.csv"]
    changed(published, "params.csv", held.replace(b"train", b"taint"))
    assert "params.csv does not have the checksum" in one_line(run(*FETCH))
    assert nothing_left()


def test_a_missing_file_is_found(published, run):
    del published.entries[REF].versions[-1]["params.parquet"]
    assert "lacks params.parquet" in one_line(run(*FETCH))
    assert nothing_left()


def test_a_picture_changed_or_missing_in_an_archive_is_found(published, run, monkeypatch):
    def without(self, ref, files=kaggle_server.KaggleServer.files):
        shown = files(self, ref)
        shown.pop(next(name for name in shown if name.startswith("png/")))
        return shown

    monkeypatch.setattr(kaggle_server.KaggleServer, "files", without)
    assert "lacks png/kbc/" in one_line(run(*FETCH))


def test_what_was_not_published_is_found(published, run):
    changed(published, "other.txt", b"")
    assert "other.txt" in one_line(run(*FETCH))


def test_images_that_do_not_render_are_found(published, run, tmp_path):
    """A forger who also mends the checksums does not get past the renderer."""
    forged = tmp_path / "forged.h5"
    shutil.copy2("small-set.h5", forged)
    with h5py.File(forged, "r+") as file:
        file["images"][0] = 255 - file["images"][0]
    content, held = forged.read_bytes(), published.entries[REF].versions[-1]
    was = hashlib.sha256(held["small-set.h5"]).hexdigest().encode()
    now = hashlib.sha256(content).hexdigest().encode()
    changed(published, "SHA256SUMS", held["SHA256SUMS"].replace(was, now))
    changed(published, "small-set.h5", content)
    assert "out otherwise when rendered again" in one_line(run(*FETCH))
    assert nothing_left()


def test_a_mistake_of_the_caller_costs_no_download(published, run):
    assert "sample = 0" in one_line(run(*FETCH, "--sample", "0"))
    assert not published.calls and nothing_left()


def test_a_file_that_cannot_be_checked_here_is_kept(published, run, monkeypatch):
    def newer(*arguments, **more):
        raise fd.BadInput("written by a newer version")

    monkeypatch.setattr(fetching.verification, "verify", newer)
    assert "newer version" in one_line(run(*FETCH))
    assert Path("back.parts", "small-set.zip").stat().st_size


@pytest.mark.parametrize("ref", ["small-set", "a/b/c/d", "a/", "some one/small-set", "a/b/new"])
def test_a_bad_name_is_one_line(site, run, ref):
    assert "OWNER/SLUG" in one_line(run("fetch", ref, "--quiet"))


def test_what_is_not_there_is_one_line(site, run):
    assert "is the name right" in one_line(run("fetch", "no/such-set", "--quiet"))


@pytest.mark.parametrize("call", ["DownloadDataset", "GET archive"])
def test_a_site_that_never_answers_is_one_line(published, run, monkeypatch, call):
    from fractaldream.publishing import client

    monkeypatch.setattr(client, "LIMITS", (5.0, 0.5))
    published.faults.append(Fault(call, "hang"))
    assert "Kaggle does not answer" in one_line(run(*FETCH))
    assert nothing_left()


def test_no_network_is_one_line(site, run, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert "no connection to Kaggle" in one_line(run(*FETCH))
    assert nothing_left()


def test_a_full_disk_is_one_line(published, run, monkeypatch):
    def full(self, folder):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "extractall", full)
    assert "disk is full" in one_line(run(*FETCH))
    assert not Path("back").exists()
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("ended", "wanted_ref"), [(REF, f"{REF}/1"), (f"{REF}/1", REF), (REF, REF)]
)
def test_a_version_that_was_not_asked_for_is_not_delivered(
    published, run, monkeypatch, ended, wanted_ref
):
    """After a run that ended on a full disk; of the same size and date, as the client looks at."""

    def full(self, folder):
        raise OSError(28, "No space left on device")

    versions = published.entries[REF].versions
    first = versions[0]
    if ended != wanted_ref:
        versions.append(other_card(first))
    with monkeypatch.context() as patch:
        patch.setattr(zipfile.ZipFile, "extractall", full)
        assert "disk is full" in one_line(run("fetch", ended, *FETCH[2:]))
    if ended == wanted_ref:
        versions.append(other_card(first))
    assert run("fetch", wanted_ref, *FETCH[2:])[0] == 0
    wanted = first if wanted_ref.endswith("/1") else versions[-1]
    assert Path("back/README.md").read_bytes() == wanted["README.md"]


def other_card(version):
    """The same files but for README.md, which has other letters, and its checksum."""
    card = version["README.md"].swapcase()
    was, now = (hashlib.sha256(x).hexdigest().encode() for x in (version["README.md"], card))
    return version | {"README.md": card, "SHA256SUMS": version["SHA256SUMS"].replace(was, now)}


def test_a_folder_that_another_fetch_removes_is_still_ours(tmp_path, monkeypatch):
    """Two at once: what one removes, at any moment, is nothing that the other refuses."""
    kept = tmp_path / "back.parts"
    (kept / "unpacked").mkdir(parents=True)
    for name in (fetching.LOCK, fetching.REF, "a.zip", "unpacked/a.h5"):
        (kept / name).touch()
    unlink, moments = os.unlink, []

    def watched(*words, **options):
        unlink(*words, **options)
        fetching.check_ours(kept)
        moments.append(words)

    monkeypatch.setattr(os, "unlink", watched)
    fetching.remove(kept)
    assert len(moments) == 4 and not kept.exists()


def test_progress_in_a_file_has_whole_lines(published, run):
    status, _, err = run(*FETCH[:-1])
    assert status == 0 and "\r" not in err


def test_a_file_in_the_place_of_the_parts_is_left_alone(published, run):
    Path("back.parts").write_text("mine")
    assert "back.parts: a file" in one_line(run(*FETCH))


def test_a_folder_of_someone_else_is_left_alone(published, run):
    Path("back.parts").mkdir()
    Path("back.parts", "mine.txt").write_text("mine")
    assert "back.parts" in one_line(run(*FETCH))
    assert Path("back.parts", "mine.txt").read_text() == "mine"
