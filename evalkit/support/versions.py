"""Dependencies of numbers besides inputs and options: code, libraries and processor."""

import functools
import hashlib
import importlib.util
from collections.abc import Iterable
from importlib.metadata import entry_points
from pathlib import Path

from fractaldream_base.program import installed_version

PACKAGES = ("evalkit", "fractaldream", "fractaldream_base", "fractaldream_models")
LIBRARIES = (
    "numpy", "scipy", "torch", "torchvision", "torch-fidelity", "numba", "scikit-learn", "pillow",
    "h5py",
)  # fmt: skip
KINDS = "fractaldream.kinds"  # entry points by which other packages offer kinds of model


@functools.cache
def fingerprint(packages: tuple[str, ...] = PACKAGES) -> str:
    """Return a hash of all that can change a number of a run, its inputs and options aside.

    It covers every ``*.py`` file of the packages (default: all four) as they are installed (where
    it lies in its package, and its bytes) and of the packages that offer kinds of model, the
    versions of the libraries that compute or read images, and the kind of processor, by which
    libraries choose their kernels. Comments and docstrings count, since nothing tells them from
    code that matters; documentation, tests, pages (HTML, JavaScript) and presets do not. It is
    computed once per process, in some hundredths of a second. What depends on some of the packages
    alone names those in `packages`.
    """
    libraries = [f"{name} {installed_version(name) or 'none'}" for name in LIBRARIES]
    parts = [code_hash(_folder(name) for name in packages), *libraries, processor()]
    parts += [code_hash([place]) for place in _offered_kinds()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def code_hash(folders: Iterable[Path]) -> str:
    """Return the SHA-256 of all ``*.py`` files of some folders: their places in it, their bytes.

    A single file may stand for a folder.
    """
    digest = hashlib.sha256()
    for folder in folders:
        for file in [folder] if folder.is_file() else sorted(folder.rglob("*.py")):
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


def _offered_kinds() -> list[Path]:
    """Return the modules or packages of other distributions that offer kinds of model."""
    places = set()
    for point in entry_points(group=KINDS):
        spec = importlib.util.find_spec(point.module.partition(".")[0])
        if spec is not None and spec.origin is not None:
            origin = Path(spec.origin)
            places.add(origin.parent if origin.name == "__init__.py" else origin)
    return sorted(places)
