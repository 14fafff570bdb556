"""Read a potential from a text file: a header with units, columns of positions, of V, perhaps of masses."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from sciml.errors import DataError, FileError
from sciml.numerics.domains import Array
from sciml.quantum.tabulated.units import ENERGIES, LENGTHS, MASSES, unit
from sciml.quantum.tabulated.well import Table, TabulatedWell

NAMES = re.compile(r"^\s*(?P<name>[^\[\](]+?)\s*(?:[\[(](?P<unit>[^\])]*)[\])])?\s*$")
MASS = re.compile(r"^m(ass)?(\*|_?eff)?$", re.IGNORECASE)
LARGEST = 64 * 2**20  # bytes of a file
MOST = 4096  # points, as many as V may have kinks
FEWEST = 2


def read_potential(path: Path) -> TabulatedWell:
    """Return the well of a file.

    Such a file is::

        x [nm], V [eV], m [m_e]
        0.0, 0.3, 0.092
        20.0, 0.3, 0.092
        20.0, 0.0, 0.067
        ...

    Positions ascend; one that stands twice is a jump. Columns are split by commas, semicolons or blanks, a
    line that begins with # is no data. Without units V is in any, and c is the parameter `c`.

    Raises:
        FileError: If the file cannot be read.
        DataError: If it is no such table; with the line.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise FileError(f"{path}: larger than {LARGEST >> 20} MB, expected a potential at some points")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise DataError(f"{path}: is no text in UTF-8, expected columns such as `x [nm], V [eV]`") from None
    lines = [(n, line.strip()) for n, line in enumerate(text.splitlines(), 1)]
    content = [(n, line) for n, line in lines if line and not line.startswith("#")]
    if not content:
        raise DataError(f"{path}: is empty, expected a header `x [nm], V [eV]` and rows of numbers")
    splitter = next((mark for mark in (";", "\t", ",") if mark in content[0][1]), None)
    head, rows = _header(str(path), content, splitter)
    numbers = _numbers(str(path), rows, splitter, len(head))
    return _well(str(path), head, numbers)


def _split(line: str, mark: str | None) -> list[str]:
    return [cell.strip() for cell in (line.split(mark) if mark else re.split(r"\s+(?![^\[]*\])", line))]


def _header(
    path: str, content: list[tuple[int, str]], mark: str | None
) -> tuple[list[tuple[str, str]], list[tuple[int, str]]]:
    """Return (name, unit) of each column, and the rows; x and V where there is no header."""
    cells = _split(content[0][1], mark)
    if all(_is_number(cell) for cell in cells):
        raise DataError(f"{path}: line {content[0][0]} has no names, expected a header, `x [nm], V [eV]`")
    matches = [NAMES.match(cell) for cell in cells]
    if not 2 <= len(cells) <= 3 or not all(matches):
        raise DataError(
            f"{path}: line {content[0][0]}: got {content[0][1]!r}, expected `x [nm], V [eV]`, perhaps with "
            "`m [m_e]`"
        )
    head = [(match["name"], match["unit"] or "") for match in matches if match is not None]
    if len(head) == 3 and not MASS.match(head[2][0]):
        raise DataError(f"{path}: got a third column {head[2][0]!r}, expected the mass, `m [m_e]`")
    return head, content[1:]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _numbers(path: str, rows: list[tuple[int, str]], mark: str | None, columns: int) -> Array:
    """Return the rows as numbers (n, columns), or say in which line they are none."""
    found = []
    for n, line in rows:
        cells = _split(line, mark)
        if len(cells) != columns or not all(_is_number(cell) for cell in cells):
            raise DataError(f"{path}: line {n}: got {line!r}, expected {columns} numbers")
        found.append([float(cell) for cell in cells])
    if not FEWEST <= len(found) <= MOST:
        raise DataError(f"{path}: got {len(found)} points, expected {FEWEST} to {MOST}")
    values = np.array(found)
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(bad):
        raise DataError(f"{path}: line {rows[bad[0]][0]}: got {rows[bad[0]][1]!r}, expected finite numbers")
    steps = np.diff(values[:, 0])
    wrong = np.flatnonzero((steps < 0) | ((steps == 0) & (np.append(steps[1:], 1.0) == 0)))
    if len(wrong):
        raise DataError(
            f"{path}: line {rows[wrong[0] + 1][0]}: got {rows[wrong[0] + 1][1]!r}, expected positions that "
            "ascend, each once, or twice at a jump"
        )
    if steps[0] == 0 or steps[-1] == 0:
        raise DataError(f"{path}: a position stands twice at an end of the box, expected no jump at an end")
    return values


def _well(path: str, head: list[tuple[str, str]], values: Array) -> TabulatedWell:
    length, energy = head[0][1], head[1][1]
    if bool(length) != bool(energy):
        raise DataError(f"{path}: got a unit of {'x' if length else 'V'} alone, expected both or none")
    if length:
        unit(LENGTHS, length, head[0][0], path)
        unit(ENERGIES, energy, head[1][0], path)
    mass = None
    if len(head) == 3:
        scale = unit(MASSES, head[2][1] or "m_e", head[2][0], path)
        mass = tuple(float(value) for value in values[:, 2] * scale)
        if not min(mass) > 0:
            raise DataError(f"{path}: got a mass of {min(mass):g}, expected positive ones")
    x, potential = (tuple(float(value) for value in values[:, k]) for k in (0, 1))
    return TabulatedWell(Table(x, potential, mass, length, energy))
