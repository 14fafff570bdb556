"""How a CSV text is written: its delimiter, its decimal mark, its column names; ragged rows are refused."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from itertools import islice

from sciml.errors import DataError

DELIMITERS = (",", ";", "\t", "|")
SAID = re.compile(r'"?sep=(.)"?\n')  # Excel's first line that says the delimiter
SAMPLE = 100  # rows looked at to find the delimiter and the decimal mark
DECIMAL_COMMA = re.compile(r"\s*[+-]?\d*,\d+([eE][+-]?\d+)?\s*")
DECIMAL_POINT = re.compile(r"\s*[+-]?\d*\.\d*([eE][+-]?\d+)?\s*")


@dataclass(frozen=True)
class Dialect:
    """How a CSV text is written.

    Attributes:
        delimiter: Between cells.
        decimal: The mark of decimals.
        names: Of the columns.
        header: Whether a line names them.
        skipped: Lines before all that.
    """

    delimiter: str
    decimal: str
    names: tuple[str, ...]
    header: bool = True
    skipped: int = 0


def dialect_of(text: str, source: str, header: bool = True) -> Dialect:
    """Return how `text` is written; `source` names it in errors, without `header` no line names the columns.

    Raises:
        DataError: If it is empty, has no row below the names, names twice the same or not at all, or if a
            row has more or fewer cells than there are names (with its line).
    """
    try:
        return _dialect(text, source, header)
    except csv.Error as error:
        raise DataError(f"{source}: not a CSV table ({error}): is a quote left open?") from None


def _dialect(text: str, source: str, header: bool) -> Dialect:
    said = SAID.match(text)
    body = text[said.end() :] if said else text
    if not body.strip():
        raise DataError(f"{source}: is empty, expected a line of column names and one line a row")
    delimiter = said[1] if said else _delimiter(body)
    skipped = 1 if said else 0
    cells = _sample(body, delimiter)
    names = (
        tuple(name.strip() for name in cells[0]) if header else tuple(f"x{j}" for j in range(len(cells[0])))
    )
    if header:
        _refuse_names(names, source, skipped + 1)
    _refuse_ragged(body, delimiter, len(names), source, skipped, header)
    if header and len(cells) < 2:
        raise DataError(f"{source}: has column names in line {skipped + 1} and no row below")
    return Dialect(delimiter, _decimal(cells[header:], delimiter), names, header, skipped)


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the last line's number and the cells of each row that is not blank."""
    reader = csv.reader(StringIO(text), delimiter=delimiter, skipinitialspace=True)
    for row in reader:
        if row:
            yield reader.line_num, row


def _sample(text: str, delimiter: str) -> list[list[str]]:
    return [row for _, row in islice(_rows(text, delimiter), SAMPLE)]


def _delimiter(text: str) -> str:
    """Return the delimiter by which most rows have as many cells as the first; more cells break ties."""

    def agreement(delimiter: str) -> tuple[float, int]:
        counts = [len(row) for row in _sample(text, delimiter)]
        return (Counter(counts)[counts[0]] / len(counts) if counts[0] > 1 else 0.0, counts[0])

    return max(DELIMITERS, key=agreement)


def _decimal(rows: list[list[str]], delimiter: str) -> str:
    """Return a comma where cells read as numbers with a decimal comma and none has a decimal point."""
    if delimiter == ",":
        return "."
    cells = [cell for row in rows for cell in row]
    commas = any(DECIMAL_COMMA.fullmatch(cell) for cell in cells)
    points = any(DECIMAL_POINT.fullmatch(cell) for cell in cells)
    return "," if commas and not points else "."


def _refuse_names(names: tuple[str, ...], source: str, line: int) -> None:
    if "" in names:
        raise DataError(
            f"{source}: column {names.index('') + 1} has no name in line {line}: name it, or leave it out"
            " (pandas writes no index with to_csv(index=False))"
        )
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if doubled:
        raise DataError(f"{source}: line {line} names two columns {doubled[0]!r}: rename one")
    if all(map(_number, names)) and list(names) != [str(j) for j in range(len(names))]:
        raise DataError(
            f"{source}: line {line} holds numbers ({names[0]}, …), expected the columns' names;"
            " use --no-header (header=False) if there are none"
        )


def _number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True


def _refuse_ragged(text: str, delimiter: str, columns: int, source: str, skipped: int, header: bool) -> None:
    """Refuse the first row that has not as many cells as there are columns."""
    says = "names" if header else "has"
    for line, count in _counts(text, delimiter):
        if count != columns:
            first = f"line {1 + skipped} {says} {columns} columns"
            raise DataError(f"{source}: line {line + skipped} has {count} cells, {first}")


def _counts(text: str, delimiter: str) -> Iterator[tuple[int, int]]:
    """Yield the line and the number of cells of each row that is not blank; quotes take the slow way."""
    if '"' in text:
        yield from ((line, len(row)) for line, row in _rows(text, delimiter))
        return
    for line, content in enumerate(StringIO(text), 1):
        if content != "\n":
            yield line, content.count(delimiter) + 1
