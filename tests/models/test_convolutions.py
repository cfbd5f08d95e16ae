"""Number and size of convolutions, and what images they fit."""

import pytest

from fractaldream_base.errors import BadInput
from fractaldream_models.convolutions import (
    Convolutions,
    check_convolutions,
    check_linear,
    check_power_of_two,
    chosen,
)
from fractaldream_models.model import ModelConfig


def config(size=32, **changes):
    return ModelConfig("dcgan", size, 1, 6, **changes)


def test_what_the_configuration_leaves_open_is_that_of_the_kind():
    assert chosen(config(), depth=2, kernel=9) == Convolutions(2, 9)
    assert chosen(config(kernel=5), depth=2, kernel=9) == Convolutions(2, 5)
    assert chosen(config(depth=3, kernel=5), depth=2, kernel=9) == Convolutions(3, 5)


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
        check_convolutions(c, Convolutions(*convolutions), odd=odd)


def test_convolutions_that_fit_pass():
    check_convolutions(config(28), Convolutions(2, 4))
    check_convolutions(config(), Convolutions(5, 9), odd=True)
    check_power_of_two(config(16))
    check_linear(config())


@pytest.mark.parametrize("size", [8, 24])
def test_sides_that_are_no_power_of_two_are_refused(size):
    with pytest.raises(BadInput, match=f"size {size}: dcgan needs a power of two from 16"):
        check_power_of_two(config(size))


@pytest.mark.parametrize("changes", [{"architecture": "conv"}, {"depth": 2}, {"kernel": 3}])
def test_linear_kinds_have_no_convolutions(changes):
    with pytest.raises(BadInput, match="leave it out"):
        check_linear(config(**changes))
