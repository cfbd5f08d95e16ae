"""A notebook shows what every front door returns, never the fields of a dataclass."""

import inspect
import re

import pytest

import evalkit
import fractaldream
import fractaldream_models

PACKAGES = (fractaldream, fractaldream_models, evalkit)
CLASSES = {
    name: getattr(package, name)
    for package in PACKAGES
    for name in package.__all__
    if inspect.isclass(getattr(package, name))
}
COMMANDS = """apply arithmetic classifier compare correspond describe_presets describe_pretrained
describe_settings disentangle doctor fetch grid info interpolate neighbours probe project publish
quality reconstruct render review sample sweep sweep_report train translate verify"""


@pytest.mark.parametrize("name", COMMANDS.split())
def test_a_notebook_shows_what_a_command_prints(name):
    function = next(getattr(package, name) for package in PACKAGES if name in package.__all__)
    annotation = str(inspect.signature(function).return_annotation)
    returned = [CLASSES[word] for word in re.findall(r"\w+", annotation) if word in CLASSES]
    assert returned and all(hasattr(cls, "_repr_html_") for cls in returned), annotation


def test_text_is_escaped_and_keeps_its_lines():
    html = fractaldream_models.describe_presets()._repr_html_()
    assert html.startswith("<pre") and "\n" in html and "<pre>" not in html[4:]


def test_samples_are_drawn_as_a_picture():
    samples = fractaldream_models.sample("pretrained:vae-mnist", 3)
    assert samples.plot(columns=2)._repr_png_().startswith(b"\x89PNG")
