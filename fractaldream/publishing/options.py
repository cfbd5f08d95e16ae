"""Options of `publish` and `fetch`; light, since command lines import them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class PublishOptions:
    """Options of the description of a data set.

    Attributes
    ----------
    owner : str, optional
        Account on Kaggle; None in a plain folder.
    slug : str
        Last part of the address, of small letters, digits and hyphens. Default: the file's name.
    title, subtitle : str, optional
        Title of 6 to 50 and subtitle of 20 to 80 characters. Default: what is in the file.
    licence : str
        Licence of the data.
    date : str, optional
        Date in ISO format. Default: that of the file's last change.
    """

    owner: str | None = None
    slug: str = ""
    title: str | None = None
    subtitle: str | None = None
    licence: str = "CC-BY-4.0"
    date: str | None = None

    def slug_of(self, file: str | Path) -> str:
        """Return the given slug, else one made of the file's name."""
        return self.slug or re.sub(r"[^a-z0-9]+", "-", Path(file).stem.lower()).strip("-")

    def date_of(self, file: str | Path) -> str:
        """Return the date that is given, else that of the file's last change."""
        if self.date is not None:
            return self.date
        return datetime.fromtimestamp(Path(file).stat().st_mtime, UTC).date().isoformat()


@dataclass(frozen=True)
class UploadOptions:
    """Options of the upload of a data set to Kaggle.

    Attributes
    ----------
    update : str, optional
        What changed; makes a new version of a data set that is there.
    private : bool
        Publish for the owner's eyes alone, at first.
    replace : bool
        Let go of files that are on the site and not staged.
    wait : float
        Seconds to wait while the site processes a version.
    dry_run : bool
        Stage and check only; nothing leaves the machine.
    """

    update: str | None = None
    private: bool = False
    replace: bool = False
    wait: float = 900
    dry_run: bool = False


@dataclass(frozen=True)
class CheckOptions:
    """Options of the check of images.

    Attributes
    ----------
    sample : int
        Number of images that are rendered again and compared bit for bit.
    threads : int, optional
        Number of threads. Default: one for each processor.
    """

    sample: int = 100
    threads: int | None = None
