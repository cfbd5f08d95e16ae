"""Kaggle's real client against a server on 127.0.0.1: all that can go wrong, and the second run."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import fractaldream as fd
import kaggle_server
from fractaldream_base.locks import locked
from kaggle_server import Entry, Fault
from publishing_files import environment, one_line

pytest.importorskip("kaggle")

pytestmark = pytest.mark.usefixtures("quick_checks")
REF = f"{kaggle_server.USER}/small-set"
ROOT = Path(__file__).parents[3]

PUBLISH = ("publish", "small-set.h5", "--to", "kaggle", "--owner", kaggle_server.USER, "--quiet")


def test_the_first_run_creates_and_the_next_makes_a_version(site, run):
    status, out, err = run(*PUBLISH)
    assert status == 0, err
    assert f"/datasets/{REF}: version 1 published" in out
    entry = site.entries[REF]
    assert not entry.request.get("isPrivate")
    assert entry.request["licenseName"] == "CC-BY-4.0"
    assert "content_sha256" in entry.request["description"]
    staged = {path.name for path in Path("small-set-kaggle").iterdir()}
    assert set(entry.versions[0]) == staged - {"dataset-metadata.json"}
    for name, content in entry.versions[0].items():
        assert content == (Path("small-set-kaggle") / name).read_bytes()

    status, out, err = run(*PUBLISH)  # the same once more: nothing to do
    assert status == 0 and "version 1 already there" in out
    assert len(entry.versions) == 1

    fd.render(fd.Recipe(n=9, size=32, iterations=4000), "small-set.h5", force=True)
    assert "--update" in one_line(run(*PUBLISH))
    assert len(entry.versions) == 1
    status, out, err = run(*PUBLISH, "--update", "one more")
    assert status == 0 and "version 2 published" in out
    assert entry.notes == ["", "one more"]


@pytest.mark.parametrize("status", [400, 401, 403, 429, 503])
@pytest.mark.parametrize("call", ["GetDatasetStatus", "StartBlobUpload", "CreateDataset"])
def test_a_refused_request_is_told_and_the_second_run_completes(site, run, call, status):
    fault = Fault(call, status)
    site.faults.append(fault)
    message = one_line(run(*PUBLISH))
    if (call, status) == ("GetDatasetStatus", 403):  # as Kaggle answers for one that is not there
        assert "sent, but not confirmed" in message
    else:
        assert str(status) in message and f"fault {status}" in message
        assert not site.entries
    fault.times = 0
    assert run(*PUBLISH)[0] == 0
    assert len(site.entries[REF].versions) == 1


@pytest.mark.parametrize("how", [400, 401, 403, 429, 503, "cut"])
def test_a_file_that_is_not_taken_is_never_left_out(site, run, how):
    fault = Fault("PUT params.csv", how)
    site.faults.append(fault)
    message = one_line(run(*PUBLISH))
    assert "params.csv" in message and "nothing was published" in message
    assert not site.entries and "CreateDataset" not in site.calls
    fault.times = 0
    assert run(*PUBLISH)[0] == 0
    assert "params.csv" in site.entries[REF].versions[0]


def test_a_rejected_new_version_leaves_the_old_one(site, run):
    assert run(*PUBLISH)[0] == 0
    fd.render(fd.Recipe(n=9, size=32, iterations=4000), "small-set.h5", force=True)
    site.faults.append(Fault("CreateDatasetVersion", 503, times=1))
    assert "503" in one_line(run(*PUBLISH, "--update", "more"))
    assert len(site.entries[REF].versions) == 1
    status, out, _ = run(*PUBLISH, "--update", "more")
    assert status == 0 and "version 2 published" in out


def test_an_upload_that_stops_half_way_goes_on_from_there(site, run):
    site.faults.append(Fault("PUT small-set.h5", "half", times=1))
    assert run(*PUBLISH)[0] == 0
    sent = [(start, count) for name, start, count in site.puts if name == "small-set.h5"]
    size = Path("small-set.h5").stat().st_size
    assert sent == [(0, size // 2), (size // 2, size - size // 2)]


def test_uploads_of_a_run_that_failed_are_used_by_the_next(site, run):
    site.faults.append(Fault("CreateDataset", 503, times=1))
    one_line(run(*PUBLISH))
    blobs, puts = len(site.blobs), len(site.puts)
    assert run(*PUBLISH)[0] == 0
    assert (len(site.blobs), len(site.puts)) == (blobs, puts)


def test_an_upload_session_that_has_ended_is_begun_anew(site, run):
    site.faults.append(Fault("CreateDataset", 503, times=1))
    one_line(run(*PUBLISH))
    for token in [t for t, blob in site.blobs.items() if blob["name"] == "params.csv"]:
        del site.blobs[token]
    assert run(*PUBLISH)[0] == 0


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_stopped(site, rendered, tmp_path):
    shutil.copy2(rendered, tmp_path / "small-set.h5")
    site.faults.append(Fault("PUT small-set.h5", "half"))
    env = os.environ | environment(tmp_path / "home", site) | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "fractaldream", *PUBLISH, "--sample", "1"]
    first = subprocess.Popen(
        command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    for _ in range(400):
        if any(name == "small-set.h5" for name, _, _ in site.puts) or first.poll() is not None:
            break
        threading.Event().wait(0.1)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    site.faults.clear()
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "version 1 published" in done.stdout and kaggle_server.KEY not in done.stdout
    starts = [start for name, start, _ in site.puts if name == "small-set.h5"]
    assert starts[0] == 0 and starts[-1] > 0  # the last bytes only


def test_success_is_said_only_when_every_file_is_listed(site, run):
    site.hidden = {"params.csv": 10**9}
    message = one_line(run(*PUBLISH))
    assert "not confirmed" in message and "does not list params.csv" in message
    site.hidden = {}
    status, out, _ = run(*PUBLISH)
    assert status == 0 and "version 1 already there" in out


def test_a_file_that_the_site_lost_is_sent_again(site, run):
    assert run(*PUBLISH)[0] == 0
    site.entries[REF].versions[0].pop("params.csv")
    status, out, _ = run(*PUBLISH)
    assert status == 0 and "version 2 published" in out
    assert "params.csv" in site.entries[REF].notes[1]


def test_late_listing_and_slow_processing_are_waited_for(site, run):
    site.hidden, site.slow = {"params.csv": 2}, 3
    assert run(*PUBLISH)[0] == 0


def test_a_version_that_never_gets_ready_is_not_called_published(site, run):
    site.slow = 10**9
    message = one_line(run(*PUBLISH))
    assert "still being processed" in message
    assert "still processing" in one_line(run(*PUBLISH, "--update", "more"))  # and none is added
    assert len(site.entries[REF].versions) == 1
    site.entries[REF].processing = 1
    assert "version 1 already there" in run(*PUBLISH)[1]


def test_a_wrong_size_is_seen(site, run, monkeypatch):
    def shorter(self, ref, files=kaggle_server.KaggleServer.files):
        shown = files(self, ref)
        return shown | {"params.csv": shown["params.csv"][:-1]}

    monkeypatch.setattr(kaggle_server.KaggleServer, "files", shorter)
    assert "lists params.csv with" in one_line(run(*PUBLISH))


def test_files_of_others_are_not_let_go_unasked(site, run):
    site.entries[REF] = Entry([{"notes.txt": b"mine"}], [""])
    message = one_line(run(*PUBLISH, "--update", "all of it"))
    assert "notes.txt" in message and "--replace" in message
    assert len(site.entries[REF].versions) == 1
    status, out, _ = run(*PUBLISH, "--update", "all of it", "--replace")
    assert status == 0 and "version 2 published" in out


def test_archives_may_be_kept_as_they_are(site, run):
    site.unpacks = False
    assert run(*PUBLISH)[0] == 0


def test_no_network_is_one_line(site, run, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert "no connection to Kaggle" in one_line(run(*PUBLISH))
    monkeypatch.setenv("http_proxy", site.url)
    site.faults.append(Fault("GetDatasetStatus", "cut"))
    assert "no connection to Kaggle" in one_line(run(*PUBLISH))


def test_missing_credentials_are_one_line(site, run, monkeypatch):
    monkeypatch.delenv("KAGGLE_KEY")
    assert "kaggle auth login" in one_line(run(*PUBLISH))
    assert site.calls == []


def test_wrong_credentials_are_one_line(site, run, monkeypatch):
    monkeypatch.setenv("KAGGLE_KEY", "wrong")
    message = one_line(run(*PUBLISH))
    assert "401" in message and "wrong" not in message


def test_an_owner_who_is_someone_else_is_refused_before_any_upload(site, run):
    words = ["else" if word == kaggle_server.USER else word for word in PUBLISH]
    assert "give --owner someone" in one_line(run(*words))
    assert not site.blobs


def test_a_client_that_lacks_six_is_one_line(site, run, monkeypatch):
    for name in [n for n in sys.modules if n == "kaggle" or n.startswith("kaggle.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "six", None)
    assert "fractaldream[publish]" in one_line(run(*PUBLISH))


def test_private_and_json(site, run):
    for _ in range(2):
        status, out, _ = run(*PUBLISH, "--private", "--json")
        assert status == 0 and json.loads(out)["version"] == 1
    assert site.entries[REF].request["isPrivate"] is True


@pytest.mark.parametrize(
    ("words", "message"),
    [(["--private"], "is public there"), (["--licence", "CC0-1.0"], "--licence CC-BY-4.0")],
)
def test_what_a_new_version_cannot_change_is_refused(site, run, words, message):
    assert run(*PUBLISH)[0] == 0
    blobs = len(site.blobs)
    assert message in one_line(run(*PUBLISH, "--update", "other words", *words))
    assert len(site.entries[REF].versions) == 1 and len(site.blobs) == blobs


def test_a_title_that_stays_another_is_noted(site, run):
    assert run(*PUBLISH)[0] == 0
    status, out, _ = run(*PUBLISH, "--update", "new name", "--title", "Another title")
    assert status == 0 and "version 2 published" in out and "its title there stays" in out


@pytest.mark.parametrize("call", ["GetDatasetStatus", "GetDatasetMetadata", "ListDatasetFiles"])
def test_a_site_that_never_answers_is_one_line(site, run, monkeypatch, call):
    from fractaldream.publishing import client

    site.entries[REF] = Entry([{"notes.txt": b"mine"}], [""])
    monkeypatch.setattr(client, "LIMITS", (5.0, 0.5))
    site.faults.append(Fault(call, "hang"))
    assert "Kaggle does not answer" in one_line(run(*PUBLISH))


def test_an_upload_that_is_never_answered_is_sent_again(site, run, monkeypatch):
    from fractaldream.publishing import client

    monkeypatch.setattr(client, "LIMITS", (5.0, 2.0))
    site.faults.append(Fault("PUT params.csv", "hang", times=1))
    assert run(*PUBLISH)[0] == 0


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 503])
@pytest.mark.parametrize("call", ["GetDataset", "GetDatasetMetadata", "ListDatasetFiles"])
def test_a_published_set_that_is_not_shown_is_no_other_set(site, run, call, status):
    site.entries[REF] = Entry([{"notes.txt": b"mine"}], [""])
    site.faults.append(Fault(call, status))
    message = one_line(run(*PUBLISH))
    assert f"({status}: fault {status})" in message and "--update" not in message
    assert len(site.entries[REF].versions) == 1


@pytest.mark.parametrize("status", [401, 403, 503])
@pytest.mark.parametrize("call", ["GetDataset", "ListDatasetFiles"])
def test_what_was_sent_and_is_not_shown_is_said_to_be_sent(site, run, call, status):
    fault = Fault(call, status)
    site.faults.append(fault)
    message = one_line(run(*PUBLISH))
    assert "sent, but not confirmed" in message and f"fault {status}" in message
    fault.times = 0
    assert "version 1 already there" in run(*PUBLISH)[1]


def test_an_answer_after_a_delay_is_waited_for(site, run):
    for call in ("GetDatasetStatus", "StartBlobUpload", "CreateDataset", "ListDatasetFiles"):
        site.faults.append(Fault(call, "late", times=1))
    assert run(*PUBLISH)[0] == 0


def test_an_answer_that_was_lost_is_no_rejection(site, run):
    site.faults.append(Fault("CreateDataset", "lost", times=1))
    status, out, err = run(*PUBLISH)
    assert status == 0, err
    assert "version 1 published" in out and len(site.entries[REF].versions) == 1


def test_a_rejection_in_an_answer_that_looks_well_is_seen(site, run, monkeypatch):
    """The client gives this back as a result, with no exception."""

    def refuse(self, request):
        self.answer({"status": "error", "error": "Incompatible Dataset Type"})

    monkeypatch.setattr(kaggle_server.Handler, "CreateDataset", refuse)
    message = one_line(run(*PUBLISH))
    assert "Incompatible Dataset Type" in message and "nothing was published" in message


def test_pictures_of_another_choice_replace_the_old_ones_unasked(site, run):
    assert run(*PUBLISH)[0] == 0
    fd.render(fd.Recipe(n=8, seed=1, size=32, iterations=4000), "small-set.h5", force=True)
    status, out, err = run(*PUBLISH, "--update", "another seed")
    assert status == 0, err
    assert "version 2 published" in out


def test_a_file_that_someone_added_there_does_not_make_it_unpublished(site, run):
    assert run(*PUBLISH)[0] == 0
    site.entries[REF].versions[0]["notes.txt"] = b"mine"
    assert "version 1 already there" in run(*PUBLISH)[1]


def test_progress_names_the_files(site, run):
    status, _, err = run(*[word for word in PUBLISH if word != "--quiet"])
    assert status == 0
    assert "uploading small-set.h5" in err
    assert "\r" not in err  # bars would fill a file with long lines


def test_quiet_prints_nothing_of_the_client(site, run):
    status, out, err = run(*PUBLISH)
    assert (status, err) == (0, "") and out.startswith("https://")


def test_two_processes_at_one_stage(site, run):
    pytest.importorskip("fcntl", reason="Windows has no such locks")
    with locked(Path(".small-set-kaggle.lock"), "busy"):
        assert "another process publishes from there" in one_line(run(*PUBLISH))
    assert run(*PUBLISH)[0] == 0
    assert not list(Path().glob(".*"))


@pytest.mark.parametrize("token", [kaggle_server.TOKEN, "an-old-token"])
def test_an_access_token_is_what_the_client_makes_of_it(site, run, monkeypatch, token):
    monkeypatch.delenv("KAGGLE_KEY")
    monkeypatch.setenv("KAGGLE_API_TOKEN", token)
    outcome = run(*PUBLISH)
    if token == kaggle_server.TOKEN:
        assert outcome[0] == 0, outcome
    else:
        message = one_line(outcome)
        assert "does not accept the access token" in message and token not in message
    staged = b"".join(path.read_bytes() for path in Path("small-set-kaggle").iterdir())
    assert token.encode() not in staged and kaggle_server.KEY.encode() not in staged


def test_a_disk_that_is_full_on_the_way_is_one_line(site, run, monkeypatch):
    from kaggle.api.kaggle_api_extended import ResumableUploadContext

    def full(self):
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(ResumableUploadContext, "_create_temp_dir", full)
    assert "the disk is full" in one_line(run(*PUBLISH))
    assert not site.entries
