"""The view of planes: their images, the classes' borders, one image large, and a path."""

from typing import Any

import numpy as np
from bokeh.events import MouseMove, Tap
from bokeh.layouts import column
from bokeh.models import ColumnDataSource, Model, RadioButtonGroup, Select, TextInput

from evalkit.explorer.colours import INK
from evalkit.explorer.content import Content

from .widgets import (
    Models,
    call,
    chance_bars,
    draw_path,
    large_map,
    line,
    picture,
    push,
    save_button,
    strip,
)

BOLD = {"text_baseline": "middle", "text_font_style": "bold"}
OUTLINE = {"text_outline_color": "white", "text_color": "black"}


def draw_plane_view(content: Content, models: Models, live: bool) -> Model:
    """Draw the view of planes; `live` says whether a server answers."""
    plot = _plane_map(content, models)
    ground = RadioButtonGroup(labels=["images", "classes", "both"], active=0, width=200)
    ground.js_on_change("active", call("changed"))
    ground.disabled = not content.names
    models["plane_ground"] = ground
    right = [picture(models, "plane_image", content.model.size)]
    if content.names:
        right.append(chance_bars(models, "plane_chances", content.names))
    beside = column(
        line(*_controls(content, models, live)),
        line(ground, push(), save_button("plane")),
        line(*right),
        strip(models, "plane_strip", content),
    )
    models["plane_beside"] = beside
    return line(plot, beside, name="plane")


def _plane_map(content: Content, models: Models) -> Any:
    plot = large_map()
    n = content.options.grid
    mosaic = ColumnDataSource({"url": [], "x": [], "y": [], "w": [], "h": []})
    tint = ColumnDataSource(
        {"image": [np.zeros((n, n), np.uint32)], "x": [0.0], "y": [0.0], "w": [1.0]}
    )
    cursor = ColumnDataSource({"x": [], "y": [], "w": []})
    plot.image_url("url", "x", "y", "w", "h", source=mosaic, anchor="center")
    drawn = plot.image_rgba(
        "image", "x", "y", "w", "w", source=tint, origin="top_left", anchor="center"
    )
    _draw_classes(plot, models)
    _draw_places(plot, models)
    draw_path(plot, models, "plane")
    for width, colour in ((4, "white"), (2, "black")):
        plot.rect("x", "y", "w", "w", source=cursor, fill_color=None, line_color=colour,
                  line_width=width)  # fmt: skip
    plot.js_on_event(MouseMove, call("planeMove"))
    plot.js_on_event(Tap, call("planeTap"))
    models |= {
        "plane": plot, "plane_mosaic": mosaic, "plane_tint": tint, "plane_tint_drawn": drawn,
        "plane_cursor": cursor,
    }  # fmt: skip
    return plot


def _draw_classes(plot: Any, models: Models) -> None:
    """Draw the lines between classes and the classes' names."""
    lines = ColumnDataSource({"x0": [], "y0": [], "x1": [], "y1": []})
    names = ColumnDataSource({"x": [], "y": [], "text": []})
    for width, colour in ((4, "white"), (1.5, INK)):
        plot.segment("x0", "y0", "x1", "y1", source=lines, line_width=width, line_color=colour)
    plot.text("x", "y", "text", source=names, text_font_size="18px", text_align="center",
              **BOLD, **OUTLINE)  # fmt: skip
    models |= {"plane_lines": lines, "plane_names": names}


def _draw_places(plot: Any, models: Models) -> None:
    """Draw the places that a plane goes through; they lie in corners, so names stand inwards."""
    places = ColumnDataSource({"x": [], "y": [], "text": [], "dx": [], "dy": [], "align": []})
    plot.scatter("x", "y", source=places, marker="star", size=16, fill_color="#F0E442",
                 line_color="black", line_width=1.5)  # fmt: skip
    plot.text(
        "x", "y", "text", source=places, x_offset="dx", y_offset="dy",
        text_align={"field": "align"}, text_font_size="12px", **BOLD, **OUTLINE,
    )  # fmt: skip
    models["plane_places"] = places


def _controls(content: Content, models: Models, live: bool) -> list[Model]:
    which = Select(title="plane (p)", options=[], width=250)
    which.js_on_change("value", call("planeChosen"))
    models["plane_which"] = which
    controls = [which]
    if content.model.conditional:
        labels = list(content.model.labels)
        label = Select(title="label", options=labels, value=labels[0], width=90)
        label.js_on_change("value", call("planeChosen"))
        models["plane_label"] = label
        controls.append(label)
    if live:
        wanted = TextInput(
            title="new: axes:0,1, components, places:3,17,20",
            sizing_mode="stretch_width",
            min_width=200,
            placeholder="then Enter",
        )
        wanted.js_on_change("value", call("planeAsked"))
        models["plane_asked"] = wanted
        controls.append(wanted)
    return controls
