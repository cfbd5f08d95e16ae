"""D's curves, as a run records them."""

import json

import pytest

from evalkit.sample_quality.curves import discriminator_curves, read_metrics
from models_files import write_model


def test_curves_are_read_up_to_a_line_cut_short(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    path = write_model(run / "ckpt.pt", "dcgan", size=16)
    rows = [
        {"epoch": k, "d_real_mean": 0.9, "d_real_cv": 0.1, "d_fake_mean": 0.1 * k, "d_fake_cv": 0.5,
         "troubles": [f"epoch {k}: saturated"] if k == 2 else []}
        for k in (1, 2, 3)
    ]  # fmt: skip
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (run / "metrics.jsonl").write_text(text + '{"epoch": 4, "d_re')
    curves = discriminator_curves(read_metrics(path), 2)
    assert curves.epochs == (1, 2, 3) and curves.troubles == ("epoch 2: saturated",)
    assert curves.generated == pytest.approx((0.1, 0.2, 0.3))
    assert curves.generated_sd == pytest.approx((0.05, 0.1, 0.15))
    assert discriminator_curves([{"epoch": 1, "kl": 2.0}]) is None
