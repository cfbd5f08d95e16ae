"""The demo runs each command once, goes on where it was, and writes one page that stands alone."""

import pytest

from demo_files import write_results
from evalkit.demo import demonstration
from evalkit.demo.demonstration import demo
from evalkit.demo.steps import demo_steps
from fractaldream_base.errors import BadInput


def test_a_finished_demo_writes_its_page_and_others_are_left_alone(tmp_path, monkeypatch):
    out = tmp_path / "demo"
    write_results(out)
    with pytest.raises(BadInput, match="holds something else than a demo"):
        demo(out)
    (out / "demo.txt").write_text("seed 0\n")
    opened = []
    monkeypatch.setattr(demonstration.webbrowser, "open", opened.append)
    result = demo(out, open_page=True)
    assert opened == [(out / "index.html").resolve().as_uri()] and result.seconds == {}
    with pytest.raises(BadInput, match="a demo with seed 0; give another folder"):
        demo(out, seed=1)


def test_force_removes_a_demo_and_nothing_beside_it(tmp_path, monkeypatch):
    out = tmp_path / "demo"
    write_results(out)
    (out / "demo.txt").write_text("seed 0\n")
    (out / "large.h5").write_bytes(b"mine")
    (out / "paired").mkdir()
    monkeypatch.setattr(demonstration, "render_page", lambda *parts: "page")
    link = tmp_path / "link"
    link.symlink_to(out)
    monkeypatch.setattr(
        demonstration, "demo_steps", lambda seed: demo_steps(seed) if seed == 0 else []
    )
    demo(link, seed=1, force=True)
    left = sorted(path.name for path in out.iterdir())
    assert left == ["demo.txt", "index.html", "large.h5", "paired"]
    assert (out / "demo.txt").read_text() == "seed 1\n"


@pytest.mark.parametrize("content", [b"\xff\xfe", b"notes on a demo\n"])
def test_a_folder_with_another_demo_txt_is_not_a_demo(tmp_path, content):
    (tmp_path / "demo.txt").write_bytes(content)
    with pytest.raises(BadInput, match="holds something else than a demo"):
        demo(tmp_path, force=True)
    assert (tmp_path / "demo.txt").read_bytes() == content


@pytest.mark.slow
def test_the_whole_way(tmp_path):
    result = demo(tmp_path / "demo", minutes=0.2)
    assert list(result.seconds) == [step.name for step in demo_steps(0)]
    assert "Do the latents stand for the six numbers?" in (tmp_path / "demo/index.html").read_text()
