"""Networks of Radford 2015."""

import torch

from fractaldream_models.model import ModelConfig
from fractaldream_models.networks.radford2015 import generator_and_discriminator


def test_channels_are_those_of_the_paper_at_64_pixels():
    parts = generator_and_discriminator(ModelConfig("dcgan4", 64, 3, latent=100))
    for part, transposed in (("generator", True), ("discriminator", False)):
        kernels = [p.shape for p in parts[part].parameters() if p.ndim == 4]
        sizes = [shape[0] if transposed else shape[1] for shape in kernels]
        expected = [100, 512, 256, 128, 64] if transposed else [3, 64, 128, 256, 512]
        assert sizes == expected and all(shape[2:] == (4, 4) for shape in kernels)


def test_labels_decide_images_and_verdicts():
    torch.manual_seed(0)
    config = ModelConfig("cgan", 16, 1, latent=4, classes=2, width=0.1)
    parts = generator_and_discriminator(config)
    z, labels = torch.randn(2, 4), torch.eye(2)
    images = parts["generator"](z, labels)
    assert images.shape == (2, 1, 16, 16) and images.abs().max() <= 1
    assert not torch.equal(images, parts["generator"](z, labels.flip(0)))
    verdicts = parts["discriminator"](images, labels)
    assert verdicts.shape == (2, 1)
    assert not torch.equal(verdicts, parts["discriminator"](images, labels.flip(0)))
