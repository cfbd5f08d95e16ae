"""The page's views as Bokeh models: they only draw what page.js hands them."""

from dataclasses import dataclass

import numpy as np
from bokeh.models import ColumnDataSource, Model, TabPanel, Tabs

from evalkit.explorer.content import Content

from .data_view import draw_data_view
from .plane_view import draw_plane_view
from .sliders_view import draw_sliders_view
from .widgets import Models, call

# views that are not shown leave no room below the one that is
HIDDEN = ':host > [style*="hidden"] { max-height: 0; overflow: hidden; }'


@dataclass(frozen=True)
class Page:
    """The root of the page, and the models that page.js knows by name."""

    root: Model
    models: Models


def build_views(content: Content, *, live: bool) -> Page:
    """Build the whole page; `live` says whether a server answers."""
    models: Models = {
        "ask": ColumnDataSource({"json": [""]}, name="ask"),
        "answer": ColumnDataSource({"json": [""], "pixels": [np.zeros(1, np.uint32)]}),
    }
    panels = []
    if content.planes:
        panels.append(TabPanel(child=draw_plane_view(content, models, live), title="1 · Plane"))
    panels.append(TabPanel(child=draw_data_view(content, models, live), title="2 · Data"))
    if live or content.attractor is not None:
        panels.append(TabPanel(child=draw_sliders_view(content, models, live), title="3 · Sliders"))
    models["tabs"] = Tabs(tabs=panels, sizing_mode="stretch_width", stylesheets=[HIDDEN])
    models["answer"].js_on_change("data", call("answer"))
    models["tabs"].js_on_change("active", call("changed"))
    return Page(models["tabs"], models)
