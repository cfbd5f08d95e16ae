"""Data frames of pandas, which is installed with an extra or by the user."""

from typing import TYPE_CHECKING

from .errors import BadInput

if TYPE_CHECKING:
    import pandas


def data_frame_class() -> "type[pandas.DataFrame]":
    """Return pandas.DataFrame. Raises BadInput that says how to install pandas if it is missing."""
    try:
        import pandas
    except ImportError:
        raise BadInput("to_dataframe needs pandas; install it with: pip install pandas") from None
    return pandas.DataFrame
