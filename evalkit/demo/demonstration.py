"""The demo: render, train, ask, and one page with everything on it."""

import re
import shutil
import sys
import webbrowser
from dataclasses import dataclass
from pathlib import Path

from fractaldream_base.errors import BadInput
from fractaldream_base.files import write_bytes
from fractaldream_base.seeds import check_seed

from .page import render_page
from .steps import ANSWER, DATA, PICTURES, RUN, Runner, demo_steps

PAGE = "index.html"
MARK = "demo.txt"  # in the folder: that this command made it, and with which seed


@dataclass(frozen=True)
class DemoResult:
    """Result of the demo.

    Attributes
    ----------
    page
        The HTML page, which needs no other file.
    folder
        The folder of the data, the run and the pictures.
    seconds
        Time that each step took in this run, by its name; steps that were done before are not in
        it.
    """

    page: str
    folder: str
    seconds: dict[str, float]

    def __str__(self) -> str:
        """Return the lines that the command prints."""
        whole = sum(self.seconds.values())
        return f"{self.page}: the page with everything on it, {whole:.0f} s"


def demo(
    out: str | Path = "demo",
    *,
    minutes: float = 2.0,
    seed: int = 0,
    open_page: bool = False,
    force: bool = False,
    progress: bool = False,
) -> DemoResult:
    """Render a small data set, train a model, test it, and write one page about it.

    The steps are the commands that one types, run one after the other. What is done is kept: after
    an interrupt the same call goes on.

    Parameters
    ----------
    out
        Folder of everything.
    minutes
        Longest training. It ends at the first complete epoch or later.
    seed
        Random seed of the data and of the training.
    open_page
        Open the page in a browser.
    force
        Begin anew where the folder holds another demo.
    progress
        Show progress on stderr.

    Returns
    -------
    DemoResult

    Raises
    ------
    BadInput
        If the folder holds anything else, or a command fails.
    """
    check_seed(seed)
    if not 0 < minutes < 1e6:
        raise BadInput(f"minutes = {minutes:g}: give a time above 0")
    folder = _prepared(Path(out), f"seed {seed}\n", force)
    runner = Runner(folder, progress)
    sequence = demo_steps(seed)
    for number, step in enumerate(sequence, 1):
        if progress:
            state = ", done before" if step.printed(folder).exists() else ""
            print(f"[{number}/{len(sequence)}] {step.title}{state}", file=sys.stderr, flush=True)
            if not state:
                print(f"      {step.command}", file=sys.stderr, flush=True)
        runner.run(step, minutes * 60 if step.name == "train" else None)
    page = folder / PAGE
    write_bytes(page, render_page(folder, sequence).encode())
    if open_page:
        webbrowser.open(page.resolve().as_uri())
    return DemoResult(str(page), str(folder), runner.seconds)


def _prepared(folder: Path, mark: str, force: bool) -> Path:
    """Return the folder of the demo, made where it is not there. Raises BadInput."""
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder}: a file; give the name of a folder")
    if folder.is_dir() and any(folder.iterdir()):
        there = _mark_of(folder)
        if there is None:
            raise BadInput(
                f"{folder}: holds something else than a demo; give another folder with --out"
            )
        if there != mark and not force:
            raise BadInput(
                f"{folder}: a demo with {there.strip()}; give another folder with --out, or "
                "--force to begin anew"
            )
        if force:
            _clear(folder)
    try:
        folder.mkdir(exist_ok=True)
        (folder / MARK).write_text(mark, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{folder}: cannot be made ({error.strerror}); give another --out") from None
    return folder


def _mark_of(folder: Path) -> str | None:
    """Return what the mark of a demo says; None where the folder is no demo."""
    try:
        text = (folder / MARK).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    return text if re.fullmatch(r"seed -?\d+\n", text) else None


def _clear(folder: Path) -> None:
    """Remove the files of a demo, but nothing else that the folder holds. Raises BadInput."""
    printed = [step.printed(folder) for step in demo_steps(0)]
    results = ("neighbours.json", "correspond.json", ANSWER)
    names = [PAGE, DATA, f"{DATA}.parts", RUN, *results, *PICTURES]
    files = [folder / name for name in names]
    files += [file.with_suffix(kind) for file in printed for kind in (".txt", ".part", ".err")]
    try:
        for file in files:
            if file.is_dir() and not file.is_symlink():
                shutil.rmtree(file)
            else:
                file.unlink(missing_ok=True)
    except OSError as error:
        raise BadInput(
            f"{error.filename}: cannot be removed ({error.strerror}); give another --out"
        ) from None
