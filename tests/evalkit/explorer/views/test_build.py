"""The views of the page: which there are, and the models that page.js looks for."""

import re
from pathlib import Path

import pytest

import evalkit.explorer
from evalkit.explorer.content import prepare
from evalkit.explorer.views.build import build_views
from evalkit.inputs.model import open_model
from explorer_pages import SMALL, write_model


def page_of(folder, live, **config):
    content = prepare(open_model(write_model(folder / "m.pt", **config)), options=SMALL)
    return build_views(content, live=live)


def titles(page):
    return [panel.title for panel in page.root.tabs]


def test_a_file_shows_what_needs_no_server(tmp_path):
    assert titles(page_of(tmp_path, live=False)) == ["1 · Plane", "2 · Data"]


def test_a_server_shows_sliders_as_well(tmp_path):
    page = page_of(tmp_path, live=True)
    assert titles(page) == ["1 · Plane", "2 · Data", "3 · Sliders"]
    assert [page.models[f"slider{k}"].title for k in range(2)] == ["z0", "z1"]
    assert page.models["data_method"].options == ["pca", "tsne", "umap"]


def test_one_latent_has_no_plane(tmp_path):
    assert titles(page_of(tmp_path, live=False, latent=1)) == ["2 · Data"]


def test_a_conditional_model_has_a_choice_of_labels(tmp_path):
    page = page_of(tmp_path, live=True, kind="cvae", classes=3)
    assert len(page.models["sliders_label"].options) == 3


@pytest.mark.parametrize("live", [False, True])
def test_callbacks_name_functions_of_the_page(tmp_path, live):
    scripts = Path(evalkit.explorer.__file__).parent.glob("page/*.js")
    text = "".join(script.read_text(encoding="utf-8") for script in scripts)
    page = page_of(tmp_path, live)
    called = {
        match
        for model in page.root.references()
        if (code := getattr(model, "code", None))
        for match in re.findall(r"window\.explorer\.(\w+)\(", code)
    }
    assert called and all(re.search(rf"\b{name}\b", text) for name in called)
