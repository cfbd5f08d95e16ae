"""Settings of the documentation site: `sphinx-build -W docs docs/_build`."""

import re
from importlib.metadata import version

project = "fractaldream"
author = "The fractaldream authors"
copyright = "2026, The fractaldream authors"
release = version("fractaldream")

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "sphinx_click",
    "sphinx_copybutton",
]
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "**/.ipynb_checkpoints"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

# Tutorials are executed when the site is built; a cell that fails ends the build.
nb_execution_mode = "cache"
nb_execution_timeout = 600
nb_execution_raise_on_error = True
nb_merge_streams = True

autosummary_generate = True
autodoc_typehints = "none"  # the docstrings give types and shapes
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
nitpicky = False

html_theme = "furo"
html_title = f"fractaldream {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
# a shell prompt is not copied along with its command
copybutton_prompt_text = re.escape("$ ")
