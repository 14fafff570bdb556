"""How unconstrained numbers describe the bins and slopes of a spline."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import softplus

from sciml.arguments import check_number
from sciml.errors import ArgumentError
from sciml.flows.modes import forward_mode, transformed


class AbstractParametrization(ABC):
    """Widths, heights and inner slopes of a spline from unconstrained numbers.

    A bin has the share floor + (1 - bins floor) weight / Σ weights of the interval, wide and high alike.
    """

    floor: float

    @abstractmethod
    def weights(self, p: Tensor) -> Tensor:
        """Return the positive weights of the bins, which lie along the second axis."""

    @abstractmethod
    def slopes(self, p: Tensor) -> Tensor:
        """Return the positive slopes, element by element."""

    def check(self, bins: int) -> None:
        """Refuse more bins than the floor leaves room for."""
        check_number("floor", self.floor, low=0, below=1)
        if bins * self.floor >= 1:
            raise ArgumentError(f"bins: got {bins}, expected fewer than {round(1 / self.floor)}")


@dataclass(frozen=True)
class SoftClipped(AbstractParametrization):
    """Weights exp(c) and slopes exp(2c/3), where c = p / (1 + |p|/3) lies between -3 and 3.

    The spline can be inverted in float32 whatever the numbers p, and p = 0 is the identity.

    Attributes:
        floor: the smallest share of the interval that a bin may have.
    """

    floor: float = 1e-2

    def weights(self, p: Tensor) -> Tensor:
        """Return exp(c)."""
        return _soft_exp(p, 1.0)

    def slopes(self, p: Tensor) -> Tensor:
        """Return exp(2c/3)."""
        return _soft_exp(p, 2 / 3)


@dataclass(frozen=True)
class NflowsParametrization(AbstractParametrization):
    """That of the nflows library: weights exp(p / divisor) and slopes min_derivative + softplus(p).

    For models that come from there: p = 0 is not the identity, and large p leave little of float32.

    Attributes:
        floor: its min_bin_width and min_bin_height.
        min_derivative: the smallest inner slope.
        divisor: √hidden_features where the conditioner has such an attribute, else 1.
    """

    floor: float = 1e-3
    min_derivative: float = 1e-3
    divisor: float = 1.0

    def __post_init__(self) -> None:
        check_number("divisor", self.divisor, above=0)
        check_number("min_derivative", self.min_derivative, low=0, below=1)

    def weights(self, p: Tensor) -> Tensor:
        """Return the softmax of p / divisor."""
        return (p / self.divisor).softmax(1)

    def slopes(self, p: Tensor) -> Tensor:
        """Return min_derivative + softplus(p)."""
        return self.min_derivative + softplus(p)


class _SoftExp(torch.autograd.Function):
    """The function exp(scale p / d) with d = 1 + |p|/3, whose slope is scale exp(…) / d².

    d is an output, so that second derivatives pass through it.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(p: Tensor, scale: float) -> tuple[Tensor, Tensor]:
        d = p.abs().mul_(1 / 3).add_(1)
        c = p / d
        return (c if scale == 1 else c.mul_(scale)).exp_(), d

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, float], output: tuple[Tensor, Tensor]) -> None:  # noqa: ANN401
        ctx.scale = inputs[1]
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(inputs[0], *output)

    @staticmethod
    def backward(ctx: Any, along: Tensor | None, along_d: Tensor | None) -> tuple[Tensor | None, None]:  # noqa: ANN401
        p, value, d = ctx.saved_tensors
        slope = None if along is None else (along * value).div_(d).div_(d)
        if slope is not None and ctx.scale != 1:
            slope = slope.mul_(ctx.scale)
        if along_d is None:
            return slope, None
        other = along_d * p.sign() / 3
        return other if slope is None else slope + other, None


_differentiable: Callable[[Tensor, float], tuple[Tensor, Tensor]] = _SoftExp.apply


def _soft_exp(p: Tensor, scale: float) -> Tensor:
    if transformed() or forward_mode():
        return (scale * p / (1 + p.abs() / 3)).exp()
    if torch.is_grad_enabled():
        return _differentiable(p, scale)[0]
    return _SoftExp.forward(p, scale)[0]
