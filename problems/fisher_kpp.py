"""Fisher's front at the one speed for which its profile is known in closed form."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from scipy.special import expit
from torch import Tensor

from sciml.contracts.reference import Reference, Sampled
from sciml.flame.fronts import Front, FrontRecipe
from sciml.numerics.domains import Interval
from sciml.pinn import Sample, Scalar

ROOT = math.sqrt(6.0)  # the width of the front
ROUNDING = 4 * float(np.finfo(float).eps)  # of the closed form


@dataclass(frozen=True)
class FisherKpp(Front):
    """A front into an unstable state; its speed is given, for there is a front for every c ≥ 2.

    At c = 5/√6, θ = (1 + exp(−x/√6))^{−2}. Both directions into θ = 0 decay, with rates 2/√6 and 3/√6; the
    front takes the slower one.

    References:
        R. A. Fisher, Ann. Eugen. 7, 355 (1937).
        M. J. Ablowitz and A. Zeppetella, Bull. Math. Biol. 41, 835 (1979).
    """

    equation: ClassVar[str] = (
        "theta'' - c theta' + theta (1 - theta) = 0,  c = 5/sqrt(6),  theta(-inf) = 0,  theta(inf) = 1"
    )
    pin: ClassVar[float] = 0.25

    def growth(self, theta: Tensor) -> Tensor:
        """Return one."""
        return theta.new_ones(theta.shape)

    def recipe(self, quick: bool = False) -> FrontRecipe:
        """Return the front's sizes; with the speed given a larger loss does."""
        return replace(super().recipe(quick), loss=2e-8 if quick else 2e-9)

    @property
    def interval(self) -> Interval:
        """A box that reaches to where the faster decay is gone."""
        return Interval(-36.0, 36.0)

    @property
    def scalars(self) -> Mapping[str, Scalar]:
        """The speed, which is given."""
        return {"c": Scalar(5 / ROOT, trainable=False)}

    def left_slope(self, at: Sample) -> Tensor:
        """Return the slower of the two rates into the unstable state, (c − √(c² − 4))/2 = 2/√6."""
        c = at.scalars["c"]
        return 0.5 * (c - (c.square() - 4).sqrt())

    def reference(self) -> Reference:
        """Return the exact profile."""
        grid = self.sampling()
        profile = Sampled(grid.points, expit(grid.points / ROOT) ** 2, grid.weights, ROUNDING)
        return Reference(
            fields={"theta": profile},
            kind="analytic",
            method="theta = (1 + exp(-x/sqrt(6)))^(-2) at c = 5/sqrt(6)",
            citation="M. J. Ablowitz and A. Zeppetella, Bull. Math. Biol. 41, 835 (1979)",
        )
