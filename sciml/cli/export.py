"""`sciml export`: the sampled fields of a run as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sciml.cli.output import say, writing
from sciml.errors import FileError
from sciml.runs.writing import write_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

KINDS = "holdout", "draws", "ranks"  # of what a run of a table holds for each column


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A run folder.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File; else standard output.")] = None,
) -> int:
    """Write the sampled solution and reference as CSV, one row a point; of a table the rows kept back."""
    from sciml.runs.loading import load

    solution = load(folder)
    text = to_csv(named(solution.samples, solution.table.get("drawn", ())), folder)
    if output is None:
        say(text.rstrip("\n"))
        return 0
    with writing(output):
        write_bytes(output, text.encode())
    return 0


def to_csv(arrays: Mapping[str, NDArray[Any]], folder: Path) -> str:
    """Return one row a point: the coordinates, then every array sampled there, to the last bit.

    Where there are no coordinates, the first array says how many rows there are.
    """
    if not arrays:
        raise FileError(f"{folder}: holds no sampled fields to export")
    count = len(arrays["x"] if "x" in arrays else next(iter(arrays.values())))
    columns = {
        label: column
        for name, values in arrays.items()
        if values.ndim in (1, 2) and len(values) == count
        for label, column in _columns(name, values).items()
    }
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))
    return text.getvalue()


def named(arrays: Mapping[str, NDArray[Any]], columns: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Return arrays called after the columns of a table, whose numbers their names end in."""
    labels = {f"{kind}_{j}": f"{kind} {name}" for j, name in enumerate(columns) for kind in KINDS}
    return {labels.get(name, name): values for name, values in arrays.items()}


def _columns(name: str, values: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Return a vector under its own name, a matrix as name0, name1 and so on."""
    if values.ndim == 1:
        return {name: values}
    return {f"{name}{i}": values[:, i] for i in range(values.shape[1])}
