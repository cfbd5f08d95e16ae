"""Features by name: checkpoints, and networks whose weights are fetched when allowed."""

import numpy as np
import pytest
import torch
from PIL import Image

from clean_files import write_set
from evalkit.clean import embedding
from fractaldream_base.errors import BadInput


def test_a_checkpoint_with_an_encoder_embeds(tmp_path):
    from fractaldream_models.checkpoint import save
    from fractaldream_models.kinds import build
    from fractaldream_models.model import ModelConfig

    torch.manual_seed(0)
    model = build(ModelConfig(kind="vae", latent=6, size=16, channels=3, width=0.25)).eval()
    save(model, tmp_path / "m.pt", data={"shape": [3, 16, 16]}, metrics={})
    images = write_set(tmp_path / "set", 4)
    previews = []
    for i, image in enumerate(images):
        image.save(tmp_path / f"{i}.jpg", quality=95)
        previews.append((tmp_path / f"{i}.jpg").read_bytes())
    codes = embedding.open_features(str(tmp_path / "m.pt"))(previews)
    assert codes.shape == (4, 6) and np.isfinite(codes).all() and np.ptp(codes, axis=0).max() > 0


def test_no_weights_are_fetched_unasked(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    with pytest.raises(BadInput, match="--download"):
        embedding.open_features("resnet18")
    assert list(tmp_path.rglob("*.pth")) == []


@pytest.mark.parametrize(("name", "columns"), [("resnet18", 512), ("efficientnet_b0", 1280)])
def test_weights_of_torchvision_are_read_from_where_it_keeps_them(
    name, columns, monkeypatch, tmp_path
):
    """Weights drawn here, saved under the name of the real ones: nothing is fetched."""
    from torchvision import models as networks

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    weights = networks.get_model_weights(name).DEFAULT
    file = tmp_path / "hub" / "checkpoints" / weights.url.rsplit("/", 1)[1]
    file.parent.mkdir(parents=True)
    torch.manual_seed(0)
    network = networks.get_model(name).eval()
    torch.save(network.state_dict(), file)
    images = write_set(tmp_path / "set", 2)
    previews = []
    for i, image in enumerate(images):
        image.save(tmp_path / f"{i}.jpg", quality=95)
        previews.append((tmp_path / f"{i}.jpg").read_bytes())
    codes = embedding.open_features(name)(previews)
    assert codes.shape == (2, columns)
    last = network.fc if hasattr(network, "fc") else network.classifier[-1]
    batch = [weights.transforms()(Image.open(tmp_path / f"{i}.jpg")) for i in range(2)]
    with torch.inference_mode():
        expected = network(torch.stack(batch)).numpy()
        mine = last(torch.from_numpy(codes)).numpy()
    assert np.allclose(mine, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())
    file.write_bytes(b"no weights")
    with pytest.raises(BadInput, match="cannot be loaded") as caught:
        embedding.open_features(name)
    assert "\n" not in str(caught.value)
