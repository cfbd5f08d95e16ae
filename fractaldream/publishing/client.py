"""Kaggle's official client: loading it, its credentials, its errors in one line each.

The client is never asked to print or store credentials, and what it prints is not passed on. Four
of its habits are dealt with here: a file whose upload was rejected is left out of what it then
creates (`Client.upload_files` raises instead), an upload whose session has ended is never begun
anew, most of its requests wait for ever for an answer (`limits`), and what a full disk does not
take is written again for a minute (`full_disk_ends_it`). Its bars of progress are made ours, which
write a line now and then where stderr is a file.
"""

import contextlib
import importlib
import io
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, TextIO

from fractaldream_base.errors import BadInput
from fractaldream_base.files import is_full_disk
from fractaldream_base.progress import Bar

from . import staging
from .description import KAGGLE_METADATA

INSTALL = "pip install 'fractaldream[publish]'"
AGAIN = "run the same command again, it goes on where this stopped"
LATER = "in some minutes run the same command again, it goes on where this stopped"
# seconds to connect, and between two pieces of an answer; the client itself would wait for ever
LIMITS = (30.0, 300.0)


def load() -> ModuleType:
    """Import and return the client's module. It authenticates on import, so only here."""
    try:
        # by name, since the package shadows its subpackage `api` with an object
        module = importlib.import_module("kaggle.api.kaggle_api_extended")
    except ImportError as error:
        raise BadInput(
            f"Kaggle's client cannot be imported ({error}); install it with: {INSTALL}"
        ) from None
    return module


def client_class() -> Any:
    """Return the client's class, made to stop where a file was not taken."""
    module: Any = load()
    module.tqdm = Bar
    codes = module.ResumableUploadResult

    class Client(module.KaggleApi):
        """The client, made to stop where a file was not taken."""

        MAX_UPLOAD_RESUME_ATTEMPTS = 3

        def upload_files(
            self, request: Any, resources: Any, folder: str, blob_type: Any, upload_context: Any,
            *rest: Any, **options: Any,
        ) -> None:  # fmt: skip
            self.context = upload_context
            self._send(request, resources, folder, blob_type, upload_context, *rest, **options)
            if self.ended:  # sessions from an earlier run; their notes are gone, so from the start
                request.files = []
                self._send(request, resources, folder, blob_type, upload_context, *rest, **options)

        def _send(
            self, request: Any, resources: Any, folder: str, *rest: Any, **options: Any
        ) -> None:
            self.results: dict[str, Any] = {}
            self.ended: list[str] = []
            names = [path.name for path in Path(folder).iterdir() if path.name != KAGGLE_METADATA]
            try:
                super().upload_files(request, resources, folder, *rest, **options)
            except ValueError:  # later releases raise it for a file that was not taken
                if all(result == codes.COMPLETE for result in self.results.values()):
                    raise
            if self.ended or len(request.files) == len(names):
                return
            bad = next((n for n in names if self.results.get(n) != codes.COMPLETE), names[0])
            if self.results.get(bad) == codes.FAILED:
                why = "was not taken by Kaggle's storage"
            else:
                why = "was cut off in mid-upload"
            raise BadInput(f"{bad} {why}; nothing was published; {AGAIN}")

        def upload_complete(self, path: str, url: str, quiet: bool, resume: bool = False) -> Any:
            name = Path(path).name
            if not quiet:
                print(f"uploading {name}", file=sys.stderr)
            result = super().upload_complete(path, url, quiet, resume)
            self.results[name] = result
            if result == codes.FAILED:
                # what the client noted of this upload would only be refused again
                Path(self.context.get_upload_info_file_path(path)).unlink(missing_ok=True)
                if resume:
                    self.ended.append(name)
            return result

    return Client


