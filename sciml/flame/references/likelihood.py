"""Profile likelihood: how far a constant may go from its estimate before the data object, bent or not."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from sciml.errors import ScimlError
from sciml.flame.references.least_squares import Estimate
from sciml.flame.references.whitened import WhitenedModel
from sciml.numerics.domains import Array

CURVED = 0.25  # by which the rise of χ² at a standard error may miss one: the bar is 12 % too long or short
FARTHEST = math.log(2.0)  # of a constant on either side: an end that is further is none
FINE = 3e-2  # of the end of an interval, relative
FAR = 1e6  # in place of a larger rise of χ²
TRIALS = 20  # flames for the other constants, at most


@dataclass(frozen=True)
class Interval:
    """Where χ² is at most one above its least, the other constants being the best for each value.

    Attributes:
        low: The lower end; zero where there is none within a factor of two.
        high: The upper end; infinite where there is none within a factor of two.
        linear: Whether the standard error says the same.
    """

    low: float
    high: float
    linear: bool


class Likelihood:
    """The profile likelihood of a fit's constants.

    Args:
        model: The whitened data.
        estimate: The fit.

    References:
        G. A. F. Seber and C. J. Wild, Nonlinear regression, Wiley (1989), section 5.4.
    """

    def __init__(self, model: WhitenedModel, estimate: Estimate) -> None:
        self.model = model
        self.values = np.array([estimate.values[name].value for name in model.names])
        self.covariance = estimate.bound.covariance / np.outer(self.values, self.values)
        self.bars = np.sqrt(np.diag(self.covariance))
        self.best = np.log(self.values / [float(getattr(model.start, name)) for name in model.names])
        self.least = float(np.sum(model.residuals(self.best) ** 2))

    def interval(self, j: int) -> Interval:
        """Return the interval of the constant `j`, by its standard error where that holds."""
        value, bar = float(self.values[j]), float(self.bars[j])
        if self.straight(j):
            return Interval(value * (1 - bar), value * (1 + bar), True)
        low, high = (self._end(j, side * min(bar, 0.25)) for side in (-1, 1))
        return Interval(value * math.exp(low), value * math.exp(high), False)

    def straight(self, j: int) -> bool:
        """Whether χ² rises by one at both ends of the standard error."""
        bar = float(self.bars[j])
        return bar < 1 and all(abs(self.rise(j, math.log1p(end)) - 1) <= CURVED for end in (bar, -bar))

    def rise(self, j: int, shift: float) -> float:
        """Return by how much χ² rises where ln p_j is `shift` from its estimate and the others follow.

        It is infinite where there is no flame.
        """
        try:
            return float(np.sum(self._residuals(j, shift) ** 2)) - self.least
        except (ScimlError, OverflowError, ValueError):
            return math.inf

    def _residuals(self, j: int, shift: float) -> Array:
        others = [i for i in range(len(self.best)) if i != j]
        held = self.best.copy()
        held[j] += shift
        if others:
            slope = self.covariance[others, j] / self.covariance[j, j]
            held[others] = self._followed(held, others, self.best[others] + slope * shift)
        return self.model.residuals(held)

    def _followed(self, held: Array, others: list[int], guess: Array) -> Array:
        low, high = (limit[others] for limit in self.model.limits())

        def at(free: Array) -> Array:
            trial = held.copy()
            trial[others] = free
            return trial

        fit = optimize.least_squares(
            lambda free: self.model.residuals(at(free)),
            np.clip(guess, low, high),
            jac=lambda free: self.model.jacobian(at(free))[:, others],
            bounds=(low, high),
            x_scale="jac",
            max_nfev=TRIALS,
        )
        return np.asarray(fit.x)

    def _end(self, j: int, step: float) -> float:
        """Return the shift of ln p_j on one side at which χ² is one above its least; ±∞ without one."""
        low, high = (float(limit[j]) - float(self.best[j]) for limit in self.model.limits())
        near, far = 0.0, step
        while max(low, -FARTHEST) < far < min(high, FARTHEST):
            if self._beyond(j, far) > 0:
                return _root(lambda shift: self._beyond(j, shift), near, far)
            near, far = far, 2 * far
        return math.copysign(math.inf, step)

    def _beyond(self, j: int, shift: float) -> float:
        """Return √rise − 1, which is nearly straight in the shift, so that few steps find its root."""
        return math.sqrt(max(0.0, min(self.rise(j, shift), FAR))) - 1.0


def _root(miss: Callable[[float], float], near: float, far: float) -> float:
    return float(optimize.brentq(miss, near, far, xtol=FINE * abs(far), rtol=FINE))
