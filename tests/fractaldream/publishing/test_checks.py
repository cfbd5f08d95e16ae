"""What must hold before anything leaves the machine."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fractaldream.publishing import checks, description, images, staging
from fractaldream.publishing.options import PublishOptions
from fractaldream_base.errors import BadInput


@given(st.text(max_size=60), st.text(max_size=60))
def test_words_that_pass_hold_to_kaggles_rules(slug, owner):
    described = replace(WORDS, slug=slug, owner=owner)
    try:
        checks.check_words(described)
    except BadInput as error:
        assert "\n" not in str(error)
    else:
        assert 6 <= len(slug) <= 50 and not re.search(r"\s", described.ref)
        assert described.ref.count("/") == 1 and described.ref.isascii()


WORDS = staging.Description(
    owner="someone", slug="a-good-slug", title="A good title", subtitle="A subtitle long enough",
    licence="CC-BY-4.0", keywords=(), abstract="", sections={},
    table=description.DescribedTable("", 0, ()), files=(),
    edition=description.Edition("2019-06-01", "1", ""),
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("kaggle.json", "{}"),
        (".env", "A=1"),
        ("id_rsa", "x"),
        ("server.pem", "x"),
        ("notes.md", "-----BEGIN OPENSSH PRIVATE " + "KEY-----"),
        ("notes.md", "token: hf_" + "a" * 34),
        ("settings.json", '{"username": "someone", "key": "' + "0" * 32 + '"}'),
    ],
)
def test_what_looks_like_a_secret_is_never_staged(tmp_path, name, content):
    checks.check_secrets(tmp_path)
    (tmp_path / name).write_text(content)
    with pytest.raises(BadInput, match="secret"):
        checks.check_secrets(tmp_path)


def test_a_word_that_ends_as_a_token_begins_is_no_secret(tmp_path):
    (tmp_path / "names.csv").write_text("mask-simpsons_season_01_episode_02_frame_000123.png\n")
    checks.check_secrets(tmp_path)
    (tmp_path / "names.csv").write_text("key=sk-" + "a" * 40)
    with pytest.raises(BadInput, match="secret"):
        checks.check_secrets(tmp_path)


def test_a_stage_that_breaks_a_rule_does_not_pass(staged):
    described = images.describe("small-set.h5", PublishOptions("someone", "small-set"))

    def check():
        checks.check_stage(staged, described, sample=2, threads=1, progress=False)

    check()
    Path(staged, "more").mkdir()
    with pytest.raises(BadInput, match="pack it"):
        check()
    Path(staged, "more").rmdir()
    for k in range(1000):
        Path(staged, f"{k}.txt").touch()
    with pytest.raises(BadInput, match="1010 files"):
        check()
    for k in range(1000):
        Path(staged, f"{k}.txt").unlink()
    metadata = Path(staged, "dataset-metadata.json")
    held = metadata.read_text()
    for was, now in (
        ('"licenses": [\n  {\n   "name": "CC-BY-4.0"\n  }\n ]', '"licenses": []'),
        ('"id": "someone/small-set"', '"id": "some one/small-set"'),
        ('"path": "params.csv"', '"path": "other.csv"'),
    ):
        assert was in held
        metadata.write_text(held.replace(was, now))
        with pytest.raises(BadInput, match=r"dataset-metadata\.json"):
            check()
    metadata.write_text(held)
    croissant = Path(staged, "croissant.json")
    croissant.write_text(croissant.read_text().replace('"@id": "params.csv",', '"@id": "gone",'))
    with pytest.raises(BadInput, match=r"croissant\.json: not what SHA256SUMS says"):
        check()
    with pytest.raises(BadInput, match=r"croissant\.json: .*params\.csv"):
        checks.check_croissant(croissant)
