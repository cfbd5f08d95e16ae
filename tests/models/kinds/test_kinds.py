"""Every kind builds, samples, and says what it lacks."""

import itertools
from dataclasses import replace

import pytest
import torch

from fractaldream_base.errors import BadInput
from fractaldream_models.blocks import UpConv
from fractaldream_models.kinds import build, built_in, find
from fractaldream_models.model import ModelConfig


def make(kind, **changes):
    values = {"kind": kind, "size": 32, "channels": 1, "latent": 6, "width": 0.1}
    if kind in built_in() and find(kind).labelled:
        values["classes"] = 2 if find(kind).domains else 10
    return build(ModelConfig(**{**values, **changes})).eval()


def count(module):
    return sum(p.numel() for p in module.parameters())


CONVOLUTIONAL = [
    *(("aae", 128, depth, kernel) for depth, kernel in ((1, 9), (2, 3), (3, 5), (4, 9), (5, 7))),
    *(("aae", 28, 2, 5), ("dcgan", 24, 3, 7), ("aae-latent", 16, 4, 15)),
    *(("dcgan4", 64, 4, 4), ("dcgan4", 64, 2, 5), ("cgan", 32, 5, 2), ("dcgan4", 16, 1, 9)),
    *(("vae", 28, 2, 4), ("vae", 28, 1, 3), ("ae", 64, 6, 5), ("vae-gan", 32, 3, 6)),
    *(("gan", 32, 3, 4), ("gan", 64, 2, 5), ("aae-sharp", 32, 1, 4)),
]


def conv(inputs, outputs, side):
    return (inputs * side**2 + 1) * outputs


def modulated_counts(latent, channels, side, kernel, depth):
    """Parameters of E, G and D of `gan` and `aae-sharp` by docs/reference/kinds.md."""
    hidden = [24 * 2**k for k in range(depth + 1)]
    flat, inner = hidden[-1] * side**2, hidden[-2]

    def scales_and_shifts(channels):
        return conv(128, 2 * channels, 1)

    between = sum(conv(*pair, kernel) for pair in itertools.pairwise(hidden))
    tower = conv(channels, 24, 3) + between + 2 * conv(inner, inner, 3)
    generator = conv(latent, 128, 1) + conv(128, 128, 1) + conv(128, flat, 1)
    generator += sum(conv(*pair, kernel) for pair in itertools.pairwise(hidden[::-1]))
    generator += 2 * conv(inner, inner, 3) + conv(24, channels, 3)
    generator += sum(map(scales_and_shifts, [*hidden, inner, inner]))
    return tower + conv(flat, latent, 1), generator, tower + conv(flat, 1, 1)


def described_counts(kind, size, depth, kernel, channels, latent):
    """Parameters of E, G and D by the description in docs/reference/settings.md."""
    if kind in ("gan", "aae-sharp"):
        return modulated_counts(latent, channels, size >> depth, kernel, depth)
    first, side = (32 if kind in ("vae", "ae", "vae-gan") else 64), size // 2**depth
    hidden = [first * 2**k for k in range(depth)]
    down = sum(conv(*pair, kernel) for pair in itertools.pairwise([channels, *hidden]))
    up = sum(conv(*pair, kernel) for pair in itertools.pairwise(hidden[::-1]))
    norms, flat = 2 * sum(hidden[1:]), hidden[-1] * side**2
    if kind in ("aae", "aae-latent", "dcgan"):
        start = conv(latent, flat * 4, 1) + up + 2 * sum(hidden[:-1])
        generator = start + conv(first, channels, 3)
        encoder, discriminator = down + norms + conv(flat, latent, 1), down + norms + flat + 1
    elif kind in ("dcgan4", "cgan"):
        labels = 10 if kind == "cgan" else 0
        generator = (latent + labels) * flat + hidden[-1] + up + 2 * sum(hidden)
        generator += conv(first, channels, kernel)
        discriminator = down + labels * first * kernel**2 + norms + flat + 1
        encoder = None
    else:
        codes = latent if kind == "ae" else 2 * latent
        encoder = down + conv(flat, 256, 1) + conv(256, codes, 1)
        generator = conv(latent, 256, 1) + conv(256, flat, 1) + up + conv(first, channels, kernel)
        discriminator = None
    return encoder, generator, discriminator


@pytest.mark.parametrize(("kind", "size", "depth", "kernel"), CONVOLUTIONAL)
def test_depth_and_kernel_make_the_network_that_is_described(kind, size, depth, kernel):
    shape = {"size": size, "channels": 3, "architecture": "conv"}
    with torch.device("meta"):
        whole = make(kind, width=1, depth=depth, kernel=kernel, **shape)
    encoder, generator, discriminator = described_counts(kind, size, depth, kernel, 3, 6)
    assert count(whole.generator) == generator
    if encoder is not None and kind not in ("dcgan", "gan"):
        assert count(whole.encoder) == encoder
    if discriminator is not None and kind != "aae-latent":
        assert count(whole.discriminator) == discriminator

    model = make(kind, width=0.02, depth=depth, kernel=kernel, **shape)
    images = model.sample(2)
    assert images.shape == (2, 3, size, size)
    labels = torch.tensor([0, 1]) if model.classes else None
    if model.discriminator is not None:
        assert model.discriminate(images, labels).shape == (2, 1)
    if model.encoder is not None:
        assert model.encode(images, labels).shape == (2, 6)


