"""The fields that results about a file of images have in common."""

from dataclasses import dataclass

from fractaldream_base.text_result import TextResult


def refusals_in_words(refused: dict[str, int]) -> str:
    """Return how many draws were refused for which reason; refused: counts by reason."""
    if not any(refused.values()):
        return "nothing was refused"
    return (
        f"refused: {refused['probe']:,} by the probe, {refused['visited']:,} for few pixels, "
        f"{refused['cycle']:,} for a cycle"
    )


@dataclass(frozen=True)
class FileResult(TextResult):
    """A result about a file of images.

    Attributes
    ----------
    path : str
        The file.
    images : int
        Number of images in it.
    """

    path: str
    images: int


@dataclass(frozen=True)
class FileInfo(FileResult):
    """A file of images in numbers.

    Attributes
    ----------
    format_version : int
        Version of its format.
    size : int
        Width and height of the images in pixels.
    bytes : int
        Size of the file, and of those that it refers to.
    splits : dict of str to int
        Number of images in each part.
    """

    format_version: int
    size: int
    bytes: int
    splits: dict[str, int]

    @property
    def split_lines(self) -> list[str]:
        """The lines of `__str__` that say how the rows are split."""
        counts = (f"{name} {count}" for name, count in self.splits.items())
        return ["rows", "  " + ", ".join(counts)]
