"""Compiled functions, kept in the user's cache folder under a key of all the code in them.

Numba's own cache writes beside the source, which an installation must not do, and looks at the
file of the cached function alone: it would go on using old arithmetic in new kernels. Here the
key covers every function, constant and option that goes into the machine code, wherever it is
defined, the versions of numba and llvmlite, and the processor. A file holds one signature of one
function behind its own SHA-256, so processes that compile at once cannot disturb each other, and
a torn file is compiled again. Functions of other packages are left to numba.
"""

import contextlib
import functools
import hashlib
import os
import pickle
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, TypeVar, overload

import llvmlite
import numba
import numpy as np
from numba.core import config
from numba.core.caching import _Cache
from numba.core.codegen import get_host_cpu_features
from numba.core.compiler import CompileResult
from numba.core.dispatcher import Dispatcher
from numba.core.serialize import dumps

from fractaldream_base.cache import cache_folder
from fractaldream_base.errors import BadInput
from fractaldream_base.files import replacing

from .. import __version__

F = TypeVar("F", bound=Callable[..., Any])
UNUSED = 60 * 86400  # seconds after which another version of a function is removed
DIGEST = 32  # bytes of a SHA-256, at the head of a file
# Libraries whose functions are known by name and version
LIBRARIES = {"numba": numba.__version__, "llvmlite": llvmlite.__version__, "numpy": np.__version__}


@overload
def njit(function: F) -> F: ...
@overload
def njit(*, cache: bool = False, **options: Any) -> Callable[[F], F]: ...
def njit(function: Any = None, *, cache: bool = False, **options: Any) -> Any:
    """Compile a function as `numba.njit` does; keep its code in the user's cache folder.

    Parameters
    ----------
    function : callable
        The function to compile, on its first call.
    cache : bool
        Whether the code is kept for other processes. Functions that are only called by compiled
        functions need not be kept: they are part of the code of their callers.
    **options
        Options of `numba.njit`.
    """
    # nothing needs the wrapper by which C would call a function: it would be compiled as well
    without_c: dict[str, Any] = {"no_cfunc_wrapper": True}

    def decorate(function: Any) -> Any:
        dispatcher: Any = numba.njit(**without_c | options)(function)
        if cache and hasattr(dispatcher, "_cache"):  # not where numba is told to compile nothing
            dispatcher._cache = CodeCache(dispatcher)
        return dispatcher

    return decorate if function is None else decorate(function)


def processor_features() -> frozenset[str]:
    """Return the features of the processor that code is compiled for, by LLVM's names."""
    given = getattr(config, "CPU_FEATURES", None)  # of the variable NUMBA_CPU_FEATURES
    names = get_host_cpu_features() if given is None else given
    return frozenset(name[1:] for name in names.split(",") if name.startswith("+"))


class CodeCache(_Cache):
    """The machine code of one function on the disk; what a numba dispatcher calls its cache."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        function = dispatcher.py_func
        self._name = f"{function.__module__}.{function.__qualname__}"
        self._enabled = True

    @property
    def cache_path(self) -> str:
        """The folder of the files."""
        return str(_folder())

    def load_overload(self, sig: Any, target_context: Any) -> CompileResult | None:
        """Return the code for a signature; None where there is none, or none that is intact."""
        target_context.refresh()
        if not self._enabled:
            return None
        try:
            path = _folder() / self._file_name(sig, target_context.codegen())
            content = path.read_bytes()
        except OSError:
            return None
        if hashlib.sha256(content[DIGEST:]).digest() != content[:DIGEST]:
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # in use: see `_remove_unused`
        out: CompileResult = CompileResult._rebuild(target_context, *pickle.loads(content[DIGEST:]))
        return out

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the code for a signature; where that is impossible, say so once and go on."""
        if not self._enabled or data.lifted or data.library.has_dynamic_globals:
            return
        content = dumps(data._reduce())
        try:
            folder = _folder()
            folder.mkdir(parents=True, exist_ok=True)
            with replacing(folder / self._file_name(sig, data.codegen)) as beside:
                beside.write_bytes(hashlib.sha256(content).digest() + content)
            _remove_unused(folder, self._name)
        except (OSError, BadInput) as error:
            _say_not_kept(str(error))

    def keeps_any(self, codegen: Any) -> bool:
        """Return whether there is code for any signature."""
        return any(_folder().glob(f"{self._name}-{self._code_key(codegen)}-*.bin"))

    def _file_name(self, sig: Any, codegen: Any) -> str:
        signature = hashlib.sha256(repr(sig).encode()).hexdigest()[:16]
        return f"{self._name}-{self._code_key(codegen)}-{signature}.bin"

    def _code_key(self, codegen: Any) -> str:
        """Return a hash of everything that determines the code but the signature."""
        key = hashlib.sha256()
        for part in (codegen.magic_tuple(), _environment()):
            key.update(repr(part).encode() + b"\n")
        for line in contents(self._dispatcher):
            key.update(line.encode() + b"\n")
        return key.hexdigest()[:32]

    def enable(self) -> None:
        """Look for code on the disk, and write it there."""
        self._enabled = True

    def disable(self) -> None:
        """Leave the disk alone."""
        self._enabled = False

    def flush(self) -> None:
        """Do nothing: files are never out of date, and other processes may use them."""


