"""Figures and buttons that several views of the page are made of."""

from typing import Any

import numpy as np
from bokeh.layouts import row
from bokeh.models import (
    Button,
    ColumnDataSource,
    CustomJS,
    FactorRange,
    FixedTicker,
    Model,
    Range1d,
    Spacer,
)
from bokeh.plotting import figure

from evalkit.explorer.colours import EMPTY, INK, colour_of
from evalkit.explorer.content import Content
from evalkit.explorer.payload import LETTERS
from evalkit.support.captions import short_names

STEPS = 10  # images of a path
FRAME, AXES = 516, 56  # px: a map's frame before fit.js sizes it, and what its axes take
BARS = 20  # classes with a bar, at most

Models = dict[str, Any]  # the models that page.js knows by name


def call(name: str, argument: str = "cb_obj") -> CustomJS:
    """Return a callback that calls a function of page.js."""
    return CustomJS(code=f"window.explorer.{name}({argument})")


def line(*parts: Model, name: str | None = None) -> Model:
    """Return models side by side, and below each other where the window is too narrow."""
    return row(*parts, name=name, sizing_mode="stretch_width", styles={"flex-wrap": "wrap"})


def push() -> Model:
    """Return the room that moves what follows it to the end of a line."""
    return Spacer(sizing_mode="stretch_width")


def picture(models: Models, name: str, pixels: int, columns: int = 1) -> Model:
    """Return a figure that shows one image of pixels x (columns * pixels); fit.js sizes it."""
    blank = np.full((pixels, pixels * columns), EMPTY, np.uint32)
    source = ColumnDataSource({"image": [blank]})
    plot = figure(
        frame_width=300,
        frame_height=300 // columns,
        x_range=Range1d(0, columns),
        y_range=Range1d(0, 1),
        tools="",
        toolbar_location=None,
        title=" ",
        min_border=2,
    )
    plot.image_rgba("image", 0, 0, columns, 1, origin="top_left", source=source)
    plot.axis.visible = False
    plot.grid.visible = False
    _style(plot)
    models[name], models[f"{name}_pixels"] = plot, source
    return plot


def large_map() -> Any:
    """Return an empty map; fit.js sizes it."""
    plot = figure(
        frame_width=FRAME,
        frame_height=FRAME,
        x_range=Range1d(-3, 3),
        y_range=Range1d(-3, 3),
        tools="pan,wheel_zoom,reset",
        active_scroll="wheel_zoom",
        toolbar_location="right",
        title=" ",
        x_axis_label=" ",
        y_axis_label=" ",
        min_border_left=AXES,
        min_border_bottom=AXES,
    )
    plot.toolbar.logo = None
    plot.grid.visible = False
    _style(plot)
    for axis in plot.axis:
        axis.axis_label_text_font_style = "normal"
    return plot


def strip(models: Models, name: str, content: Content) -> Model:
    """Return a figure that shows the images of a path, with room for a word under each."""
    plot = picture(models, name, content.model.size, STEPS)
    middles = [k + 0.5 for k in range(STEPS)]
    plot.xaxis.visible = True
    plot.xaxis.ticker = FixedTicker(ticks=middles)
    plot.xaxis.major_label_overrides = dict.fromkeys(middles, " ")
    plot.xaxis.major_tick_line_color = plot.xaxis.axis_line_color = None
    models[f"{name}_under"] = ColumnDataSource({"x": middles, "text": [" "] * STEPS})
    return plot


def draw_path(plot: Any, models: Models, name: str) -> None:
    """Draw the path between two chosen places so that it shows on any ground."""
    source = ColumnDataSource({"x": [], "y": []})
    plot.line("x", "y", source=source, line_width=5, color="white")
    plot.line("x", "y", source=source, line_width=2, color="black")
    plot.scatter(
        "x", "y", source=source, size=11, fill_color="white", line_color="black", line_width=2
    )
    models[f"{name}_path"] = source


def chance_bars(models: Models, name: str, names: tuple[str, ...]) -> Model:
    """Return a bar for each class, as long as its chance."""
    labels = short_names(names[:BARS], LETTERS)
    source = ColumnDataSource(
        {
            "name": labels,
            "chance": [0.0] * len(labels),
            "colour": [colour_of(k) for k in range(len(labels))],
        }
    )
    plot = figure(
        width=300,
        frame_height=300,
        y_range=FactorRange(*labels[::-1]),
        x_range=Range1d(0, 1),
        tools="",
        toolbar_location=None,
        title="what the classifier calls it",
        min_border=2,
    )
    plot.hbar("name", right="chance", height=0.8, source=source, color="colour", line_color=INK)
    plot.ygrid.visible = False
    _style(plot)
    models[name], models[f"{name}_bars"] = plot, source
    return plot


def save_button(view: str) -> Button:
    """Return the button that saves a view as PNG."""
    button = Button(label="Save as PNG (s)", width=140)
    button.js_on_click(call("save", f"'{view}'"))
    return button


def _style(plot: Any) -> None:
    plot.title.text_font_size, plot.title.text_font_style = "12px", "normal"
    plot.title.text_color = plot.outline_line_color = INK
