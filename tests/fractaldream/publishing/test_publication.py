"""A file is staged and checked."""

from pathlib import Path

import pytest

import fractaldream as fd
from fractaldream_base.errors import BadInput


def test_the_front_door_stages_a_folder(rendered, tmp_path):
    options = fd.PublishOptions(title="A title of its own")
    staged = fd.publish(rendered, options=options, folder=tmp_path / "shared")
    assert isinstance(staged, fd.Staged) and Path(staged.folder) == tmp_path / "shared"
    assert set(staged.files) == {path.name for path in (tmp_path / "shared").iterdir()}
    assert "A title of its own" in (tmp_path / "shared" / "README.md").read_text()
    with pytest.raises(BadInput, match="give it with --to kaggle"):
        fd.publish(rendered, to="kaggle")
