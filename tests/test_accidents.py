"""Every command of both programs meets full disks, missing folders, odd names and the like.

A command ends well, or with one clear line and exit status 2 (130 after Ctrl-C); it never ends
with a traceback, and a file that has its final name is whole. A new command needs a row in
`small_commands.INVOCATIONS`.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from command_place import Place
from command_tree import COMMANDS
from fork_server import ForkServer, Outcome
from small_commands import INVOCATIONS, WELL
from whole_files import check_whole, strict, unfinished

pytestmark = pytest.mark.slow
ROWS = [(name, row) for name, rows in INVOCATIONS.items() for row in rows]
NAMED = [f"{name} {INVOCATIONS[name].index(row) + 1}" for name, row in ROWS]
every = pytest.mark.parametrize(("name", "row"), ROWS, ids=NAMED)
# the rows of a command print by the same lines, but for these: one row of the others is enough
OTHERWISE = ("fractaldream presets", "fractaldream publish")
PRINTED = [
    (each, name)
    for each, name in zip(ROWS, NAMED, strict=True)
    if name.endswith(" 1") or each[0] in OTHERWISE
]
ODD = "Größe 數\n☃ 'a\" $HOME %s {x} & <b>"
STRANGER = 12345  # no such user
# what the next run goes on with: shards, folders of pictures, shown results
RESUMED = re.compile(r"\.(parts|shards)(/|$)|^a/\.kbc\.part|\.json\.part$")


def test_every_command_has_a_row():
    assert set(INVOCATIONS) == set(COMMANDS)


@pytest.fixture
def place(stock, name, row):
    """The place of one command."""
    folder = stock.folder / "place"
    yield Place(stock, name, row, folder)
    shutil.rmtree(folder)


def check_end(place, done, allowed=(0,)):
    """Check how a command ended, and that what it left is whole."""
    said = f"{done.status}: {done.err[-900:]}"
    assert "Traceback" not in done.err and "Exception ignored" not in done.err, said
    if done.status in allowed:
        assert done.status == 0 or len(done.err.split("\n")) <= 3, said  # click begins a new line
    else:
        assert done.status == 2, said
        lines = [line for line in done.err.splitlines() if line.startswith(place.name.split()[0])]
        assert len(lines) == 1 and done.err.splitlines()[-1] == lines[0], said
    if place.out.is_dir():
        check_whole(place.out)


@pytest.fixture(scope="session")
def odd_stock(stock):
    """The same files in a folder whose name is as odd as a name may be."""
    folder = stock.folder / ODD
    shutil.copytree(stock.folder / "stock", folder)
    return folder


@every
def test_odd_names_and_strict_json(stock, odd_stock, name, row):
    folder = odd_stock / "place"
    place = Place(stock, name, row, folder, read=odd_stock)
    try:
        done = place.made().run("--json")
        check_end(place, done)
        assert done.status == WELL.get(name, 0), done.err
        strict(done.out)
        assert not unfinished(place.out)
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def container(stock):
    """A server without a home folder, on a system that knows ASCII alone."""
    environment = {"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1", "LANG": "C", "LC_ALL": "C"}
    server = ForkServer(environment | {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"})
    yield server
    server.close()


@every
def test_no_home_no_name_and_ascii_alone(place, container):
    """As in a container that is run with --user."""
    if os.geteuid() != 0:
        pytest.skip("only root can become a user without a name")
    place.made()
    subprocess.run(["chmod", "-R", "a+rwX", place.folder], check=True)
    private = dict.fromkeys(("HOME", "FRACTALDREAM_CACHE", "TMPDIR"))
    done = place.run(server=container, environment=private, user=STRANGER)
    well = WELL.get(place.name, 0)
    if done.status != well and not all(p.stat().st_mode & 0o001 for p in Path(os.__file__).parents):
        pytest.skip("another user may not read the folder of Python, and so imports nothing more")
    err = "\n".join(line for line in done.err.splitlines() if "FRACTALDREAM_CACHE" not in line)
    check_end(place, Outcome(done.status, done.out, err))
    assert done.status == well, done.err


@every
def test_the_output_folder_is_missing(place):
    if "{out}/review" in place.row:
        pytest.skip("reads what it writes")
    done = place.run(f"--json={place.out}/result.json")
    check_end(place, done)
    assert done.status == 2 or place.out.is_dir()


@every
def test_the_output_folder_is_read_only(place):
    place.made()
    before = sorted(place.out.rglob("*"))
    user = STRANGER if os.geteuid() == 0 else None
    for path in [place.out, *before]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        done = place.run(f"--json={place.out}/result.json", user=user)
    finally:
        for path in [place.out, *before]:
            path.chmod(0o755)
    check_end(place, done)
    assert done.status == 2 and sorted(place.out.rglob("*")) == before, done.err


@pytest.fixture(scope="session")
def disk(stock):
    """A function that mounts a file system with so many bytes left on a folder."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")

    @contextlib.contextmanager
    def mounted(folder, prepare, left):
        words = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder]
        if subprocess.run(words, capture_output=True).returncode:
            pytest.skip("a small file system cannot be mounted here")
        try:
            prepare()
            state = os.statvfs(folder)
            filler = folder / ".filler.part"
            filler.write_bytes(bytes(state.f_bavail * state.f_frsize - left))
            yield
        finally:
            subprocess.run(["umount", "-l", folder], check=True)

    return mounted


