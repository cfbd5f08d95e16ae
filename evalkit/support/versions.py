"""What numbers depend on besides inputs and options: code, libraries and processor."""

import functools
import hashlib
import importlib.util
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("evalkit", "fractaldream", "fractaldream_models")
LIBRARIES = ("numpy", "scipy", "torch", "numba", "scikit-learn")


@functools.cache
def fingerprint() -> str:
    """Return a hash of all that can change a number of a run, its inputs and options aside.

    It covers every ``*.py`` file of the three packages as they are installed (where it lies in its
    package, and its bytes), the versions of numpy, scipy, torch, numba and scikit-learn, and the
    kind of processor, by which libraries choose their kernels. Comments and docstrings count,
    since nothing tells them from code that matters; documentation, tests, pages (HTML, JavaScript)
    and presets do not. It is computed once per process, in some hundredths of a second.
    """
    parts = [code_hash(_folder(name) for name in PACKAGES), *_versions(), processor()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def code_hash(folders: Iterable[Path]) -> str:
    """Return the SHA-256 of all ``*.py`` files of some folders: their places in it, their bytes."""
    digest = hashlib.sha256()
    for folder in folders:
        for file in sorted(folder.rglob("*.py")):
            digest.update(f"{folder.name}/{file.relative_to(folder).as_posix()}\n".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def processor() -> str:
    """Return the kind of this processor, as compilers call it, and what torch makes use of."""
    import torch
    from llvmlite.binding import get_host_cpu_name

    return f"{get_host_cpu_name()} {torch.backends.cpu.get_cpu_capability()}"


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent


def _versions() -> list[str]:
    found = []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} none")
    return found
