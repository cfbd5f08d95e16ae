"""The data card."""

import pytest

from fractaldream.publishing.card import size_category


@pytest.mark.parametrize("rows", [1, 999, 10**3, 10**6 - 1, 10**6, 10**9, 10**12])
def test_size_categories_are_those_of_hugging_face(rows, datasets):
    import json
    from importlib.resources import files

    valid = json.loads((files(datasets) / "utils/resources/size_categories.json").read_text())
    assert size_category(rows) in valid
