"""Solutions of one problem put in order along one of its parameters, with their checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sciml.contracts.checks import Check
from sciml.contracts.parameters import parameters_of
from sciml.errors import ArgumentError
from sciml.numerics.domains import Array
from sciml.plot._style import short
from sciml.runs.solution import Solution


@dataclass(frozen=True)
class Series:
    """One scalar along one parameter, ascending, all other parameters alike.

    Attributes:
        name: What tells this series from the others.
        x: Values of the parameter, (n,).
        checks: The scalar's check at each.
    """

    name: str
    x: Array
    checks: tuple[Check, ...]

    def numbers(self, attribute: str) -> Array:
        """Return one attribute of the checks, (n,)."""
        return np.array([getattr(check, attribute) for check in self.checks])


def series_of(solutions: Sequence[Solution], parameter: str) -> list[Series]:
    """Return the solutions by what else differs between them, each series along `parameter`."""
    if not solutions:
        raise ArgumentError("solutions: got none, expected at least one")
    for item in solutions:
        if parameter not in item.parameters or not item.compare().scalars:
            raise ArgumentError(
                f"solutions: {item.name!r} has no {parameter!r} or no scalar with a reference"
            )
    varied = [key for key in solutions[0].parameters if len({_value(item, key) for item in solutions}) > 1]
    names = [_named(item, [key for key in varied if key != parameter]) for item in solutions]
    groups = {name: [item for item, of in zip(solutions, names, strict=True) if of == name] for name in names}
    return [_series(name, group, parameter) for name, group in groups.items()]


def _value(solution: Solution, key: str) -> str:
    return repr(solution.parameters.get(key))


def _named(solution: Solution, keys: Sequence[str]) -> str:
    return (
        ", ".join(f"{key} = {_spoken(solution.parameters[key])}" for key in keys)
        or solution.compare().scalars[0].name
    )


def _spoken(value: bool | float | str) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).lower()


def _series(name: str, group: Sequence[Solution], parameter: str) -> Series:
    ordered = sorted(group, key=lambda item: float(item.parameters[parameter]))
    x = np.array([float(item.parameters[parameter]) for item in ordered])
    return Series(name, x, tuple(item.compare().scalars[0] for item in ordered))


def summary(series: Sequence[Series], parameter: str) -> str:
    """Return how many checks there are, and the one nearest to, or furthest beyond, what is allowed."""
    checks = [check for item in series for check in item.checks]
    worst = max(checks, key=lambda check: check.strain)
    values = f"{worst.name} at {len(checks)} conditions along {parameter}"
    return f"{values} · worst error {short(worst.error)} (allowed {short(worst.allowed)})"


def unit_of(solution: Solution, parameter: str) -> str:
    """Return the unit of a parameter; none for a solution without its problem."""
    if solution.problem is None:
        return ""
    return {item.name: item.range.unit for item in parameters_of(solution.problem)}.get(parameter, "")
