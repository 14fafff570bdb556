"""Viscous flow behind a grid."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from torch import Tensor

from sciml.contracts.parameters import parameter
from sciml.pde import Box, Condition, Field, Pde, PdeRecipe, cos, exp, sin

RECIPE = PdeRecipe(
    max_steps=400,
    hidden=(16, 16),
    points=16,
    activation="sin",
    scale=2.5,
    field_tolerance=5e-4,
    residual=3e-4,
)


@dataclass(frozen=True)
class Kovasznay(Pde):
    """Steady Navier-Stokes flow behind a grid of period 1: velocity (u, v) and pressure p in closed form.

    u = 1 − e^{λx} cos 2πy, v = (λ/2π) e^{λx} sin 2πy, p = (1 − e^{2λx})/2, λ = Re/2 − √(Re²/4 + 4π²). The
    velocity is given on the edges; the pressure at the middle of the left one, since a constant is free.

    References:
        L. I. G. Kovasznay, Proc. Camb. Philos. Soc. 44, 58 (1948).
    """

    equation: ClassVar[str] = (
        "u u_x + v u_y + p_x = lap u / Re,  u v_x + v v_y + p_y = lap v / Re,  u_x + v_y = 0"
    )
    domain: ClassVar[Box] = Box(x=(-0.5, 1.0), y=(-0.5, 1.5))
    unknowns: ClassVar[tuple[str, ...]] = ("u", "v", "p")

    reynolds: float = parameter(40.0, "Reynolds number", low=5.0, high=100.0)

    @property
    def decay(self) -> float:
        """The exponent λ."""
        half = 0.5 * self.reynolds
        return half - math.sqrt(half**2 + 4 * math.pi**2)

    def equations(self, u: Field, v: Field, p: Field) -> Mapping[str, Tensor]:
        """Return both balances of momentum and that of mass."""
        return {
            "momentum x": u * u.x + v * u.y + p.x - u.laplacian() / self.reynolds,
            "momentum y": u * v.x + v * v.y + p.y - v.laplacian() / self.reynolds,
            "mass": u.x + v.y,
        }

    def conditions(self) -> tuple[Condition, ...]:
        """Return the velocity on the edges, and the pressure on the left one."""
        return (
            Condition("boundary", self.velocity, weight=3.0),
            Condition("x=left", self.pressure, weight=1.0),
        )

    def velocity(self, u: Field, v: Field, x: Tensor, y: Tensor) -> Mapping[str, Tensor]:
        """Return what is wrong with the velocity."""
        exact = self.exact(x, y)
        return {"u on the edges": u - exact[0], "v on the edges": v - exact[1]}

    def pressure(self, p: Field, x: Tensor, y: Tensor) -> Tensor:
        """Return what is wrong with the pressure."""
        wrong: Tensor = p - self.exact(x, y)[2]
        return wrong

    def exact(self, x: Any, y: Any) -> Any:  # noqa: ANN401
        """Return Kovasznay's flow."""
        decay = exp(self.decay * x)
        u = 1 - decay * cos(2 * math.pi * y)
        v = self.decay / (2 * math.pi) * decay * sin(2 * math.pi * y)
        return u, v, (1 - decay * decay) * 0.5

    def recipe(self, quick: bool = False) -> PdeRecipe:
        """Return sizes."""
        return (
            replace(RECIPE, max_steps=80, points=13, field_tolerance=3e-2, residual=2e-3) if quick else RECIPE
        )
