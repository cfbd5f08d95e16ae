"""Formulas as SVG drawn by matplotlib when the site is built, so that no page loads a script."""

from html import escape

from docutils import nodes
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

SIZE = 10.0  # of the font in which a formula is laid out
LETTERS = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C"}


def svg(formula: str) -> str:
    """Return a formula as SVG that stands on the line of the text and takes its colour.

    Raises
    ------
    ValueError
        If the formula holds what matplotlib's mathtext does not know.
    """
    path = TextPath((0, 0), f"${' '.join(formula.split())}$", size=SIZE)
    drawn = [
        "Z"
        if code == Path.CLOSEPOLY
        else LETTERS[code] + " ".join(f"{value:.2f}" for value in points)
        for points, code in path.iter_segments()
    ]
    box = path.get_extents()
    place = f"{box.x0:.2f} {-box.y1:.2f} {box.width:.2f} {box.height:.2f}"
    style = f"width:{box.width / SIZE:.2f}em;max-width:100%;vertical-align:{box.y0 / SIZE:.2f}em"
    return (
        f'<svg class="formula" role="img" aria-label="{escape(formula)}" viewBox="{place}" '
        f'style="{style}"><path fill="currentColor" transform="scale(1,-1)" '
        f'd="{"".join(drawn)}"/></svg>'
    )


def inline(writer: HTML5Translator, node: nodes.math) -> None:
    """Write a formula within a line."""
    writer.body.append(svg(node.astext()))
    raise nodes.SkipNode


def block(writer: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on a line of its own."""
    formula = svg(node.astext())
    writer.body.append(f'<div class="math" style="text-align:center;margin:1em 0">{formula}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Offer the renderer under the name "mathtext"."""
    app.add_html_math_renderer("mathtext", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
