"""The schema of a table whose faults are mended unasked, and said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from sciml.tables.columns.faults import ColumnFault, Remedy, TableFaults
from sciml.tables.columns.schema import Schema

if TYPE_CHECKING:
    import pandas as pd

ROUNDS = 20  # of faults that show once others are mended


def infer_automatically(
    frame: pd.DataFrame, declared: Iterable[str] = (), given: Iterable[str] = (), missing: str = "error"
) -> tuple[pd.DataFrame, Schema]:
    """Return the columns that a density can be fitted to, and their schema, which says what was done.

    Ids, names of rows, constants and copies are left out, columns of few values declared as such, and gaps
    modelled where there are any.

    Raises:
        DataError: If a fault has no remedy.
    """
    kinds, notes = list(declared), list[str]()
    for _ in range(ROUNDS):
        try:
            schema = Schema.infer(frame, kinds, given, missing)
        except (ColumnFault, TableFaults) as error:
            remedies = _remedies(error)
            if not remedies:
                raise
        else:
            remedies = [remedy for remedy in schema.suggested if remedy.value not in given]
            if not remedies:
                return frame, replace(schema, remarks=(*notes, *schema.remarks))
        for remedy in remedies:
            notes.append(_note(remedy))
            frame = frame.drop(columns=remedy.value) if remedy.option == "drop" else frame
            kinds += [remedy.value] if remedy.option == "column" else []
            missing = remedy.value if remedy.option == "missing" else missing
    return frame, Schema.infer(frame, kinds, given, missing)


def _remedies(error: ColumnFault | TableFaults) -> list[Remedy]:
    return list((error if isinstance(error, TableFaults) else TableFaults([error])).remedies)


def _note(remedy: Remedy) -> str:
    if remedy.option == "drop":
        return f"--auto left out column {remedy.value!r}: {remedy.why}"
    return f"--auto set --{remedy.option} {remedy.value}"
