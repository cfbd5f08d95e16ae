"""Test what the page is handed."""

import json

import numpy as np

from evalkit.explorer import payload
from evalkit.explorer.content import prepare
from evalkit.explorer.payload import positions
from evalkit.inputs.model import open_model
from explorer_pages import SMALL, write_model


def test_a_file_has_the_start_among_its_positions():
    assert positions(0.62)[13:16] == [0.25, 0.62, 0.75]
    assert all(len(positions(at)) == 25 and at in positions(at) for at in (-3, 0.12, 2.99))
    assert positions(1.13) == sorted(positions(1.13))


def test_planes_are_named_in_words():
    assert payload.title("axes:0,3") == "axes z0 and z3"
    assert payload.title("places:4,5,6") == "through rows 4, 5, 6"
    assert payload.title("components") == "two principal components"


def test_one_number_moves_at_a_time():
    start = np.arange(6.0)
    assert payload.moved(start, 2, -1.0).tolist() == [0, 1, -1, 3, 4, 5]
    assert start[2] == 2  # the start stays where it is


def test_the_page_is_handed_plain_values(tmp_path):
    content = prepare(open_model(write_model(tmp_path / "m.pt")), options=SMALL)
    values = payload.payload_of(content, live=False)
    assert json.loads(json.dumps(values)) == values
    assert (values["kind"], values["latent"], values["n"]) == ("vae", 2, 8)
    assert len(values["points"]["rows"]) == 40 and len(values["points"]["codes"]) == 40
    assert payload.payload_of(content, live=True)["points"]["codes"] is None  # a server is asked
