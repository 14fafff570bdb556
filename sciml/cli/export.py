"""`sciml export`: the sampled fields of a run as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sciml.cli.options import Debug
from sciml.cli.output import say
from sciml.errors import FileError
from sciml.storage import write_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A run folder.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File; else standard output.")] = None,
    debug: Debug = False,
) -> int:
    """Write the sampled solution and reference as CSV, one row a point."""
    from sciml.saving import load

    text = to_csv(load(folder).samples, folder)
    if output is None:
        say(text.rstrip("\n"))
        return 0
    try:
        write_bytes(output, text.encode())
    except OSError as error:
        raise FileError(f"output: cannot write {output} ({error.strerror})") from error
    return 0


def to_csv(arrays: Mapping[str, NDArray[Any]], folder: Path) -> str:
    """Return one row a point: the coordinates, then every array sampled there, to the last bit."""
    if "x" not in arrays:
        raise FileError(f"{folder}: holds no sampled fields to export")
    count = len(arrays["x"])
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


def _columns(name: str, values: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Return a vector under its own name, a matrix as name0, name1 and so on."""
    if values.ndim == 1:
        return {name: values}
    return {f"{name}{i}": values[:, i] for i in range(values.shape[1])}
