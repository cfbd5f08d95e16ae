"""The report of `fractaldream doctor`: the installed software and the hardware of this machine."""

import importlib.metadata
import platform
import re
from collections.abc import Callable
from dataclasses import dataclass

from fractaldream_base.cache import cache_folder
from fractaldream_base.program import versions
from fractaldream_base.text_result import TextResult

from ..rendering.images import thread_count
from .cache_contents import Content, contents, megabytes

DEVELOPMENT = ("bench", "dev", "docs", "test")  # extras that nobody needs to use the programs
FEATURES = ("avx2", "fma", "avx512f", "avx512bf16", "amx-bf16")
GROUP = "fractaldream.doctor"  # entry points: functions that return facts, by name


@dataclass(frozen=True)
class Installation(TextResult):
    """The installed software, the hardware of the machine, and the contents of the cache.

    Attributes
    ----------
    versions
        Versions of the program, of Python, and of what results depend on; None: not installed.
    missing
        Packages that each extra lacks; an empty list where it is complete.
    system
        Operating system and machine.
    threads
        Processors that this process may use.
    processor
        Name of the processor, as LLVM knows it.
    features
        Which of its features matter, and whether it has them.
    facts
        What other packages say, such as PyTorch's devices, by name.
    cache
        Folder of the cache.
    contents
        What the cache holds.
    """

    versions: dict[str, str | None]
    missing: dict[str, list[str]]
    system: str
    threads: int
    processor: str
    features: dict[str, bool]
    facts: dict[str, dict[str, str]]
    cache: str
    contents: tuple[Content, ...]

    def __str__(self) -> str:
        lines = ["versions"]
        lines += [
            f"  {name:14}{version or 'not installed'}" for name, version in self.versions.items()
        ]
        lines.append("extras")
        for name, packages in self.missing.items():
            lack = f"missing {', '.join(packages)}; pip install 'fractaldream[{name}]'"
            lines.append(f"  {name:14}{lack if packages else 'installed'}")
        features = ", ".join(name for name, there in self.features.items() if there) or "none"
        lines += [
            "machine",
            f"  {'system':14}{self.system}",
            f"  {'threads':14}{self.threads}, one for each usable processor",
            f"  {'processor':14}{self.processor}, with {features}",
        ]
        for name, facts in self.facts.items():
            lines += [name, *(f"  {fact:14}{value}" for fact, value in facts.items())]
        lines += ["cache", f"  {'folder':14}{self.cache}"]
        for content in self.contents:
            lines.append(f"  {megabytes(content.bytes):>10}  {content.name}, {content.files} files")
        total = sum(content.bytes for content in self.contents)
        lines.append(f"  {megabytes(total):>10}  in all; --clear-cache frees it")
        return "\n".join(lines)


def doctor() -> Installation:
    """Report what is installed, what this machine has, and what the cache holds.

    Returns
    -------
    Installation
    """
    import llvmlite.binding

    host = llvmlite.binding.get_host_cpu_features()
    folder = cache_folder()
    return Installation(
        versions=versions(),
        missing=missing_packages(),
        system=f"{platform.system()} {platform.release()}, {platform.machine()}",
        threads=thread_count(None),
        processor=llvmlite.binding.get_host_cpu_name(),
        features={name: bool(host.get(name)) for name in FEATURES},
        facts={p.name: _facts(p) for p in importlib.metadata.entry_points(group=GROUP)},
        cache=str(folder),
        contents=tuple(contents(folder)),
    )


def _facts(point: importlib.metadata.EntryPoint) -> dict[str, str]:
    """Return what another package says; a package that cannot say it is a fact as well."""
    try:
        function: Callable[[], dict[str, str]] = point.load()
        return function()
    except Exception as error:
        return {"problem": f"{point.value}: {error}"}


def missing_packages() -> dict[str, list[str]]:
    """Return the packages that each extra lacks."""
    missing: dict[str, list[str]] = {}
    for text in importlib.metadata.requires("fractaldream") or []:
        requirement, _, marker = text.partition(";")
        extra = re.search(r"extra == ['\"]([^'\"]+)['\"]", marker)
        name = re.match(r"[A-Za-z0-9._-]+", requirement)
        if extra is None or name is None or extra[1] in DEVELOPMENT:
            continue
        lacking = missing.setdefault(extra[1], [])
        try:
            importlib.metadata.version(name[0])
        except importlib.metadata.PackageNotFoundError:
            lacking.append(name[0])
    return missing
