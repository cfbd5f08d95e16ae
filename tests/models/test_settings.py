"""Presets hold what the sources give; overrides are checked."""

import tomllib
from dataclasses import asdict
from importlib import resources

import pytest

from fractaldream_base.errors import BadInput
from fractaldream_models.kinds import check_settings, defaults
from fractaldream_models.settings import (
    Settings,
    description,
    group,
    names,
    override,
    particular,
    preset,
    preset_description,
    presets,
)


def test_every_preset_is_valid():
    assert presets()
    for name in presets():
        check_settings(preset(name))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "aae-simpsons",
            {"batch": 16, "latent": 32, "b1": 0.9, "lr_d": 4e-5, "lr_g": 4e-4, "lr_e": 4e-4}
            | {"leak": 0.1, "bn_eps": 0.01, "epochs": 300, "hflip": True},
        ),
        (
            "dcgan-simpsons",
            {"lr_d": 5e-5, "lr_g": 2.5e-4, "b1": 0.5, "leak": 1e-6, "bn_eps": 0.5},
        ),
        (
            "aae-fdd-2019",
            {"latent_loss": "goareguer2019", "width": 1.0, "kernel": None, "epochs": 200},
        ),
        *(
            (
                name,
                {"latent": 6, "lr_g": 1e-5, "lr_d": 1e-4, "lr_e": 1e-3, "b1": 0.7, "bn_eps": 0.1},
            )
            for name in ("aae-fdd", "aae-fdd-2019")
        ),
        ("dcgan-fdd", {"lr_g": 1e-3, "lr_d": 1e-4, "b1": 0.5, "bn_eps": 0.5}),
        ("dcgan4-mnist", {"latent": 100, "size": 64, "leak": 0.2}),
    ],
)
def test_presets_are_those_of_the_sources(name, expected):
    settings = preset(name)
    assert {key: getattr(settings, key) for key in expected} == expected


def test_overrides_are_read_by_type():
    changed = override(Settings(), {"latent": "6", "lr_g": "1e-5", "hflip": "yes", "size": "none"})
    assert (changed.latent, changed.lr_g, changed.hflip, changed.size) == (6, 1e-5, True, None)
    again = override(Settings(), {"depth": "3", "kernel": "none"})
    assert (again.depth, again.kernel) == (3, None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"latnet": "6"}, "did you mean 'latent'"),
        ({"latent": "six"}, "whole number"),
        ({"lr_g": "nan"}, "finite"),
        ({"hflip": "maybe"}, "true or false"),
        ({"latent": "none"}, "latent"),
        ({"depth": "2.5"}, "depth=2.5: give a whole number"),
        ({"kernal": "5"}, "did you mean 'kernel'"),
    ],
)
def test_overrides_that_mean_nothing_are_refused(changes, words):
    with pytest.raises(BadInput, match=words):
        override(Settings(), changes)


def test_what_no_preset_says_belongs_to_the_kind():
    assert defaults("aae") == Settings()
    assert defaults("cgan").leak == 0.2 and defaults("dcgan4").b1 == 0.5


@pytest.mark.parametrize(
    "changes",
    [
        {"lr_d": 0},
        {"epochs": 0},
        {"b1": 1},
        {"real_low": 0.95, "real_high": 0.9},
        {"bn_eps": -1},
        {"leak": -0.1},
        {"depth": 0},
        {"kernel": -3},
        {"kl_weight": -1},
        {"kind": "aae-latent", "label_noise": 0.1},
    ],
)
def test_values_that_cannot_train_are_refused(changes):
    with pytest.raises(BadInput):
        check_settings(override(Settings(), changes))


def test_an_unknown_preset_names_the_nearest():
    with pytest.raises(BadInput, match="aae-fdd"):
        preset("aae-fddd")


def test_every_setting_and_every_preset_says_what_it_is():
    for name in names():
        assert description(name).endswith(".") and group(name).istitle()
    assert presets()
    for name in presets():
        assert preset_description(name)[0].endswith(".")


def test_every_setting_has_a_meaning_and_is_listed_in_the_order_of_the_meanings():
    file = resources.files("fractaldream_models") / "setting_meanings.toml"
    meanings = tomllib.loads(file.read_text(encoding="utf-8"))
    assert [name for rows in meanings.values() for name in rows] == names()
    assert len(particular()) > 10
    assert all(description(name).endswith(".") for name in names())
    assert group("lr_g") == "Optimisers"


@pytest.mark.parametrize("name", presets())
def test_a_preset_names_all_that_its_kind_changes(name):
    # so that a new default of a kind leaves what a preset trains as it is
    file = resources.files("fractaldream_models") / "preset_files" / f"{name}.toml"
    named = set(tomllib.loads(file.read_text(encoding="utf-8")))
    usual, of_kind = asdict(Settings()), asdict(defaults(preset(name).kind))
    assert {key for key in usual if of_kind[key] != usual[key]} <= named | {"kind"}
