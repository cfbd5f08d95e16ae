"""Names as pictures and tables can show them: printable, and no longer than there is room."""

import unicodedata
from collections.abc import Iterable


def plain(text: str) -> str:
    """Return a text on one line that every font and encoding can take.

    Bytes of file names that are no UTF-8, control characters and line ends become a replacement
    character or a space.
    """
    whole = "".join("\N{REPLACEMENT CHARACTER}" if "\ud800" <= letter <= "\udfff" else letter
                    for letter in text)  # fmt: skip
    printable = (" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter
             for letter in whole)  # fmt: skip
    return " ".join("".join(printable).split())


def plain_lines(text: str) -> str:
    """Return a text of several lines, each as `plain` has it."""
    return "\n".join(plain(line) for line in text.split("\n"))


def shortened(text: str, letters: int) -> str:
    """Return a plain text of at most `letters`: the middle of a longer one becomes an ellipsis.

    Examples
    --------
    >>> shortened("class_of_a_very_long_name_01", 16)
    'class_of…name_01'
    """
    text = plain(text)
    if len(text) <= letters:
        return text
    end = (letters - 1) // 2
    return f"{text[: letters - 1 - end]}…{text[len(text) - end :]}"


def short_names(names: Iterable[str], letters: int) -> list[str]:
    """Return names of at most `letters`, all different: equal ones are numbered.

    Examples
    --------
    >>> short_names(["cat", "dog", "cat"], 8)
    ['cat', 'dog', 'cat (2)']
    """
    out: list[str] = []
    for name in names:
        short, count = shortened(name, letters), 1
        while short in out:
            count += 1
            mark = f" ({count})"
            short = shortened(name, letters - len(mark)) + mark
        out.append(short)
    return out
