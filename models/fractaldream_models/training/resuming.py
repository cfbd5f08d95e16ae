"""Checks of what a resumed run must have in common with the run that was interrupted."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from fractaldream_base.errors import BadInput
from fractaldream_models.requested import RequestedSettings
from fractaldream_models.settings import Settings, override

from .run_folder import Run

MAY_CHANGE = ("epochs", "lr_e", "lr_g", "lr_d")  # when a run goes on


def check_resumed(record: Mapping[str, Any], seed: int | None, precision: str) -> None:
    """Check that seed and precision are those of run.json. Raises BadInput."""
    for name, requested, unspecified in (("seed", seed, None), ("precision", precision, "auto")):
        if requested not in (unspecified, record.get(name)):
            raise BadInput(f"--resume: the run has {name} {record.get(name)}, not {requested}")


def check_epochs(epochs: int, run: Run) -> None:
    """Check that a run has no more epochs behind it than it shall have. Raises BadInput."""
    complete = len(run.rows())
    if epochs < complete:
        raise BadInput(
            f"--resume: the run has {complete} complete epochs, more than {epochs}; give a larger "
            "number, or leave it out"
        )


def check_same_images(record: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Check that the images are those that the run learnt from, wherever they lie now.

    Raises
    ------
    BadInput
        If they have changed, or cannot be compared and have another name.
    """
    same = all(record.get(name) == now[name] for name in ("images", "content"))
    if same and (now["content"] or record["source"] == now["source"]):
        return
    if record["source"] == now["source"]:
        raise BadInput(
            f"{now['source']}: holds other images than the run learnt from; give those back, or "
            "begin another run with another --out"
        )
    raise BadInput(
        f"--resume: the run learns from {record['source']}, and {now['source']} holds other images"
    )


def resumed_settings(record: Mapping[str, Any], requested: RequestedSettings) -> Settings:
    """Return the settings of run.json, with the epochs and learning rates requested now.

    Raises
    ------
    BadInput
        If anything else that is insisted on differs.
    """
    stored = override(Settings(), record["settings"])
    new_values = asdict(requested.settings)
    for key in sorted(requested.insisted - set(MAY_CHANGE)):
        value = getattr(stored, key)
        if value != new_values[key]:
            raise BadInput(
                f"--resume: the run has {key}={value}, not {new_values[key]}; leave it out "
                f"(only {', '.join(MAY_CHANGE)} may change)"
            )
    changes = {key: new_values[key] for key in MAY_CHANGE if key in requested.insisted}
    return override(stored, changes)
