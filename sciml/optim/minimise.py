"""The loop over solver steps, and the values that go in and come out of it."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

from sciml.contracts.status import Status
from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.optim.residual import Residual

ADVICE: Mapping[Status, str] = {
    Status.CONVERGED: "a tolerance was met; for a lower loss tighten rtol, atol or gtol",
    Status.MAX_STEPS: "max_steps was reached before any tolerance; raise max_steps or start from this result",
    Status.STALLED: (
        "no step lowers the loss any further at this precision; "
        "try float64, another start or another solver, or accept the loss as it is"
    ),
    Status.NONFINITE: (
        "the residual or its derivative became NaN or infinite and shorter steps did not help; "
        "the last finite parameters are returned; try another start, a smaller step or a bounded residual"
    ),
    Status.INTERRUPTED: "the callback asked to stop; the best parameters so far are returned",
}

_AT_START = (
    "the residual or its derivative is NaN or infinite at the start, so no step was made; "
    "try another start, or look for a division by zero, a log or a square root outside its range"
)


@dataclass(frozen=True)
class State:
    """What every solver's state has; each solver adds its own fields.

    Args:
        theta: the parameters, of shape (P,); always finite after a finite start.
        loss: `1/2 |r(theta)|^2`.
        grad_norm: Euclidean norm of `J^T r` at theta.
        finished: why the solver will not go on, or None where it can.
    """

    theta: Tensor
    loss: float
    grad_norm: float
    finished: Status | None


StateT = TypeVar("StateT", bound=State)


class Solver(ABC, Generic[StateT]):
    """A rule for going from one state to the next; a solver is a value and holds no state of its own."""

    @abstractmethod
    def init(self, residual: Residual, theta: Tensor) -> StateT:
        """Return the state at the start; `finished` is NONFINITE where the residual is not finite there."""

    @abstractmethod
    def step(self, residual: Residual, state: StateT) -> StateT:
        """Return the state after one step; never call it on a finished state."""


@dataclass(frozen=True)
class Minimised:
    """Result of a minimisation: the best parameters met, and why it ended."""

    theta: Tensor
    loss: float
    grad_norm: float
    status: Status
    steps: int

    @property
    def message(self) -> str:
        """What happened and what to try, in one line."""
        at_start = self.status is Status.NONFINITE and self.steps == 0
        return _AT_START if at_start else ADVICE[self.status]


def minimise(
    residual: Residual,
    theta: Tensor,
    solver: Solver[Any],
    *,
    max_steps: int,
    callback: Callable[[int, State], bool] | None = None,
) -> Minimised:
    """Minimise `1/2 |r(theta)|^2` from a start.

    Args:
        residual: the map whose squared norm is made small.
        theta: the start, of shape (P,); it is not changed.
        solver: the rule of the steps.
        max_steps: most steps to make.
        callback: called with the number of steps made and the state; True ends the minimisation.

    >>> from sciml.optim import FunctionResidual, LevenbergMarquardt
    >>> root = FunctionResidual(lambda theta: theta**2 - 2.0)
    >>> start = torch.ones(1, dtype=torch.float64)
    >>> round(float(minimise(root, start, LevenbergMarquardt(), max_steps=50).theta), 9)
    1.414213562
    """
    _check(theta, max_steps)
    with torch.no_grad():
        state = solver.init(residual, theta.detach())
    best, steps, stop = state, 0, False
    while state.finished is None and steps < max_steps and not stop:
        with torch.no_grad():
            state = solver.step(residual, state)
        steps += 1
        best = better(best, state)
        stop = callback is not None and bool(callback(steps, state))
    status = state.finished or (Status.INTERRUPTED if stop else Status.MAX_STEPS)
    return Minimised(best.theta, best.loss, best.grad_norm, status, steps)


def better(best: State, new: State) -> State:
    """Return the state of lower loss; the newer one where they are equal, never one that is not finite."""
    return new if new.loss <= best.loss else best


def settled(loss: float, grad_norm: float, atol: float, gtol: float) -> Status | None:
    """Return the status of a state judged by itself: NONFINITE, CONVERGED or None.

    The state is not finite where loss or gradient norm are not; it has converged where `loss <= atol` or
    `grad_norm <= gtol`.
    """
    if not (math.isfinite(loss) and math.isfinite(grad_norm)):
        return Status.NONFINITE
    return Status.CONVERGED if loss <= atol or grad_norm <= gtol else None


def _check(theta: Tensor, max_steps: int) -> None:
    if not isinstance(theta, Tensor) or not theta.is_floating_point():
        raise ArgumentTypeError(f"theta: got {type(theta).__name__}, expected a real floating-point tensor")
    if theta.ndim != 1 or theta.numel() == 0:
        raise ArgumentError(
            f"theta: got shape {tuple(theta.shape)}, expected (P,) with P > 0; flatten the parameters"
        )
    if isinstance(max_steps, bool) or not isinstance(max_steps, int) or max_steps < 0:
        raise ArgumentError(f"max_steps: got {max_steps!r}, expected an integer >= 0")
