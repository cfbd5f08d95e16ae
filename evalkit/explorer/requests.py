"""Requests of a page: every value is checked, since anybody who reaches the server can send any.

Nothing that a request names is opened or run, and nothing that it asks for is larger than a page
shows.
"""

import json
from typing import Any

import numpy as np

from fractaldream_base.errors import BadInput

LONGEST = 4096  # characters of a request; the longest of a page has about 600
SPEC = 80  # characters of a plane's spec


def parse_request(text: object) -> dict[str, Any]:
    """Return a request as the page wrote it, a JSON object. Raises BadInput."""
    if not isinstance(text, str) or len(text) > LONGEST:
        raise BadInput("this is no request of the page")
    try:
        request = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput("this is no request of the page") from error
    if not isinstance(request, dict):
        raise BadInput("this is no request of the page")
    return request


def text_of(request: dict[str, Any], key: str) -> str:
    """Return a short text. Raises BadInput."""
    value = request.get(key)
    if not isinstance(value, str) or len(value) > SPEC:
        raise BadInput(f"{key}: give at most {SPEC} characters")
    return value


def index_of(request: dict[str, Any], key: str, count: int) -> int:
    """Return a whole number from 0 to count - 1; 0 where there is none. Raises BadInput."""
    value = request.get(key, 0)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < max(1, count):
        raise BadInput(f"{key}: give a whole number from 0 to {max(1, count) - 1:,}")
    return value


def numbers_of(request: dict[str, Any], key: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return finite numbers of a shape, float64. Raises BadInput."""
    try:
        values = np.array(request.get(key), float)
    except (TypeError, ValueError, OverflowError):
        values = np.array(np.nan)
    if values.shape != shape or not np.isfinite(values).all():
        raise BadInput(f"{key}: give {' x '.join(map(str, shape))} numbers")
    return values
