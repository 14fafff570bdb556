"""What is understood of a file of functions before hours are spent on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sciml.numerics.domains import Array
from sciml.operators.boundaries import JUMP, REPEATED, ends_of, jump, repeated
from sciml.operators.data import OperatorData, load_data
from sciml.operators.files.names import UNNAMED, Names
from sciml.operators.grids import is_even

LARGE = 10.0  # times what varies about it: a mean that is worth a word

Line = tuple[str, str]


def overview(path: Path, names: Names = UNNAMED) -> list[Line]:
    """Return what a file holds, as labels and words.

    Raises:
        DataError: If the file is no data set.
        FileError: If it cannot be read.
    """
    data = load_data(path, names)
    return [*_source(data), *_sizes(data), *_of_functions(data), *_samples(data)]


def _source(data: OperatorData) -> Iterator[Line]:
    reading = data.metadata.get("reading", {})
    yield "format", reading.get("format", "npz")
    for note in reading.get("notes", ()):
        yield "understood", note
    for name, unit in reading.get("units", {}).items():
        yield f"unit of {name}", unit


def _sizes(data: OperatorData) -> Iterator[Line]:
    yield "samples", str(len(data))
    yield "grid", _grid(data)
    yield "channels", f"{data.inputs.shape[2]} of inputs, {data.outputs.shape[2]} of outputs"


def _grid(data: OperatorData) -> str:
    low, high = data.positions.min(0), data.positions.max(0)
    where = ", ".join(f"{a:g} to {b:g}" for a, b in zip(low, high, strict=True))
    if data.positions.shape[1] == 1:
        even = "even" if is_even(data.positions) else "uneven: interpolate before training"
        return f"{data.points} points of a line, {where}, {even}"
    words = " x ".join(str(len(axis)) for axis in data.axes) if data.axes else f"{data.points} scattered"
    return f"{words} points, {where}"


def _of_functions(data: OperatorData) -> Iterator[Line]:
    for name in ("inputs", "outputs"):
        values: Array = getattr(data, name)
        yield name, "; ".join(_channel(values[..., c]) for c in range(values.shape[2]))
        if data.positions.shape[1] == 1:
            yield f"ends of {name}", _ends(values)


def _channel(values: Array) -> str:
    mean, spread = float(values.mean()), float(values.std())
    offset = ", a large offset" if abs(mean) > LARGE * spread else ""
    return f"mean {mean:.4g}, varies by {spread:.3g}, {values.min():.4g} to {values.max():.4g}{offset}"


def _ends(values: Array) -> str:
    if values.any() and repeated(values) < REPEATED:
        return "the last point is the first: drop it for boundary=periodic"
    gap = jump(values)
    words = "like those of a period (boundary=periodic)" if gap < JUMP else f"jump by {gap:.3g} steps (free)"
    return f"{words}; {ends_of(values):.2g} of the size at the ends"


def _samples(data: OperatorData) -> Iterator[Line]:
    copies = len(data) - len(np.unique(data.inputs.reshape(len(data), -1), axis=0))
    yield "same inputs", f"{copies} samples" if copies else "none"
    together = len(data) - len(np.unique(data.groups))
    yield "trajectories", f"{together} samples go on from others" if together else "none"
    if data.zero_targets:
        yield "zero outputs", f"{len(data.zero_targets)} samples"
