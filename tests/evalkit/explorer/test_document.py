"""The document of the page."""

from PIL import Image

from evalkit.explorer.content import prepare
from evalkit.explorer.static import write_static
from evalkit.inputs.images import open_images
from evalkit.inputs.model import open_model
from explorer_pages import SMALL, write_model


def test_the_name_of_a_model_is_text_on_the_page(tmp_path):
    folder = tmp_path / "a<" / "title><script>alert(1)<" / "script>"
    folder.mkdir(parents=True)
    model = open_model(write_model(folder / "d.pt", "dcgan", latent=2, size=16))
    write_static(prepare(model, options=SMALL), tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "</title><script>alert" not in page and "&lt;/title&gt;&lt;script&gt;alert" in page


def test_both_domains_of_a_model_are_named(tmp_path):
    for name in ("day", "night"):
        (tmp_path / name).mkdir()
        for number in range(20):
            Image.new("L", (16, 16), 12 * number).save(tmp_path / name / f"{number:02d}.png")
    read = {"source": str(tmp_path / "day"), "second": str(tmp_path / "night")}
    path = write_model(tmp_path / "c.pt", "cogan", latent=2, size=16, classes=2, read=read)
    model = open_model(path)
    write_static(prepare(model, open_images(None, model), options=SMALL), tmp_path / "page.html")
    assert "data day and night" in (tmp_path / "page.html").read_text(encoding="utf-8")
