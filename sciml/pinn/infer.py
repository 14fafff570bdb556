"""`sciml.pinn.infer`: constants of a problem from measurements, in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sciml.arguments import check_max_seconds
from sciml.contracts.monitor import Monitor, Progress, silent
from sciml.contracts.problem import Settings
from sciml.errors import ArgumentError, ArgumentTypeError, did_you_mean
from sciml.pinn.inverse import Inferable, Measurements
from sciml.pinn.inverse_problem import InverseProblem
from sciml.runs.running import run
from sciml.runs.solution import Solution


@dataclass(frozen=True, eq=False)
class Inverse(InverseProblem):
    """The inverse of any problem whose constants may be inferred.

    Attributes:
        problem: The problem that the measured fields solve.
        observations: The data.
        unknowns: Its unknown constants, with first guesses.
    """

    problem: Inferable = field(kw_only=True)
    observations: Measurements = field(kw_only=True)
    unknowns: Mapping[str, float] = field(kw_only=True)

    @property
    def name(self) -> str:
        """The problem's name, and that it is the inverse."""
        return f"{self.problem.name}-inverse"

    @property
    def kind(self) -> str:  # type: ignore[override]
        """The problem's family."""
        return self.problem.kind

    @property
    def forward(self) -> Inferable:
        """The problem."""
        return self.problem

    @property
    def measured(self) -> Measurements:
        """The data."""
        return self.observations

    @property
    def guesses(self) -> Mapping[str, float]:
        """The unknowns with first guesses."""
        return self.unknowns


def infer(
    problem: Inferable,
    observations: Measurements,
    unknowns: Sequence[str] | Mapping[str, float],
    *,
    seed: int = 0,
    quick: bool = False,
    max_steps: int | None = None,
    max_seconds: float | None = None,
    progress: Progress = silent,
) -> Solution:
    """Return estimates of a problem's unknown constants, with error bars and the classical fit beside them.

    The estimates are `solution.scalars`, their standard errors `solution.stds`, χ² per degree of freedom and
    its p-value `solution.metrics`; `solution.compare()` holds them against the classical fit, where the
    problem has one. What the data cannot tell is named in `solution.message`.

    Args:
        problem: What the measured fields solve, such as a premixed flame.
        observations: Values of fields at points, with standard deviations.
        unknowns: Names of the constants to infer, which start at the problem's own values; or first guesses
            by name.
        seed: Seed of the network.
        quick: Use the problem's small recipe.
        max_steps: Most steps in all.
        max_seconds: Most wall seconds.
        progress: Called with each row of the history.

    Raises:
        ArgumentError: If an unknown is no constant of the problem, or a setting is out of range.
        DataError: If there are too few values, or some outside the domain.
    """
    inverse = Inverse(problem=problem, observations=observations, unknowns=_guesses(problem, unknowns))
    settings = Settings(seed=seed, quick=quick, max_steps=max_steps)
    monitor = Monitor(max_seconds=check_max_seconds(max_seconds), progress=progress)
    return run(inverse, settings, monitor)


def _guesses(problem: Inferable, unknowns: Sequence[str] | Mapping[str, float]) -> dict[str, float]:
    """Return the unknowns with first guesses."""
    if isinstance(unknowns, Mapping):
        return dict(unknowns)
    if isinstance(unknowns, str) or not isinstance(unknowns, Sequence):
        raise ArgumentTypeError(f"unknowns: got {unknowns!r}, expected names, or first guesses by name")
    for name in unknowns:
        if name not in problem.constants:
            raise ArgumentError(f"unknowns: got {name!r}, {did_you_mean(name, problem.constants)}")
    return {name: problem.constants[name].guess for name in unknowns}
