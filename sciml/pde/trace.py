"""What equations take, found by writing them down at a few points: derivatives, and names of the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any, Protocol

import torch
from torch import Tensor

from sciml.arguments import refusal
from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.numerics.boxes import Box
from sciml.numerics.derivatives import Jet, coordinates
from sciml.numerics.directions import Directions, Second
from sciml.numerics.networks import MLP
from sciml.pde.conditions import Condition
from sciml.pde.field import Note
from sciml.pde.naming import rows_by_name
from sciml.pinn.form import Inputs
from sciml.pinn.scalars import Scalar, raw_values, scalar_values

FEW = 3  # points; the rows must see their own alone, so that a number of points is told from a scalar
WIDTH = 3


class Written(Protocol):
    """What of a problem is needed to write its equations down."""

    @property
    def domain(self) -> Box: ...  # noqa: D102
    @property
    def scalars(self) -> Mapping[str, Scalar]: ...  # noqa: D102
    @property
    def outputs(self) -> int: ...  # noqa: D102
    def inputs(self) -> Inputs: ...  # noqa: D102
    def equations(self, *args: Any, **kwargs: Any) -> Any: ...  # noqa: ANN401, D102
    def conditions(self) -> tuple[Condition, ...]: ...  # noqa: D102
    def trial_fields(  # noqa: D102
        self, raw: Jet, x: Jet, scalars: Mapping[str, Tensor]
    ) -> Mapping[str, Jet]: ...
    def written(  # noqa: D102
        self,
        function: Callable[..., Any],
        x: Tensor,
        fields: Mapping[str, Jet],
        scalars: Mapping[str, Tensor],
        note: Note,
    ) -> Any: ...  # noqa: ANN401


@dataclass(frozen=True)
class Trace:
    """What was seen.

    Attributes:
        seconds: The second derivatives that are taken.
        equations: The names of the equations.
        conditions: For each condition the names of its rows.
    """

    seconds: tuple[Second, ...]
    equations: tuple[str, ...]
    conditions: tuple[tuple[str, ...], ...]


def traced(problem: Written) -> Trace:
    """Return what the equations and conditions of a problem take.

    Raises:
        ArgumentError: If a row does not depend on the fields, or is not one number a point.
        ArgumentTypeError: If it is no tensor.
    """
    axes = problem.domain.axes
    along = Directions.of(axes, [(pair,) for pair in combinations_with_replacement(axes, 2)])
    taken: list[Second] = []

    def rows(x: Any, function: Callable[..., Any], what: str) -> tuple[str, ...]:  # noqa: ANN401
        points = torch.as_tensor(x, dtype=torch.float64)
        with torch.enable_grad():
            found = rows_by_name(_evaluated(problem, points, along, function, taken.append), what)
        for name, row in found.items():
            _check(name, row, len(points))
        return tuple(found)

    inside = problem.domain.scattered(FEW).points
    equations = rows(inside, problem.equations, "equation")
    conditions = tuple(
        rows(problem.domain.face(item.where, 1).points, item.rows, f"condition at {item.where}")
        for item in _conditions(problem)
    )
    return Trace(tuple(dict.fromkeys(taken)), equations, conditions)


def _conditions(problem: Written) -> tuple[Condition, ...]:
    found: object = problem.conditions()
    if not isinstance(found, (tuple, list)):
        raise ArgumentTypeError(refusal("conditions", type(found).__name__, "a tuple of conditions"))
    return tuple(found)


def _evaluated(
    problem: Written,
    x: Tensor,
    along: Directions,
    function: Callable[..., Any],
    note: Callable[[Second], None],
) -> Any:  # noqa: ANN401
    position = coordinates(x, along)
    generator = torch.Generator().manual_seed(0)
    network = MLP(problem.inputs().count, (WIDTH,), problem.outputs, generator=generator)
    raw = x.new_tensor(raw_values(problem.scalars, {})).expand(len(x), -1)
    scalars = scalar_values(problem.scalars, raw)
    fields: Mapping[str, Jet] = problem.trial_fields(
        network.jet(problem.inputs()(position)), position, scalars
    )
    return problem.written(function, x, fields, scalars, note)


def _check(name: str, row: Any, count: int) -> None:  # noqa: ANN401
    if not isinstance(row, Tensor):
        advice = "calculate with u, u.t, u.xx and the coordinates"
        raise ArgumentTypeError(refusal(f"row {name!r}", row, "a tensor, one number a point", advice))
    if row.shape != (count,) or not row.is_floating_point():
        expected = "one real number a point"
        raise ArgumentError(refusal(f"row {name!r}", f"shape {tuple(row.shape)}, {row.dtype}", expected))
    if not row.requires_grad:
        advice = "it does not depend on them; leave it out"
        raise ArgumentError(
            refusal(f"row {name!r}", "numbers without the fields", "an equation for them", advice)
        )
