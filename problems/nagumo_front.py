"""Nagumo's front between two stable states: speed and profile are known in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from scipy.special import expit
from torch import Tensor

from sciml.contracts.parameters import parameter
from sciml.contracts.reference import Measured, Reference, Sampled
from sciml.flame.fronts import Front, FrontRecipe

ROUNDING = 4 * float(np.finfo(float).eps)  # of the closed form


@dataclass(frozen=True)
class NagumoFront(Front):
    """A front between two stable states, and its speed c.

    c = (1 − 2a)/√2 and θ = 1/(1 + exp(−x/√2)) for every a in (0, 1); the front moves towards the state with
    the higher potential, and stands still at a = ½.

    References:
        J. Nagumo, S. Yoshizawa and S. Arimoto, IEEE Trans. Circuit Theory 12, 400 (1965).
        J. D. Murray, Mathematical biology I, 3rd ed., Springer (2002), section 13.5.
    """

    equation: ClassVar[str] = (
        "theta'' - c theta' + theta (1 - theta)(theta - a) = 0,  theta(-inf) = 0,  theta(inf) = 1"
    )

    a: float = parameter(0.25, "the unstable state between 0 and 1", low=0.01, high=0.99)

    def growth(self, theta: Tensor) -> Tensor:
        """Return θ − a."""
        return theta - self.a

    def recipe(self, quick: bool = False) -> FrontRecipe:
        """Return the front's sizes; its tolerance is a distance, as c may be zero, made relative here."""
        recipe = super().recipe(quick)
        return replace(recipe, tolerance=recipe.tolerance / (abs(self._speed) or 1.0))

    def reference(self) -> Reference:
        """Return the exact speed and profile."""
        grid = self.sampling()
        profile = Sampled(grid.points, expit(grid.points / math.sqrt(2)), grid.weights, ROUNDING)
        return Reference(
            scalars={"c": Measured(self._speed, ROUNDING)},
            fields={"theta": profile},
            kind="analytic",
            method="c = (1 - 2a)/sqrt(2), theta = 1/(1 + exp(-x/sqrt(2)))",
            citation="J. D. Murray, Mathematical biology I, 3rd ed., Springer (2002), section 13.5",
        )

    @property
    def _speed(self) -> float:
        return (1 - 2 * self.a) / math.sqrt(2)
