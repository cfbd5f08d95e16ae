"""All settings, as the command lists them."""

import json
from dataclasses import fields, replace

import pytest

import fractaldream_models as fm
from fractaldream_models import kinds
from fractaldream_models.cli import cli
from fractaldream_models.settings import Settings, names
from fractaldream_models.training.step_cost import fresh_step
from typed import typed

PAIRS = ("paired_weight", "matched_weight")  # read where a batch has pairs


OBJECTIVE = {
    *(name for name in names() if name.endswith("_weight") and name not in PAIRS),
    *("latent_loss", "real_low", "real_high", "label_noise", "saturating"),
    *("adversarial_loss", "augment"),
}


def run(*words):
    result = typed(cli, *words, catch_exceptions=True)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_settings_lists_all_and_of_a_kind_those_it_uses():
    assert [row["name"] for row in json.loads(run("settings", "--json"))["rows"]] == names()
    table = fm.describe_settings("vae")
    listed = {row.name for row in table.rows}
    assert {"kl_weight", "architecture", "lr_e"} <= listed and not {"lr_d", "latent_loss"} & listed
    assert all(row.meaning for row in table.rows)
    gan = {row.name: row.default for row in fm.describe_settings("dcgan4").rows}
    assert gan["b1"] == kinds.defaults("dcgan4").b1 != Settings().b1
    result = typed(cli, "settings", "stylegan")
    assert result.exit_code == 2 and "give one of" in result.stderr


class Recorded:
    """Settings that note which of them are read."""

    def __init__(self, settings):
        self._settings, self.read = settings, set()

    def __getattr__(self, name):
        self.read.add(name)
        return getattr(self._settings, name)


@pytest.mark.parametrize("kind", kinds.built_in())
def test_a_step_of_a_kind_reads_the_settings_that_are_listed_for_it(kind):
    read = set()
    for loss in ("bce", "relativistic", "hinge"):
        settings = replace(kinds.defaults(kind), width=0.1, latent=6, adversarial_loss=loss)
        settings = replace(settings, clusters=2)
        step, batch = fresh_step(settings, 4, size=32, channels=1)
        step.settings = Recorded(settings)
        step(*batch)
        read |= step.settings.read
    listed = {row.name for row in fm.describe_settings(kind).rows}
    assert read & OBJECTIVE == listed & OBJECTIVE
    assert ("paired_weight" in listed) == kinds.find(kind).paired
    encodes = kinds.find(kind).encodes
    assert ("matched_weight" in listed) == (kinds.find(kind).paired and encodes)
    rates = {f.name for f in fields(Settings) if f.name.startswith("lr_")}
    assert listed & rates == {optimizer.rate for optimizer in kinds.find(kind).optimizers}
