"""What a user may want to know of a table before its density is used: a sentence each, and a remedy."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sciml.tables.arrays import Array
from sciml.tables.columns.faults import Remedy

if TYPE_CHECKING:
    import pandas as pd

IDS = re.compile(
    r"(^|[_\s.-])(id|ids|idx|index|nr|no|number|key|uuid|guid|row|rowid)$|^unnamed", re.IGNORECASE
)
LEAST_ROWS = 20  # of a column of ids
SENTINEL_ROWS = 3  # of one value, far from the rest
FAR = 0.5  # of the range of the rest, from which a value is far
MARKS = (-1.0, -9.0, -99.0, -200.0, -999.0, -9999.0, -99999.0, 99.0, 999.0, 9999.0, 99999.0, 8888.0, 7777.0)
SHARED = 0.2  # of the rows, from which rounding is remarked on
TOLERANCE = 1e-6  # of a step, within which values are its multiples
NAMES = 0.3  # different texts a row, from which levels are nearly names of the rows
FEW = 20  # levels that are never names


@dataclass(frozen=True)
class Remark:
    """A sentence, and what would mend what it says."""

    text: str
    remedy: Remedy | None = None


def remarks_on(table: pd.DataFrame, numbers: Mapping[str, Array], texts: Collection[str]) -> list[Remark]:
    """Return what is remarkable about the columns of a table.

    Args:
        table: Cells.
        numbers: The columns that hold numbers, NaN where missing, as they are in the file.
        texts: The columns of levels.
    """
    found = [remark for name, x in numbers.items() for remark in _of_numbers(name, x, table[name])]
    return [*found, *(remark for name in texts for remark in _of_texts(name, table[name]))]


def _of_numbers(name: str, x: Array, cells: pd.Series) -> list[Remark]:
    x = x[np.isfinite(x)]
    if len(x) < LEAST_ROWS:
        return []
    whole = cells.dtype.kind in "iu" or str(cells.dtype).lower().startswith(("int", "uint"))
    return [*_id(name, x, whole), *_sentinel(name, x), *([] if whole else _rounded(name, x))]


def _id(name: str, x: Array, whole: bool) -> list[Remark]:
    if not (np.floor(x) == x).all() or len(np.unique(x)) < len(x):
        return []
    steps = np.diff(x)
    if not (IDS.search(name) and whole) and not (len(steps) and (steps == steps[0]).all()):
        return []
    text = f"column {name!r} holds another whole number in every row, like an id: drop it (--drop {name})"
    return [Remark(text, Remedy("drop", name, "an id"))]


def _sentinel(name: str, x: Array) -> list[Remark]:
    values, counts = np.unique(x, return_counts=True)
    found = []
    for end, inner in ((0, 1), (-1, -2)):
        if len(values) < 4 or counts[end] < SENTINEL_ROWS:
            continue
        rest = values[1:] if end == 0 else values[:-1]
        gap, wide = abs(values[end] - values[inner]), float(rest[-1] - rest[0])
        low, high = np.quantile(x[x != values[end]], (0.02, 0.98))
        usual = values[end] in MARKS and gap > FAR * float(high - low)
        if gap > FAR * wide or (usual and gap > 0.1 * wide):
            found.append(
                Remark(
                    f"column {name!r} has {values[end]:g} in {counts[end]} rows, far from the rest:"
                    " a mark for missing? leave such cells empty"
                )
            )
    return found


def _rounded(name: str, x: Array) -> list[Remark]:
    values, counts = np.unique(x, return_counts=True)
    common = counts.max() / len(x)
    shared = 1 - len(values) / len(x)
    if len(values) < 3 or shared < SHARED or common > SHARED:
        return []
    steps = np.diff(values)
    step = float(steps.min())
    if not _usual(step) or step == 1.0:  # whole numbers have a remark of their own
        return []
    multiples = values / step
    if np.abs(multiples - np.rint(multiples)).max() > TOLERANCE * max(1.0, np.abs(multiples).max()):
        return []
    return [
        Remark(
            f"column {name!r} is rounded to {step:.3g}, and {100 * shared:.0f} % of the rows share a value:"
            " its density depends on the rounding"
        )
    ]


def _usual(step: float) -> bool:
    """Whether a step is one that people round to: 1, 2, 2.5 or 5 times a power of ten."""
    if step <= 0:
        return False
    leading = step / 10 ** np.floor(np.log10(step) + TOLERANCE)
    return bool(np.abs(leading - np.array([1.0, 2.0, 2.5, 5.0])).min() < 1e-4)


def _of_texts(name: str, cells: pd.Series) -> list[Remark]:
    filled = cells.dropna()
    distinct = int(filled.nunique())
    if distinct <= max(FEW, NAMES * len(filled)):
        return []
    text = f"column {name!r} has {distinct} different texts in {len(filled)} rows: few rows a level"
    return [Remark(f"{text}; leave it out with --drop {name}, or join rare levels")]
