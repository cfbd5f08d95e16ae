"""Families of networks: number and size of convolutions, and what images they fit."""

import pytest

from fractaldream_base.errors import BadInput
from fractaldream_models.kinds import built_in, find
from fractaldream_models.model import ModelConfig
from fractaldream_models.networks.family import (
    ConvolutionalFamily,
    Convolutions,
    LinearFamily,
    halvings_to_8,
)
from fractaldream_models.settings import names


def config(size=32, **changes):
    return ModelConfig("dcgan", size, 1, 6, **changes)


def family(depth, kernel, odd=False):
    return ConvolutionalFamily(depth=lambda size: depth, kernel=kernel, odd=odd)


def test_what_the_configuration_leaves_open_is_that_of_the_family():
    assert family(2, 9).resolve(config()) == Convolutions(2, 9)
    assert family(2, 9).resolve(config(kernel=5)) == Convolutions(2, 5)
    assert family(2, 9).resolve(config(depth=3, kernel=5)) == Convolutions(3, 5)
    options = family(2, 9).layer_options(config(width=0.5, leak=0.3, bn_eps=0.1))
    assert (options.depth, options.kernel, options.width) == (2, 9, 0.5)
    assert (options.leak, options.eps) == (0.3, 0.1)


@pytest.mark.parametrize(
    ("c", "convolutions", "odd", "words"),
    [
        (config(28, depth=3), (3, 4), False, "a side of 28 px halves 2 times; give 1 to 2"),
        (config(28), (3, 4), False, r"dcgan needs a multiple of 8; .*, or --set depth=2"),
        (config(27, depth=1), (1, 4), False, "halves 0 times; add --set size=64"),
        (config(), (2, 4), True, "kernel=4: dcgan needs an odd one"),
        (config(), (2, 1), False, "kernel=1: steps of 2 pixels leave gaps"),
        (config(), (2, 33), False, "kernel=33: larger than the images; give 32 px or less"),
    ],
)
def test_convolutions_that_do_not_fit_say_what_does(c, convolutions, odd, words):
    with pytest.raises(BadInput, match=words):
        family(*convolutions, odd=odd).check(c)


def test_convolutions_that_fit_pass():
    family(2, 4).check(config(28))
    family(5, 9, odd=True).check(config())
    ConvolutionalFamily(kernel=4).check(config(16))
    LinearFamily().check(config())


@pytest.mark.parametrize(("size", "count"), [(8, 1), (16, 1), (28, 2), (32, 2), (128, 4)])
def test_a_side_halves_down_to_at_most_8_and_once_at_least(size, count):
    assert halvings_to_8(size) == count


@pytest.mark.parametrize("size", [8, 24])
def test_sides_that_are_no_power_of_two_are_refused(size):
    with pytest.raises(BadInput, match=f"size {size}: dcgan needs a power of two from 16"):
        ConvolutionalFamily(kernel=4).check(config(size))


@pytest.mark.parametrize("changes", [{"architecture": "conv"}, {"depth": 2}, {"kernel": 3}])
def test_linear_kinds_have_no_convolutions(changes):
    with pytest.raises(BadInput, match="leave it out"):
        LinearFamily().check(config(**changes))


@pytest.mark.parametrize("kind", built_in())
def test_families_ignore_and_change_settings_that_there_are(kind):
    networks = find(kind).networks
    assert networks.ignores <= set(names()) and set(networks.defaults) <= set(names())
