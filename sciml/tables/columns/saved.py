"""A column as `model.json` describes it: plain values, checked one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from math import isfinite
from typing import Any

from sciml.tables.columns.column import KINDS, LARGEST_INTEGER, MOST_LEVELS, Column


def read_column(values: Mapping[str, Any]) -> Column:
    """Return the column that `values` describe; ValueError, KeyError or TypeError where there is none."""
    known = {field.name for field in fields(Column)}
    if set(values) - known:
        raise ValueError(f"unknown entries {sorted(set(values) - known)}")
    column = Column(**{**values, "levels": tuple(values.get("levels", ()))})
    texts = (column.name, column.kind, column.dtype)
    flags = (column.given, column.gaps)
    if not (all(isinstance(text, str) for text in texts) and all(isinstance(flag, bool) for flag in flags)):
        raise ValueError(f"column {column.name!r} is not described by texts and flags")
    _refuse_numbers(column)
    return column


def _refuse_numbers(column: Column) -> None:
    bounds = [bound for bound in (column.low, column.high) if bound is not None]
    numbers = (*bounds, column.center, column.scale, column.fill)
    if not all(isinstance(value, int | float) and isfinite(value) for value in numbers):
        raise ValueError(f"column {column.name!r} has numbers that are not finite")
    if column.kind not in KINDS or column.scale <= 0 or not isinstance(column.fill, int):
        raise ValueError(f"column {column.name!r} has kind {column.kind!r}, scale {column.scale}")
    needed = {"bounded": 2, "positive": 1}.get(column.kind, 0)
    if len(bounds) != needed or (needed == 2 and not bounds[0] < bounds[1]):
        raise ValueError(f"column {column.name!r} has bounds {bounds}")
    levels = column.levels
    if column.categorical != bool(levels) or len(levels) > MOST_LEVELS:
        raise ValueError(f"column {column.name!r} has {len(levels)} levels")
    if not all(isinstance(level, str | bool | int | float) for level in levels):
        raise ValueError(f"column {column.name!r} has levels that are not plain")
    if abs(column.fill) > LARGEST_INTEGER or (levels and not 0 <= column.fill < len(levels)):
        raise ValueError(f"column {column.name!r} has fill {column.fill}")
