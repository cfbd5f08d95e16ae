"""What a run that goes on must have in common with the run that was interrupted."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fractaldream_models.errors import BadInput
from fractaldream_models.requested import RequestedSettings
from fractaldream_models.settings import Settings, override

MAY_CHANGE = ("epochs", "lr_e", "lr_g", "lr_d")  # when a run goes on


def check_resumed(record: Mapping[str, Any], source: str, seed: int | None, precision: str) -> None:
    """Check that source, seed and precision are those of run.json. Raises BadInput."""
    paths = Path(source), Path(record["source"])
    same = source == record["source"] or (
        all(path.exists() for path in paths) and paths[0].samefile(paths[1])
    )
    if not same:
        raise BadInput(f"--resume: the run learns from {record['source']}, not {source}")
    for name, requested, free in (("seed", seed, None), ("precision", precision, "auto")):
        if requested not in (free, record.get(name)):
            raise BadInput(f"--resume: the run has {name} {record.get(name)}, not {requested}")


def check_same_images(record: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Check that the images have not changed under their name. Raises BadInput."""
    if any(record.get(name) != now[name] for name in ("images", "content")):
        raise BadInput(
            f"{now['source']}: holds other images than the run learnt from; give those back, or "
            "begin another run with another --out"
        )


def resumed_settings(record: Mapping[str, Any], requested: RequestedSettings) -> Settings:
    """Return the settings of run.json, with the epochs and learning rates requested now.

    Raises
    ------
    BadInput
        If anything else that is insisted on differs.
    """
    stored = override(Settings(), record["settings"])
    new = asdict(requested.settings)
    for key in sorted(requested.insisted - set(MAY_CHANGE)):
        if getattr(stored, key) != new[key]:
            raise BadInput(
                f"--resume: the run has {key}={getattr(stored, key)}, not {new[key]}; leave it out "
                f"(only {', '.join(MAY_CHANGE)} may change)"
            )
    return override(stored, {key: new[key] for key in MAY_CHANGE if key in requested.insisted})
