"""Residuals: the primitive every optimizer of this package works on; the loss is half its squared norm."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


class Residual(ABC):
    """A differentiable map from parameters to residuals, with loss `L(theta) = 1/2 |r(theta)|^2`.

    Only `__call__` has to be given. The other two have defaults by automatic differentiation; override
    them where the structure of the problem (such as rows that depend on one sample each) makes them cheaper.
    """

    @abstractmethod
    def __call__(self, theta: Tensor) -> Tensor:
        """Return `r(theta)` of shape (n,) for `theta` of shape (P,)."""

    def linearize(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """Return `r` of shape (n,) and the Jacobian `J = dr/dtheta` of shape (n, P)."""

        def twice(point: Tensor) -> tuple[Tensor, Tensor]:
            value = self(point)
            return value, value

        jacobian, value = torch.func.jacrev(twice, has_aux=True)(theta.detach())
        return value.detach(), jacobian.detach()

    def value_and_grad(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss `1/2 |r|^2` (0-d) and its gradient `J^T r` of shape (P,)."""
        leaf = theta.detach().requires_grad_()
        with torch.enable_grad():
            residual = self(leaf)
        value = residual.detach()
        loss = 0.5 * value.dot(value)
        if not residual.requires_grad:
            return loss, torch.zeros_like(theta)
        (gradient,) = torch.autograd.grad(residual, leaf, value, materialize_grads=True)
        return loss, gradient


@dataclass(frozen=True)
class FunctionResidual(Residual):
    """A plain function `theta -> r(theta)` as a residual.

    >>> line = FunctionResidual(lambda theta: 2.0 * theta - 1.0)
    >>> line.value_and_grad(torch.tensor([1.0]))
    (tensor(0.5000), tensor([2.]))
    """

    function: Callable[[Tensor], Tensor]

    def __call__(self, theta: Tensor) -> Tensor:
        """Return the function's value."""
        return self.function(theta)
