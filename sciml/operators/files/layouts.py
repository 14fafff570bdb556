"""Layouts that need more than names: DeepONet's branch and trunk, PDEBench's tensor, The Well's groups."""

from __future__ import annotations

import re

import numpy as np

from sciml.errors import DataError
from sciml.operators.files.contents import Contents
from sciml.operators.files.names import Chosen, Names, Values, positions_of

DEEPONET = ("X_train0", "X_train1", "y_train")
TENSOR = "tensor"  # of PDEBench: (samples, times, x[, y][, channels])
WELL = ("t0_fields/", "t1_fields/")  # scalars and vectors: (trajectories, times, x[, y][, components])
DIMENSIONS = "dimensions/"
RUN = re.compile(r"\d+/data")  # of PDEBench, a group a simulation: (times, x[, y], channels)
LINE_OF_TIMES = 3  # dimensions of a tensor at least


def layout(contents: Contents) -> Chosen | None:
    """Return the pairs of a layout that is known, or None."""
    arrays = contents.arrays
    if set(DEEPONET) <= arrays.keys():
        return _deeponet(*(arrays[name] for name in DEEPONET))
    if TENSOR in arrays and arrays[TENSOR].ndim >= LINE_OF_TIMES and "nu" not in arrays:
        return _times(contents)
    if any(name.startswith(WELL[0]) for name in arrays):
        return _well(contents)
    runs = [name for name in arrays if RUN.fullmatch(name)]
    return _runs(contents, runs) if runs else None


def _deeponet(branch: Values, trunk: Values, outputs: Values) -> Chosen:
    trunk = trunk.reshape(len(trunk), -1)
    if len(outputs) == len(branch) == len(trunk) and outputs.size == len(outputs):
        branch, trunk, outputs = _aligned(branch, trunk, outputs.reshape(-1))
    names = Names(DEEPONET[0], DEEPONET[2], DEEPONET[1])
    notes = ("a DeepONet's arrays: inputs are 'X_train0', outputs 'y_train', positions 'X_train1'",)
    if trunk.shape[1] == 1:
        order = np.argsort(trunk[:, 0], kind="stable")
        trunk, outputs = trunk[order], outputs[:, order]
    if branch.shape[1] == len(trunk):
        return Chosen(branch, outputs, (trunk,), names, notes)
    joined = "inputs are known at other points than outputs: taken to be even, and joined by lines"
    return Chosen(_at_points(branch, trunk), outputs, (trunk,), names, (*notes, joined))


def _aligned(branch: Values, trunk: Values, outputs: Values) -> tuple[Values, Values, Values]:
    """Return unaligned rows (function, point, value) as functions on common points."""
    functions, which = np.unique(branch, axis=0, return_inverse=True)
    order = np.lexsort([*trunk.T[::-1], which.ravel()])
    count = np.bincount(which.ravel())
    points = trunk[order].reshape(len(functions), -1, trunk.shape[1]) if np.ptp(count) == 0 else None
    if points is None or not (points == points[:1]).all():
        raise DataError(
            "unaligned rows of a DeepONet whose functions are known at different points each; expected "
            "common points: interpolate the outputs of each function to them"
        )
    return functions, points[0], outputs[order].reshape(len(functions), -1)


def _at_points(branch: Values, trunk: Values) -> Values:
    if trunk.shape[1] != 1:
        raise DataError(
            f"inputs at {branch.shape[1]} sensors and outputs at {len(trunk)} points of a plane; expected "
            "the same points: interpolate the inputs to them"
        )
    x = trunk[:, 0]
    sensors = np.linspace(x[0], x[-1], branch.shape[1])
    return np.stack([np.interp(x, sensors, row) for row in branch])


def _times(contents: Contents) -> Chosen:
    tensor = contents.arrays[TENSOR]
    axes, where, _ = positions_of(contents, "", set())
    note = f"'{TENSOR}' of PDEBench: inputs are the first of {tensor.shape[1]} times, outputs the last"
    names = Names(TENSOR, TENSOR, where)
    return Chosen(tensor[:, 0], tensor[:, -1], axes, names, (note,))


def _well(contents: Contents) -> Chosen:
    """Return every step of every trajectory, all fields as channels."""
    found = {name: array for name, array in contents.arrays.items() if name.startswith(WELL)}
    depth = max(array.ndim for name, array in found.items() if name.startswith(WELL[0]))
    scalars = {name: array[..., None] for name, array in found.items() if name.startswith(WELL[0])}
    vectors = {name: array for name, array in found.items() if name.startswith(WELL[1])}
    whole = {name: x for name, x in (scalars | vectors).items() if x.ndim == depth + 1}
    fields = np.concatenate(list(whole.values()), -1)
    trajectories, times = fields.shape[:2]
    inputs, outputs = (x.reshape(-1, *fields.shape[2:]) for x in (fields[:, :-1], fields[:, 1:]))
    named = [f"{DIMENSIONS}{name}" for name in "xy"[: depth - 2]]
    known = all(name in contents.arrays for name in named)
    axes = tuple(contents.arrays[name].reshape(-1) for name in named) if known else None
    note = (
        f"The Well's fields {', '.join(whole)}, {fields.shape[-1]} channels: inputs are a time, outputs the "
        f"next, {trajectories} trajectories of {times} times"
    )
    joined = ",".join(whole)
    labels = np.repeat(np.arange(trajectories), times - 1)
    return Chosen(inputs, outputs, axes, Names(joined, joined, ",".join(named)), (note,), labels)


def _runs(contents: Contents, runs: list[str]) -> Chosen:
    """Return the first and last times of simulations, each in a group of its own."""
    shapes = {contents.arrays[name].shape for name in runs}
    if len(shapes) > 1:
        raise DataError(f"simulations of the shapes {sorted(shapes)}, expected the same of all")
    data = np.stack([contents.arrays[name] for name in runs])
    grid = [runs[0].replace("data", f"grid/{name}") for name in "xy"]
    axes = tuple(contents.arrays[name].reshape(-1) for name in grid if name in contents.arrays)
    note = (
        f"PDEBench's groups of data, {len(runs)} simulations: inputs are the first of {data.shape[1]} times, "
    )
    names = Names(runs[0], runs[0], ",".join(grid[: len(axes)]))
    return Chosen(data[:, 0], data[:, -1], axes or None, names, (f"{note}outputs the last",))