def is_ready(function: Any) -> bool:
    """Return whether a function is compiled, in this process or in the cache folder."""
    if not hasattr(function, "_cache"):  # numba is told to compile nothing
        return True
    cache = function._cache
    cached = isinstance(cache, CodeCache) and cache.keeps_any(function.targetctx.codegen())
    return bool(function.signatures) or cached


def contents(value: Any, seen: set[int] | None = None) -> Iterator[str]:
    """Yield a line for everything that goes into the machine code of a function.

    A compiled function holds its bytecode, its constants, the functions that it calls and the
    values of the global names that it reads, and so on for each of those.

    Raises
    ------
    TypeError
        If it reads a value that is not known to be covered by its text here, such as a module of
        this package: import the names themselves.
    """
    seen = set() if seen is None else seen
    if id(value) in seen:
        return
    if isinstance(value, Dispatcher):
        seen.add(id(value))
        options = value.targetoptions.items()
        yield repr(sorted((k, sorted(v) if isinstance(v, set) else v) for k, v in options))
        yield from contents(value.py_func, seen)
    elif hasattr(value, "_defn"):  # an intrinsic: the function that writes its code
        seen.add(id(value))
        yield from contents(value._defn, seen)
    elif isinstance(value, FunctionType) and _library(value.__module__) is None:
        seen.add(id(value))
        defaults = (value.__defaults__, value.__kwdefaults__)
        yield f"{value.__module__}.{value.__qualname__} {defaults!r}"
        for cell in value.__closure__ or ():
            yield from contents(cell.cell_contents, seen)
        names: list[str] = []
        yield from _code(value.__code__, names)
        for name in names:
            if name in value.__globals__:
                yield name
                yield from contents(value.__globals__[name], seen)
    elif value is None or isinstance(value, bool | int | float | complex | str | bytes):
        yield repr(value)
    elif isinstance(value, np.generic | np.ndarray):
        yield f"{value.dtype} {value.shape} {value.tobytes().hex()}"
    elif isinstance(value, tuple):
        for member in value:
            yield from contents(member, seen)
    else:
        named = isinstance(value, ModuleType)
        module = value.__name__ if named else getattr(value, "__module__", None)
        library = _library(module or type(value).__module__)
        if library is None:
            raise TypeError(f"compiled code reads {value!r}, which the key of the cache ignores")
        text = value.__name__ if named else getattr(value, "__qualname__", None)
        yield f"{library} {text or repr(value)}"


def _code(code: CodeType, names: list[str]) -> Iterator[str]:
    """Yield the bytecode and constants of a function; add the names that it reads to `names`."""
    names += code.co_names
    yield f"{code.co_code.hex()} {code.co_names}"
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant, names)
        else:  # sets of constants have no order
            yield repr(sorted(constant) if isinstance(constant, frozenset) else constant)


def _library(module: str) -> str | None:
    """Return name and version of the library that a module belongs to, None: not a known one."""
    top = module.partition(".")[0]
    if top in LIBRARIES:
        return f"{top} {LIBRARIES[top]}"
    return top if top in sys.stdlib_module_names else None


def _environment() -> tuple[Any, ...]:
    """Return what else determines the code: the compilers, and how numba is told to use them."""
    settings = ("OPT", "BOUNDSCHECK", "DEBUGINFO_DEFAULT", "LOOP_VECTORIZE", "SLP_VECTORIZE")
    values = [(name, str(getattr(config, name, None))) for name in settings]
    python = sys.implementation.cache_tag, getattr(sys, "abiflags", "")
    return __version__, python, LIBRARIES, values


def _folder() -> Path:
    return cache_folder() / "compiled"


def _remove_unused(folder: Path, name: str) -> None:
    """Remove the code of other versions of a function that no process has loaded for long."""
    for path in folder.glob(f"{name}-*.bin"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < time.time() - UNUSED:
                path.unlink()


@functools.cache
def _say_not_kept(reason: str) -> None:
    """Say on stderr, once for each reason, that code is compiled anew in every process."""
    print(
        f"compiled code cannot be kept ({reason}), which costs some seconds in each run; set "
        "FRACTALDREAM_CACHE to a folder that can be written",
        file=sys.stderr,
    )
