import errno
import importlib
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import pytest

import evalkit
import fractaldream
from fractaldream.numerics.compiled import CodeCache, contents, njit
from fractaldream.rendering import kernels
from fractaldream_base import cache

CACHE_VARIABLES = ("FRACTALDREAM_CACHE", "XDG_CACHE_HOME")


PACKAGE = Path(fractaldream.__file__).parent


ORBIT = (
    "import fractaldream as fd\n"
    "print(fd.__file__, fd.orbit([0.1, 0.1, -0.97, 2.88, 0.77, 0.74], 50).tobytes().hex())"
)


def start(site, kept):
    settings = {"PYTHONPATH": str(site), "FRACTALDREAM_CACHE": str(kept)}
    settings = {**os.environ, **settings, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", ORBIT], env=settings,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/",
    )  # fmt: skip


def finish(process, site):
    """The bits of an orbit, and what was said on stderr."""
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    path, bits = out.split()
    assert path.startswith(str(site))
    return bits, err


def orbit(site, kept):
    bits, err = finish(start(site, kept), site)
    assert err == ""
    return bits


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A folder that holds the package, as site-packages does, its bits, and what was kept."""
    folder = tmp_path_factory.mktemp("first")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, folder / "site" / "fractaldream", ignore=ignored)
    before = files(folder / "site")
    bits = orbit(folder / "site", folder / "kept")
    assert files(folder / "site") == before  # it may be read-only; uninstalling leaves nothing
    return folder, bits


def test_code_is_kept_in_the_users_folder(first):
    folder, _ = first
    [code] = files(folder / "kept")
    assert code.parent == folder / "kept" / "compiled"
    assert code.name.startswith("fractaldream.rendering.kernels.fill_orbit-")


def test_code_follows_all_that_is_in_it(first, tmp_path):
    """The function that is kept stands in kernels.py, its arithmetic elsewhere."""
    folder, bits = first
    site, kept = tmp_path / "site", tmp_path / "kept"
    shutil.copytree(folder / "site", site)
    shutil.copytree(folder / "kept", kept)
    [code] = files(kept)
    written = code.stat().st_ino
    package = site / "fractaldream"
    kernels = package / "rendering" / "kernels.py"
    arithmetic = package / "numerics" / "arithmetic.py"
    kernels.write_text("# one line more\n" + kernels.read_text())
    text = arithmetic.read_text()
    arithmetic.write_text(text.replace("return fma(s * p, r, r)", "return 0.9 * fma(s * p, r, r)"))
    unused = code.with_name("fractaldream.rendering.kernels.fill_orbit-0.bin")
    unused.write_bytes(b"of another version")
    os.utime(unused, (0, 0))
    assert orbit(site, kept) != bits
    assert len(files(kept)) == 2 and not unused.exists()
    arithmetic.write_text(text)
    assert orbit(site, kept) == bits  # in another place, with another comment: the same code
    assert len(files(kept)) == 2 and code.stat().st_ino == written


@pytest.mark.parametrize("damage", ["empty", "cut", "changed"])
def test_a_damaged_file_is_compiled_again(damage, first, tmp_path):
    folder, bits = first
    kept = tmp_path / "kept"
    shutil.copytree(folder / "kept", kept)
    [code] = files(kept)
    whole = code.read_bytes()
    middle = len(whole) // 2
    code.write_bytes(
        {
            "empty": b"",
            "cut": whole[:middle],
            "changed": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        }[damage]
    )
    assert orbit(folder / "site", kept) == bits
    assert files(kept) == [code] and len(code.read_bytes()) == len(whole)


def test_processes_may_compile_at_once(tmp_path):
    site, kept = PACKAGE.parent, tmp_path / "kept"
    both = [start(site, kept) for _ in range(2)]
    (first, no_words), (second, _) = [finish(process, site) for process in both]
    assert first == second and no_words == ""
    assert len(files(kept)) == 1


def test_code_that_cannot_be_written_is_said_and_the_work_goes_on(monkeypatch, tmp_path, capsys):
    @njit(cache=True)
    def twice(x):
        return 2 * x

    def full(self, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setenv("FRACTALDREAM_CACHE", str(tmp_path))
    monkeypatch.setattr(Path, "write_bytes", full)
    assert twice(3) == 6
    assert "the disk is full" in capsys.readouterr().err


def test_without_a_folder_it_works_and_says_what_to_set(tmp_path):
    (tmp_path / "file").write_text("")
    bits, err = finish(start(PACKAGE.parent, tmp_path / "file" / "kept"), PACKAGE.parent)
    assert len(bits) == 50 * 2 * 8 * 2
    assert err.count("\n") == 1 and "set FRACTALDREAM_CACHE to a folder" in err


def test_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("FRACTALDREAM_CACHE", str(tmp_path))
    assert cache.cache_folder() == tmp_path
    monkeypatch.delenv("FRACTALDREAM_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.cache_folder() == tmp_path / "fractaldream"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.cache_folder() == tmp_path / ".cache" / "fractaldream"


@pytest.mark.parametrize("home", ["missing", "a file"])
def test_without_a_home_that_can_be_written_the_cache_is_temporary(home, tmp_path):
    (tmp_path / "a file").touch()
    settings = {k: v for k, v in os.environ.items() if k not in CACHE_VARIABLES}
    settings["HOME"] = str(tmp_path / "a file" / "home")
    code = (
        "import pathlib, sys\n"
        "def unknown(): raise RuntimeError('no home')\n"
        f"if {home == 'missing'}: pathlib.Path.home = unknown\n"
        "from fractaldream_base.cache import cache_folder\n"
        "assert cache_folder() == cache_folder()\n"
        "print(cache_folder(), cache_folder().is_dir())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], env=settings, capture_output=True, text=True, check=True
    )
    folder, existed = ran.stdout.split()
    assert existed == "True" and not Path(folder).exists()
    assert ran.stderr.count("\n") == 1 and "set FRACTALDREAM_CACHE" in ran.stderr


def compiled_functions():
    for package in (fractaldream, evalkit):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if not module.name.endswith("__main__"):
                for value in vars(importlib.import_module(module.name)).values():
                    if isinstance(value, numba.core.dispatcher.Dispatcher):
                        yield value


def test_no_function_of_ours_is_kept_by_numba():
    kept = {function.py_func.__name__: function for function in compiled_functions()}
    kept = {name: f for name, f in kept.items() if f.stats.cache_path is not None}
    assert {"render_group", "tone_rows", "slopes", "_block_sums"} <= set(kept)
    for function in kept.values():
        assert isinstance(function._cache, CodeCache)
        assert list(contents(function))  # all that it reads is known
    for folder in (PACKAGE, Path(evalkit.__file__).parent):
        for path in folder.rglob("*.py"):
            if path.name != "compiled.py":
                text = path.read_text()
                assert not re.search(r"from numba import .*\b(njit|jit|vectorize)\b", text), path


def test_functions_of_others_are_kept_as_numba_does(tmp_path, monkeypatch):
    (tmp_path / "of_a_user.py").write_text(
        "import numba\n@numba.njit(cache=True)\ndef double(x):\n    return 2 * x\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    double = importlib.import_module("of_a_user").double
    assert double(2) == 4
    assert Path(double.stats.cache_path) == tmp_path / "__pycache__"


SCALE = 2.0


@njit
def scaled(x):
    return SCALE * x


def reads(function):
    return list(contents(function))


def test_what_is_in_the_code_is_in_its_key(monkeypatch):
    outer = njit(lambda x: scaled(x) + 1)
    first = reads(outer)
    monkeypatch.setitem(globals(), "SCALE", 3.0)
    assert reads(outer) != first
    monkeypatch.setitem(globals(), "SCALE", 2)
    assert reads(outer) != first
    monkeypatch.setitem(globals(), "SCALE", 2.0)
    assert reads(outer) == first
    monkeypatch.setitem(globals(), "scaled", njit(lambda x: SCALE / x))
    assert reads(outer) != first

    assert reads(njit(lambda x: x + 1)) != reads(njit(lambda x: x + 2))
    assert reads(njit(lambda x: x + 1)) != reads(njit(fastmath=True)(lambda x: x + 1))
    assert any("prefer-vector-width" in line for line in reads(kernels.box))
    flags = [njit(fastmath=flags)(lambda x: x + 1) for flags in ({"nsz", "arcp"}, {"arcp", "nsz"})]
    assert reads(flags[0]) == reads(flags[1])


def test_a_value_that_the_key_cannot_cover_is_refused():
    with pytest.raises(TypeError, match="cache"):
        reads(njit(lambda: cache.cache_folder))
