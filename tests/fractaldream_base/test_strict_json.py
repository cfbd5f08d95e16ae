"""Values as strict JSON holds them."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fractaldream_base.strict_json import json_text, plain


@dataclass(frozen=True)
class Point:
    x: float
    name: str


def test_dataclasses_arrays_and_paths_become_plain_values():
    value = {"p": Point(0.5, "a"), 3: np.arange(2), "f": Path("a/b"), "t": (None, True)}
    assert plain(value) == {
        "p": {"x": 0.5, "name": "a"}, "3": [0, 1], "f": "a/b", "t": [None, True],
    }  # fmt: skip


@given(st.recursive(st.floats() | st.integers() | st.text(), lambda x: st.lists(x, max_size=3)))
def test_every_number_can_be_read_by_every_parser(value):
    def refuse(constant):
        raise AssertionError(constant)

    json.loads(json_text(value), parse_constant=refuse)
