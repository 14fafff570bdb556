"""Tables as they come in: data frames or arrays, their columns chosen by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from sciml.errors import ArgumentError, ArgumentTypeError, DataError, did_you_mean
from sciml.tables.arrays import Array
from sciml.tables.columns.faults import ColumnFault, Remedy

if TYPE_CHECKING:
    import pandas as pd

POLICIES = ("error", "drop", "impute")  # about missing cells


def as_frame(data: Any, names: Iterable[str] | None = None) -> pd.DataFrame:  # noqa: ANN401
    """Return `data` as a data frame whose column names are texts, each there once.

    Args:
        data: A data frame, or anything NumPy turns into an array of shape (rows, columns).
        names: Columns of an array; by default x0, x1, ….

    Raises:
        ArgumentTypeError: For what is no table.
        DataError: For an array of another shape, complex numbers, or two columns of one name.
    """
    import pandas as pd

    data = _from_polars(data)
    if isinstance(data, pd.DataFrame):
        frame = data.set_axis([str(name) for name in data.columns], axis=1)
    else:
        frame = _from_array(_array(data), names)
    doubled = frame.columns[frame.columns.duplicated()]
    if len(doubled):
        raise DataError(f"the table has two columns named {doubled[0]!r}: rename one")
    if frame.shape[1] == 0:
        raise DataError(f"the table has 0 feature(s) (shape={frame.shape}) while a minimum of 1 is required.")
    return frame.reset_index(drop=True).infer_objects()


def is_polars(data: Any) -> bool:  # noqa: ANN401
    """Whether `data` is one of polars' frames; the package is not imported for it."""
    return type(data).__module__.split(".")[0] == "polars"


def _from_polars(data: Any) -> Any:  # noqa: ANN401
    if not is_polars(data):
        return data
    if type(data).__name__ == "LazyFrame":
        raise ArgumentTypeError("the table is a polars LazyFrame, expected rows: use .collect()")
    return data.to_pandas() if hasattr(data, "columns") else data


def _array(data: Any) -> Array:  # noqa: ANN401
    if hasattr(data, "tocsr"):
        raise ArgumentTypeError("the table is a sparse matrix, expected a dense one: use .toarray()")
    try:
        values = np.asarray(data)
    except ValueError as error:
        raise DataError(f"the table is no array of rows of one length ({error})") from None
    if values.dtype.kind == "c":
        raise DataError("Complex data not supported: give real and imaginary parts as columns")
    if values.ndim != 2:
        raise DataError(
            f"Expected 2D array (rows, columns), got {values.ndim}D array instead."
            " Reshape your data: .reshape(-1, 1) for one column, .reshape(1, -1) for one row"
        )
    return values


def _from_array(values: Array, names: Iterable[str] | None) -> pd.DataFrame:
    import pandas as pd

    labels = [f"x{j}" for j in range(values.shape[1])] if names is None else list(names)
    if len(labels) != values.shape[1]:
        raise DataError(
            f"the array has {values.shape[1]} columns, expected {len(labels)}: {', '.join(labels)}"
        )
    return pd.DataFrame(values, columns=labels)


def selected(frame: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """Return the named columns of `frame` in that order; columns of other names are ignored."""
    names = list(names)
    lacking = [name for name in names if name not in frame.columns]
    if lacking:
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        offer = did_you_mean(lacking[0], map(str, frame.columns))
        raise DataError(f"the table lacks column {lacking[0]!r}{more} that the fit had: {offer}")
    return frame[names]


def gaps(frame: pd.DataFrame) -> Array:
    """Return which cells are missing: empty, NaN or infinite; booleans (rows, columns)."""
    missing = np.array(frame.isna(), dtype=bool)
    for j, name in enumerate(frame.columns):
        values = frame[name].dtype
        if getattr(values, "kind", "") == "f":
            cells = frame[name].to_numpy(dtype=float, na_value=np.nan)
            missing[:, j] = ~np.isfinite(cells)
    return missing


def policy(missing: str) -> str:
    """Return `missing`, one of error, drop and impute."""
    if missing not in POLICIES:
        offer = did_you_mean(str(missing), POLICIES)
        raise ArgumentError(f"missing must be one of {', '.join(POLICIES)}, not {missing!r}: {offer}")
    return missing


def refuse_gaps(frame: pd.DataFrame, advice: str = "use missing=drop or missing=impute, or fill it") -> None:
    """Refuse a table with missing or infinite cells, saying where the first is and how many there are."""
    missing = gaps(frame)
    if not missing.any():
        return
    row, j = (int(index[0]) for index in np.nonzero(missing))
    name, cell = frame.columns[j], frame.iloc[row, j]
    value = cell if isinstance(cell, float) else np.nan
    raise ColumnFault(
        f"column {name!r} has {value} in row {row} (counting from 0;"
        f" {int(missing.sum())} missing or infinite cells in {int(missing.any(0).sum())} columns): {advice}",
        Remedy("missing", "impute"),
    )


def without_gaps(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the rows with no missing or infinite cell, and how many rows that leaves out."""
    incomplete = gaps(frame).any(1)
    return frame.loc[~incomplete].reset_index(drop=True), int(incomplete.sum())
