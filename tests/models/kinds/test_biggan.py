"""What is particular to biggan."""

import pytest
import torch

from small_steps import small


def test_every_part_of_the_latents_and_the_class_reach_the_image_of_biggan():
    model = small("biggan", latent=7).eval()  # three parts of 3, 2 and 2 latents
    z, label = torch.zeros(1, 7), torch.tensor([0])
    image = model.decode(z, label)
    for place in (0, 3, 5):
        moved = z.clone()
        moved[0, place] = 1
        assert not torch.equal(model.decode(moved, label), image)
    shares = torch.tensor([[0.5, 0.5, 0.0]])
    assert not torch.equal(model.decode(z, shares), image)
    assert not torch.equal(model.decode(z, torch.tensor([1])), image)
    assert not torch.equal(*(model.discriminate(image, torch.tensor([c])) for c in (0, 1)))


def test_spectral_norm_bounds_both_networks_of_biggan():
    model = small("biggan", spectral_norm=True).train()
    labels = torch.tensor([0, 1, 2, 0])
    for _ in range(20):
        model.discriminate(model.decode(torch.randn(4, 6), labels), labels)
    for weight in (model.generator.blocks[0].second.weight, model.discriminator.head.weight):
        gain = torch.linalg.matrix_norm(weight.detach().flatten(1), 2)
        assert float(gain) == pytest.approx(1, abs=0.05)
