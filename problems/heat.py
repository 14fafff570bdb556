"""Heat that spreads along a rod."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

from torch import Tensor

from sciml.contracts.parameters import parameter
from sciml.numerics.derivatives import Jet
from sciml.numerics.domains import Array
from sciml.pde import Box, Field, Pde, PdeRecipe, exp, sin

RECIPE = PdeRecipe(max_steps=500, hidden=(12, 12), points=21, loss=5e-13, field_tolerance=2e-7, residual=5e-6)


@dataclass(frozen=True)
class Heat(Pde):
    """u_t = diffusivity u_xx on [0, 1], u(x, 0) = sin(pi x), u = 0 at both ends.

    u = exp(−diffusivity π² t) sin(πx). The trial solution sin(πx) + t x(1 − x) N meets all conditions.
    """

    equation: ClassVar[str] = "u_t = diffusivity u_xx,  u(x, 0) = sin(pi x),  u(0, t) = u(1, t) = 0"
    domain: ClassVar[Box] = Box(x=(0, 1), t=(0, 1))

    diffusivity: float = parameter(0.1, "diffusivity", above=0.0, high=1.0)

    def trial(self, x: Jet, t: Jet, u: Jet) -> Jet:
        """Return what meets the conditions."""
        return sin(x * math.pi) + t * x * (1 - x) * u

    def equations(self, u: Field) -> Tensor:
        """Return the heat equation."""
        return u.t - self.diffusivity * u.xx

    def exact(self, x: Array, t: Array) -> Array:
        """Return the first Fourier mode, which decays."""
        return exp(-self.diffusivity * math.pi**2 * t) * sin(math.pi * x)

    def recipe(self, quick: bool = False) -> PdeRecipe:
        """Return sizes."""
        return (
            replace(RECIPE, max_steps=100, loss=1e-9, field_tolerance=2e-5, residual=2e-4)
            if quick
            else RECIPE
        )
