"""The view of sliders: the true attractor beside the model's image, or the first latents."""

from bokeh.layouts import column, row
from bokeh.models import Button, Div, Model, Select, Slider, Spacer

from evalkit.explorer.content import Content
from fractaldream.recipe import PARAM_NAMES

from .widgets import Models, call, chance_bars, picture, save_button

LATENTS = 8  # sliders at most, of models that are no Fractal Dream


def draw_sliders_view(content: Content, models: Models, live: bool) -> Model:
    """Draw the view of sliders; `live` says whether a server answers."""
    attractor, model = content.attractor, content.model
    left = _sliders(content, models)
    zero, random = Button(label="all 0 (0)", width=130), Button(label="random (r)", width=130)
    zero.js_on_click(call("slideTo", "'zero'"))
    random.js_on_click(call("slideTo", "'random'"))
    models["sliders_facts"] = Div(text="", width=280)
    buttons = [save_button("sliders")]
    if live and attractor is not None:
        same = Button(label="as on the map (m)", width=130)
        same.js_on_click(call("slideTo", "'map'"))
        same.disabled = attractor.renderer.mapping != "standard"
        buttons.insert(0, same)
    left += [row(zero, random), row(*buttons), models["sliders_facts"]]
    if model.conditional:
        label = Select(title="label", options=list(model.labels), value=model.labels[0], width=90)
        label.js_on_change("value", call("slid", "0"))
        models["sliders_label"] = label
        left.insert(0, label)
    right = []
    if attractor is not None:
        right.append(picture(models, "true", 460, model.size))
    if attractor is None or attractor.way:
        right.append(picture(models, "generated", 460, model.size))
    if attractor is None and content.names:
        right.append(chance_bars(models, "sliders_chances", content.names, 300, 460))
    return row(column(*left), Spacer(width=20), *right, name="sliders")


def _sliders(content: Content, models: Models) -> list[Model]:
    if content.attractor is not None:
        names = list(PARAM_NAMES)
    else:
        names = [f"z{k}" for k in range(min(content.model.latent, LATENTS))]
    sliders: list[Model] = []
    for k, name in enumerate(names):
        slider = Slider(
            start=-3, end=3, value=0, step=0.01, title=name, width=280, name=f"slider_{name}"
        )
        slider.js_on_change("value", call("slid", str(k)))
        models[f"slider{k}"] = slider
        sliders.append(slider)
    return sliders
