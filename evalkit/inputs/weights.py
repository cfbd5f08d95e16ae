"""Files of plain weights, which are read without running what is in them."""

from pathlib import Path
from typing import Any

from evalkit.errors import BadInput


def read_weights(path: str | Path, mend: str) -> Any:
    """Return what `torch.save` wrote. Raises BadInput, with `mend` where it is no such file."""
    from fractaldream_models.checkpoint import read_plain
    from fractaldream_models.errors import BadInput as Refused

    try:
        return read_plain(path, mend=mend)
    except Refused as error:
        raise BadInput(str(error)) from error
