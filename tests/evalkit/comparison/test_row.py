"""A row as JSON holds it."""

import json
from dataclasses import asdict, replace

import pytest

from comparison_rows import row
from evalkit.comparison.row import Row
from evalkit.sample_quality.curves import DiscriminatorCurves

CURVES = DiscriminatorCurves((1, 2), (0.6, 0.5), (0.1, 0.1), (0.4, 0.5), (0.1, 0.1), ("late",), 2)


@pytest.mark.parametrize("curves", [None, CURVES])
def test_a_row_is_read_as_it_was_written(curves):
    written = replace(
        row("gan", 10, "relu", frechet=1.5), notes=("a note",), spaces=("pixels",), curves=curves
    )
    assert Row.from_dict(json.loads(json.dumps(asdict(written)))) == written


def test_fields_that_are_missing_are_no_row():
    values = asdict(row("gan", 10, "relu"))
    del values["spaces"]
    with pytest.raises(KeyError):
        Row.from_dict(values)