@pytest.mark.parametrize("left", [0, 8192])
@every
def test_the_disk_is_full(place, disk, left):
    place.out.mkdir()
    with disk(place.out, place.made, left):
        before = set(unfinished(place.out))
        done = place.run(f"--json={place.out}/result.json")
        check_end(place, done)
        assert left or done.status == 2
        after = set(unfinished(place.out)) - before
        assert not [name for name in after if not RESUMED.search(name)], after


@pytest.fixture(scope="session")
def seconds():
    """How long each command takes, by name and row, as far as that is known."""
    return {}


def run_timed(place, seconds, **options):
    """Run the command of a place, and keep how long it took."""
    place.made()
    start = time.monotonic()
    done = place.run(**options)
    seconds[place.name, place.row] = time.monotonic() - start
    return done


@pytest.mark.parametrize("stdout", ["/dev/full", "pipe", "closed"])
@pytest.mark.parametrize(
    ("name", "row"), [row for row, _ in PRINTED], ids=[name for _, name in PRINTED]
)
def test_stdout_takes_nothing(place, stdout, seconds):
    done = run_timed(place, seconds, stdout=stdout)
    check_end(place, done, allowed=(0, 1))
    well = WELL.get(place.name, 0)
    assert done.status == {"/dev/full": 2, "pipe": 1, "closed": well}[stdout], done


@every
def test_interrupted(place, seconds, request):
    """At two moments, chosen by the name of the command."""
    if (place.name, place.row) not in seconds:
        run_timed(place, seconds)
    usual = seconds[place.name, place.row]
    for moment in np.random.default_rng(len(request.node.name)).uniform(0, 1, 2):
        shutil.rmtree(place.out, ignore_errors=True)
        number = place.made().start()
        time.sleep(0.1 + moment * max(0, usual - 0.1))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(number, signal.SIGINT)
        done = place.wait(number)
        check_end(place, done, allowed=(0, 130))
        assert done.status == 0 or done.err.count("interrupted") == 1, done.err
        left = unfinished(place.out)
        assert not [name for name in left if not RESUMED.search(name)], left


@every
def test_two_at_once(place):
    place.made()
    numbers = [place.start() for _ in range(2)]
    ends = [place.wait(number) for number in numbers]
    for done in ends:
        check_end(place, done)
    statuses = {done.status for done in ends}
    assert WELL.get(place.name, 0) in statuses, ends
    assert place.name != "fractaldream sweep run" or statuses == {0}, (
        ends
    )  # processes share a study
