"""Publishing on Kaggle: look what is there, send what is not, and see it there."""

import contextlib
import json
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fractaldream_base.errors import BadInput
from fractaldream_base.text_result import TextResult

from .client import connect, explain, one_line, talking
from .description import KAGGLE_METADATA, LICENCES, SUMS, Description
from .options import UploadOptions

# of a data set's last version, as the client words them
DONE, BROKEN = "ready", ("failed", "deleted")
LISTING = 60.0  # seconds in which a processed version's files must all be listed
PAGE = 200  # files listed at a time
ATTEMPTS = 4  # to ask something, over some seconds


@dataclass(frozen=True)
class Published(TextResult):
    """The state of a data set on the site after publishing.

    sent: by this run; bytes: of the staged files that are there; notes: what the site had to say
    besides, and where it says something else.
    """

    url: str
    version: int | None
    sent: bool
    files: int
    bytes: int
    notes: tuple[str, ...]

    def __str__(self) -> str:
        """Return the lines that the command prints."""
        outcome = "published" if self.sent else "already there"
        lines = [
            f"{self.url}: version {self.version} {outcome}, {self.files} files, "
            f"{self.bytes / 1e6:.1f} MB, every name and size confirmed",
            *(f"  {note}" for note in self.notes),
        ]
        return "\n".join(lines)


@dataclass(frozen=True)
class Site:
    """A data set as the site shows it. status: of its last version; None: there is none."""

    status: str | None
    version: int | None = None
    files: dict[str, int] = field(default_factory=dict)

    @property
    def processing(self) -> bool:
        """Return whether the site is still at work on it."""
        return self.status is not None and self.status not in (DONE, *BROKEN)


def send(
    folder: str | Path, described: Description, upload: UploadOptions, *, progress: bool = False
) -> Published:
    """Send a checked stage to Kaggle and see it there; nothing is sent that is there already.

    Raises BadInput; what was uploaded by then is kept by the site and used by the next run.
    """
    folder = Path(folder).resolve()  # the client knows an upload again by this
    ref = described.ref
    # its notes of uploads lie in the folder for temporary files
    with talking("publish", Path(tempfile.gettempdir()) / "notes") as screen:
        client = connect()
        before = settled(client, ref, upload.wait)
        if before.status is None:
            _own(client, described)
        notes = [] if before.status is None else as_there(client, described, upload.private)
        sums = (folder / SUMS).read_text(encoding="utf-8")
        same = SUMS in before.files and site_sums(client, ref) == sums
        lacking = disagreement(folder, before.files, others=True)
        if same and lacking is None:
            return _result(folder, described, before, sent=False, notes=tuple(notes))
        note = upload.update
        if note is None and (same or before.status in BROKEN):  # what an earlier run meant to make
            note = f"again: of version {before.version}, {lacking}"
        if before.status is not None:
            _may_replace(ref, before, folder, note, upload.replace)
        with contextlib.redirect_stderr(screen if progress else sys.stderr):
            if before.status is not None:
                answer = client.dataset_create_version(str(folder), note, quiet=not progress)
            else:
                answer = client.dataset_create_new(
                    str(folder), not upload.private, quiet=not progress
                )
        refused = bool(answer.error) or (answer.status or "").lower() == "error"
        # an answer that was lost on the way makes the client ask twice, to be refused the second
        # time: what counts is whether there is a version more
        if refused and (look(client, ref).version or 0) <= (before.version or 0):
            reason = one_line(answer.error or "no reason given")
            raise BadInput(f"{ref}: Kaggle refuses it ({reason}); nothing was published")
        notes += [f"Kaggle knows no tag {tag!r}" for tag in answer.invalid_tags or ()]
        after = confirm(client, ref, folder, before.version or 0, upload.wait)
    return _result(folder, described, after, sent=True, notes=tuple(notes))


def _own(client: Any, described: Description) -> None:
    """Raise BadInput where a new data set would go to an account that is not the one logged in."""
    user = str(client.get_config_value(client.CONFIG_NAME_USER) or "")
    if user.lower() != str(described.owner).lower():
        raise BadInput(
            f"{described.ref}: no such data set that {user or 'this account'} may change; give "
            f"--owner {user}, or make an organisation's data set on the site first"
        )


