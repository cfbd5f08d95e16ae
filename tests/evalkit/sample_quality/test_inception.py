"""FID by torch-fidelity, with weights that are given."""

import numpy as np
import pytest
import torch

from evalkit.sample_quality.distances import frechet_distance
from evalkit.sample_quality.inception import check_weights, inception_scores
from fractaldream_base.errors import BadInput


def test_weights_are_never_fetched_unasked(tmp_path, monkeypatch):
    pytest.importorskip("torch_fidelity")
    bytes_ = np.zeros((60, 1, 8, 8), np.uint8)
    with pytest.raises(BadInput, match="--weights"):
        inception_scores(real=bytes_, generated=bytes_)
    with pytest.raises(BadInput, match="no such file"):
        check_weights(tmp_path / "none.pth", False)
    for content in (b"not weights", b"hello", b".", b"\x89PNG\r\n", b""):
        (tmp_path / "bad.pth").write_bytes(content)
        with pytest.raises(BadInput, match="not a file of plain weights"):
            inception_scores(real=bytes_, generated=bytes_, weights=tmp_path / "bad.pth")
    torch.save({"fc.weight": torch.zeros(2)}, tmp_path / "other.pth")
    with pytest.raises(BadInput, match="not torch-fidelity's"):
        inception_scores(real=bytes_, generated=bytes_, weights=tmp_path / "other.pth")

    def offline(*args, **kwargs):
        raise OSError("no network")

    monkeypatch.setattr(
        "torch_fidelity.feature_extractor_inceptionv3.load_state_dict_from_url", offline
    )
    with pytest.raises(BadInput, match=r"cannot be fetched \(no network\)"):
        inception_scores(real=bytes_, generated=bytes_, download=True)


def test_fid_with_weights_that_are_given(tmp_path, monkeypatch):
    """The network's file is read and its own figures come back; its layers are replaced by block
    means here, which takes seconds instead of minutes."""
    module = pytest.importorskip("torch_fidelity.feature_extractor_inceptionv3")
    network = module.FeatureExtractorInceptionV3
    with monkeypatch.context() as patch:
        patch.setattr(network, "load_state_dict", lambda self, state: None)
        patch.setattr(module, "load_state_dict_from_url", lambda *a, **k: {})
        inception = network("inception-v3-compat", ["2048"])
    torch.save(inception.state_dict(), tmp_path / "w.pth")

    def blocks(x):
        return torch.nn.functional.avg_pool2d(x[:, :1].float() / 32, 2).flatten(1)

    monkeypatch.setattr(network, "forward", lambda self, x: (blocks(x),) * len(self.features_list))
    rng = np.random.default_rng(0)
    real, generated = (rng.integers(low, 255, (60, 1, 8, 8), dtype=np.uint8) for low in (0, 100))
    scores = inception_scores(real=real, generated=generated, weights=tmp_path / "w.pth")
    of = {
        name: blocks(torch.from_numpy(x)).numpy()
        for name, x in (("real", real), ("generated", generated))
    }
    assert scores.fid == pytest.approx(frechet_distance(**of), abs=1e-3) and scores.fid > 1
    assert scores.images == scores.kid_subset == 60 and scores.kid > 0
    assert not scores.standard and scores.inception_score > 1
