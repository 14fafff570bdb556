"""Solvers one after the other, as one solver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from sciml.contracts.status import Status
from sciml.errors import ArgumentError
from sciml.optim.minimise import Solver, State, better
from sciml.optim.residual import Residual


@dataclass(frozen=True)
class ChainState(State):
    """State of a chain: which stage it is in, the steps made in it, that stage's state and its best one."""

    stage: int
    steps: int
    inner: State
    best: State


@dataclass(frozen=True)
class Chain(Solver[ChainState]):
    """Run each stage for up to its number of steps; the next one starts from the best point of the last.

    A stage also ends where its solver finishes, for whatever reason; the chain ends with its last stage.

    Args:
        stages: pairs of a solver and its number of steps.

    >>> from sciml.optim import Adam, LevenbergMarquardt
    >>> warm = Chain(((Adam(1e-2), 200), (LevenbergMarquardt(), 50)))
    """

    stages: tuple[tuple[Solver[Any], int], ...]

    def __post_init__(self) -> None:
        if not self.stages or any(steps < 1 for _, steps in self.stages):
            raise ArgumentError(
                f"stages: got {self.stages!r}, expected at least one (solver, steps) with steps >= 1"
            )

    def init(self, residual: Residual, theta: Tensor) -> ChainState:
        """Start the first stage."""
        return self._enter(residual, theta, 0)

    def step(self, residual: Residual, state: ChainState) -> ChainState:
        """Make one step of the current stage, and start the next one where it was the last."""
        solver, limit = self.stages[state.stage]
        inner, steps = solver.step(residual, state.inner), state.steps + 1
        best = better(state.best, inner)
        if inner.finished is None and steps < limit:
            return _state(state.stage, steps, inner, best, None)
        if state.stage + 1 < len(self.stages):
            return self._enter(residual, best.theta, state.stage + 1)
        return _state(state.stage, steps, inner, best, inner.finished or Status.MAX_STEPS)

    def _enter(self, residual: Residual, theta: Tensor, stage: int) -> ChainState:
        """Start a stage, or the first one after it that has something to do."""
        inner = self.stages[stage][0].init(residual, theta)
        last = stage + 1 == len(self.stages)
        if inner.finished is None or inner.finished is Status.NONFINITE or last:
            return _state(stage, 0, inner, inner, inner.finished)
        return self._enter(residual, theta, stage + 1)


def _state(stage: int, steps: int, inner: State, best: State, finished: Status | None) -> ChainState:
    return ChainState(inner.theta, inner.loss, inner.grad_norm, finished, stage, steps, inner, best)