def as_there(client: Any, described: Description, private: bool) -> list[str]:
    """Return notes on what a new version does not change on the site: title, licence, visibility.

    BadInput where the card would give another licence than the site, or where all can see what
    shall be private.
    """
    from kagglesdk.datasets.types.dataset_api_service import ApiGetDatasetMetadataRequest

    ref = described.ref
    request = ApiGetDatasetMetadataRequest()
    request.owner_slug, request.dataset_slug = ref.split("/")
    with client.build_kaggle_client() as sdk:
        ask = sdk.datasets.dataset_api_client.get_dataset_metadata
        answer = client.with_retry(ask, ATTEMPTS)(request)
    if answer.error_message or answer.info is None:
        reason = one_line(answer.error_message or "no reason given")
        raise BadInput(f"{ref}: Kaggle does not say what it is ({reason})")
    online = answer.info
    if private and not online.is_private:
        raise BadInput(
            f"{ref}: is public there, and a new version cannot change that; make it private on its "
            f"page ({described.url}), or leave out --private"
        )
    notes = []
    licences = [licence.name for licence in online.licenses or ()]
    offered = [name for name in LICENCES if name.lower() in {each.lower() for each in licences}]
    if offered and described.licence not in offered:
        raise BadInput(
            f"{ref}: has the licence {offered[0]} there, and a new version cannot change that; "
            f"give --licence {offered[0]}, or change it on its page ({described.url})"
        )
    if licences and not offered:
        notes.append(f"its licence there stays {licences[0]!r}; change it on its page")
    if online.title and online.title != described.title:
        notes.append(f"its title there stays {online.title!r}; change it on its page")
    return notes


def _may_replace(ref: str, before: Site, folder: Path, note: str | None, replace: bool) -> None:
    """Raise BadInput unless a new version has a note and lets go of no file but by `replace`."""
    if note is None:
        raise BadInput(
            f"{ref}: version {before.version} is there and holds something else; say what changed "
            'with --update "..."'
        )
    packed = tuple(f"{path.stem}/" for path in folder.glob("*.zip"))
    gone = sorted(n for n in set(before.files) - set(expected(folder)) if not n.startswith(packed))
    if gone and not replace:
        more = f" and {len(gone) - 1} more" if len(gone) > 1 else ""
        raise BadInput(
            f"{ref}: a new version would let go of {gone[0]}{more}, not staged here; add --replace "
            "if it may go"
        )


def _result(
    folder: Path, described: Description, site: Site, *, sent: bool, notes: tuple[str, ...]
) -> Published:
    paths = [path for path in folder.iterdir() if path.name != KAGGLE_METADATA]
    size = sum(path.stat().st_size for path in paths)
    url = described.url
    assert url is not None
    return Published(url, site.version, sent, len(paths), size, notes)


def confirm(client: Any, ref: str, folder: Path, before: int, wait: float) -> Site:
    """Return the site once it lists every staged file at its size, in a version after `before`."""
    from requests.exceptions import RequestException

    until = time.monotonic() + wait
    listed_by = None
    pause = 1.0
    while True:
        wrong = "it is not there yet"
        try:
            site = look(client, ref)
        except RequestException as error:
            wrong = explain(error, "publish")
            if not _unseen(error):
                raise BadInput(f"{ref}: sent, but not confirmed: {wrong}") from None
            site = Site(None)  # it may not be for us to see at once
            listed_by = listed_by or min(until, time.monotonic() + LISTING)
        fresh = site.status is not None and (site.version or 0) > before
        if fresh and site.status in BROKEN:
            raise BadInput(
                f"{ref}: Kaggle failed to process version {site.version}; look at it on the site, "
                "then run the same command again"
            )
        if fresh and site.processing:
            wrong = f"version {site.version} is still being processed"
        elif fresh:
            difference = disagreement(folder, site.files)
            if difference is None:
                return site
            wrong = difference
            listed_by = listed_by or min(until, time.monotonic() + LISTING)
        if time.monotonic() + pause > (listed_by or until):
            raise BadInput(f"{ref}: sent, but not confirmed: {wrong}; run the same command again")
        time.sleep(pause)
        pause = min(2 * pause, 15.0)


