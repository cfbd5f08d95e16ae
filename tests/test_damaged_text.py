"""Tables and settings that people write: any damage is one line."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fractaldream as fd
from evalkit.clean.decisions import read_decisions
from fractaldream_models.data.live import read_live
from fractaldream_models.settings import Settings
from fractaldream_models.sweeps.search_space import read_space
from fractaldream_models.sweeps.storage import open_study

RECIPE = (Path(__file__).parents[1] / "data" / "fdd-50k.toml").read_bytes()
SPACE = b"[lr_g]\nlow = 1e-4\nhigh = 1e-2\nlog = true\n\n[leak]\nchoices = [0.1, 0.2]\n"
JOURNAL = b"""{"op_code":0,"worker_id":"a-1","study_name":"a","directions":[1]}
{"op_code":4,"worker_id":"a-1","study_id":0,"datetime_start":"2026-11-26T17:03:01.200656+00:00"}
{"op_code":6,"worker_id":"a-1","trial_id":0,"state":1,"values":[1.5],"datetime_complete":"2026-11-26T17:04:00.0+00:00"}
"""
ROWS = io.BytesIO()
np.save(ROWS, np.linspace(0, 1, 18).reshape(3, 6))
CASES = {  # name: a good file, and what reads it
    "p.csv": (b"x0,y0,a,b,c,d\n0.1,0.1,1,2,3,4\n0.1,0.2,1,2,3,4.5\n", fd.read_params),
    "p.npy": (ROWS.getvalue(), fd.read_params),
    "d.csv": (b"sha256,decision,reason\n" + b"a" * 64 + b',drop,"x, y"\n', read_decisions),
    "r.toml": (RECIPE, fd.Recipe.from_toml),
    "l.toml": (RECIPE, lambda path: read_live(f"live:fractaldream,{path}")),
    "s.toml": (SPACE, lambda path: read_space(str(path), Settings())),
    "j.log": (JOURNAL, lambda path: open_study(f"journal:///{path}", "a").trials),
}
PIECES = [b"\xef\xbb\xbf", b"nan", b"1e999", b"\r", b"\n", b"\0", b'"', b"[", b"=", b"9" * 5000]


def check_any_damage(folder, data):
    name = data.draw(st.sampled_from(sorted(CASES)))
    whole, read = CASES[name]
    content = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content)))
        piece = data.draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=3)))
        content[at : at + data.draw(st.integers(0, 12))] = piece
    path = folder / name
    path.write_bytes(content)
    try:
        read(path)
    except ValueError as error:
        assert type(error).__name__ == "BadInput" and "\n" not in str(error), repr(error)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damage_is_one_line(tmp_path_factory, data):
    check_any_damage(tmp_path_factory.getbasetemp(), data)


@pytest.mark.slow
@settings(max_examples=5000, deadline=None)
@given(st.data())
def test_much_damage_is_one_line(tmp_path_factory, data):
    check_any_damage(tmp_path_factory.getbasetemp(), data)


@pytest.mark.parametrize("name", CASES)
def test_whole_files_are_read(tmp_path, name):
    (tmp_path / name).write_bytes(CASES[name][0])
    CASES[name][1](tmp_path / name)
