"""Every kind builds, samples, and says what it lacks."""

import pytest
import torch

from models.errors import BadInput
from models.zoo import CONDITIONAL, KINDS, ModelConfig, build


def make(kind, **changes):
    values = {"kind": kind, "size": 32, "channels": 1, "latent": 6, "width": 0.1}
    values["classes"] = 10 if kind in CONDITIONAL else 0
    return build(ModelConfig(**{**values, **changes})).eval()


def count(module):
    return sum(p.numel() for p in module.parameters())


def test_parameter_counts_are_those_of_the_source():
    with torch.device("meta"):
        model = make("aae", size=128, channels=3, latent=32, width=1)
    assert count(model.generator) == 18_263_043
    assert count(model.discriminator) == 13_985_665


def test_linear_vae_is_784_512_2l_and_back():
    model = make("vae", size=28, latent=2, width=1)
    assert count(model.encoder) == 784 * 512 + 512 + 512 * 4 + 4
    assert count(model.generator) == 2 * 512 + 512 + 512 * 784 + 784


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("size", "channels"), [(32, 1), (64, 3)])
def test_every_kind_offers_what_it_has(kind, size, channels):
    model = make(kind, size=size, channels=channels)
    low, high = model.value_range
    images = model.sample(3, torch.Generator().manual_seed(0))
    assert images.shape == (3, *model.image_shape) == (3, channels, size, size)
    assert low <= images.min() and images.max() <= high
    labels = torch.tensor([0, 1, 2]) if model.classes else None
    if kind in ("dcgan", "dcgan4", "cgan"):
        with pytest.raises(BadInput, match="no encoder"):
            model.encode(images, labels)
    else:
        assert model.encode(images, labels).shape == (3, 6)
    if model.discriminator is None:
        with pytest.raises(BadInput, match="no discriminator"):
            model.discriminate(images, labels)
    else:
        assert model.discriminate(images, labels).shape == (3, 1)


@pytest.mark.parametrize("kind", ["aae", "dcgan4", "vae", "ae"])
def test_128_pixels_where_the_architecture_allows(kind):
    model = make(kind, size=128, width=0.05, architecture="conv")
    assert model.sample(2).shape == (2, 1, 128, 128)


def test_samples_depend_on_the_generator_alone():
    model = make("aae")
    draws = [model.sample(2, torch.Generator().manual_seed(3)) for _ in range(2)]
    assert torch.equal(*draws)


def test_labels_reach_the_image():
    model = make("cvae")
    z = torch.zeros(2, 6)
    a, b = model.decode(z, torch.tensor([0, 1]))
    assert not torch.equal(a, b)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "gan"}, "give one of"),
        ({"kind": "aae", "size": 28}, "multiple of 16"),
        ({"kind": "dcgan4", "size": 48}, "power of two"),
        ({"kind": "vae", "architecture": "conv", "size": 30}, "halve"),
        ({"kind": "cvae", "classes": 0}, "labels"),
        ({"kind": "vae", "hidden": "gelu"}, "relu"),
    ],
)
def test_what_cannot_be_built_says_so(changes, words):
    with pytest.raises(BadInput, match=words):
        make(**{"kind": "aae", **changes})


def test_labels_asked_and_labels_out_of_range():
    with pytest.raises(BadInput, match="needs labels"):
        make("cvae").decode(torch.zeros(1, 6))
    with pytest.raises(BadInput, match="0 to 9"):
        make("cvae").decode(torch.zeros(1, 6), torch.tensor([10]))
    with pytest.raises(BadInput, match="takes no labels"):
        make("vae").decode(torch.zeros(1, 6), torch.tensor([1]))


def test_spectral_norm_bounds_the_discriminator():
    model = make("dcgan4", spectral_norm=True, batchnorm=False).train()
    x = torch.randn(4, 1, 32, 32)
    for _ in range(20):
        model.discriminate(x)
    weight = model.discriminator.net[-2].weight.flatten(1)
    assert float(torch.linalg.matrix_norm(weight, 2)) == pytest.approx(1, abs=0.05)
