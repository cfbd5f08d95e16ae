"""Test what a page may ask of the server: all else is refused, and nothing grows by it."""

import json

import pytest
from bokeh.document import Document
from hypothesis import given
from hypothesis import strategies as st

from evalkit.explorer.content import prepare
from evalkit.explorer.document import fill
from evalkit.explorer.requests import index_of, numbers_of, parse_request, text_of
from evalkit.explorer.session import PageSession
from evalkit.inputs.model import open_model
from explorer_pages import SMALL, write_model
from fractaldream_base.errors import BadInput

STRANGE = [
    "", "no JSON", "[]", "null", "7", '{"about": 3}', '{"about": "shell"}', "[" * 4000,
    '{"about": "sliders"}', '{"about": "sliders", "v": "a"}', '{"about": "sliders", "v": [1e999]}',
    '{"about": "sliders", "v": [[1, 2]]}', '{"about": "sliders", "v": [1, 2, 3, 4, 5, 6, 7]}',
    '{"about": "plane", "spec": "axes:0,99999999999", "label": 0}',
    '{"about": "plane", "spec": "/etc/passwd", "label": 0}',
    '{"about": "plane", "spec": ["axes:0,1"], "label": 0}',
    '{"about": "plane", "spec": "axes:0,1", "label": 10000000000}',
    '{"about": "path", "from": -1, "to": 3, "how": "linear", "number": 1}',
    '{"about": "path", "from": 0, "to": 1e9, "how": "linear", "number": 1}',
    '{"about": "between", "spec": "axes:0,1", "label": 0, "places": [[0, 0]], "number": 1}',
    '{"about": "place", "method": "os.system"}', '{"about": "place"}',
]  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = write_model(tmp_path_factory.mktemp("requests") / "m.pt", latent=3)
    content = prepare(open_model(path), options=SMALL)
    document = Document()
    session = PageSession(document, fill(document, content, live=True), content)

    def ask(text):
        session.answers.data = {"json": [""], "pixels": [None]}
        session.requests.data = {"json": [text]}
        while session.work:
            session._step()
        return session.answers.data["json"][0]

    return ask, content


@pytest.mark.parametrize("text", STRANGE)
def test_strange_requests_are_refused(page, text):
    ask, content = page
    planes = list(content.planes)
    answer = json.loads(ask(text))
    assert answer["about"] == "refused" and len(answer["text"]) < 300
    assert list(content.planes) == planes


def test_what_pages_ask_is_answered(page):
    ask, content = page
    start = content.start.at.tolist()
    assert json.loads(ask(json.dumps({"about": "sliders", "v": start})))["about"] == "sliders"
    plane_request = {"about": "plane", "spec": "axes:1,2", "label": 0}
    assert json.loads(ask(json.dumps(plane_request)))["about"] == "plane"


def test_planes_that_pages_ask_for_do_not_gather(page, monkeypatch):
    ask, content = page
    monkeypatch.setattr("evalkit.explorer.content.KEPT", 2 * 64 * 28 * 28)
    first = list(content.planes)[:2]
    for row in range(6):
        ask(json.dumps({"about": "plane", "spec": f"places:{row},10,20", "label": 0}))
    specs = [spec for spec, _ in content.planes]
    assert list(content.planes)[:2] == first and specs[2:] == ["places:4,10,20", "places:5,10,20"]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=90),
    lambda inner: st.lists(inner, max_size=7) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["a", "b"]), values))
def test_a_value_is_as_expected_or_refused(request_):
    for read in (
        lambda: text_of(request_, "a"),
        lambda: index_of(request_, "a", 5),
        lambda: numbers_of(request_, "b", (3,)),
        lambda: parse_request(json.dumps(request_)),
    ):
        try:
            value = read()
        except BadInput as error:
            assert "\n" not in str(error)
        else:
            shape = getattr(value, "shape", None)
            assert isinstance(value, str | dict) or shape == (3,) or value in range(5)
