"""Running out of memory, as an error that says what to lower."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from fractaldream_base.errors import BadInput
from fractaldream_models.settings import Settings


@contextmanager
def guard_memory(settings: Settings) -> Iterator[None]:
    """Turn running out of memory, on whatever device, into BadInput."""
    problem = f"batch {settings.batch}, width {settings.width:g}: out of memory"
    advice = "lower it with --set batch=N, --set width=W, --set size=S or --set limit=N"
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise BadInput(f"{problem}; {advice}") from error
    except RuntimeError as error:  # how the allocator of the CPU says it
        if "can't allocate memory" not in str(error):
            raise
        raise BadInput(f"{problem}; {advice}") from error
