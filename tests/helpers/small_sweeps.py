"""Small sweeps on small images."""

from fractaldream_models.settings import Settings, override
from fractaldream_models.sweeps.cli import sweep as command
from fractaldream_models.sweeps.options import SweepOptions
from fractaldream_models.sweeps.report import sweep_report
from fractaldream_models.sweeps.results import TrialRow
from fractaldream_models.sweeps.study import sweep
from typed import typed

SMALL = {"kind": "ae", "latent": 3, "width": 0.05, "batch": 8, "channels": 1, "epochs": 2}
BASE = override(Settings(), {**SMALL, "optimizer": "sgd"})
SPACE = "[lr_e]\nlow = 1e-5\nhigh = 1e-3\nlog = true\n[latent]\nchoices = [2, 3]\n"


def go(place, trials=3, space="space.toml", out="runs", settings=BASE, url=None, **others):
    others = {"finalists": 1, "seeds": 2, "device": "cpu"} | others
    log = others.pop("log", lambda line: None)
    url = url or f"sqlite:///{place}/{out}.db"
    options = SweepOptions(storage=url, trials=trials, out=place / out, **others)
    return sweep(place / "data.h5", options, settings, space=place / space, log=log)


def report(place, out="runs", **others):
    return sweep_report(f"sqlite:///{place}/{out}.db", "sweep", **others)


def refused(*words):
    result = typed(command, *words)
    assert result.exit_code == 2, result.output
    assert len(result.stderr.strip().splitlines()) == 1 and not result.stdout
    return result.stderr


def drawn(study_report):
    return {t.number: (t.settings, t.state, t.value) for t in study_report.trials}


def trial_row(number, **changes):
    """A trial of a report."""
    values = {
        "state": "complete", "value": None, "epochs": 2, "settings": {"latent": 3},
        "by_epoch": {}, "replicates": [], "lost": [], "why": "", "run": None,
    }  # fmt: skip
    return TrialRow(number, **{**values, **changes})
