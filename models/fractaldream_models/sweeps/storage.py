"""Storages of studies: Optuna's, opened by URL, with failures in one line."""

import os
import re
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fractaldream_base.errors import BadInput
from fractaldream_base.opening import other_format, read_head

if TYPE_CHECKING:
    from optuna import Study
    from optuna.storages import BaseStorage

PATIENCE = 20.0  # seconds to wait for a database that another program holds
TRIES = 50  # to find tables complete that another process makes at the same time
FORMS = "sqlite:///FILE, journal:///FILE, another database's URL or grpc://HOST:PORT"


class Unreachable(BadInput):
    """Raised where the storage does not answer; trials are as they were."""


def masked(url: str) -> str:
    """Return the URL of a storage without its password, for messages and results."""
    url = re.sub(r"(://[^/@:]*):.*@", r"\1:***@", url)
    return re.sub(r"([?&][^=&]*password[^=&]*=)[^&]*", r"\1***", url, flags=re.IGNORECASE)


def optuna() -> Any:
    """Return the module, made quiet. Raises BadInput where it is not installed."""
    try:
        import optuna
    except ImportError as error:
        raise BadInput("sweeps need Optuna: pip install 'fractaldream[sweep]'") from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


@contextmanager
def reaching(url: str) -> Iterator[None]:
    """Turn the errors of a storage into Unreachable."""
    module = optuna()
    import sqlalchemy

    troubles: tuple[type[Exception], ...] = (
        sqlalchemy.exc.SQLAlchemyError,
        module.exceptions.StorageInternalError,
    )
    try:
        import grpc

        troubles += (grpc.RpcError, grpc.FutureTimeoutError)
    except ImportError:
        pass
    try:
        yield
    except troubles as error:
        cause: BaseException = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        reason = cause.details() if hasattr(cause, "details") else str(cause)  # gRPC's are long
        text = reason.splitlines()[0] if reason else type(cause).__name__
        if "locked" in text:
            raise Unreachable(
                f"{masked(url)}: locked by another program for {PATIENCE:g} s; end it and give "
                "the command again (what is complete is kept)"
            ) from error
        raise Unreachable(f"{masked(url)}: {text}; mend it and give the command again") from error


def open_storage(url: str, *, create: bool) -> "BaseStorage":
    """Return the storage of a URL; with `create` its file may be missing. Raises BadInput."""
    module = optuna()
    try:
        parts = urlsplit(url)
        port = parts.port if parts.scheme == "grpc" else None
    except ValueError as error:  # a port that is no number
        raise BadInput(f"--storage {masked(url)}: {error}; give {FORMS}") from error
    scheme = parts.scheme
    if not scheme or "://" not in url:
        raise BadInput(f"--storage {masked(url)}: give {FORMS}")
    if scheme == "grpc":
        return _proxy(module, url, parts.hostname, port)
    file = _storage_file(url, scheme, create) if scheme in ("sqlite", "journal") else None
    with reaching(url):
        if file is not None and scheme == "journal":
            return _journal(module, file)
        connect = {"connect_args": {"timeout": PATIENCE}} if scheme == "sqlite" else {}
        try:
            escaped = url.replace("{", "{{").replace("}", "}}")  # Optuna takes it for a template
            return _database(module, escaped, connect)
        except ImportError as error:
            raise BadInput(
                f"--storage {masked(url)}: needs its driver installed ({error})"
            ) from error
        except ValueError as error:
            raise BadInput(f"--storage {masked(url)}: give {FORMS}") from error
    raise AssertionError


def _database(module: Any, url: str, connect: dict[str, Any]) -> "BaseStorage":
    """Return the storage of a database. Where others make its tables at once, wait for them.

    Optuna looks for its tables and then makes them, so that of two processes that begin with a new
    database one fails on what the other has just made.
    """
    import sqlalchemy

    for left in reversed(range(TRIES)):
        try:
            out: BaseStorage = module.storages.RDBStorage(url, engine_kwargs=connect)
            return out
        except sqlalchemy.exc.DBAPIError as error:
            by_another = isinstance(error, sqlalchemy.exc.IntegrityError)
            by_another |= "already exists" in str(error.orig)
            if not (by_another and left):
                raise
            time.sleep(0.1)
    raise AssertionError


