"""The page's views as Bokeh models: they only draw what page.js hands them."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from bokeh.events import MouseMove, Tap
from bokeh.layouts import column, row
from bokeh.models import (
    Button,
    ColorBar,
    ColumnDataSource,
    CustomJS,
    Div,
    FactorRange,
    FixedTicker,
    LinearColorMapper,
    Model,
    RadioButtonGroup,
    Range1d,
    Select,
    Slider,
    Spacer,
    TabPanel,
    Tabs,
    TextInput,
)
from bokeh.palettes import Viridis256
from bokeh.plotting import figure

from fractaldream.recipe import PARAM_NAMES

from .colours import EMPTY, INK, colour_of, marker_of
from .content import Content
from .projection_view import METHODS

STEPS = 10  # images of a path
LARGE, FRAME, WIDE = 600, 516, 636  # px: a map with and without axes; what stands beside it
SLIDERS = 8  # at most, of models that are no Fractal Dream


@dataclass
class Page:
    """The root of the page, and the models that page.js knows by name."""

    root: Model
    models: dict[str, Any] = field(default_factory=dict)


def build(content: Content, *, live: bool) -> Page:
    """The whole page; live: whether a server answers."""
    models: dict[str, Any] = {
        "ask": ColumnDataSource({"json": [""]}, name="ask"),
        "answer": ColumnDataSource({"json": [""], "pixels": [np.zeros(1, np.uint32)]}),
    }
    panels = []
    if content.model.latent > 1:
        panels.append(TabPanel(child=_plane(content, models, live), title="1 · Plane"))
    panels.append(TabPanel(child=_data(content, models, live), title="2 · Data"))
    if live or content.family is not None:
        panels.append(TabPanel(child=_sliders(content, models, live), title="3 · Sliders"))
    models["tabs"] = Tabs(tabs=panels, width=LARGE + WIDE + 24)
    models["answer"].js_on_change("data", _call("answer"))
    models["tabs"].js_on_change("active", _call("changed"))
    return Page(models["tabs"], models)


def _call(name: str, argument: str = "cb_obj") -> CustomJS:
    return CustomJS(code=f"window.explorer.{name}({argument})")


def _picture(models: dict[str, Any], name: str, size: int, pixels: int, columns: int = 1) -> Model:
    """A figure that shows one image, of `pixels` x (columns * pixels)."""
    blank = np.full((pixels, pixels * columns), EMPTY, np.uint32)
    source = ColumnDataSource({"image": [blank]})
    it = figure(
        frame_width=size,
        frame_height=size // columns,
        x_range=Range1d(0, columns),
        y_range=Range1d(0, 1),
        tools="",
        toolbar_location=None,
        title=" ",
        min_border=2,
    )
    it.image_rgba("image", 0, 0, columns, 1, origin="top_left", source=source)
    it.axis.visible = False
    it.grid.visible = False
    it.title.text_font_size, it.title.text_font_style = "12px", "normal"
    it.title.text_color = it.outline_line_color = INK
    models[name], models[f"{name}_pixels"] = it, source
    return it


def _large(less: int = 0) -> Any:
    """A map, its frame `less` narrower than it is high."""
    it = figure(
        width=LARGE,
        frame_width=FRAME - less,
        frame_height=FRAME,
        x_range=Range1d(-3, 3),
        y_range=Range1d(-3, 3),
        tools="pan,wheel_zoom,reset",
        active_scroll="wheel_zoom",
        toolbar_location="right",
        title=" ",
        x_axis_label=" ",
        y_axis_label=" ",
        min_border=4,
    )
    it.toolbar.logo = None
    it.grid.visible = False
    it.title.text_font_size, it.title.text_font_style = "12px", "normal"
    it.title.text_color = it.outline_line_color = INK
    for axis in it.axis:
        axis.axis_label_text_font_style = "normal"
    return it


def _strip(models: dict[str, Any], name: str, content: Content) -> Model:
    it = _picture(models, name, WIDE - 16, content.model.size, STEPS)
    under = ColumnDataSource({"x": [k + 0.5 for k in range(STEPS)], "text": [" "] * STEPS})
    it.xaxis.visible = True
    it.xaxis.ticker = FixedTicker(ticks=[k + 0.5 for k in range(STEPS)])
    it.xaxis.major_label_overrides = {k + 0.5: " " for k in range(STEPS)}
    it.xaxis.major_tick_line_color = it.xaxis.axis_line_color = None
    models[f"{name}_under"] = under
    return it


def _marks(it: Any, models: dict[str, Any], name: str) -> None:
    """The path between two chosen places, drawn so that it shows on any ground."""
    source = ColumnDataSource({"x": [], "y": []})
    it.line("x", "y", source=source, line_width=5, color="white")
    it.line("x", "y", source=source, line_width=2, color="black")
    it.scatter(
        "x", "y", source=source, size=11, fill_color="white", line_color="black", line_width=2
    )
    models[f"{name}_path"] = source


def _save(view: str) -> Button:
    button = Button(label="Save as PNG (s)", width=130)
    button.js_on_click(_call("save", f"'{view}'"))
    return button


def _plane(content: Content, models: dict[str, Any], live: bool) -> Model:
    it = _large()
    mosaic = ColumnDataSource({"url": [], "x": [], "y": [], "w": [], "h": []})
    n = content.settings.n
    tint = ColumnDataSource(
        {"image": [np.zeros((n, n), np.uint32)], "x": [0.0], "y": [0.0], "w": [1.0]}
    )
    lines = ColumnDataSource({"x0": [], "y0": [], "x1": [], "y1": []})
    names = ColumnDataSource({"x": [], "y": [], "text": []})
    anchors = ColumnDataSource({"x": [], "y": [], "text": []})
    cursor = ColumnDataSource({"x": [], "y": [], "w": []})
    it.image_url("url", "x", "y", "w", "h", source=mosaic, anchor="center")
    models["plane_tint_drawn"] = it.image_rgba(
        "image", "x", "y", "w", "w", source=tint, origin="top_left", anchor="center"
    )
    for width, colour in ((4, "white"), (1.5, INK)):
        it.segment("x0", "y0", "x1", "y1", source=lines, line_width=width, line_color=colour)
    bold = {"text_align": "center", "text_baseline": "middle", "text_font_style": "bold"}
    outline = {"text_outline_color": "white", "text_color": "black"}
    it.text("x", "y", "text", source=names, text_font_size="18px", **bold, **outline)
    it.scatter("x", "y", source=anchors, marker="star", size=16, fill_color="#F0E442",
               line_color="black", line_width=1.5)  # fmt: skip
    it.text(
        "x", "y", "text", source=anchors, y_offset=-16, text_font_size="12px", **bold, **outline
    )
    _marks(it, models, "plane")
    for width, colour in ((4, "white"), (2, "black")):
        it.rect("x", "y", "w", "w", source=cursor, fill_color=None, line_color=colour,
                line_width=width)  # fmt: skip
    it.js_on_event(MouseMove, _call("planeMove"))
    it.js_on_event(Tap, _call("planeTap"))
    models |= {
        "plane": it,
        "plane_mosaic": mosaic,
        "plane_tint": tint,
        "plane_lines": lines,
        "plane_names": names,
        "plane_anchors": anchors,
        "plane_cursor": cursor,
    }
    which = Select(title="plane (p)", options=[], width=250)
    which.js_on_change("value", _call("planeChosen"))
    ground = RadioButtonGroup(labels=["images", "classes", "both"], active=0, width=200)
    ground.js_on_change("active", _call("changed"))
    ground.disabled = not content.names
    models |= {"plane_which": which, "plane_ground": ground}
    controls = [which]
    if content.model.conditional:
        models["plane_label"] = Select(
            title="label",
            options=list(content.model.labels),
            value=content.model.labels[0],
            width=90,
        )
        models["plane_label"].js_on_change("value", _call("planeChosen"))
        controls.append(models["plane_label"])
    if live:
        asked = TextInput(
            title="another: axes:0,1, pc, anchors:ROW,ROW,ROW",
            width=WIDE - 268 - 100 * (len(controls) - 1),
            placeholder="then Enter",
        )  # fmt: skip
        asked.js_on_change("value", _call("planeAsked"))
        models["plane_asked"] = asked
        controls.append(asked)
    detail = _picture(models, "plane_image", 330, content.model.size)
    right = [detail]
    if content.names:
        right.append(_chances(models, "plane_chances", content.names, WIDE - 350, 330))
    strip = _strip(models, "plane_strip", content)
    return row(
        it,
        column(row(*controls), row(ground, Spacer(width=270), _save("plane")), row(*right), strip),
        name="plane",
    )


def _chances(
    models: dict[str, Any], name: str, names: tuple[str, ...], width: int, height: int
) -> Model:
    shown = list(names[:20])
    source = ColumnDataSource(
        {
            "name": shown,
            "chance": [0.0] * len(shown),
            "colour": [colour_of(k) for k in range(len(shown))],
        }
    )
    it = figure(
        width=width,
        frame_height=height,
        y_range=FactorRange(*shown[::-1]),
        x_range=Range1d(0, 1),
        tools="",
        toolbar_location=None,
        title="what the classifier calls it",
        min_border=2,
    )
    it.hbar("name", right="chance", height=0.8, source=source, color="colour", line_color=INK)
    it.title.text_font_size, it.title.text_font_style = "12px", "normal"
    it.title.text_color = it.outline_line_color = INK
    it.ygrid.visible = False
    models[name], models[f"{name}_bars"] = it, source
    return it


def _data(content: Content, models: dict[str, Any], live: bool) -> Model:
    points = content.points
    it = _large(0 if points.params is None else 70)  # room for the bar of colours
    known = bool((points.labels >= 0).any())
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
    by_class = it.scatter(
        "x", "y", source=source, size=7, marker="marker", fill_color="colour", fill_alpha=0.85,
        line_color="#00000070", line_width=0.7,
    )  # fmt: skip
    by_value = it.scatter(
        "x", "y", source=source, size=7, fill_color={"field": "value", "transform": mapper},
        line_color="#00000070", line_width=0.7,
    )  # fmt: skip
    bar = ColorBar(color_mapper=mapper, width=10, visible=False, title=" ")
    it.add_layout(bar, "right")
    by_class.visible, by_value.visible = True, False
    centres = ColumnDataSource({"x": [], "y": [], "text": []})
    it.text("x", "y", "text", source=centres, text_align="center", text_baseline="middle",
            text_font_style="bold", text_font_size="18px", text_outline_color="white")  # fmt: skip
    _marks(it, models, "data")
    cursor = ColumnDataSource({"x": [], "y": []})
    for width, colour in ((5, "white"), (2.5, "black")):
        it.scatter("x", "y", source=cursor, size=15, fill_color=None, line_color=colour,
                   line_width=width)  # fmt: skip
    it.js_on_event(MouseMove, _call("dataMove"))
    it.js_on_event(Tap, _call("dataTap"))
    colours = [*(["class"] if known else []), *points.param_names] or ["none"]
    first = "a" if "a" in points.param_names and not known else colours[0]  # x0 hardly shows
    chosen = Select(title="colour", options=colours, value=first, width=110)
    chosen.js_on_change("value", _call("changed"))
    how = RadioButtonGroup(labels=["linear", "spherical"], active=0, width=180)
    how.js_on_change("active", _call("pathChanged"))
    how.disabled = not live or points.codes is None
    method = Select(
        title="projection", options=list(METHODS) if live else [points.method],
        value=points.method, width=110,
    )  # fmt: skip
    method.js_on_change("value", _call("methodChosen"))
    models |= {
        "data": it, "data_points": source, "data_by_class": by_class, "data_by_value": by_value,
        "data_mapper": mapper, "data_bar": bar, "data_centres": centres, "data_cursor": cursor,
        "data_colour": chosen, "data_how": how, "data_method": method,
    }  # fmt: skip
    controls = column(row(method, chosen), row(how, Spacer(width=290), _save("data")))
    original = _picture(models, "data_original", 300, content.model.size)
    pictures = [original]
    if points.reconstructions is not None:
        pictures.append(_picture(models, "data_again", 300, content.model.size))
    models["data_facts"] = Div(text="", width=WIDE, height=22)
    strip = _strip(models, "data_strip", content)
    return row(it, column(controls, row(*pictures), models["data_facts"], strip), name="data")


def _sliders(content: Content, models: dict[str, Any], live: bool) -> Model:
    family, model = content.family, content.model
    if family is not None:
        names = list(PARAM_NAMES)
    else:
        names = [f"z{k}" for k in range(min(model.latent, SLIDERS))]
    made = [
        Slider(start=-3, end=3, value=0, step=0.01, title=name, width=280, name=f"slider_{name}")
        for name in names
    ]
    for k, slider in enumerate(made):
        slider.js_on_change("value", _call("slid", str(k)))
        models[f"slider{k}"] = slider
    zero, random = Button(label="all 0 (0)", width=130), Button(label="random (r)", width=130)
    zero.js_on_click(_call("slideTo", "'zero'"))
    random.js_on_click(_call("slideTo", "'random'"))
    models["sliders_facts"] = Div(text="", width=280)
    pictures = []
    if family is not None:
        pictures.append(_picture(models, "true", 460, model.size))
    if family is None or family.way:
        pictures.append(_picture(models, "made", 460, model.size))
    saving = [_save("sliders")]
    if live and family is not None:
        same = Button(label="as on the map (m)", width=130)
        same.js_on_click(_call("slideTo", "'map'"))
        same.disabled = family.renderer.mapping != "standard"
        saving.append(same)
    left = [*made, row(zero, random), row(*saving[::-1]), models["sliders_facts"]]
    if model.conditional:
        models["sliders_label"] = Select(
            title="label", options=list(model.labels), value=model.labels[0], width=90
        )
        models["sliders_label"].js_on_change("value", _call("slid", "0"))
        left.insert(0, models["sliders_label"])
    right = pictures
    if family is None and content.names:
        right = [*pictures, _chances(models, "sliders_chances", content.names, 300, 460)]
    return row(column(*left), Spacer(width=20), *right, name="sliders")
