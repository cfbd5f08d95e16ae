"""Files that are complete or not there at all."""

import pytest

from fractaldream_base.errors import BadInput
from fractaldream_base.files import check_outputs, file_digest, replacing, write_bytes, write_json


def test_a_failure_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.txt"
    write_bytes(path, b"before")
    with pytest.raises(ZeroDivisionError), replacing(path) as beside:
        beside.write_bytes(b"half")
        raise ZeroDivisionError
    assert path.read_bytes() == b"before" and list(tmp_path.iterdir()) == [path]


def test_a_success_replaces_it(tmp_path):
    path = tmp_path / "a.json"
    write_bytes(path, b"before")
    write_json(path, {"x": float("nan")})
    assert path.read_text() == '{\n "x": null\n}\n' and list(tmp_path.iterdir()) == [path]


def test_the_digest_is_that_of_the_bytes(tmp_path):
    for name in "ab":
        write_bytes(tmp_path / name, b"same")
    write_bytes(tmp_path / "c", b"other")
    digests = [file_digest(tmp_path / name) for name in "abc"]
    assert digests[0] == digests[1] != digests[2] and len(digests[0]) == 64


@pytest.mark.parametrize("name, reason", [("", "a folder"), ("none/x", "does not exist")])
def test_places_that_cannot_be_written_are_refused_before_the_work(tmp_path, name, reason):
    with pytest.raises(BadInput, match=reason):
        check_outputs(tmp_path / name)
    check_outputs(None, "-", tmp_path / "new")


def test_a_folder_that_is_missing_is_one_line(tmp_path):
    with pytest.raises(BadInput, match="its folder does not exist; make it first"):
        write_bytes(tmp_path / "none" / "x", b"")
