"""Tables written as JSON: an object a line, or one array of objects."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sciml.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

NESTED = (dict, list)


def is_json(text: str) -> bool:
    """Whether a text begins as an object, or as an array of objects."""
    head = text.lstrip()[:200]
    return head.startswith("{") or (head.startswith("[") and head[1:].lstrip().startswith("{"))


def json_table(text: str, source: str) -> pd.DataFrame:
    """Return the table of objects with one cell a name; what an object lacks is a missing cell.

    Raises:
        DataError: For what is no such table; the message names the line, or the object.
    """
    import pandas as pd

    objects = _array(text, source) if text.lstrip().startswith("[") else _lines(text, source)
    for where, each in objects:
        if not isinstance(each, dict):
            raise DataError(f'{source}: {where} is no JSON object, expected a row such as {{"a": 1}}')
        for name, cell in each.items():
            if isinstance(cell, NESTED):
                raise DataError(
                    f"{source}: {where} has a {type(cell).__name__} in {name!r}, expected one value"
                )
    table = pd.DataFrame([each for _, each in objects])
    if not table.shape[1]:
        raise DataError(f"{source}: its JSON objects are empty, expected a value for each column")
    return table.convert_dtypes()


def _lines(text: str, source: str) -> list[tuple[str, Any]]:
    rows = []
    for line, content in enumerate(text.split("\n"), 1):
        if content.strip():
            try:
                rows.append((f"line {line}", json.loads(content)))
            except (ValueError, RecursionError) as error:
                raise DataError(f"{source}: line {line} is not JSON ({error})") from None
    return rows


def _array(text: str, source: str) -> list[tuple[str, Any]]:
    try:
        return [(f"object {i}", each) for i, each in enumerate(json.loads(text))]
    except (ValueError, RecursionError) as error:
        raise DataError(f"{source}: is not JSON ({error})") from None
