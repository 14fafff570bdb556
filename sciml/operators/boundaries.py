"""What a data set's functions must be for the line they are on, and the boundary that is claimed of them."""

from __future__ import annotations

import numpy as np

from sciml.errors import DataError
from sciml.numerics.domains import Array
from sciml.operators.data import OperatorData
from sciml.operators.grids import check_line

REPEATED = 1e-2  # of the steps between neighbours: first and last values that are nearer are one point
JUMP = 3.0  # times the largest step between neighbours: a step from the last point to the first that is none
NOT_ZERO = 1e-2  # of the functions' size: ends that are larger are not zero


def check_boundary(data: OperatorData, boundary: str, source: str) -> None:
    """Refuse functions that cannot be what is claimed of them.

    Raises:
        DataError: For the end of a period that is given twice; ends that are not zero; as many channels as
            points, which are a field in two dimensions.
    """
    _check_channels(data, source)
    if boundary == "periodic" and _repeated(data):
        raise DataError(
            f"{source}: the first and the last point are equal in all samples, expected a period without its "
            "right end; drop the last: inputs[:, :-1], outputs[:, :-1], positions[:-1]; or set boundary=zero"
        )
    for name in ("inputs", "outputs") if boundary == "zero" else ():
        size = ends_of(getattr(data, name))
        if size > NOT_ZERO:
            raise DataError(
                f"{source}: {name} at the ends are {size:.2g} of their size, expected 0 under boundary=zero; "
                "set boundary=free"
            )


def check_plane(data: OperatorData, boundary: str, source: str) -> None:
    """Refuse points of a plane that are no even grid, and functions that cannot be what is claimed of them.

    Raises:
        DataError: Of scattered points, uneven axes, ends of a period given twice, walls that are not zero.
    """
    if data.axes is None:
        raise DataError(
            f"{source}: {data.points} scattered points of a plane, expected an n × m grid; interpolate the "
            "functions to one"
        )
    for name, axis in zip("xy", data.axes, strict=True):
        check_line(axis[:, None], f"{source}: {name}")
    shape = tuple(len(axis) for axis in data.axes)
    placed = [f.reshape(len(f), *shape, -1) for f in (data.inputs, data.outputs)]
    for i, name in enumerate("xy"):
        first, last = (np.concatenate([f.take(end, 1 + i).ravel() for f in placed]) for end in (0, -1))
        if boundary == "periodic" and np.abs(first - last).max() <= REPEATED**2 * np.abs(first).max():
            raise DataError(
                f"{source}: the first and the last line along {name} are equal, expected a period without "
                "its right end; drop the last of inputs, outputs and positions"
            )
    outputs = placed[1]
    edges = np.concatenate([outputs.take(end, axis).ravel() for axis in (1, 2) for end in (0, -1)])
    size = float(np.sqrt(np.square(edges).mean() / max(float(np.square(outputs).mean()), 1e-300)))
    if boundary == "zero" and size > NOT_ZERO:
        raise DataError(
            f"{source}: outputs at the walls are {size:.2g} of their size, expected 0 under boundary=zero; "
            "set boundary=free"
        )


def jumps(data: OperatorData) -> tuple[str, ...]:
    """Return what is to be said of functions that are called periodic and jump between their ends."""
    return tuple(
        f"{name}: from the last point to the first they jump {ratio:.3g} times as far as between neighbours; "
        "if they are not periodic, set boundary=free"
        for name in ("inputs", "outputs")
        if (ratio := jump(getattr(data, name))) > JUMP
    )


def _check_channels(data: OperatorData, source: str) -> None:
    for name in ("inputs", "outputs"):
        n, channels = getattr(data, name).shape[1:]
        if channels == n:
            raise DataError(
                f"{source}: {name} have the shape {getattr(data, name).shape}, {n} x {n} values on {n} "
                "positions, which may be fields in two dimensions, expected functions on a line (N, n) or "
                "(N, n, channels); if they are channels, interpolate to another number of points"
            )


def _repeated(data: OperatorData) -> bool:
    ratios = np.concatenate([_closing(values) for values in (data.inputs, data.outputs)])
    return bool(len(ratios) and (ratios < REPEATED).all())


def repeated(values: Array) -> float:
    """Return the step from last to first point over those between neighbours, where that is largest."""
    return float(_closing(values).max(initial=0.0))


def _closing(values: Array) -> Array:
    """Return the step from last to first point over those between neighbours, of each channel that varies."""
    gap, steps = _rms(values[:, 0] - values[:, -1], 0), _rms(np.diff(values, axis=1), (0, 1))
    return gap[steps > 0] / steps[steps > 0]


def jump(values: Array) -> float:
    """Return the step from last to first point over the largest between neighbours, of the worst channel."""
    gap, steps = _rms(values[:, 0] - values[:, -1], 0), _rms(np.diff(values, axis=1), 0).max(0)
    return float((gap[steps > 0] / steps[steps > 0]).max(initial=0.0))


def ends_of(values: Array) -> float:
    """Return the size of the values at the ends over that of the functions, of the worst channel."""
    ends, size = _rms(values[:, [0, -1]], (0, 1)), _rms(values, (0, 1))
    return float((ends[size > 0] / size[size > 0]).max(initial=0.0))


def _rms(values: Array, axis: int | tuple[int, ...]) -> Array:
    root: Array = np.sqrt(np.square(values).mean(axis=axis))
    return root
