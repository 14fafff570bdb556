"""Which arrays of a file are inputs, outputs and positions: by the names given, else by the custom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sciml.errors import DataError, did_you_mean
from sciml.operators.files.contents import Contents

Values = NDArray[Any]
NATIVE = ("inputs", "outputs")
CUSTOM = (("a", "u"), ("coeff", "sol"), ("x", "y"), ("input", "output"), ("u0", "uT"), ("nu", "tensor"))
AXES = (("x", "y"), ("x-coordinate", "y-coordinate"), ("lon", "lat"), ("longitude", "latitude"))
ONE_FUNCTION = 2  # dimensions of an array of functions at least: samples and points


@dataclass(frozen=True)
class Names:
    """Names of arrays, several joined by commas; empty where they are to be found out."""

    inputs: str = ""
    outputs: str = ""
    positions: str = ""


UNNAMED = Names()


@dataclass(frozen=True)
class Chosen:
    """What was taken from a file, as it lies there.

    Attributes:
        inputs: (N, …), grid and channels as they are.
        outputs: Likewise.
        axes: An array for each coordinate, or one (n, m) of points; None where the file has none.
        names: Where they came from.
        notes: What is to be said of how they were found.
        trajectory: The trajectory each pair is a step of, or None.
        again: By which names another file of the kind is read.
    """

    inputs: Values
    outputs: Values | None
    axes: tuple[Values, ...] | None
    names: Names
    notes: tuple[str, ...] = ()
    trajectory: Values | None = None
    again: Names = UNNAMED


def chosen(contents: Contents, names: Names, outputs_needed: bool = True) -> Chosen:
    """Return inputs, outputs and positions by their names.

    Raises:
        DataError: If an array is missing, or nothing says which it is.
    """
    first, second = names.inputs, names.outputs
    if not outputs_needed and not _is_functions(contents, second):
        second = ""
    notes: tuple[str, ...] = ()
    if not first or (outputs_needed and not second):
        first, second, notes = _guessed(contents, first, second, outputs_needed)
    axes, where, said = positions_of(
        contents, names.positions, {*_split(first), *_split(second)}, outputs_needed
    )
    outputs = stacked(contents, second) if second else None
    taken = Names(first, second or names.outputs, where)
    return Chosen(stacked(contents, first), outputs, axes, taken, (*notes, *said), again=taken)


def stacked(contents: Contents, names: str) -> Values:
    """Return an array of the file, or several as the channels of one."""
    arrays = [named(contents, name) for name in _split(names)]
    if len({array.shape for array in arrays}) > 1:
        shapes = " and ".join(str(array.shape) for array in arrays)
        raise DataError(f"{names}: got the shapes {shapes}, expected the same of all channels")
    return arrays[0] if len(arrays) == 1 else np.stack(arrays, -1)


def named(contents: Contents, name: str) -> Values:
    """Return the array of that name."""
    if name not in contents.arrays:
        raise DataError(missing(contents, name))
    return contents.arrays[name]


def missing(contents: Contents, name: str) -> str:
    """Return a line that says what else there is."""
    return f"no array {name!r} in the file; {did_you_mean(name, contents.arrays)}"


def _split(names: str) -> Sequence[str]:
    return [name.strip() for name in names.split(",") if name.strip()]


def _guessed(
    contents: Contents, first: str, second: str, outputs_needed: bool
) -> tuple[str, str, tuple[str, ...]]:
    for pair in (NATIVE, *CUSTOM):
        a, u = first or pair[0], second or pair[1]
        there = _is_functions(contents, a) and (_is_functions(contents, u) or not outputs_needed)
        if there:
            u = u if u in contents.arrays else ""
            told = (a, u or pair[1]) != NATIVE
            return a, u, (f"inputs are {a!r}" + f", outputs {u!r}" * bool(u) + ", by their names",) * told
    native = (first or NATIVE[0], second or NATIVE[1])
    if all(name in contents.arrays for name in native):  # no functions: what reads them says so
        return *native, ()
    absent = native[0]
    raise DataError(
        f"no array {absent!r} among {', '.join(sorted(contents.arrays)) or 'nothing'}; expected inputs, "
        "outputs, positions, or say which they are: --inputs A --outputs U --positions X"
    )


def _is_functions(contents: Contents, names: str) -> bool:
    arrays = [contents.arrays.get(name) for name in _split(names)]
    return all(array is not None and array.ndim >= ONE_FUNCTION for array in arrays)


def positions_of(
    contents: Contents, names: str, taken: set[str], needed: bool = True
) -> tuple[tuple[Values, ...] | None, str, tuple[str, ...]]:
    """Return the arrays of positions, their names, and what is to be said of them."""
    if names and all(name in contents.arrays for name in _split(names)):
        return tuple(_axis(contents.arrays[name]) for name in _split(names)), names, ()
    if names and needed:
        raise DataError(
            missing(contents, next(name for name in _split(names) if name not in contents.arrays))
        )
    if "positions" in contents.arrays:
        return (contents.arrays["positions"],), "positions", ()
    for pair in AXES:
        there = [name for name in pair if name in contents.arrays and name not in taken]
        if there and there[0] == pair[0]:
            axes = tuple(_axis(contents.arrays[name]) for name in there)
            return axes, ",".join(there), (f"positions are {', '.join(map(repr, there))}, by their names",)
    return None, "", ()


def _axis(array: Values) -> Values:
    return array.reshape(-1) if sum(size > 1 for size in array.shape) <= 1 else array
