"""Results that notebooks show as the command line prints them."""

from html import escape


class TextResult:
    """A result whose text a notebook shows line by line when it is the value of a cell."""

    def _repr_html_(self) -> str:
        return f'<pre style="text-align: left">{escape(str(self))}</pre>'