def settled(client: Any, ref: str, wait: float) -> Site:
    """Return the site once no version is being processed, during which it refuses others."""
    until = time.monotonic() + wait
    pause = 2.0
    while True:
        site = look(client, ref)
        if not site.processing:
            return site
        if time.monotonic() + pause > until:
            raise BadInput(
                f"{ref}: Kaggle is still processing version {site.version or 1} ({site.status}); "
                "run the same command again in some minutes, or with a longer --wait"
            )
        time.sleep(pause)
        pause = min(2 * pause, 15.0)


def look(client: Any, ref: str) -> Site:
    """Return the data set as the site shows it now."""
    status = absent_is_none(lambda: client.with_retry(client.dataset_status, ATTEMPTS)(ref))
    if status is None:
        return Site(None)
    if status == DONE:
        return Site(status, _version(client, ref), _files(client, ref))
    return Site(status, absent_is_none(lambda: _version(client, ref)))


def _version(client: Any, ref: str) -> int | None:
    ask = client.with_retry(client.dataset_status, ATTEMPTS)
    number = json.loads(ask(ref, format="json(current_version_number)"))["current_version_number"]
    return None if number is None else int(number)


def _files(client: Any, ref: str) -> dict[str, int]:
    files: dict[str, int] = {}
    token = None
    ask = client.with_retry(client.dataset_list_files, ATTEMPTS)
    while True:
        page = ask(ref, page_token=token, page_size=PAGE)
        if page.error_message:
            raise BadInput(
                f"{ref}: Kaggle does not list its files ({one_line(page.error_message)})"
            )
        files |= {file.name: file.total_bytes for file in page.files}
        token = page.next_page_token
        if not token:
            return files


def site_sums(client: Any, ref: str) -> str | None:
    """Return SHA256SUMS as the site holds it; None where it cannot be had."""
    with tempfile.TemporaryDirectory() as folder:
        client.dataset_download_file(ref, SUMS, folder)
        path = next(Path(folder).glob(f"{SUMS}*"), None)  # under a name that the site chooses
        try:
            if path is not None and zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    return archive.read(SUMS).decode("utf-8")
            return None if path is None else path.read_text(encoding="utf-8")
        except (KeyError, ValueError):
            return None


def expected(folder: Path) -> dict[str, int]:
    """Return names and bytes that the site may list: staged files, and what is in archives."""
    sizes = {
        path.name: path.stat().st_size
        for path in folder.iterdir()
        if path.name != KAGGLE_METADATA  # read by the client, not sent
    }
    for path in folder.glob("*.zip"):
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                sizes[f"{path.stem}/{member.filename}"] = member.file_size
    return sizes


def disagreement(folder: Path, listed: dict[str, int], *, others: bool = False) -> str | None:
    """Return the first difference between what is staged and what is listed, in words.

    An archive is there as it is, or unpacked under its name. others: more may be listed.
    """
    wanted = expected(folder)
    for name in [] if others else sorted(set(listed) - set(wanted)):
        return f"it lists {name}, which was not sent"
    for path in sorted(folder.iterdir()):
        name = path.name
        if name == KAGGLE_METADATA:
            continue
        inside = [each for each in wanted if each.startswith(f"{path.stem}/")]
        unpacked = path.suffix == ".zip" and name not in listed and inside
        for each in inside if unpacked else [name]:
            if each not in listed:
                return f"it does not list {each}"
            if listed[each] != wanted[each]:
                return f"it lists {each} with {listed[each]:,} bytes instead of {wanted[each]:,}"
    return None


def absent_is_none(ask: Callable[[], Any]) -> Any:
    """Return what `ask` gives; None where Kaggle has no such thing, or does not show it."""
    from requests.exceptions import HTTPError

    try:
        return ask()
    except HTTPError as error:
        if _unseen(error):
            return None
        raise


def _unseen(error: Any) -> bool:
    """Return whether the answer was that there is no such thing, or not for us to see."""
    return error.response is not None and error.response.status_code in (403, 404)
