"""Adam on the full residual."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from sciml.contracts.status import Status
from sciml.optim.minimise import Solver, State, settled
from sciml.optim.residual import Residual


@dataclass(frozen=True)
class AdamState(State):
    """State of Adam: the gradient, its running mean and mean square, and the number of steps made."""

    gradient: Tensor
    mean: Tensor
    square: Tensor
    steps: int


@dataclass(frozen=True)
class Adam(Solver[AdamState]):
    r"""Adam.

    $$m \leftarrow \beta_1 m + (1-\beta_1) g, \quad v \leftarrow \beta_2 v + (1-\beta_2) g^2, \quad
      \theta \leftarrow \theta - \eta \frac{m/(1-\beta_1^k)}{\sqrt{v/(1-\beta_2^k)} + \epsilon}$$

    A step to a point that is not finite is halved until it is; NONFINITE where that does not help.

    References:
        D. P. Kingma and J. Ba, Adam: a method for stochastic optimization, ICLR (2015), arXiv:1412.6980.

    Args:
        learning_rate: `eta`.
        betas: decay of the mean and of the mean square.
        eps: keeps the denominator away from zero.
        schedule: factor on the learning rate as a function of the number of steps made so far.
        atol: converged where `loss <= atol`.
        gtol: converged where `|J^T r| <= gtol`.
        max_halvings: most halvings of a step to a point that is not finite.
    """

    learning_rate: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    schedule: Callable[[int], float] | None = None
    atol: float = 0.0
    gtol: float = 1e-14
    max_halvings: int = 30

    def init(self, residual: Residual, theta: Tensor) -> AdamState:
        """Evaluate the start; both averages are zero."""
        zero = torch.zeros_like(theta)
        return self._at(residual, theta, zero, zero, 0)

    def step(self, residual: Residual, state: AdamState) -> AdamState:
        """Make one step, shortened while the point it leads to is not finite."""
        mean = state.mean.lerp(state.gradient, 1.0 - self.betas[0])
        square = state.square.lerp(state.gradient.square(), 1.0 - self.betas[1])
        update = self._update(mean, square, state.steps + 1)
        for halvings in range(self.max_halvings + 1):
            theta = torch.add(state.theta, update, alpha=-(0.5**halvings))
            new = self._at(residual, theta, mean, square, state.steps + 1)
            if new.finished is not Status.NONFINITE:
                return new
        return replace(state, finished=Status.NONFINITE)

    def _update(self, mean: Tensor, square: Tensor, steps: int) -> Tensor:
        rate = self.learning_rate * (self.schedule(steps - 1) if self.schedule else 1.0)
        unbias = 1.0 - self.betas[0] ** steps, math.sqrt(1.0 - self.betas[1] ** steps)
        return mean * (rate / unbias[0]) / (square.sqrt() / unbias[1] + self.eps)

    def _at(self, residual: Residual, theta: Tensor, mean: Tensor, square: Tensor, steps: int) -> AdamState:
        loss, gradient = residual.value_and_grad(theta)
        value, norm = float(loss), float(gradient.norm())
        status = settled(value, norm, self.atol, self.gtol)
        return AdamState(theta, value, norm, status, gradient, mean, square, steps)
