"""What quasi-Newton methods share: a step is a direction, a line search and an update of the memory."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import torch
from torch import Tensor

from sciml.contracts.status import Status
from sciml.optim.line_search import LinePoint, StrongWolfe
from sciml.optim.minimise import Solver, State, settled
from sciml.optim.residual import Residual

MemoryT = TypeVar("MemoryT")


@dataclass(frozen=True)
class QuasiNewtonState(State, Generic[MemoryT]):
    """State of a quasi-Newton method: the gradient and what is remembered of the curvature, None at first."""

    gradient: Tensor
    memory: MemoryT | None


@dataclass(frozen=True)
class Pair:
    """What one step tells about the curvature.

    Args:
        step: `s`, the change of theta.
        change: `y`, the change of the gradient.
        curvature: `y . s`, positive.
        model: `s . B s`, the same by the Hessian `B = H^-1` that made the step.
    """

    step: Tensor
    change: Tensor
    curvature: float
    model: float

    @property
    def scale(self) -> float:
        """The first inverse Hessian is this multiple of the identity: `y.s / y.y`."""
        return self.curvature / float(self.change.dot(self.change))


@dataclass(frozen=True)
class QuasiNewton(Solver[QuasiNewtonState[MemoryT]], Generic[MemoryT]):
    """A quasi-Newton method with a strong-Wolfe line search.

    An update that would cost positive definiteness is skipped. Where a search finds nothing the memory is
    dropped and the steepest descent searched; the solver stops with STALLED where that finds nothing either.

    Args:
        rtol: converged where a step lowers the loss by at most `rtol * loss`.
        atol: converged where `loss <= atol`.
        gtol: converged where `|J^T r| <= gtol`.
        search: the line search.
    """

    rtol: float = 1e-14
    atol: float = 0.0
    gtol: float = 1e-14
    search: StrongWolfe = StrongWolfe()

    @abstractmethod
    def apply(self, memory: MemoryT, gradient: Tensor) -> Tensor:
        """Return `H g`, the inverse Hessian on a gradient."""

    @abstractmethod
    def update(self, memory: MemoryT | None, pair: Pair) -> MemoryT:
        """Return the memory with one more pair in it."""

    def init(self, residual: Residual, theta: Tensor) -> QuasiNewtonState[MemoryT]:
        """Evaluate the start; nothing is remembered yet."""
        loss, gradient = residual.value_and_grad(theta)
        return self._at(theta, float(loss), gradient, None)

    def step(self, residual: Residual, state: QuasiNewtonState[MemoryT]) -> QuasiNewtonState[MemoryT]:
        """Search along `-H g`, then along `-g` where that finds nothing."""
        direction = self._direction(state)
        start = LinePoint(0.0, state.theta, state.loss, state.gradient, float(state.gradient.dot(direction)))
        first = 1.0 if state.memory is not None else min(1.0, 1.0 / state.grad_norm)
        point = self.search(residual, start, direction, first) if start.slope < 0.0 else start
        small = start.loss - point.loss <= self.rtol * start.loss
        if point is start or (small and not self.search.flattened(start, point)):
            failed = state.memory is None
            return replace(state, finished=Status.STALLED) if failed else self._restart(residual, state)
        new = self._at(point.theta, point.loss, point.gradient, self._learn(state, start, point))
        return replace(new, finished=Status.CONVERGED) if small else new

    def _restart(self, residual: Residual, state: QuasiNewtonState[MemoryT]) -> QuasiNewtonState[MemoryT]:
        return self.step(residual, replace(state, memory=None))

    def _direction(self, state: QuasiNewtonState[MemoryT]) -> Tensor:
        return -(state.gradient if state.memory is None else self.apply(state.memory, state.gradient))

    def _learn(self, state: QuasiNewtonState[MemoryT], start: LinePoint, point: LinePoint) -> MemoryT | None:
        """Return the updated memory; the old one where `y.s` is not safely positive."""
        step, change = point.theta - start.theta, point.gradient - start.gradient
        curvature = float(step.dot(change))
        floor = torch.finfo(step.dtype).eps * float(step.norm()) * float(change.norm())
        if not curvature > floor:
            return state.memory
        return self.update(state.memory, Pair(step, change, curvature, -(point.alpha**2) * start.slope))

    def _at(
        self, theta: Tensor, loss: float, gradient: Tensor, memory: MemoryT | None
    ) -> QuasiNewtonState[MemoryT]:
        norm = float(gradient.norm())
        status = settled(loss, norm, self.atol, self.gtol)
        return QuasiNewtonState(theta, loss, norm, status, gradient, memory)
