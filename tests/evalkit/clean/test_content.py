"""Which images are off topic, and which are bad crops."""

import numpy as np
from PIL import Image

from clean_files import named, write_set
from evalkit.clean.assessment import assess
from evalkit.clean.options import ReviewOptions


def test_noise_is_off_topic_and_heavy_and_leads_the_ranking(planted):
    result, _ = planted
    noisy = {f"noise-{i}.png" for i in range(6)}
    assert noisy <= named(result, "off-topic") | named(result, "heavy")
    order = [result.readings[i].path for i in np.argsort(-result.suspicion)]
    assert noisy <= set(order[:16])


def test_no_more_than_a_twentieth_is_called_outlying(tmp_path):
    write_set(tmp_path / "set", 60)
    result = assess(tmp_path / "set", options=ReviewOptions(budget=0.5, workers=1))
    assert 1 <= len(named(result, "off-topic")) <= 3


def test_the_estimate_of_cut_crops_is_near_what_is_found_of_planted_ones(tmp_path):
    """Cut from larger scenes that are not in the set: half moved out of the frame, half zoomed."""
    folder = tmp_path / "set"
    write_set(folder, 200)
    whole = write_set(tmp_path / "other", 20, 96, seed=7)
    for i, image in enumerate(whole):
        x, y = 48 * (i // 2 % 2), 48 * (i // 4 % 2)
        if i % 2:
            cut = image.crop((x, y, x + 48, y + 48))
        else:
            cut = Image.new("RGB", (96, 96), image.getpixel((0, 0)))
            cut.paste(image, (x - 24, y - 24 if i % 3 else 0))
            cut = cut.resize((48, 48), Image.Resampling.BOX)
        cut.save(folder / f"wrong-{i:02}.png")
    result = assess(folder, options=ReviewOptions(budget=0.15, workers=1))
    first = np.argsort(-result.suspicion, kind="stable")[: result.summary.to_look_at]
    shown = sum(result.readings[i].path.startswith("wrong") for i in first) / len(whole)
    assert abs(result.summary.expected_of_cut_crops - shown) <= 0.2