def connect(*, anonymous: bool = False) -> Any:
    """Return the client, with whatever credentials it finds by its own means. Raises BadInput.

    anonymous: go on without any where there are none, as public data sets can be had.
    """
    client = client_class()()
    try:
        client.authenticate()
    except SystemExit:
        if anonymous:
            return client
        from kagglesdk.kaggle_env import get_access_token_from_env

        if get_access_token_from_env()[0]:
            raise BadInput(
                "Kaggle does not accept the access token that its client found; make a new one "
                "with `kaggle auth login`"
            ) from None
        raise BadInput(
            "no credentials for Kaggle; log in once with `kaggle auth login`, or set "
            "KAGGLE_API_TOKEN as its client documents"
        ) from None
    return client


@contextlib.contextmanager
def talking(action: str, place: Path) -> Iterator[TextIO]:
    """Keep quiet what the client prints; raise its errors as one line. Gives the real stderr.

    action: publish or fetch; place: where the client writes.
    """
    screen, printed = sys.stderr, io.StringIO()
    log = logging.getLogger("urllib3")
    level = log.level
    log.setLevel(logging.ERROR)  # it warns of every retry
    try:
        with (
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
            staging.disk_errors(place),
        ):
            load()
            from requests.exceptions import RequestException

            try:
                with limits(), full_disk_ends_it():
                    yield screen
            except RequestException as error:
                raise BadInput(explain(error, action)) from None
            except BadInput:
                raise
            except ValueError as error:
                raise BadInput(f"Kaggle's client refuses: {one_line(str(error))}") from None
    finally:
        log.setLevel(level)


@contextlib.contextmanager
def limits() -> Iterator[None]:
    """Give every request a timeout: LIMITS, where the client gives none."""
    import requests

    session: Any = requests.Session
    send = session.send

    def limited(self: Any, request: Any, **options: Any) -> Any:
        if options.get("timeout") is None:
            options["timeout"] = LIMITS
        return send(self, request, **options)

    session.send = limited
    try:
        yield
    finally:
        session.send = send


@contextlib.contextmanager
def full_disk_ends_it() -> Iterator[None]:
    """Let an error of a full disk end the client's work, where it would pause and write again."""
    module: Any = load()
    clock = module.time

    def pause(seconds: float) -> None:
        error = sys.exc_info()[1]  # what the client is about to try again
        if isinstance(error, OSError) and is_full_disk(error):
            raise error
        clock.sleep(seconds)

    module.time = SimpleNamespace(**{**vars(clock), "sleep": pause})
    try:
        yield
    finally:
        module.time = clock


def explain(error: Exception, action: str) -> str:
    """Return one line about a request that failed, with the mend."""
    from requests.exceptions import Timeout

    response = getattr(error, "response", None)
    status = None if response is None else response.status_code
    name = type(error).__name__
    if isinstance(error, OSError) and "JSON" in name:
        return f"Kaggle's answer cannot be read ({name}); {LATER}"
    if isinstance(error, Timeout):
        return f"Kaggle does not answer ({name}); {LATER}"
    if status is None:
        return f"no connection to Kaggle ({name}); check the network, then {AGAIN}"
    words = server_words(response)
    if status == 401:
        return f"Kaggle does not accept these credentials (401{words}); renew: `kaggle auth login`"
    if status == 403:
        mend = "is --owner this account, and is its phone number confirmed?"
        if action == "fetch":
            mend = "is the name right, and is the data set public or yours?"
        return f"Kaggle does not allow it (403{words}); {mend}"
    if status == 404:
        return f"Kaggle knows no such data set (404{words}); check OWNER/SLUG"
    if status == 429:
        return f"Kaggle takes no more requests for now (429{words}); {LATER}"
    if status >= 500:
        return f"Kaggle cannot answer now ({status}{words}); {LATER}"
    return f"Kaggle refuses the request ({status}{words})"


def server_words(response: Any) -> str:
    """Return what the server words about it, in short."""
    try:
        words = response.json().get("message", "")
    except (ValueError, AttributeError):
        return ""
    return f": {one_line(str(words))}" if words else ""


def one_line(text: str) -> str:
    """Return a text on one line, at most 200 characters of it."""
    return " ".join(text.split())[:200]
