"""One parameter of a premixed flame varied, each flame starting from the one before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sciml.arguments import check_flag
from sciml.contracts.parameters import find_parameter
from sciml.contracts.problem import Settings
from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.flame.premixed import PremixedFlame
from sciml.flame.references.phase_plane import burning_velocity
from sciml.numerics.domains import Array
from sciml.runs.continuation import solve_from
from sciml.runs.solution import Solution


@dataclass(frozen=True)
class Sweep:
    """Flames along one parameter, each with its check.

    Attributes:
        parameter: Name of the parameter that was varied.
        values: Its values, in the order they were solved in.
        solutions: The flame at each.
    """

    parameter: str
    values: tuple[float, ...]
    solutions: tuple[Solution, ...]

    @property
    def s_L(self) -> Array:
        """Laminar burning velocities [m/s], shape (n,)."""
        return np.array([solution.scalars["s_L"] for solution in self.solutions])

    @property
    def reference(self) -> Array:
        """The references' burning velocities [m/s], computed at first use, shape (n,)."""
        return np.array([solution.compare().by_name()["s_L"].reference for solution in self.solutions])  # type: ignore[union-attr]

    def curve(self, points: int = 17) -> tuple[Array, Array]:
        """Return values across the parameter's range and s_L [m/s] of the phase plane there, (points,)."""
        problem, x = self.solutions[0].problem, np.linspace(min(self.values), max(self.values), points)
        flames = [replace(problem, **{self.parameter: float(value)}) for value in x]  # type: ignore[type-var]
        return x, np.array([burning_velocity(flame.mixture) for flame in flames])  # type: ignore[union-attr]

    @property
    def errors(self) -> Array:
        """Relative errors of s_L, shape (n,)."""
        return np.abs(self.s_L / self.reference - 1.0)

    @property
    def passed(self) -> bool:
        """Whether every flame passed all its checks."""
        return all(solution.passed is True for solution in self.solutions)

    @property
    def cpu_s(self) -> float:
        """CPU seconds that all solves took, without the references."""
        return sum(solution.stats["cpu_s"] for solution in self.solutions)


def sweep(
    problem: PremixedFlame,
    *,
    seed: int = 0,
    quick: bool = False,
    warm: bool = True,
    **varied: Iterable[float],
) -> Sweep:
    """Return the flames of `problem` with one parameter varied.

    Args:
        problem: The flame whose other parameters are kept.
        seed: Seed of the first flame, and of every one without a warm start.
        quick: Use the small recipe.
        warm: Start each flame from the one before; one that does not converge starts afresh.
        **varied: One parameter with its values, such as `phi=[0.4, 0.45, 0.5]`, best in order.

    Raises:
        ArgumentError: If not exactly one parameter is varied, or a value or setting is out of range; nothing
            is solved.
    """
    settings, warm = Settings(seed=seed, quick=quick), check_flag("warm", warm)
    name, values = _one(varied)
    find_parameter(type(problem), name)
    problems = [replace(problem, **{name: value}) for value in values]
    solutions: list[Solution] = []
    for each in problems:
        solutions.append(solve_from(each, solutions[-1] if warm and solutions else None, settings))
    return Sweep(name, values, tuple(solutions))


def _one(varied: dict[str, Iterable[float]]) -> tuple[str, tuple[Any, ...]]:
    """Return the parameter that is varied, and its values."""
    if len(varied) != 1:
        raise ArgumentError(
            f"sweep: got {sorted(varied) or 'no parameter'}, expected one parameter with its values, "
            "such as phi=[0.4, 0.5]"
        )
    (name, given) = next(iter(varied.items()))
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ArgumentTypeError(f"{name}: got {given!r}, expected a sequence of values")
    values = tuple(value.item() if isinstance(value, np.generic) else value for value in given)
    if not values:
        raise ArgumentError(f"{name}: got no values, expected at least one")
    return name, values
