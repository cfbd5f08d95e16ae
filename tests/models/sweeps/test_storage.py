"""Storages of trials: errors on one line, and passwords that are not printed."""

import json

import pytest

from fractaldream_base.errors import BadInput
from fractaldream_models.sweeps import storage

optuna = pytest.importorskip("optuna")
sqlalchemy = pytest.importorskip("sqlalchemy")


def test_a_proxy_that_goes_away_is_told_in_its_own_words():
    grpc = pytest.importorskip("grpc")
    channel = grpc.insecure_channel("localhost:1")
    refusal_of_grpc = pytest.raises(BadInput, match=r"^grpc://h:1: .*; mend it")
    with channel, refusal_of_grpc as caught, storage.reaching("grpc://h:1"):
        channel.unary_unary("/a/b")(b"", timeout=5)
    assert "RPC that terminated" not in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "printed"),
    [
        ("postgresql://user:secret@host:5432/db", "postgresql://user:***@host:5432/db"),
        ("mysql+pymysql://u:s/e:c@host/db", "mysql+pymysql://u:***@host/db"),
        ("postgresql://host/db?user=u&password=secret", "postgresql://host/db?user=u&password=***"),
        ("sqlite:///sweep.db", "sqlite:///sweep.db"),
        ("grpc://host:13000", "grpc://host:13000"),
    ],
)
def test_passwords_of_storages_are_not_printed(url, printed):
    assert storage.masked(url) == printed


def test_a_torn_line_of_a_journal_is_dropped(tmp_path):
    """As a kill or a full disk leaves it."""
    path, url = tmp_path / "a.log", f"journal:///{tmp_path}/a.log"
    optuna.create_study(storage=storage.open_storage(url, create=True), study_name="a").ask()
    whole = path.read_bytes()
    path.write_bytes(whole + whole.splitlines(keepends=True)[-1][:20])
    storage.open_study(url, "a").ask()
    assert path.read_bytes().startswith(whole)
    assert all(json.loads(line) for line in path.read_bytes().splitlines())
    assert len(storage.open_study(url, "a").get_trials()) == 2


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("IntegrityError", "UNIQUE constraint failed: alembic_version.version_num"),
        ("OperationalError", "table studies already exists"),
    ],
)
def test_tables_that_another_process_makes_at_once_are_used(tmp_path, monkeypatch, error, words):
    database, calls = optuna.storages.RDBStorage, []

    def late(*arguments, **options):
        calls.append(database(*arguments, **options))  # as the other process makes them
        if len(calls) == 1:
            raise getattr(sqlalchemy.exc, error)("INSERT", {}, Exception(words))
        return calls[-1]

    with monkeypatch.context() as patched:
        patched.setattr(optuna.storages, "RDBStorage", late)
        opened = storage.open_storage(f"sqlite:///{tmp_path}/a.db", create=True)
    assert optuna.create_study(storage=opened, study_name="a").ask().number == 0
    assert len(calls) == 2


TORN = b'{"op_c{"a":1}\n{}\n'


@pytest.mark.parametrize(
    "content",
    [b"SQLite format 3\0", b"\xff\xfe", b"[1]\n", b"{}\n", b'{"op_code":99}\n', TORN],
)
def test_what_is_no_journal_is_refused_and_kept(tmp_path, content):
    path, url = tmp_path / "a.log", f"journal:///{tmp_path}/a.log"
    path.write_bytes(content)
    with pytest.raises(BadInput, match="journal"):
        storage.open_storage(url, create=True)
    assert path.read_bytes() == content
