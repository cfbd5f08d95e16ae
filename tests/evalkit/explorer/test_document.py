"""The document of the page."""

from evalkit.explorer.content import prepare
from evalkit.explorer.static import write_static
from evalkit.inputs.model import open_model
from explorer_pages import SMALL, write_model


def test_the_name_of_a_model_is_text_on_the_page(tmp_path):
    folder = tmp_path / "a<" / "title><script>alert(1)<" / "script>"
    folder.mkdir(parents=True)
    model = open_model(write_model(folder / "d.pt", "dcgan", latent=2, size=16))
    write_static(prepare(model, options=SMALL), tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "</title><script>alert" not in page and "&lt;/title&gt;&lt;script&gt;alert" in page
