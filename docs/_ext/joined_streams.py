"""Show what a cell prints as it was printed.

A cell of bash reaches the notebook in pieces of a hundred characters. myst-nb would put a line
break between any two of them, and takes the spaces away where they meet.
"""

import myst_nb.core.render
from nbformat import NotebookNode
from sphinx.application import Sphinx


def join_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Return outputs with one stream for each name, in which the pieces follow one another."""
    joined: list[NotebookNode] = []
    streams: dict[str, NotebookNode] = {}
    for output in outputs or []:
        if output["output_type"] == "stream" and output["name"] in streams:
            streams[output["name"]]["text"] += output["text"]
            continue
        output = NotebookNode(output)
        joined.append(output)
        if output["output_type"] == "stream":
            streams[output["name"]] = output
    return joined


def setup(app: Sphinx) -> dict[str, bool]:
    """Take the place of myst-nb's function, which `nb_merge_streams` calls."""
    myst_nb.core.render.coalesce_streams = join_streams
    return {"parallel_read_safe": True, "parallel_write_safe": True}
