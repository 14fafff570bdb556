"""Waves in a square that a source drives."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from torch import Tensor

from sciml.contracts.parameters import parameter
from sciml.numerics.derivatives import Jet
from sciml.pde import Box, Field, Pde, PdeRecipe, sin

RECIPE = PdeRecipe(
    max_steps=900,
    hidden=(16, 16),
    points=34,
    activation="sin",
    scale=3.0,
    loss=3e-6,
    field_tolerance=1e-5,
    residual=5e-5,
)


@dataclass(frozen=True)
class Helmholtz2D(Pde):
    """u_xx + u_yy + k^2 u = q on the square [-1, 1]^2, u = 0 on its edges; q so that u is known.

    u = sin(m π x) sin(n π y). The trial solution (1 − x²)(1 − y²) N is zero on the edges.
    """

    equation: ClassVar[str] = "u_xx + u_yy + k^2 u = q(x, y),  u = 0 on the edges of [-1, 1]^2"
    domain: ClassVar[Box] = Box(x=(-1, 1), y=(-1, 1))

    k: float = parameter(1.0, "wavenumber", low=0.0, high=10.0)
    m: int = parameter(1, "half waves in x", low=1, high=4)
    n: int = parameter(4, "half waves in y", low=1, high=4)

    @property
    def name(self) -> str:
        """The name on the command line."""
        return "helmholtz-2d"

    def trial(self, x: Jet, y: Jet, u: Jet) -> Jet:
        """Return what is zero on the edges."""
        return (1 - x * x) * (1 - y * y) * u

    def equations(self, u: Field, x: Tensor, y: Tensor) -> Tensor:
        """Return Helmholtz' equation."""
        q: Tensor = (self.k**2 - (self.m**2 + self.n**2) * math.pi**2) * self.exact(x, y)
        return u.laplacian() + self.k**2 * u - q

    def exact(self, x: Any, y: Any) -> Any:  # noqa: ANN401
        """Return the wave that the source drives."""
        return sin(self.m * math.pi * x) * sin(self.n * math.pi * y)

    def recipe(self, quick: bool = False) -> PdeRecipe:
        """Return sizes."""
        return (
            replace(RECIPE, max_steps=100, points=27, loss=1.0, field_tolerance=2e-2, residual=2e-2)
            if quick
            else RECIPE
        )
