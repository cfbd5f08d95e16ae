"""The description of a published data set: one source for the card, Kaggle and Croissant."""

from dataclasses import dataclass, field

SUMS = "SHA256SUMS"
CARD = "README.md"
KAGGLE_METADATA = "dataset-metadata.json"
CROISSANT = "croissant.json"

# What Kaggle takes as `licenses`, where it can be read, and what Hugging Face calls it
LICENCES = {
    "CC0-1.0": ("https://creativecommons.org/publicdomain/zero/1.0/", "cc0-1.0"),
    "CC-BY-3.0": ("https://creativecommons.org/licenses/by/3.0/", "cc-by-3.0"),
    "CC-BY-4.0": ("https://creativecommons.org/licenses/by/4.0/", "cc-by-4.0"),
    "CC-BY-SA-3.0": ("https://creativecommons.org/licenses/by-sa/3.0/", "cc-by-sa-3.0"),
    "CC-BY-SA-4.0": ("https://creativecommons.org/licenses/by-sa/4.0/", "cc-by-sa-4.0"),
    "CC-BY-NC-4.0": ("https://creativecommons.org/licenses/by-nc/4.0/", "cc-by-nc-4.0"),
    "CC-BY-NC-SA-4.0": ("https://creativecommons.org/licenses/by-nc-sa/4.0/", "cc-by-nc-sa-4.0"),
    "CC-BY-ND-4.0": ("https://creativecommons.org/licenses/by-nd/4.0/", "cc-by-nd-4.0"),
    "CC-BY-NC-ND-4.0": ("https://creativecommons.org/licenses/by-nc-nd/4.0/", "cc-by-nc-nd-4.0"),
    "PDDL": ("https://opendatacommons.org/licenses/pddl/1-0/", "pddl"),
    "ODC-BY-1.0": ("https://opendatacommons.org/licenses/by/1-0/", "odc-by"),
    "ODbL-1.0": ("https://opendatacommons.org/licenses/odbl/1-0/", "odbl"),
    "CDLA-Permissive-1.0": ("https://cdla.dev/permissive-1-0/", "cdla-permissive-1.0"),
    "CDLA-Sharing-1.0": ("https://cdla.dev/sharing-1-0/", "cdla-sharing-1.0"),
    "GPL-2.0": ("https://www.gnu.org/licenses/old-licenses/gpl-2.0.html", "gpl-2.0"),
    "GPL-3.0": ("https://www.gnu.org/licenses/gpl-3.0.html", "gpl-3.0"),
    "apache-2.0": ("https://www.apache.org/licenses/LICENSE-2.0", "apache-2.0"),
}


@dataclass(frozen=True)
class Column:
    """A column of the table. kind: integer, number or text; span: least and largest value."""

    name: str
    kind: str
    unit: str
    text: str
    span: tuple[float, float] | None = None


@dataclass(frozen=True)
class DescribedTable:
    """The CSV file of a data set: its name, its number of rows, and its columns."""

    name: str
    rows: int
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class StagedFile:
    """A file that is staged. media: its MIME type; text: what is in it."""

    name: str
    media: str
    text: str


@dataclass(frozen=True)
class Edition:
    """The edition of a data set, which tells one state of it from another in a citation.

    date: ISO, of the data; version: of what made them; note: more, such as the content hash.
    """

    date: str
    version: str
    note: str


@dataclass(frozen=True)
class Description:
    """All that is said of a data set; everything that is staged beside the data is made of it.

    owner: account on Kaggle, None in a plain folder; abstract: the first paragraph, plain text;
    sections: parts of the card, Markdown by heading; configurations: what Hugging Face's `datasets`
    loads under a name, a file or a pattern for each split; tasks: its names of what the data are
    good for.
    """

    owner: str | None
    slug: str
    title: str
    subtitle: str
    licence: str
    keywords: tuple[str, ...]
    abstract: str
    sections: dict[str, str]
    table: DescribedTable
    files: tuple[StagedFile, ...]
    edition: Edition
    configurations: dict[str, dict[str, str]] = field(default_factory=dict)
    tasks: tuple[str, ...] = ()

    @property
    def ref(self) -> str:
        """OWNER/SLUG, the name on Kaggle."""
        return f"{self.owner}/{self.slug}"

    @property
    def url(self) -> str | None:
        """The page on Kaggle, None in a plain folder."""
        return None if self.owner is None else f"https://www.kaggle.com/datasets/{self.ref}"
