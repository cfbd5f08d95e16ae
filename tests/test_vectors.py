"""The published test vectors: what any implementation, on any machine, must give.

`python tests/test_vectors.py` prints them anew, for data/test-vectors.json.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import fractaldream as fd
from fractaldream.datasets.dataset import content_hash, image_digest

DATA = Path(__file__).parents[1] / "data"

# The three rows printed in annex A of the internship report of 2019
ANNEX_A = (
    (-0.00545687187361743, -0.5312304575586382, 1.8197494653032407,
     2.422111729355857, 1.4944898296889655, 2.487490210145214),
    (-0.319459804135373, -0.0981842500805612, 0.42291442353441633,
     1.7253282321258185, 1.4272325555244099, 1.3701336149016234),
    (-0.9333646250089, -0.3698044331245828, -1.9514116449042127,
     -0.376713271698188, -1.1759178511809651, -1.7157801385982319),
)  # fmt: skip
LAWS = ("fdd", "uniform", "normal", "pickover")
PUBLISHED = (0, 1, 2, 30_000, 30_001, 49_999)


def sha(values: np.ndarray) -> str:
    return hashlib.sha256(values.astype(values.dtype.newbyteorder("<")).tobytes()).hexdigest()


def digests(params: np.ndarray, recipe: fd.Recipe) -> list[str]:
    levels = fd.render_images(params, recipe).levels
    return [image_digest(*pair).hex() for pair in zip(params, levels, strict=True)]


def vectors(folder: Path) -> dict:
    rows = np.array(ANNEX_A)
    images = fd.render_images(rows)
    vectors_here: dict = {
        "sine of k/64, k = -16384 .. 16384": sha(fd.sine(np.arange(-16384, 16385) / 64)),
        "draws 0 .. 999, attempt 0": {
            law: sha(fd.draw_parameters(fd.Recipe(law=law), np.arange(1000), np.zeros(1000)))
            for law in LAWS
        },
        "annex A": {
            "visited": images.visited.tolist(),
            "cycle": images.cycle.tolist(),
            **{
                f"{view} {tone}": digests(rows, fd.Recipe(view=view, tone=tone))
                for view in ("tight", "fixed")
                for tone in ("eq_hist", "log", "linear")
            },
        },
        "content_sha256 of 48 images": {},
        "images of fdd-50k": {},
    }
    for law in LAWS:
        path = folder / f"{law}.h5"
        result = fd.render(fd.Recipe(n=48, law=law), path)
        vectors_here["content_sha256 of 48 images"][law] = result.content_sha256
    recipe = fd.Recipe.from_toml(DATA / "fdd-50k.toml")
    for number in PUBLISHED:
        path = folder / f"{number}.h5"
        fd.render(recipe, path, options=fd.RenderOptions(start=number, stop=number + 1))
        with fd.open(path) as data:
            assert data.content_sha256 == content_hash(data.sha256)
            vectors_here["images of fdd-50k"][str(number)] = data.sha256[0].tobytes().hex()
    return vectors_here


@pytest.mark.parametrize(("row", "name"), list(enumerate(("kbc", "inferno", "viridis"))))
def test_the_golden_pictures(row, name):
    path = DATA / "annex-a" / name / ("_".join(map(repr, map(float, ANNEX_A[row]))) + ".png")
    picture = np.asarray(Image.open(path))
    assert (fd.to_rgb(fd.render_images(ANNEX_A[row]).levels[0], name) == picture).all()


def test_the_published_vectors(tmp_path):
    published = json.loads((DATA / "test-vectors.json").read_text())
    del published["content_sha256 of fdd-50k"]  # 50,000 images; `fractaldream verify` tells
    assert vectors(tmp_path) == published


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        vectors_here = vectors(Path(folder))
        whole = fd.render(fd.Recipe.from_toml(DATA / "fdd-50k.toml"), Path(folder) / "whole.h5")
        vectors_here["content_sha256 of fdd-50k"] = whole.content_sha256
        print(json.dumps(vectors_here, indent=1))