@pytest.mark.parametrize(
    ("kind", "size", "depth", "kernel"),
    [("aae", 32, 4, 9), ("dcgan4", 32, 3, 4), ("cgan", 64, 4, 4), ("vae", 28, 2, 4)],
)
def test_what_is_not_set_is_the_source_s_to_the_last_draw(kind, size, depth, kernel):
    states = []
    for options in ({}, {"depth": depth}, {"depth": depth, "kernel": kernel}):
        torch.manual_seed(0)
        states.append(make(kind, size=size, architecture="conv", **options).state_dict())
    for other in states[1:]:
        assert list(other) == list(states[0])
        assert all(
            torch.equal(a, b) for a, b in zip(*map(dict.values, (states[0], other)), strict=True)
        )


@pytest.mark.parametrize(("depth", "kernel"), [(2, 3), (3, 5), (4, 7), (4, 9)])
def test_the_folded_generator_equals_the_plain_one(depth, kernel, monkeypatch):
    model = make("dcgan", size=16, depth=depth, kernel=kernel).double()
    z = torch.randn(3, 6, dtype=torch.float64)
    fast = model.decode(z)
    monkeypatch.setattr(UpConv, "forward", UpConv.plain)
    assert (fast - model.decode(z)).abs().max() < 1e-12


@pytest.mark.parametrize("kind", built_in())
@pytest.mark.parametrize(("size", "channels"), [(32, 1), (64, 3)])
def test_every_kind_offers_what_it_has(kind, size, channels):
    model = make(kind, size=size, channels=channels)
    low, high = model.value_range
    labels = torch.tensor([0, 1, 0]) if model.classes else None
    if model.translates:
        images = model.translate(torch.zeros(3, channels, size, size), labels)
        with pytest.raises(BadInput, match="translates images"):
            model.sample(3)
    else:
        images = model.sample(3, torch.Generator().manual_seed(0))
    assert images.shape == (3, *model.image_shape) == (3, channels, size, size)
    assert low <= images.min() and images.max() <= high
    if not find(kind).encodes:
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
        ({"kind": "stylegan"}, "give one of"),
        ({"kind": "aae", "size": 28}, "multiple of 16"),
        ({"kind": "dcgan4", "size": 48}, "power of two"),
        ({"kind": "vae", "architecture": "conv", "size": 30}, "halve"),
        ({"kind": "cvae", "classes": 0}, "labels"),
        ({"kind": "vae", "hidden": "gelu"}, "relu"),
        ({"kind": "aae", "kernel": 4}, "kernel=4: aae needs an odd one"),
        ({"kind": "dcgan", "kernel": 1}, "needs an odd one; give 3, 5, 7 or 9"),
        ({"kind": "dcgan4", "kernel": 1}, "gaps; give 2 or more"),
        ({"kind": "aae", "kernel": 33}, "larger than the images; give 32 px or less"),
        (
            {"kind": "aae", "depth": 6},
            "depth=6: a side of 32 px halves 5 times; give 1 to 5",
        ),
        ({"kind": "aae", "depth": 10**12}, "halves 5 times"),
        ({"kind": "aae", "size": 28}, "resize=true, or --set depth=2"),
        ({"kind": "dcgan", "size": 27, "depth": 1}, "halves 0 times; add --set size=64"),
        ({"kind": "dcgan4", "depth": 0}, "depth=0"),
        ({"kind": "vae", "architecture": "conv", "size": 28, "depth": 3}, "halves 2 times"),
        ({"kind": "vae", "depth": 2}, "a linear vae has no convolutions; add --set architecture"),
        ({"kind": "ae", "kernel": 3}, "kernel=3: a linear ae has no convolutions"),
        ({"kind": "cvae", "kernel": 3}, "a linear cvae has no convolutions; leave it out"),
        ({"kind": "cvae-gan", "depth": 3}, "has no convolutions; leave it out"),
    ],
)
def test_what_cannot_be_built_says_so(changes, words):
    with pytest.raises(BadInput, match=words) as caught:
        make(**{"kind": "aae", **changes})
    assert "\n" not in str(caught.value)


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


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "clustergan", "clusters": 6}, "clusters=6, latent 6: give clusters from 2"),
        ({"kind": "clustergan", "clusters": 1}, "give clusters from 2"),
        ({"kind": "clustergan", "clusters": 2, "equivariant": "fdd"}, "no latents that stand for"),
        ({"kind": "csvae", "classes": 3, "equivariant": "fdd"}, "no latents that stand for"),
        ({"kind": "csvae", "classes": 3, "label_latents": 6}, "more latents than that"),
        ({"kind": "csvae", "classes": 0}, "csvae needs labels and these data have none"),
        ({"kind": "bigan", "size": 28}, "bigan needs a power of two"),
    ],
)
def test_kinds_of_codes_that_cannot_be_built_say_so(changes, words):
    with pytest.raises(BadInput, match=words) as caught:
        build(replace(ModelConfig("bigan", latent=6, size=16, channels=1, width=0.1), **changes))
    assert "\n" not in str(caught.value)
