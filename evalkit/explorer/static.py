"""Write the page as one file that needs nothing else."""

from pathlib import Path

from fractaldream_base.files import write_bytes

from .content import Content
from .document import fill


def write_static(content: Content, out: str | Path) -> int:
    """Write the self-contained page, and return its size in bytes. Raises BadInput."""
    from bokeh.document import Document
    from bokeh.embed import file_html
    from bokeh.resources import INLINE

    document = Document()
    fill(document, content, live=False)
    text = file_html(
        document,
        INLINE,
        document.title,
        template=document.template,
        template_variables=document.template_variables,
    ).encode()
    write_bytes(out, text)
    return len(text)
