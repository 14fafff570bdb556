"""Levenberg-Marquardt, solved in the smaller of the residual and the parameter space."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import torch
from torch import Tensor

from sciml.contracts.status import Status
from sciml.optim.minimise import Solver, State, settled
from sciml.optim.residual import Residual

SPLIT, BLOCK = 256, 192  # size from which half of a symmetric product is worth saving, and of the blocks


@dataclass(frozen=True)
class LevenbergMarquardtState(State):
    """State of Levenberg-Marquardt: the linearization at theta and the damping of the next trial."""

    residual: Tensor
    jacobian: Tensor
    gradient: Tensor
    damping: float


@dataclass(frozen=True)
class LevenbergMarquardt(Solver[LevenbergMarquardtState]):
    r"""Levenberg-Marquardt with the damping driven by the gain ratio.

    $$\delta = -J^T (J J^T + \lambda I)^{-1} r \quad (n \le P), \qquad
      \delta = -(J^T J + \lambda I)^{-1} J^T r \quad (n > P)$$

    which are the same step. A trial is accepted where the ratio of the actual to the predicted decrease of
    the loss is positive; then lambda is multiplied by `max(shrink, 1 - (2 ratio - 1)^3)`, else by `grow`.

    References:
        K. Levenberg, Quart. Appl. Math. 2, 164 (1944). D. W. Marquardt, SIAM J. Appl. Math. 11, 431 (1963).
        H. B. Nielsen, Damping parameter in Marquardt's method, IMM-REP-1999-05 (gain-ratio rule).

    Args:
        rtol: converged where a step lowers the loss by at most `rtol * loss`.
        atol: converged where `loss <= atol`.
        gtol: converged where `|J^T r| <= gtol`.
        damping: first lambda as a fraction of the mean non-zero eigenvalue of `J^T J`.
        shrink: smallest factor on lambda after a good step.
        grow: factor on lambda after a rejected trial.
        max_rejections: rejected trials in a row before the solver says STALLED.
    """

    rtol: float = 1e-14
    atol: float = 0.0
    gtol: float = 1e-14
    damping: float = 1e-2
    shrink: float = 0.1
    grow: float = 4.0
    max_rejections: int = 40

    def init(self, residual: Residual, theta: Tensor) -> LevenbergMarquardtState:
        """Linearize at the start and scale the damping to it."""
        value, jacobian = residual.linearize(theta)
        mean = float(jacobian.square().sum()) / max(1, min(jacobian.shape))
        return self._at(theta, value, jacobian, self.damping * mean)

    def step(self, residual: Residual, state: LevenbergMarquardtState) -> LevenbergMarquardtState:
        """Raise the damping until a trial lowers the loss, then linearize there."""
        gram = gram_matrix(state.jacobian)
        mean = float(gram.diagonal().mean())
        damping = max(state.damping, torch.finfo(gram.dtype).eps * mean)
        for _ in range(self.max_rejections + 1):
            new = self._trial(residual, state, gram, damping, self.rtol if damping <= mean else 0.0)
            if new is not None:
                return new
            damping *= self.grow
        return replace(state, damping=damping, finished=Status.STALLED)

    def _trial(
        self, residual: Residual, state: LevenbergMarquardtState, gram: Tensor, damping: float, rtol: float
    ) -> LevenbergMarquardtState | None:
        """Return the state after one trial, or None where it is rejected."""
        delta = damped_step(state.jacobian, state.residual, state.gradient, gram, damping)
        predicted = 0.5 * float((damping * delta - state.gradient).dot(delta))
        theta = state.theta + delta
        decrease = state.loss - half_square(residual(theta))
        ratio = decrease / predicted if predicted > 0.0 else math.nan
        settles = abs(decrease) <= rtol * state.loss and predicted <= rtol * state.loss
        if not ratio > 0.0:
            return replace(state, finished=Status.CONVERGED) if settles else None
        factor = max(self.shrink, 1.0 - (2.0 * min(ratio, 1.0) - 1.0) ** 3)
        new = self._at(theta, *residual.linearize(theta), damping * factor)
        if new.finished is Status.NONFINITE:
            return None
        return replace(new, finished=Status.CONVERGED) if settles else new

    def _at(self, theta: Tensor, value: Tensor, jacobian: Tensor, damping: float) -> LevenbergMarquardtState:
        gradient = jacobian.T @ value
        loss, norm = half_square(value), float(gradient.norm())
        status = settled(loss, norm, self.atol, self.gtol)
        return LevenbergMarquardtState(theta, loss, norm, status, value, jacobian, gradient, damping)


def gram_matrix(jacobian: Tensor) -> Tensor:
    """Return the smaller of `J J^T` and `J^T J`; both have the same non-zero eigenvalues."""
    wide = jacobian if jacobian.shape[0] <= jacobian.shape[1] else jacobian.T
    return wide @ wide.T if len(wide) < SPLIT else _by_blocks(wide)


def _by_blocks(matrix: Tensor) -> Tensor:
    """Return `A A^T` by blocks of rows, each multiplied up to its diagonal only; the rest is copied."""
    size = len(matrix)
    gram = matrix.new_empty(size, size)
    edges = [*range(0, size, BLOCK), size]
    for start, stop in pairwise(edges):
        torch.mm(matrix[start:stop], matrix[:stop].T, out=gram[start:stop, :stop])
        gram[:start, start:stop] = gram[start:stop, :start].T
    return gram


def damped_step(jacobian: Tensor, residual: Tensor, gradient: Tensor, gram: Tensor, damping: float) -> Tensor:
    """Return `-(J^T J + damping I)^-1 J^T r`; NaN where the Cholesky factorization fails.

    The form follows from the gram matrix: that of the residuals where `n <= P`, else that of the parameters.
    """
    shifted = gram.clone()
    shifted.diagonal().add_(damping)
    factor, failed = torch.linalg.cholesky_ex(shifted)
    if failed:
        return torch.full_like(gradient, math.nan)
    kernel = jacobian.shape[0] <= jacobian.shape[1]
    solution = torch.cholesky_solve((residual if kernel else gradient).unsqueeze(1), factor).squeeze(1)
    return (jacobian.T @ solution if kernel else solution).neg_()


def half_square(residual: Tensor) -> float:
    """Return the loss `1/2 |r|^2`."""
    return 0.5 * float(residual.dot(residual))
