"""Parquet files of images, as `datasets` reads them."""

import numpy as np

import fractaldream as fd


def test_datasets_reads_pictures_from_parquet(equal_rows, tmp_path, datasets):
    out = fd.export(equal_rows, tmp_path / "a.parquet", format="parquet")
    rows = datasets.load_dataset("parquet", data_files=str(out), split="train")
    assert isinstance(rows.features["image"], datasets.Image)
    with fd.open(equal_rows) as data:
        assert rows[3]["image"].mode == "L"
        assert (np.asarray(rows[3]["image"]) == data[3]).all()
        assert [rows[3][name] for name in fd.PARAM_NAMES] == data.params[3].tolist()
    names = {name: value.dtype for name, value in rows.features.items() if name != "image"}
    assert names["a"] == "float64" and names["index"] == "int64" and names["split"] == "string"
