"""Parameter rows from outside: reading and checking them."""

import csv
from pathlib import Path
from tokenize import TokenError

import numpy as np
import numpy.typing as npt

from fractaldream_base.errors import BadInput

from ..recipe import PARAM_NAMES

LARGEST_ARGUMENT = 2.0**20  # of the sines inside an orbit


def check_params(params: npt.ArrayLike) -> np.ndarray:
    """Return the rows as float64 (n, 6); BadInput names the first that cannot be iterated.

    Examples
    --------
    >>> check_params([0.1, 0.1, -0.97, 2.88, 0.77, 0.74]).shape
    (1, 6)
    """
    try:
        rows = np.ascontiguousarray(params, dtype=np.float64)
    except (TypeError, ValueError):
        raise BadInput("parameters: not numbers; give rows of " + ", ".join(PARAM_NAMES)) from None
    if rows.ndim == 1:
        rows = rows[None]
    if rows.ndim != 2 or rows.shape[1] != 6:
        raise BadInput(
            f"parameters of shape {np.shape(params)}: give rows of six, " + ", ".join(PARAM_NAMES)
        )
    bad = np.argwhere(~np.isfinite(rows))
    if len(bad):
        row, column = bad[0]
        raise BadInput(
            f"parameter {PARAM_NAMES[column]} of row {row} is {rows[row, column]}: "
            "give finite numbers"
        )
    largest = np.maximum(np.abs(rows[:, [0, 1]]), 1 + np.abs(rows[:, [4, 5]])).max(1)
    with np.errstate(over="ignore"):
        argument = largest * np.abs(rows[:, 2:4]).max(1)
    bad = np.argwhere(~(argument <= LARGEST_ARGUMENT) | ~(largest <= LARGEST_ARGUMENT))
    if len(bad):
        raise BadInput(
            f"row {bad[0, 0]}: the sine would be taken of values beyond 2**20, where a step is "
            "mere rounding; give smaller parameters"
        )
    return rows


def read_params(path: str | Path) -> np.ndarray:
    """Return the rows of a file of parameters.

    Parameters
    ----------
    path : str or Path
        A CSV file with the header x0,y0,a,b,c,d, or an npy file of shape (n, 6).

    Returns
    -------
    ndarray of float64 (n, 6)
        The rows, in the order of the file.

    Raises
    ------
    BadInput
        If the file cannot be read, or a row cannot be iterated.

    Examples
    --------
    >>> import numpy as np
    >>> np.save("rows.npy", [[0.1, 0.1, -0.97, 2.88, 0.77, 0.74]])
    >>> read_params("rows.npy").tolist()
    [[0.1, 0.1, -0.97, 2.88, 0.77, 0.74]]
    """
    path = Path(path)
    try:
        if path.suffix == ".npy":
            rows = np.load(path, allow_pickle=False)
        elif path.suffix == ".csv":
            rows = _read_csv(path)
        else:
            raise BadInput(f"{path}: give a .csv file or a .npy file")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error})") from None
    except (UnicodeDecodeError, EOFError, SyntaxError, TokenError) as error:  # of numpy's header
        words = " ".join(str(error).split())
        raise BadInput(f"{path}: damaged ({words})") from None
    except BadInput:
        raise
    except ValueError as error:
        words = " ".join(str(error).split())
        raise BadInput(f"{path}: not an npy file of numbers ({words})") from None
    if rows.ndim != 2 or rows.shape[1:] != (6,) or not len(rows):
        raise BadInput(f"{path}: shape {rows.shape}; give rows of six, " + ", ".join(PARAM_NAMES))
    try:
        return check_params(rows)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from None


def _read_csv(path: Path) -> np.ndarray:
    with path.open(newline="", encoding="utf-8-sig") as file:
        lines = csv.reader(file)
        header = [name.strip() for name in next(lines, [])]
        if header != list(PARAM_NAMES):
            raise BadInput(
                f"{path}: its first line is {','.join(header)!r}; give {','.join(PARAM_NAMES)!r}"
            )
        rows = []
        for line in lines:
            if not line:
                continue
            try:
                rows.append([float(value) for value in line])
            except ValueError:
                raise BadInput(
                    f"{path}, line {lines.line_num}: {','.join(line)!r}; give six numbers"
                ) from None
            if len(line) != 6:
                raise BadInput(
                    f"{path}, line {lines.line_num}: {len(line)} values; give six numbers"
                )
    return np.array(rows).reshape(len(rows), 6)
