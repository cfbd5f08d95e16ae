"""Images of one domain are translated to the other."""

import numpy as np
import pytest
import torch
from PIL import Image

import evalkit
import fractaldream_models as fm
from domain_files import SMALL, built, fit, translator
from fractaldream_base.errors import BadInput
from fractaldream_models.training.options import TrainOptions
from fractaldream_models.training.trainer import train


def test_a_folder_of_two_class_folders_is_two_domains(places):
    rng = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        (places / "photos" / name).mkdir(parents=True)
        for number in range(30):
            image = Image.fromarray(rng.integers(0, 256, (16, 16), dtype=np.uint8))
            image.save(places / "photos" / name / f"{number}.png")
    settings = {"kind": "cogan", "latent": 3, "epochs": 1, "size": 16, **SMALL}
    result = train(places / "photos", places / "run", settings, options=TrainOptions(device="cpu"))
    model = fm.load(result.checkpoint)
    assert model.data["class_names"] == ["cats", "dogs"]
    both = str(places / "photos")
    path = translator(places / "a.pt", class_names=["cats", "dogs"], read={"source": both})
    with pytest.raises(BadInput, match="holds images of both domains"):
        fm.translate(path, both)
    for number in range(6, 30):  # too few for the share that the training held out
        (places / "photos" / "dogs" / f"{number}.png").unlink()
    few = fm.translate(path, f"{both}/dogs", fm.TranslateOptions(domain="dogs"))
    assert len(few.images) == 6


def test_translate_writes_and_measures_against_the_truth(places):
    model = translator(
        places / "a.pt", class_names=["coarse", "fine"],
        read={"source": str(places / "coarse.h5"), "second": "fine.h5", "palette": "kbc"},
    )  # fmt: skip
    data, out = str(places / "coarse.h5"), places / "all.npy"
    result = fm.translate(model, data, fm.TranslateOptions(truth=data), out=out)
    assert (result.origin, result.target) == ("coarse", "fine")
    assert result.untranslated.psnr == pytest.approx(100) and result.untranslated.ssim == 1
    assert result.translated.psnr < 50 and result.translated.ssim < 1
    assert np.load(out).shape == (60, 16, 16, 1)
    upper_row = result.plot().axes[0].images[0].get_array()[2:18, 2:18, 0]
    assert len(result.originals) == 32 and np.array_equal(upper_row, result.originals[0, 0])
    assert result.to_dict()["images"] == 60
    back = fm.translate(model, data, fm.TranslateOptions(domain="fine", n=3))
    assert back.target == "coarse" and not torch.equal(back.images, result.images[:3])
    fm.translate(model, data, fm.TranslateOptions(n=5), out=places / "pairs.png")
    assert Image.open(places / "pairs.png").size == (5 * 18 + 2, 2 * 18 + 2)


def test_what_cannot_be_translated_says_why(places):
    model = translator(places / "a.pt", class_names=["coarse", "fine"])
    data = str(places / "fine.h5")
    with pytest.raises(BadInput, match="give --domain coarse or --domain fine"):
        fm.translate(model, data)
    with pytest.raises(BadInput, match="no such file or folder"):
        fm.translate(model, str(places / "missing.h5"))
    with pytest.raises(BadInput, match="has coarse and fine; give one"):
        fm.translate(model, data, fm.TranslateOptions(domain="rough"))
    options = fm.TranslateOptions(domain="fine", truth=str(places / "coarse.h5"))
    with pytest.raises(BadInput, match=r"60 images, .* has 40"):
        fm.translate(model, data, options)
    with pytest.raises(BadInput, match="image 0 has other parameters"):
        fm.translate(model, data, fm.TranslateOptions("fine", str(places / "coarse.h5"), n=9))
    with pytest.raises(BadInput, match="cogan translates no images; these kinds do: cyclegan"):
        fm.translate(built("cogan"), data)


def test_evalkit_looks_at_each_domain_and_says_what_has_no_latents(places):
    result = fit(places, "run", kind="cogan", latent=3, epochs=1)
    seen = evalkit.grid(result.checkpoint, options=evalkit.GridOptions(label="fine", n=2))
    assert "2 x 2 decodings" in str(seen)
    with pytest.raises(BadInput, match="one of coarse, fine"):
        evalkit.grid(result.checkpoint, options=evalkit.GridOptions(n=2))
    model = translator(places / "a.pt", class_names=["coarse", "fine"])
    with pytest.raises(BadInput, match="cyclegan translates images and has no latents") as caught:
        evalkit.grid(str(model))
    assert "\n" not in str(caught.value)
