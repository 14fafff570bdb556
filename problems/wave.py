"""A string that swings in two modes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

from torch import Tensor

from sciml.contracts.parameters import parameter
from sciml.numerics.derivatives import Jet
from sciml.numerics.domains import Array
from sciml.pde import Box, Field, Pde, PdeRecipe, cos, sin

RISE = 0.01  # t²/(RISE + t²) is the first condition's factor: flat at t = 0, near one beyond its root
RECIPE = PdeRecipe(
    max_steps=400,
    hidden=(16, 16, 16),
    points=37,
    activation="sin",
    scale=3.0,
    field_tolerance=2e-4,
    residual=4e-4,
)


@dataclass(frozen=True)
class Wave(Pde):
    """u_tt = speed^2 u_xx on [0, 1], u(x, 0) = sin(pi x) + sin(4 pi x) / 2, u_t(x, 0) = 0, ends held.

    u = sin(πx) cos(π c t) + ½ sin(4πx) cos(4π c t). The trial solution u(x, 0) + 4 t²/(0.01 + t²) x(1 − x) N
    meets all conditions.
    """

    equation: ClassVar[str] = "u_tt = speed^2 u_xx,  u(x, 0) = sin(pi x) + sin(4 pi x) / 2,  u_t(x, 0) = 0"
    domain: ClassVar[Box] = Box(x=(0, 1), t=(0, 1))

    speed: float = parameter(2.0, "speed of waves", above=0.0, high=2.0)

    def trial(self, x: Jet, t: Jet, u: Jet) -> Jet:
        """Return what meets the conditions."""
        rest = sin(x * math.pi) + sin(x * (4 * math.pi)) * 0.5
        return rest + t * t / (t * t + RISE) * (x * (1 - x) * 4) * u

    def equations(self, u: Field) -> Tensor:
        """Return the wave equation."""
        return u.tt - self.speed**2 * u.xx

    def exact(self, x: Array, t: Array) -> Array:
        """Return both modes."""
        first = sin(math.pi * x) * cos(math.pi * self.speed * t)
        return first + sin(4 * math.pi * x) * cos(4 * math.pi * self.speed * t) * 0.5

    def recipe(self, quick: bool = False) -> PdeRecipe:
        """Return sizes."""
        return (
            replace(RECIPE, max_steps=100, hidden=(16, 16), points=28, field_tolerance=2e-2, residual=1e-2)
            if quick
            else RECIPE
        )