def _journal(module: Any, file: Path) -> "BaseStorage":
    """Return the storage of a journal, which a torn last line does not break. Raises BadInput.

    A process that is killed, or whose disk is full, may leave the beginning of a line. Optuna
    would write the next line behind it, and nobody could read the file again.
    """
    from optuna.storages.journal import JournalFileBackend
    from optuna.storages.journal._file import get_lock_file

    class Journal(JournalFileBackend):
        def append_logs(self, logs: list[dict[str, Any]]) -> None:
            with get_lock_file(self._lock):
                _drop_torn_line(file)
            super().append_logs(logs)

    if file.exists() and (head := read_head(file)) and not head.startswith(b"{"):
        raise BadInput(f"{file}: {other_format(head, 'a journal of Optuna')}; give another file")
    try:
        return module.storages.JournalStorage(Journal(str(file)))  # type: ignore[no-any-return]
    except (ValueError, KeyError, TypeError, AttributeError, AssertionError) as error:
        raise BadInput(
            f"{file}: not a journal of Optuna, or damaged; give a copy of it, or begin another "
            "with another --storage and --out"
        ) from error


def _drop_torn_line(file: Path) -> None:
    """Cut what follows the last line break of a file: the line was never complete."""
    with file.open("r+b") as opened:
        end = opened.seek(0, os.SEEK_END)
        complete = end
        while complete > 0:
            start = max(0, complete - 4096)
            opened.seek(start)
            at = opened.read(complete - start).rfind(b"\n")
            complete = start if at < 0 else start + at + 1
            if at >= 0:
                break
        if complete < end:
            opened.truncate(complete)


def _storage_file(url: str, scheme: str, create: bool) -> Path:
    """Return the file that a URL names. Raises BadInput where it cannot be used."""
    name = url.split("://", 1)[1].removeprefix("/").partition("?")[0]
    if name in ("", ":memory:"):  # nothing would be left of it
        raise BadInput(f"--storage {masked(url)}: names no file; give {scheme}:///FILE")
    file = Path(name)
    if not create and not file.is_file():
        raise BadInput(f"{file}: no such file; give the --storage of `sweep run`")
    if not file.parent.is_dir():
        raise BadInput(f"{file.parent}: no such folder; make it first")
    return file


def _proxy(module: Any, url: str, host: str | None, port: int | None) -> "BaseStorage":
    """Return the storage behind a gRPC proxy. Raises BadInput."""
    if not host or not port:
        raise BadInput(f"--storage {masked(url)}: give grpc://HOST:PORT")
    try:
        import grpc
    except ImportError as error:
        raise BadInput("a gRPC proxy needs grpcio: pip install 'fractaldream[sweep]'") from error
    try:  # the proxy itself would wait without end
        with grpc.insecure_channel(f"{host}:{port}") as channel:
            grpc.channel_ready_future(channel).result(PATIENCE)
    except grpc.FutureTimeoutError as error:
        raise Unreachable(
            f"{masked(url)}: nobody answers there; start optuna.storages.run_grpc_proxy_server"
        ) from error
    with warnings.catch_warnings():  # that it is young: docs/how-to/sweep-settings.md
        warnings.simplefilter("ignore", module.exceptions.ExperimentalWarning)
        out: BaseStorage = module.storages.GrpcStorageProxy(host=host, port=port)
        return out


def open_study(storage: str, name: str) -> "Study":
    """Return a study that is in the storage. Raises BadInput."""
    module = optuna()
    opened = open_storage(storage, create=False)
    with reaching(storage):
        try:
            out: Study = module.load_study(study_name=name, storage=opened)
            return out
        except KeyError as error:
            names = ", ".join(module.get_all_study_names(opened)) or "none"
            raise BadInput(f"{masked(storage)}: no study {name!r}; there: {names}") from error
