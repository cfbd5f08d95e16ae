"""Strict JSON: every parser can read it, since it never holds NaN or Infinity."""

import dataclasses
import json
import math
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any


def plain(value: Any) -> Any:
    """Return a value as JSON holds it.

    Parameters
    ----------
    value
        Dataclasses and mappings become objects, sequences and arrays lists, paths text. Numbers
        that are not finite become None, as JSON has none.
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):  # bool is an int
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, PurePath):
        return str(value)
    if hasattr(value, "tolist"):  # arrays and scalars of numpy, tensors
        return plain(value.tolist())
    return value


def json_text(value: Any) -> str:
    """Return a value as indented JSON, see `plain`, without a line break at the end."""
    return json.dumps(plain(value), indent=1, allow_nan=False)
