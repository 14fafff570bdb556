"""A front whose reaction layer thins with n: a premixed flame in one equation, solved in closed form."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from sciml.contracts.parameters import parameter
from sciml.contracts.reference import Measured, Reference, Sampled
from sciml.flame.fronts import FrontRecipe, ThinFront
from sciml.flame.layers import graded
from sciml.numerics.domains import Array, Interval
from sciml.pinn import Scalar

STAGES = (1, 2, 3, 4, 6, 8, 12)  # n on the way: the layer thins by at most a factor of two
SIZES = FrontRecipe(hidden=(12, 12), points=20, max_steps=300, stage_steps=30, loss=4e-10)
ROUNDING = 16 * float(np.finfo(float).eps)  # of the closed form, whose exponents reach 60


@dataclass(frozen=True)
class PowerLawFront(ThinFront):
    """A front with a thin reaction layer, and its speed c.

    c = 1 and θ = (1 + (2ⁿ − 1) e^{−nξ})^{−1/n}: a cold tail e^{ξ}, a layer of width 1/n, a hot tail e^{−nξ}.
    From n = 8 on a start from scratch loses the layer, so that n is raised in stages.

    References:
        P. Grindrod, The theory and applications of reaction-diffusion equations, Oxford (1996), chapter 2.
        B. H. Gilding and R. Kersner, Travelling waves in nonlinear diffusion-convection reaction,
        Birkhäuser (2004).
    """

    equation: ClassVar[str] = (
        "theta'' - c theta' + (n+1) theta^(n+1) (1 - theta^n) = 0,  theta(-inf) = 0,  theta(inf) = 1"
    )

    n: int = parameter(2, "the power: the layer is 1/n thick", low=1, high=16)

    def growth(self, theta: Tensor) -> Tensor:
        """Return (n + 1) θⁿ (1 + θ + … + θⁿ⁻¹)."""
        total = torch.ones_like(theta)
        for _ in range(self.n - 1):
            total = total * theta + 1
        return (self.n + 1) * theta**self.n * total

    @property
    def interval(self) -> Interval:
        """The box, which ends 16 decay lengths behind the layer."""
        return graded(-16.0, 1 + 16 / self.n, self.layer, 1 / self.n)

    @property
    def scalars(self) -> Mapping[str, Scalar]:
        """The speed, at first one half."""
        return {"c": Scalar(0.5, positive=True)}

    def path(self) -> Sequence[Self]:
        """Return the fronts of smaller n, then this one."""
        before = STAGES if self.n > STAGES[1] else ()
        return (*(replace(self, n=n) for n in before if n < self.n), self)

    def recipe(self, quick: bool = False) -> FrontRecipe:
        """Return sizes.

        Measured for n = 1, 2, 4, 8 and 16, ten seeds each: c to 1.4e-6 at n = 1, to 3e-7 beyond; θ to 1e-6.
        """
        if quick:
            return replace(SIZES, max_steps=80, loss=1e-8, tolerance=2e-5, field_tolerance=2e-5)
        return replace(SIZES, loss=4e-11) if self.n == 1 else SIZES

    def reference(self) -> Reference:
        """Return the exact speed and profile."""
        grid = self.sampling()
        return Reference(
            scalars={"c": Measured(1.0)},
            fields={"theta": Sampled(grid.points, self._profile(grid.points), grid.weights, ROUNDING)},
            kind="analytic",
            method="c = 1, theta = (1 + (2^n - 1) exp(-n x))^(-1/n)",
        )

    def _profile(self, x: Array) -> Array:
        theta: Array = np.exp(-np.logaddexp(0.0, math.log(2**self.n - 1) - self.n * x) / self.n)
        return theta
