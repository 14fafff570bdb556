"""A line search for the strong Wolfe conditions that steps back from values that are not finite."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from sciml.optim.residual import Residual


@dataclass(frozen=True)
class LinePoint:
    """A point `theta + alpha direction` with its loss, gradient and slope along the direction."""

    alpha: float
    theta: Tensor
    loss: float
    gradient: Tensor
    slope: float

    @property
    def finite(self) -> bool:
        """Whether loss and slope, and with it the gradient, are finite."""
        return math.isfinite(self.loss) and math.isfinite(self.slope)


@dataclass(frozen=True)
class StrongWolfe:
    r"""Bracketing and interpolation for a step length that meets the strong Wolfe conditions.

    $$L(\alpha) \le L(0) + c_1 \alpha L'(0), \qquad |L'(\alpha)| \le c_2 |L'(0)|$$

    The first condition is loosened by a few roundings of `L(0)`: near a minimum the slope alone decides.

    References:
        J. Nocedal and S. J. Wright, Numerical Optimization, 2nd ed. (2006), section 3.5.
        W. W. Hager and H. Zhang, SIAM J. Optim. 16, 170 (2005), section 4 (rounding near a minimum).

    Args:
        c1: share of the first slope that has to be gained.
        c2: share of the first slope that may be left.
        expand: factor on alpha while no minimum is bracketed.
        max_evaluations: most losses to evaluate; then the best point so far is taken.
    """

    c1: float = 1e-4
    c2: float = 0.9
    expand: float = 3.0
    max_evaluations: int = 30

    def __call__(self, residual: Residual, start: LinePoint, direction: Tensor, alpha: float) -> LinePoint:
        """Return a point that meets both conditions, else the lowest one met, which may be `start` itself.

        Args:
            residual: what to evaluate.
            start: the point at `alpha = 0`; its slope has to be negative.
            direction: the direction of the search.
            alpha: first step length to try.
        """
        low, high = start, None
        for _ in range(self.max_evaluations):
            point = evaluate(residual, start.theta, direction, alpha)
            if self._too_high(start, low, point):
                high = point
            elif self.flattened(start, point):
                return point
            else:
                low, high = point, self._other_end(low, high, point)
            alpha = self.expand * alpha if high is None else between(low, high)
        return low

    def flattened(self, start: LinePoint, point: LinePoint) -> bool:
        """Whether the second condition holds."""
        return abs(point.slope) <= -self.c2 * start.slope

    def _too_high(self, start: LinePoint, low: LinePoint, point: LinePoint) -> bool:
        slack = 4.0 * torch.finfo(start.theta.dtype).eps * start.loss
        bound = start.loss + self.c1 * point.alpha * start.slope + slack
        return not point.finite or point.loss > bound or (low.alpha > 0.0 and point.loss > low.loss + slack)

    @staticmethod
    def _other_end(low: LinePoint, high: LinePoint | None, point: LinePoint) -> LinePoint | None:
        """Return the end that encloses a minimum together with the new low point, None while none does."""
        ahead = 1.0 if high is None else high.alpha - low.alpha
        return low if point.slope * ahead >= 0.0 else high


def evaluate(residual: Residual, theta: Tensor, direction: Tensor, alpha: float) -> LinePoint:
    """Return the point at a step length."""
    point = torch.add(theta, direction, alpha=alpha)
    loss, gradient = residual.value_and_grad(point)
    return LinePoint(alpha, point, float(loss), gradient, float(gradient.dot(direction)))


def between(low: LinePoint, high: LinePoint) -> float:
    """Return the minimum of the cubic through both ends, kept a tenth of the interval away from them.

    Where the high end is not finite the interval is cut to a quarter instead.
    """
    width = high.alpha - low.alpha
    if not high.finite:
        return low.alpha + 0.25 * width
    secant = low.slope + high.slope - 3.0 * (high.loss - low.loss) / width
    square = secant * secant - low.slope * high.slope
    root = math.copysign(math.sqrt(max(square, 0.0)), width)
    bottom = high.slope - low.slope + 2.0 * root
    fraction = 1.0 - (high.slope + root - secant) / bottom if bottom != 0.0 else 0.5
    return low.alpha + min(max(fraction, 0.1), 0.9) * width
