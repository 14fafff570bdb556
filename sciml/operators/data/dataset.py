"""Pairs of functions on common points: what an operator is trained and tested on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sciml.arguments import check_count
from sciml.errors import ArgumentError, ArgumentTypeError, DataError
from sciml.numerics.domains import Array
from sciml.operators.data import checks
from sciml.operators.data.trajectories import parts, trajectories
from sciml.operators.files.placing import as_grid


@dataclass(frozen=True)
class OperatorData:
    """N pairs of input and output functions, on the same n points.

    Attributes:
        inputs: (N, n, c) or, for one channel, (N, n); kept as (N, n, c), float64.
        outputs: (N, n, d) or (N, n); kept as (N, n, d), float64.
        positions: (n, m) or, on a line, (n,), increasing; kept as (n, m).
        weights: quadrature weights (n,), positive, of sum 1; by default equal on evenly spaced points of a
            line and in more dimensions, the trapezoidal rule's on other points of a line.
        metadata: where the data come from, as JSON can hold it.
        trajectory: the number of the trajectory that each pair is a step of, (N,); by default found out: the
            output of one pair is the input of the next.

    Raises:
        DataError: Where the arrays disagree or cannot be used, one line that says what to do.
    """

    inputs: Array
    outputs: Array
    positions: Array
    weights: Array | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    trajectory: Array | None = None

    def __post_init__(self) -> None:
        positions = checks.coordinates(self.positions)
        inputs = checks.functions("inputs", self.inputs, len(positions))
        outputs = checks.functions("outputs", self.outputs, len(positions))
        checks.same_samples(inputs, outputs)
        weights = checks.quadrature(self.weights, positions)
        labels = None if self.trajectory is None else checks.labels(self.trajectory, len(inputs))
        object.__setattr__(self, "trajectory", labels)
        arrays = {"inputs": inputs, "outputs": outputs, "positions": positions, "weights": weights}
        for name, value in arrays.items():
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def points(self) -> int:
        """The number of points, n."""
        return len(self.positions)

    @cached_property
    def axes(self) -> tuple[Array, ...] | None:
        """The coordinates of the grid that the points are, y running fastest; None of scattered points."""
        if self.positions.shape[1] == 1:
            return (self.positions[:, 0],)
        found = as_grid(self.positions) if self.positions.shape[1] == 2 else None
        if found is None or (np.diff(found[2]) != 1).any():
            return None
        return found[:2]

    @property
    def zero_targets(self) -> tuple[int, ...]:
        """The samples whose output is zero everywhere: allowed, but they have no relative error."""
        return tuple(np.flatnonzero(~self.outputs.any(axis=(1, 2))).tolist())

    def take(self, samples: NDArray[np.integer[Any]] | slice) -> OperatorData:
        """Return the samples of these indices."""
        chosen = self.inputs[samples], self.outputs[samples]
        labels = None if self.trajectory is None else self.trajectory[samples]
        return OperatorData(*chosen, self.positions, self.weights, self.metadata, labels)

    @cached_property
    def groups(self) -> NDArray[np.integer[Any]]:
        """The number of each pair's trajectory, (N,): a pair that is no step of one is one by itself."""
        return trajectories(self.inputs, self.outputs, self.trajectory)

    def split(self, test: int | float, seed: int) -> tuple[OperatorData, OperatorData]:
        """Return training and test samples, drawn without replacement; `test` is a number or a fraction.

        Trajectories stay whole: the test samples may then be a few more. Of a single one they are the last.

        Raises:
            ArgumentError: Where either part would be empty.
        """
        count = _share(test, len(self))
        learn, judge = parts(self.groups, count, check_count("seed", seed, 0))
        return self.take(learn), self.take(judge)

    def check_modes(self, modes: int) -> None:
        """Raise DataError where the points of a line are too few to tell `modes` Fourier modes apart."""
        resolved = (self.points - 1) // 2
        if modes > resolved:
            raise DataError(
                f"positions: {self.points} points tell {resolved} modes apart, fewer than the {modes} "
                "asked for; "
                f"give at least {2 * modes + 1} points or ask for fewer modes"
            )


def _share(test: int | float, samples: int) -> int:
    if isinstance(test, bool) or not isinstance(test, int | float):
        raise ArgumentTypeError(f"test: got {test!r}, expected a number of samples or a fraction")
    count = test if isinstance(test, int) else round(test * samples) if 0 < test < 1 else 0
    if not 0 < count < samples:
        raise ArgumentError(
            f"test: got {test!r} of {samples} samples, expected 1 to {samples - 1} samples, "
            "or a fraction between 0 and 1 that leaves some in both parts"
        )
    return count
