"""Live data: the stream's images, each once, in the same order however many processes ask."""

import pytest

from fractaldream_base.errors import BadInput
from fractaldream_models.data.live import read_live
from fractaldream_models.data.sources import DataOptions, open_data

pytestmark = pytest.mark.usefixtures("streams")
SOURCE = "live:fractaldream,law=normal,refusals=false,iterations=2000,size=32"


def test_options_come_from_a_file_and_the_last_rules(tmp_path):
    (tmp_path / "recipe.toml").write_text('\ufefflaw = "normal"\nsize = 64\nrefusals = false\n')
    live = read_live(f"live:fractaldream,{tmp_path / 'recipe.toml'},size=32,iterations=2000")
    assert live.options == {"law": "normal", "size": 32, "refusals": False, "iterations": 2000}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("live:nothing", "no such stream; installed: fractaldream"),
        ("live:fractaldream,sise=32", "did you mean size"),
        ("live:fractaldream,none.toml", "neither key=value nor a recipe file"),
        ("live:fractaldream,law=params", "given rows end"),
        ("live:fractaldream,size=big", "size"),
    ],
)
def test_what_cannot_be_streamed_is_said(source, message):
    with pytest.raises(BadInput, match=message) as caught:
        open_data(source)
    assert "\n" not in str(caught.value)


def test_settings_that_streams_cannot_have():
    with pytest.raises(BadInput, match="leave out limit"):
        open_data(SOURCE, DataOptions(limit=100))
    with pytest.raises(BadInput, match="palette"):
        open_data(SOURCE, DataOptions(palette="none"))
