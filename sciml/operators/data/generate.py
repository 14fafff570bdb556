"""Data sets by seed: a random field, an operator with a known solution, a grid."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sciml.arguments import check_count
from sciml.errors import ArgumentError
from sciml.numerics.domains import Array
from sciml.operators.data.dataset import OperatorData
from sciml.operators.data.operator import CHECKED, CHECKED_ON, AbstractOperator
from sciml.operators.data.random_field import BLOCK, GaussianField
from sciml.operators.data.series import grid, grid_weights, most_modes

TASK = 16  # blocks that a worker does at a time

Pair = tuple[Array, Array]


@dataclass(frozen=True)
class DataSpec:
    """What a data set is of: an operator, and the field its inputs are drawn from.

    Attributes:
        operator: one of `Burgers`, `Heat`, `Advection`, `Poisson`, `Antiderivative`, or your own.
        field: the inputs' law; by default the source's, periodic or zero at the ends as the operator asks.
    """

    operator: AbstractOperator
    field: GaussianField | None = None

    def __post_init__(self) -> None:
        if self.field is None:
            object.__setattr__(self, "field", GaussianField(boundary=self.operator.boundary))
        if self.law.boundary != self.operator.boundary:
            raise ArgumentError(
                f"field: got one with boundary {self.law.boundary!r}, "
                f"the {self.operator.name} operator needs {self.operator.boundary!r}"
            )

    @property
    def law(self) -> GaussianField:
        """The field, which is never None once the value is made."""
        assert self.field is not None
        return self.field

    def block(self, number: int, n: int, seed: int) -> Pair:
        """Return inputs and outputs (BLOCK, n) of one block of samples.

        The inputs keep only the modes that n points tell apart, so that none is aliased; the outputs are
        those of the whole function.
        """
        whole = self.law.block(number, seed)
        seen = whole.band(most_modes(n, whole.multiple))
        return seen.on_grid(n), self.operator.on_grid(whole, n)


def generate(spec: DataSpec, count: int, n: int, seed: int = 0, jobs: int | None = 1) -> OperatorData:
    """Return `count` samples on a grid of n points, with the reference's own error in the metadata.

    Sample i depends on the seed and on i alone: not on `count`, nor on n (but for modes that n points cannot
    hold), nor on `jobs`.

    Args:
        spec: Operator and field.
        count: Number of samples.
        n: Number of points: i/n for periodic functions, i/(n−1) for those that vanish at 0 and 1.
        seed: Seed, a whole number ≥ 0.
        jobs: Processes, by joblib; 1 works here; None follows `joblib.parallel_config`, which also sends the
            work to a Dask cluster.

    Raises:
        ArgumentError, ArgumentTypeError: If an argument makes no sense.
    """
    check_count("count", count)
    check_count("n", n, 3)
    check_count("seed", seed, 0)
    if jobs == 0:
        raise ArgumentError("jobs: got 0, expected a number of processes, −1 for all, or None")
    blocks = range(-(-count // BLOCK))
    tasks = [blocks[i : i + TASK] for i in range(0, len(blocks), TASK)]
    parts = _mapped(lambda task: _task(spec, task, n, seed), tasks, jobs)
    inputs, outputs = (np.concatenate(part)[:count, :, None] for part in zip(*parts, strict=True))
    x, weights = grid(n, spec.law.multiple), grid_weights(n, spec.law.multiple)
    return OperatorData(inputs, outputs, x, weights, _metadata(spec, count, n, seed))


def _task(spec: DataSpec, blocks: range, n: int, seed: int) -> Pair:
    inputs, outputs = zip(*(spec.block(number, n, seed) for number in blocks), strict=True)
    return np.concatenate(inputs), np.concatenate(outputs)


def _mapped(function: Callable[[range], Pair], tasks: list[range], jobs: int | None) -> list[Pair]:
    if jobs == 1 or len(tasks) == 1:
        return [function(task) for task in tasks]
    from joblib import Parallel, delayed

    return list(Parallel(n_jobs=jobs)(delayed(function)(task) for task in tasks))


def _metadata(spec: DataSpec, count: int, n: int, seed: int) -> Mapping[str, Any]:
    operator, first = spec.operator, spec.law.block(0, seed)
    modes = min(spec.law.modes, most_modes(n, spec.law.multiple))
    return {
        "operator": operator.name,
        "equation": operator.equation,
        "parameters": asdict(operator),
        "field": asdict(spec.law),
        "seed": seed,
        "count": count,
        "points": n,
        "input_modes": modes,
        "method": operator.method,
        "relative_l2_error": operator.error(first),
        "input_cut_error": operator.cut_error(first, modes),
        "error_is": f"the largest over the first {CHECKED} samples, on {CHECKED_ON} points, against the "
        "refined computation in extended precision; input_cut_error is what the outputs owe to modes of the "
        "inputs above input_modes, which these points do not hold",
    }
