"""The Bokeh document of the page, the same for the server and for the file."""

from importlib import resources
from typing import Any

from bokeh.document import Document
from bokeh.events import ConnectionLost, DocumentReady
from bokeh.models import CustomJS, Div
from jinja2 import Environment

from evalkit.inputs.images import ImageSet

from .content import Content
from .payload import payload_of
from .views.build import Page, build_views

SCRIPTS = ("pictures.js", "fit.js", "plane.js", "data.js", "sliders.js", "page.js")
POLICY = (
    "default-src 'none'; script-src {origin} 'unsafe-inline' 'unsafe-eval'; "
    "style-src {origin} 'unsafe-inline'; img-src data: blob:; font-src data:; connect-src {origin}"
)


def fill(document: Document, content: Content, *, live: bool) -> Page:
    """Put the page into a document; `live` says whether a server answers."""
    page = build_views(content, live=live)
    document.add_root(page.root)
    for name in ("ask", "answer"):
        document.add_root(page.models[name])
    document.title = f"evalkit explore: {content.model.name}"
    document.template = _template()
    document.template_variables.update(_variables(content, live))
    start = CustomJS(
        args={"models": page.models, "content": payload_of(content, live=live)},
        code="window.explorer.start(models, content)",
    )
    document.js_on_event(DocumentReady, start)
    if live:
        document.js_on_event(ConnectionLost, CustomJS(code="window.explorer.lost()"))
    return page


def refuse_page(document: Document, text: str) -> None:
    """Put one sentence into a document instead of the page."""
    document.title = "evalkit explore"
    document.add_root(Div(text=text))


def _template() -> Any:
    source = resources.files(__package__).joinpath("page/page.html").read_text(encoding="utf-8")
    return Environment(autoescape=False).from_string(source)


def _short_name(data: ImageSet) -> str:
    """Return the name of a data set without its folders; of two domains, both names."""
    read = (data.data.facts or {}).get("read", {})
    names = [read["source"], read["second"]] if "second" in read else [data.name]
    return " and ".join(str(name).rsplit("/", 1)[-1] for name in names)


def _variables(content: Content, live: bool) -> dict[str, str]:
    from html import escape

    folder = resources.files(__package__).joinpath("page")
    model = content.model
    parts = [f"{model.kind}, L = {model.latent}", f"{model.size} px"]
    if content.data is not None:
        parts.append(f"data {_short_name(content.data)}")
    if live and content.numbers != "float32":
        parts.append(f"one image at a time in {content.numbers}")
    return {
        "heading": escape("/".join(model.name.rsplit("/", 2)[-2:])),
        "about": escape(", ".join(parts)),
        "script": "\n".join(folder.joinpath(n).read_text(encoding="utf-8") for n in SCRIPTS),
        "policy": POLICY.format(origin="'self'" if live else "'none'").replace("'none' 'u", "'u"),
    }
