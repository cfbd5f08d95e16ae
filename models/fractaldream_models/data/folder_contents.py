"""Understand a folder of images by its names: what is read, which classes, what is passed over."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fractaldream_base.errors import BadInput

from .image_file import DECODED, IMAGE_FORMATS, is_image_name

SYSTEM_NAMES = {"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "@eadir"}
PART_NAMES = {  # folders of these names are the parts of a data set
    *("train", "training", "test", "testing", "val", "valid", "validation", "dev", "eval"),
    *("evaluation", "holdout", "held_out", "held-out"),
}
NAMED = 3  # of many names in a message


@dataclass(frozen=True)
class PassedOver:
    """Files or folders that are not read, for one reason."""

    reason: str  # what they are, in words for any number of them
    names: tuple[str, ...]  # their paths below the folder

    def __str__(self) -> str:
        return f"{len(self.names):,} {self.reason} ({_some(self.names)})"


@dataclass(frozen=True)
class FolderContents:
    """The images and classes recognised in a folder of images, or in the names in a pack.

    Attributes
    ----------
    folder
        The folder or the pack.
    images
        Paths of the N images below the folder, with /, in the order in which they are read.
    class_names
        Names of the classes, sorted; empty without classes.
    labels
        Class of each image, a row of `class_names`; empty without classes.
    passed_over
        What is not read, and why.
    note
        Why there are no classes although there are folders; empty otherwise.
    """

    folder: str
    images: tuple[str, ...]
    class_names: tuple[str, ...] = ()
    labels: tuple[int, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    note: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """Return the number of images of each class."""
        counted = Counter(self.labels)
        return {name: counted[row] for row, name in enumerate(self.class_names)}

    def lines(self) -> list[str]:
        """Return what was understood, in lines for people."""
        first = f"{on_one_line(self.folder)}: {len(self.images):,} images"
        if self.class_names:
            class_counts = [f"{name} {count:,}" for name, count in self.counts.items()]
            more = f", and {len(class_counts) - 20} more" if len(class_counts) > 20 else ""
            first += f" of {len(class_counts)} classes: {', '.join(class_counts[:20])}{more}"
        else:
            first += f" without classes{f' ({self.note})' if self.note else ''}"
        passed = [f"passed over: {', '.join(map(str, self.passed_over))}"]
        return [first, *(passed if self.passed_over else [])]


def printable(name: str | Path) -> str:
    """Return a name in valid Unicode; bytes that are none are escaped in hexadecimal."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def on_one_line(name: str | Path) -> str:
    """Return a name in printable characters: all others are written as Python escapes them."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in printable(name))


def is_hidden(name: str) -> bool:
    """Return whether a file or folder is one that systems and programs leave, by its name."""
    return name.startswith(".") or name.lower() in SYSTEM_NAMES


def list_folder(folder: str | Path) -> FolderContents:
    """Find the images below a folder and their classes; links to folders are followed.

    Parameters
    ----------
    folder
        The folder. Where it holds two or more folders with images, these are the classes.

    Returns
    -------
    FolderContents

    Raises
    ------
    BadInput
        If there are no images, a folder cannot be opened, or it is not clear what the folders
        mean.
    """
    names: list[str] = []
    passed: dict[str, list[str]] = {}
    entered: list[str] = []
    for name_below, folders, files in _walk(folder, passed):
        entered.append(name_below)
        for name in (*folders, *files):
            if is_hidden(name):
                passed.setdefault("hidden", []).append(name_below + name)
        for name in files:
            if is_hidden(name):
                continue
            if is_image_name(name):
                names.append(name_below + name)
            else:
                passed.setdefault("other", []).append(name_below + name)
    if not names:
        suffixes = " ".join(sorted(k for k, kind in IMAGE_FORMATS.items() if kind in DECODED))
        raise BadInput(f"{printable(folder)}: no images in this folder; it takes {suffixes}")
    holding = _folders_of(names)
    if empty := [name_below for name_below in entered if name_below and name_below not in holding]:
        passed["empty"] = empty
    words = {
        "empty": "folders without images",
        "hidden": "hidden files and folders",
        "other": "files that are no images",
        "twice": "links to folders that are read already",
    }
    rows = [PassedOver(words[key], tuple(sorted(passed[key]))) for key in words if key in passed]
    return classified(folder, sorted(names, key=lambda name: name.split("/")), rows)


def _folders_of(names: Iterable[str]) -> set[str]:
    """Return all folders, with / at their ends, that images lie in or below."""
    folders: set[str] = set()
    for name in names:
        folder = name.rpartition("/")[0]
        while folder and f"{folder}/" not in folders:
            folders.add(f"{folder}/")
            folder = folder.rpartition("/")[0]
    return folders


def classified(
    folder: str | Path, names: Sequence[str], passed_over: Sequence[PassedOver] = ()
) -> FolderContents:
    """Return the contents with the class of each image, as its path says.

    Parameters
    ----------
    folder
        What errors name.
    names
        Paths of the images below it, with /.
    passed_over
        What else is there.

    Raises
    ------
    BadInput
        If it is not clear which folders are classes.
    """
    owners, note = _owners(printable(folder), [name.split("/")[:-1] for name in names])
    classes = sorted(set(owners))
    return FolderContents(
        folder=str(folder),
        images=tuple(names),
        class_names=tuple(map(on_one_line, classes)),
        labels=tuple(map({name: row for row, name in enumerate(classes)}.__getitem__, owners)),
        passed_over=tuple(passed_over),
        note=note,
    )


def pack_contents(path: str | Path, names: Iterable[str]) -> FolderContents:
    """Return the classes of packed images by their paths; none where it is not clear which.

    Parameters
    ----------
    path
        The pack.
    names
        Path of each image in the folder that was packed.
    """
    names = tuple(names)
    try:
        return classified(path, names)
    except BadInput as error:
        return FolderContents(str(path), names, note=str(error))


def _owners(folder: str, places: Sequence[Sequence[str]]) -> tuple[list[str], str]:
    """Return the class of each image, or none and why there is none. Raises BadInput."""
    depth = 0
    while True:
        owners = [place[depth] if len(place) > depth else "" for place in places]
        names = sorted(set(owners) - {""})
        path = "/".join([folder.rstrip("/"), *places[0][:depth]])
        parts = [name for name in names if name.lower() in PART_NAMES]
        if len(parts) > 1:
            training_part = next(
                (name for name in parts if name.lower().startswith("train")), parts[0]
            )
            raise BadInput(
                f"{path}: {_some(parts)} are the parts of a data set, not classes; give one of "
                f"them, such as {path}/{training_part}"
            )
        if "" in owners and (len(names) > 1 or _hold_classes(places, depth)):
            count = owners.count("")
            lie = "1 image lies" if count == 1 else f"{count:,} images lie"
            raise BadInput(
                f"{path}: {lie} beside the folders {_some(names)}, so that it is not clear whether "
                "these are classes; move the images into a folder"
            )
        if "" in owners:
            return [], f"images lie beside one folder, {names[0]}" if names else ""
        if len(names) > 1:
            return owners, ""
        depth += 1  # all images lie in one folder: its folders may be the classes


def _hold_classes(places: Sequence[Sequence[str]], depth: int) -> bool:
    """Return whether the folders of the images that do not lie here would be classes."""
    below = [place[depth + 1 :] for place in places if len(place) > depth]
    try:
        return bool(below and _owners("", below)[0])
    except BadInput:
        return True


def _walk(
    folder: str | Path, passed: dict[str, list[str]]
) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield each folder below the first, with / at its end, its folders and its files.

    Hidden folders are not entered, and none is entered twice. Raises BadInput.
    """

    def closed(error: OSError) -> None:
        words = (error.strerror or type(error).__name__).lower()
        raise BadInput(
            f"{printable(error.filename)}: folder cannot be opened ({words}); allow reading it, or "
            "take it out"
        ) from error

    real_paths: set[str] = set()
    for folder_path, folders, files in os.walk(folder, onerror=closed, followlinks=True):
        below = os.path.relpath(folder_path, folder).replace(os.sep, "/")
        below = "" if below == "." else below + "/"
        real = os.path.realpath(folder_path)
        if real in real_paths:
            passed.setdefault("twice", []).append(below)
            folders.clear()
            continue
        real_paths.add(real)
        yield below, sorted(folders), sorted(files)
        visible = [name for name in folders if not is_hidden(name)]
        # links last: a folder is read under its own name
        links = {n for n in visible if os.path.islink(os.path.join(folder_path, n))}  # noqa: PTH114, PTH118
        folders[:] = sorted(visible, key=lambda n: (n in links, n))


def _some(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(map(on_one_line, names[:NAMED])) + more
