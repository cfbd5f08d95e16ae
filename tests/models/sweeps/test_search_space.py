"""Search spaces: those that are shipped, and files with errors."""

from dataclasses import asdict, fields

import pytest

from fractaldream_base.errors import BadInput
from fractaldream_models.kinds import build, built_in, defaults, find
from fractaldream_models.model import ModelConfig
from fractaldream_models.settings import Settings, override
from fractaldream_models.sweeps.search_space import Choices, Range, networks, read_space, shipped


@pytest.mark.parametrize("kind", ["aae", "dcgan", "dcgan4"])
def test_every_network_of_the_shipped_space_can_be_built(kind):
    settings = override(defaults(kind), {"size": 64, "channels": 3})
    space = read_space("network", settings)
    several = list(networks(space))
    assert len(several) == len(space["depth"].values) * len(space["kernel"].values) == 12
    for values in several:
        drawn = override(settings, values)
        config = ModelConfig(kind, 64, 3, 6, depth=drawn.depth, kernel=drawn.kernel, width=0.02)
        assert build(config).eval().sample(1).shape == (1, 3, 64, 64)


@pytest.mark.parametrize("kind", built_in())
def test_every_network_of_a_kind_s_own_space_can_be_built(kind):
    settings = override(defaults(kind), {"size": 32, "channels": 1})
    classes = (2 if find(kind).domains else 10) if find(kind).labelled else 0
    for values in networks(read_space(find(kind).search_space, settings)):
        drawn = asdict(override(settings, values))
        shape = {"size": 32, "channels": 1, "classes": classes}
        names = [f.name for f in fields(ModelConfig) if f.name not in shape]
        find(kind).check(ModelConfig(**{name: drawn[name] for name in names}, **shape))


@pytest.mark.parametrize("name", shipped())
def test_shipped_spaces_can_be_read(name):
    kind = name if name in ("vae", "cvae", "cyclegan") else "aae"
    space = read_space(name, override(Settings(), {"kind": kind}))
    assert space and all(isinstance(entry, Range | Choices) for entry in space.values())
    if name == "gan":  # the range of Goareguer 2019
        assert space["lr_g"] == space["lr_d"] == Range(5e-5, 5e-3, log=True)
        assert set(space) == {"lr_g", "lr_d", "bn_eps", "leak", "b1", "latent"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[lr_h]\nlow = 1", "did you mean"),
        ("[lr_g", "mend the TOML"),
        ("", "varies nothing"),
        ("lr_g = 3", r"write \[lr_g\] with low and high"),
        ("[lr_g]\nlow = 1e-3", "give high"),
        ("[lr_g]\nlow = 1e-3\nhigh = 1e-4", "low < high"),
        ("[lr_g]\nlow = 0.0\nhigh = 1e-4", "must be above 0"),
        ("[lr_g]\nlow = 1e-4\nhigh = 1e-3\nlogg = true", "unknown 'logg'"),
        ("[b1]\nlow = 0.0\nhigh = 0.9\nlog = true", "needs low above 0"),
        ("[latent]\nlow = 2.5\nhigh = 6", "whole number"),
        ("[kernel]\nlow = 3\nhigh = 9\nstep = 0.5", "give step as a whole number"),
        ("[depth]\nlow = 0\nhigh = 3", "depth=0: must be 1 or more"),
        ("[depth]\nchoices = [1.5, 2]", "whole number"),
        ("[hidden]\nlow = 1\nhigh = 2", "give choices"),
        ("[latent]\nchoices = [6]", "two choices"),
        ("[optimizer]\nchoices = ['adam', 'adamw']", "give one of adam, sgd"),
        ("[size]\nchoices = [32, 64]", "cannot vary"),
        ("[kind]\nchoices = ['vae', 'dcgan']", "vae by validation_loss, dcgan by kernel_distance"),
    ],
)
def test_space_files_with_errors_are_refused_by_file_and_key(text, message, tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match=message) as caught:
        read_space(str(path), Settings())
    assert str(caught.value).startswith(str(path)) and "\n" not in str(caught.value)
