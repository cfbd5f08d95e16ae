"""Settings of the documentation site: `sphinx-build -W docs docs/_build`."""

import importlib.metadata
import os
import re
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

import generated_reference

project = "fractaldream"
author = "The fractaldream authors"
copyright = "2026, The fractaldream authors"
release = importlib.metadata.version("fractaldream")

extensions = [
    "joined_streams",
    "mathtext",
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "sphinx_click",
    "sphinx_copybutton",
]
# .rst first: autosummary writes its pages with the first suffix
source_suffix = {".rst": "restructuredtext", ".md": "myst-nb", ".ipynb": "myst-nb"}
templates_path = ["_templates"]
exclude_patterns = [
    "_build", "_ext", "_templates", "reference/_parts", "**/.ipynb_checkpoints",
    "jupyter_execute", ".jupyter_cache",  # of an earlier build
]  # fmt: skip
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
smartquotes = False  # the two hyphens of an option stay two hyphens

# Tutorials are executed when the site is built, each in an empty folder, by the commands of this
# environment; a cell that fails ends the build.
os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
nb_execution_mode = "cache"
nb_execution_in_temp = True
# The notebook trains for minutes, too long for every build. It holds
# the outputs of its own execution (data/make_notebook.py).
nb_execution_excludepatterns = ["tutorials/notebook.ipynb"]
suppress_warnings = ["myst-nb.lexer"]  # cells that are not executed name no language
nb_execution_timeout = 1800  # a busy machine is no failure
nb_execution_raise_on_error = True
nb_merge_streams = True

autosummary_generate = True
autodoc_typehints = "none"  # the docstrings give types and shapes
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
nitpicky = False

# The notebook of the published data set is one of the tutorials.
here = Path(__file__).parent
shutil.copy(here.parent / "data" / "notebook.ipynb", here / "tutorials")

# Settings, presets, recipe and the Python API are written from the code before pages are read.
generated_reference.write(here)

html_math_renderer = "mathtext"  # docs/_ext/mathtext.py: no script of another site is loaded
html_theme = "furo"
html_title = f"fractaldream {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
# a shell prompt is not copied along with its command
copybutton_prompt_text = re.escape("$ ")


def show_examples_literally(app, context, lines):
    """Make a literal block of examples in a help text, which may hold asterisks.

    sphinx-click begins each of their lines with a vertical bar.
    """
    shown, inside = [], False
    for line in lines:
        example = line.startswith("|")
        if example and not inside:
            shown += ["::", ""]
        elif inside and not example:
            shown.append("")
        shown.append("   " + line.removeprefix("|").removeprefix(" ") if example else line)
        inside = example
    lines[:] = shown


def setup(app):
    """Connect the functions of this file to Sphinx."""
    app.connect("sphinx-click-process-description", show_examples_literally)
    app.connect("sphinx-click-process-epilog", show_examples_literally)
