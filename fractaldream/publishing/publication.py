"""Publishing a file: staged, checked, and sent where it shall go."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from fractaldream_base.errors import BadInput
from fractaldream_base.text_result import TextResult

from . import checks, kaggle, staging
from .kaggle import Published
from .options import CheckOptions, PublishOptions, UploadOptions

HOMES = ("kaggle", "folder")


@dataclass(frozen=True)
class Staged(TextResult):
    """A folder that holds all that is published, and was checked.

    Attributes
    ----------
    folder : str
        The folder.
    files : list of str
        Names of its files.
    bytes : int
        Size of all of them.
    """

    folder: str
    files: list[str]
    bytes: int

    def __str__(self) -> str:
        """Return the lines that the command prints."""
        count, size = len(self.files), self.bytes / 1e6
        return f"{self.folder}: {count} files, {size:.1f} MB, staged and checked"


def publish(
    file: str | Path,
    *,
    to: str = "folder",
    options: PublishOptions = PublishOptions(),
    upload: UploadOptions = UploadOptions(),
    checking: CheckOptions = CheckOptions(),
    folder: str | Path | None = None,
    force: bool = False,
    progress: bool = False,
) -> Staged | Published:
    """Publish a data set file, or a decision file of `evalkit clean`.

    A folder is staged with everything that belongs to the data: card, table, pictures, checksums,
    Croissant, and for plain folders the images as Hugging Face reads them. It is checked and gets
    its name only then. To Kaggle it is sent through Kaggle's own client.

    Parameters
    ----------
    file : str or Path
        The data set file (.h5), or decisions.csv.
    to : {"folder", "kaggle"}
        Where it is published.
    options : PublishOptions
        What is said of the data: title, licence, owner (with Kaggle, and only there).
    upload : UploadOptions
        How it is sent to Kaggle, or that nothing is.
    checking : CheckOptions
        How many images are rendered again as a check.
    folder : str or Path, optional
        Folder to stage in. Default: SLUG-TO beside the file.
    force : bool
        Replace a staged folder whose files were changed since.
    progress : bool
        Show progress on stderr.

    Returns
    -------
    Staged or Published
        The staged folder, or what the site was seen to hold.

    Raises
    ------
    BadInput
        If something given cannot be published. The same call completes it later.

    Examples
    --------
    >>> import fractaldream as fd
    >>> fd.publish("fdd-50k.h5", folder="staged")  # doctest: +SKIP
    >>> options = fd.PublishOptions(owner="NAME")  # doctest: +SKIP
    >>> fd.publish("fdd-50k.h5", to="kaggle", options=options)  # doctest: +SKIP
    """
    if to not in HOMES:
        raise BadInput(f"to = {to!r}: give one of {', '.join(HOMES)}")
    if (to == "kaggle") != (options.owner is not None):
        raise BadInput("--owner: give it with --to kaggle, and only there")
    if to == "folder" and (upload.update is not None or upload.private or upload.replace):
        raise BadInput("--update, --private and --replace go with --to kaggle")
    file = Path(file)
    options = dataclasses.replace(options, slug=options.slug_of(file))
    folder = file.with_name(f"{options.slug}-{to}") if folder is None else Path(folder)
    described = staging.kind_of(file).describe(file, options)
    checks.check_words(described)

    def check(staged: Path) -> None:
        checks.check_stage(
            staged,
            described,
            sample=checking.sample,
            threads=checking.threads,
            progress=progress,
        )

    with staging.alone(folder):
        staging.stage(file, described, folder, check=check, force=force)
        if to == "kaggle" and not upload.dry_run:
            return kaggle.send(folder, described, upload, progress=progress)
        paths = sorted(folder.iterdir())
        size = sum(path.stat().st_size for path in paths)
    return Staged(str(folder), [path.name for path in paths], size)
