"""Files that earlier runs have kept."""

import pytest

from evalkit.correspondence.archive import load_results
from evalkit.correspondence.map_scores import load_scores
from fractaldream_base.errors import BadInput


@pytest.mark.parametrize("load", [load_scores, load_results])
def test_advice_about_a_kept_file_loses_nothing(tmp_path, load):
    (tmp_path / "kept").write_bytes(b"torn")
    with pytest.raises(BadInput, match="move it elsewhere, and it is computed anew"):
        load(tmp_path / "kept")
    (tmp_path / "folder").mkdir()
    with pytest.raises(BadInput, match="cannot be read"):
        load(tmp_path / "folder")
