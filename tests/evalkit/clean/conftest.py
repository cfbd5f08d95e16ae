import numpy as np
import pytest
from PIL import Image, ImageFilter

from clean_files import snapshot, write_set
from evalkit.clean.assessment import assess
from evalkit.clean.options import ReviewOptions
from evalkit.clean.review_store import write_review


def plant(folder):
    """120 scenes and one or more of each fault; the review and what it wrote."""
    images = write_set(folder)
    rng = np.random.default_rng(5)
    images[0].save(folder / "exact.bmp")
    images[1].transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "near-flipped.png")
    images[2].crop((2, 2, 46, 46)).resize((48, 48)).save(folder / "near-zoomed.png")
    Image.new("RGB", (48, 48), (9, 90, 9)).save(folder / "blank.png")
    images[3].point(lambda v: v // 6).save(folder / "dark.png")
    images[4].point(lambda v: 215 + v // 7).save(folder / "bright.png")
    images[5].filter(ImageFilter.GaussianBlur(4)).save(folder / "blurred.png")
    images[6].save(folder / "compressed.jpg", quality=4)
    barred = images[7].copy()
    for top in (0, 42):
        barred.paste("black", (0, top, 48, top + 6))
    barred.save(folder / "bars.png")
    images[8].resize((80, 30)).save(folder / "odd-size.png")
    images[9].convert("L").save(folder / "odd-mode.png")
    noise = rng.integers(0, 256, (6, 48, 48, 3), dtype=np.uint8)
    for i, pixels in enumerate(noise):
        Image.fromarray(pixels).save(folder / f"noise-{i}.png")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    (folder / "notes.txt").write_text("not an image")
    before = snapshot(folder)
    result = assess(folder, options=ReviewOptions(workers=1))
    write_review(result, folder.parent / "out")
    assert snapshot(folder) == before
    return result, folder.parent / "out"


@pytest.fixture(scope="session")
def planted(tmp_path_factory, computed_once):
    """The assessment of a set with faults, and the folder of its review: once for all workers."""
    folder = tmp_path_factory.mktemp("planted") / "set"
    return computed_once("planted", lambda: plant(folder))
