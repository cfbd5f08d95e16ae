"""The data set in the vocabulary of ML Commons."""

import pytest

import fractaldream as fd
from fractaldream.publishing import staging


def test_croissant_loads_as_records(staged):
    import mlcroissant

    loaded = mlcroissant.Dataset(jsonld=staged / "croissant.json")
    record = next(iter(loaded.records("rows")))
    with fd.open("small-set.h5") as data:
        assert record["rows/a"] == pytest.approx(data.params[0, 2])
    hashes = {file.id: file.sha256 for file in loaded.metadata.distribution}
    sums = staging.read_sums(staged)
    assert hashes == {name: sums[name] for name in hashes}
    assert "small-set.h5" in hashes
