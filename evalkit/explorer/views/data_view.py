"""The view of the data on a map: an image, its reconstruction, and the path between two."""

from typing import Any

import numpy as np
from bokeh.events import MouseMove, Tap
from bokeh.layouts import column
from bokeh.models import (
    ColorBar,
    ColumnDataSource,
    Div,
    LinearColorMapper,
    Model,
    RadioButtonGroup,
    Select,
)
from bokeh.palettes import Viridis256

from evalkit.explorer.colours import colour_of, marker_of
from evalkit.explorer.content import Content
from evalkit.latent_space.options import METHODS

from .widgets import Models, call, draw_path, large_map, line, picture, push, save_button, strip

POINT_LINE = {"line_color": "#00000070", "line_width": 0.7}


def draw_data_view(content: Content, models: Models, live: bool) -> Model:
    """Draw the view of the data; `live` says whether a server answers."""
    plot = _data_map(content, models)
    controls = _controls(content, models, live)
    pictures = [picture(models, "data_original", content.model.size)]
    if content.points.reconstructions is not None:
        pictures.append(picture(models, "data_again", content.model.size))
    models["data_facts"] = Div(text="", sizing_mode="stretch_width", min_height=22)
    images = strip(models, "data_strip", content)
    beside = column(controls, line(*pictures), models["data_facts"], images)
    models["data_beside"] = beside
    return line(plot, beside, name="data")


def _data_map(content: Content, models: Models) -> Any:
    points = content.points
    plot = large_map()
    values = np.zeros(len(points.rows)) if points.params is None else points.params[:, 0]
    source = ColumnDataSource(
        {
            "x": points.place[:, 0],
            "y": points.place[:, 1],
            "colour": [colour_of(int(k)) for k in points.labels],
            "marker": [marker_of(int(k)) for k in points.labels],
            "value": values,
        }
    )
    mapper = LinearColorMapper(Viridis256, low=float(values.min()), high=float(values.max()))
    by_class = plot.scatter(
        "x", "y", source=source, size=7, marker="marker", fill_color="colour", fill_alpha=0.85,
        **POINT_LINE,
    )  # fmt: skip
    by_value = plot.scatter(
        "x", "y", source=source, size=7, fill_color={"field": "value", "transform": mapper},
        **POINT_LINE,
    )  # fmt: skip
    bar = ColorBar(color_mapper=mapper, width=10, visible=False, title=" ")
    plot.add_layout(bar, "right")
    by_class.visible, by_value.visible = True, False
    centres = ColumnDataSource({"x": [], "y": [], "text": []})
    plot.text(
        "x", "y", "text", source=centres, text_align="center", text_baseline="middle",
        text_font_style="bold", text_font_size="18px", text_outline_color="white",
    )  # fmt: skip
    draw_path(plot, models, "data")
    cursor = ColumnDataSource({"x": [], "y": []})
    for width, colour in ((5, "white"), (2.5, "black")):
        plot.scatter("x", "y", source=cursor, size=15, fill_color=None, line_color=colour,
                     line_width=width)  # fmt: skip
    plot.js_on_event(MouseMove, call("dataMove"))
    plot.js_on_event(Tap, call("dataTap"))
    models |= {
        "data": plot, "data_points": source, "data_by_class": by_class, "data_by_value": by_value,
        "data_mapper": mapper, "data_bar": bar, "data_centres": centres, "data_cursor": cursor,
    }  # fmt: skip
    return plot


def _controls(content: Content, models: Models, live: bool) -> Model:
    points = content.points
    labelled = bool((points.labels >= 0).any())
    colours = [*(["class"] if labelled else []), *points.param_names] or ["none"]
    # of the parameters, x0 hardly shows in an image
    first = "a" if "a" in points.param_names and not labelled else colours[0]
    colour = Select(title="colour", options=colours, value=first, width=110)
    colour.js_on_change("value", call("changed"))
    path = RadioButtonGroup(labels=["linear", "spherical"], active=0, width=180)
    path.js_on_change("active", call("pathChanged"))
    path.disabled = not live or points.codes is None
    methods = list(METHODS) if live else [points.method]
    method = Select(title="projection", options=methods, value=points.method, width=110)
    method.js_on_change("value", call("methodChosen"))
    models |= {"data_colour": colour, "data_path_kind": path, "data_method": method}
    return column(
        line(method, colour), line(path, push(), save_button("data")), sizing_mode="stretch_width"
    )
