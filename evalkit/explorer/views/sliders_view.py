"""The view of sliders: the true attractor beside the model's image, or the first latents."""

from bokeh.layouts import column
from bokeh.models import Button, Div, Model, Select, Slider

from evalkit.explorer.content import Content
from evalkit.explorer.start import LATENTS
from fractaldream.recipe import PARAM_NAMES

from .widgets import Models, call, chance_bars, line, picture, save_button


def draw_sliders_view(content: Content, models: Models, live: bool) -> Model:
    """Draw the view of sliders; `live` says whether a server answers."""
    attractor, model = content.attractor, content.model
    controls = _sliders(content, models)
    start = Button(label=f"back to {content.start.description} (0)", width=200)
    random = Button(label="random (r)", width=130)
    start.js_on_click(call("slideTo", "'start'"))
    random.js_on_click(call("slideTo", "'random'"))
    models["sliders_facts"] = Div(text="", sizing_mode="stretch_width")
    buttons = [save_button("sliders")]
    if live and attractor is not None:
        same = Button(label="as on the map (m)", width=150)
        same.js_on_click(call("slideTo", "'map'"))
        same.disabled = attractor.renderer.mapping != "standard" or content.points.params is None
        buttons.insert(0, same)
    controls += [line(start, random), line(*buttons), models["sliders_facts"]]
    if model.conditional:
        labels = list(model.labels)
        label = Select(title="label", options=labels, value=labels[content.start.label], width=120)
        label.js_on_change("value", call("slid", "0"))
        models["sliders_label"] = label
        controls.insert(0, label)
    right = []
    if attractor is not None:
        right.append(picture(models, "true", model.size))
    if attractor is None or attractor.way:
        right.append(picture(models, "generated", model.size))
    if attractor is None and content.names:
        right.append(chance_bars(models, "sliders_chances", content.names))
    models["sliders_beside"] = column(*controls)
    return line(models["sliders_beside"], *right, name="sliders")


def _sliders(content: Content, models: Models) -> list[Model]:
    if content.attractor is not None:
        names = list(PARAM_NAMES)
    else:
        names = [f"z{k}" for k in range(min(content.model.latent, LATENTS))]
    reach = content.start.reach
    sliders: list[Model] = []
    for k, name in enumerate(names):
        slider = Slider(
            start=-reach, end=reach, value=float(content.start.at[k]), step=0.01, title=name,
            sizing_mode="stretch_width", name=f"slider_{name}",
        )  # fmt: skip
        slider.js_on_change("value", call("slid", str(k)))
        models[f"slider{k}"] = slider
        sliders.append(slider)
    return sliders
