"""Display of a result in notebooks: a table in HTML, and the same table for pandas."""

import textwrap
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from fractaldream_base.data_frames import data_frame_class

if TYPE_CHECKING:
    import pandas

WIDTH = 100  # characters of a line of a terminal
DIGITS = 4  # significant digits of a number
STYLE = "font-variant-numeric: tabular-nums; text-align: "


@dataclass(frozen=True)
class TableColumn:
    """A column of a table.

    Attributes
    ----------
    name : str
        What is in it.
    unit : str
        Unit of its numbers; empty for none.
    better : str
        Which way is better: higher, lower, or near a value; empty where neither is, or
        where the rows differ in it.
    """

    name: str
    unit: str = ""
    better: str = ""

    @property
    def note(self) -> str:
        """Unit and direction in words; empty where there is nothing to say."""
        way = f"{self.better} is better" if self.better else ""
        return ", ".join(part for part in (self.unit, way) if part)


@dataclass(frozen=True)
class Table:
    """A result in rows and columns.

    Attributes
    ----------
    caption : str
        What the table says, in a sentence.
    columns : tuple of TableColumn
        The columns.
    rows : tuple of tuple
        Texts, numbers, or None where there is no value.
    notes : tuple of str
        Sentences below the table.
    """

    caption: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Any, ...], ...]
    notes: tuple[str, ...] = ()

    def html(self) -> str:
        """Return the table as HTML; all texts are escaped.

        >>> Table("a < b", (TableColumn("speed", "images/s", "higher"),), ((1234.5,),)).html()
        '<table><caption style="caption-side: top; text-align: left">a &lt; b</caption><tr><th \
style="font-variant-numeric: tabular-nums; text-align: left">speed<br><small>images/s, higher is \
better</small></th></tr><tr><td style="font-variant-numeric: tabular-nums; text-align: right">\
1,234</td></tr></table>'
        """
        heads = (
            _cell("th", escape(c.name) + (f"<br><small>{escape(c.note)}</small>" * bool(c.note)))
            for c in self.columns
        )
        rows = ["".join(heads)]
        rows += ["".join(_cell("td", escape(text_of(v)), v) for v in row) for row in self.rows]
        caption = f'<caption style="caption-side: top; text-align: left">{escape(self.caption)}'
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return f"<table>{caption}</caption>{body}</table>{notes}"

    def text(self) -> str:
        """Return the table for a terminal: caption, titles, units and directions, rows, notes.

        >>> print(Table("Two runs.", (TableColumn("run"), TableColumn("speed", "images/s",
        ...       "higher")), (("a", 1234.5), ("b", None))).text())
        Two runs.
        <BLANKLINE>
          run         speed
          unit:    images/s
          better:    higher
          a           1,234
          b               -
        """
        names = [c.name for c in self.columns]
        heads = [
            ["unit:", *(c.unit for c in self.columns[1:])],
            ["better:", *(c.better for c in self.columns[1:])],
        ]
        heads = [head for head in heads if any(head[1:])]
        cells = [[text_of(value) for value in row] for row in self.rows]
        lines = [names, *heads, *cells]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        left_aligned = [
            all(isinstance(v, str) for v in column) for column in zip(*self.rows, strict=True)
        ]
        left_aligned = left_aligned or [True] * len(names)
        table = [
            "  "
            + "  ".join(
                f"{text:<{width}}" if first else f"{text:>{width}}"
                for text, width, first in zip(line, widths, left_aligned, strict=True)
            ).rstrip()
            for line in lines
        ]
        notes = [wrap_note(note) for note in self.notes]
        return "\n".join([self.caption, "", *table, *([""] if notes else []), *notes])

    def to_dataframe(self) -> "pandas.DataFrame":
        """Return the table for pandas. Raises BadInput where pandas is not installed."""
        return data_frame_class()(list(self.rows), columns=[c.name for c in self.columns])


class NotebookResult:
    """A result that notebooks show as a table: the base class of what front doors return."""

    def table(self) -> Table:
        """Return the result in rows and columns."""
        raise NotImplementedError

    def tables(self) -> tuple[Table, ...]:
        """Return the tables that a terminal shows."""
        return (self.table(),)

    def __str__(self) -> str:
        """Return the tables for a terminal."""
        return "\n\n".join(table.text() for table in self.tables())

    def to_dataframe(self) -> "pandas.DataFrame":
        """Return the table for pandas. Raises BadInput where pandas is not installed."""
        return self.table().to_dataframe()

    def _repr_html_(self) -> str:
        return self.table().html()


def wrap_note(note: str, indent: str = "") -> str:
    """Return a sentence in lines of at most `WIDTH` characters, the later ones indented."""
    return textwrap.fill(
        note, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def text_of(value: Any) -> str:
    """Return a value as a table shows it.

    >>> [text_of(value) for value in (0.123456, 50000, 123456.7, None, True, "kept")]
    ['0.1235', '50,000', '123,457', '-', 'yes', 'kept']
    """
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if 1000 <= abs(value) < 10**9 else f"{value:.{DIGITS}g}"
    return str(value)


def _cell(kind: str, content: str, value: Any = "") -> str:
    side = "left" if isinstance(value, str) else "right"
    return f'<{kind} style="{STYLE}{side}">{content}</{kind}>'
