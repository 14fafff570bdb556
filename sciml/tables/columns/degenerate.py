"""Columns whose density would be infinite: constant, tied, duplicated or collinear ones, found and named."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from scipy.linalg import qr, solve_triangular

from sciml.errors import DataError
from sciml.tables.arrays import Array
from sciml.tables.columns.faults import ColumnFault, Remedy

SHARED = 0.5  # a real column with more than this share of its rows at one value has a point mass there
FEWEST = 20  # different values a real column has at least, in a table of more than FEWEST * TIES rows
TIES = 4.0  # rows a value from which a column of few values has ties
FAR = 1e3  # rows further out than this many median absolute deviations do not speak on collinearity
RANK = 1e-6  # a column is collinear when this share of its deviation is left unexplained
NOTED = 1e-3  # weight, in deviations, from which a column is named


def refuse_no_rows(rows: int) -> None:
    """Refuse a table of fewer than two rows."""
    if rows < 2:
        raise DataError(f"the table has {rows} row(s), n_samples = {rows}: a density needs at least 2 rows")


def refuse_few_rows(rows: int, columns: int) -> None:
    """Refuse a table of no more rows than columns."""
    if rows <= columns:
        raise ColumnFault(
            f"the table has {rows} rows and {columns} columns: expected more rows than columns;"
            " add rows or drop columns"
        )


def refuse_point_masses(name: str, x: Array, numeric: bool = True) -> None:
    """Refuse a column that is constant or, where it is real, has many rows at few values."""
    values, counts = np.unique(x[np.isfinite(x)], return_counts=True)
    if len(values) == 0:
        raise ColumnFault(f"column {name!r} has no value in any row: drop it", Remedy("drop", name, "empty"))
    if len(values) == 1:
        raise ColumnFault(
            f"column {name!r} is constant, all {values[0]:g}: its density is infinite; drop it",
            Remedy("drop", name, "constant"),
        )
    if not numeric:
        return
    top, rows = counts.argmax(), counts.sum()
    whole = f"{name}=integer or " if (np.floor(values) == values).all() else ""
    offer = f"declare {whole}{name}=categorical, or drop it"
    remedy = Remedy("column", f"{name}={'integer' if whole else 'categorical'}", "of few values")
    if counts[top] > SHARED * rows and counts[top] > 2:
        raise ColumnFault(
            f"column {name!r} is {values[top]:g} in {counts[top]} of {rows} rows: a point mass, where a"
            f" density is infinite; {offer}",
            remedy,
        )
    if len(values) < min(FEWEST, rows / TIES):
        raise ColumnFault(
            f"column {name!r} has only {len(values)} different values in {rows} rows: point masses, where a"
            f" density is infinite; {offer}",
            remedy,
        )


def refuse_collinear(columns: Mapping[str, Array], conditions: Collection[str] = ()) -> None:
    """Refuse real columns that are linear combinations of each other and of what is conditioned on.

    The standardised columns, less their projection on the `conditions`, are decomposed by QR with pivoting:
    a pivot below RANK means that the column follows from those before it.

    Args:
        columns: Numeric columns by name in file order, each (rows,), NaN where missing.
        conditions: Those that are conditioned on; collinearity among themselves does no harm.
    """
    if len(conditions) == len(columns):
        return
    names, table = list(columns), _standardised(list(columns.values()))
    if len(table) <= len(names):
        return
    given = [j for j, name in enumerate(names) if name in conditions]
    free = [j for j, name in enumerate(names) if name not in conditions]
    basis, unexplained = _independent(table[:, given]), table[:, free]
    _, pivots, order = _pivoted(unexplained - basis @ (basis.T @ unexplained))
    rank = int(pivots.sum())
    if rank < len(free):
        last = free[order[rank]]
        others = given + [free[j] for j in order[:rank]]
        raise _collinear(names[last], [names[j] for j in _partners(table, last, others)], names)


def _standardised(columns: list[Array]) -> Array:
    """Return the columns (rows, columns) with mean 0 and deviation 1, over complete rows with no outlier."""
    scaled = np.stack([_scaled(x) for x in columns], axis=1)
    table: Array = scaled[(np.abs(scaled) < FAR).all(1)]
    if not len(table):
        return table
    deviation = table.std(0)
    return np.asarray((table - table.mean(0)) / np.where(deviation > 0, deviation, 1.0))


def _pivoted(table: Array) -> tuple[tuple[Array, Array], Array, Array]:
    """Return Q and R, which pivots are not negligible, and the order of the columns."""
    q, r, order = qr(table, mode="economic", pivoting=True)
    return (q, r), np.abs(np.diag(r)) > RANK * np.sqrt(len(table)), order


def _independent(table: Array) -> Array:
    """Return an orthonormal basis of the span of the columns."""
    if table.shape[1] == 0:
        return np.zeros((len(table), 0))
    (q, _), pivots, _ = _pivoted(table)
    return np.asarray(q[:, pivots])


def _partners(table: Array, last: int, others: list[int]) -> list[int]:
    """Return which of the columns `others` the column `last` is a combination of."""
    (q, r), pivots, order = _pivoted(table[:, others])
    rank = int(pivots.sum())
    weights = solve_triangular(r[:rank, :rank], (q.T @ table[:, last])[:rank])
    return [others[j] for j, weight in zip(order, weights, strict=False) if abs(weight) > NOTED]


def _collinear(last: str, partners: list[str], names: list[str]) -> ColumnFault:
    *first, end = [repr(name) for name in names if name in partners or name == last]
    relation = "are collinear, one is a linear combination of the others:"
    if len(first) == 1:
        relation = "are duplicated, one is a multiple of the other up to a constant:"
    follows = f"{last} follows from {', '.join(name for name in names if name in partners)}"
    return ColumnFault(
        f"columns {', '.join(first)} and {end} {relation} the density is infinite; drop one ({follows})",
        Remedy("drop", last, f"a copy: {follows}"),
    )


def _scaled(x: Array) -> Array:
    """Return x with median 0 and median absolute deviation 1; NaN stays."""
    x = x / max(np.nanmax(np.abs(x)), np.finfo(float).tiny)
    x = x - np.nanmedian(x)
    spread = np.nanmedian(np.abs(x))
    return x / (spread if spread > 0 else np.nanmax(np.abs(x)) or 1.0)
