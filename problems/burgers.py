"""A wave that steepens into a front."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from torch import Tensor

from sciml.contracts.parameters import parameter
from sciml.contracts.reference import Reference
from sciml.numerics.boxes import product
from sciml.numerics.derivatives import Jet, log, sqrt, stack
from sciml.numerics.domains import Array, Interval, Quadrature
from sciml.pde import Box, Field, Pde, PdeRecipe, sin
from sciml.pinn import PinnRecipe
from sciml.pinn.form import Inputs

GRID = (128, 25)  # midpoints along x and t where fields are compared, as is usual
GRADE = 4.0  # of the points along x: sinh(GRADE s)/sinh(GRADE), 27 times as dense at the front as at the ends
FRONT = 4.0  # the front's width, 2 viscosity / |u|, with room
NODES = 2001  # of Cole and Hopf's integral; half of them for its error
RECIPE = PdeRecipe(
    max_steps=250, hidden=(16, 16, 16), points=28, field_tolerance=5e-5, residual=1e-3, goal=0.1
)
QUICK = replace(RECIPE, max_steps=60, hidden=(12, 12), points=17, field_tolerance=2e-2, residual=5e-2)


@dataclass(frozen=True)
class FrontInputs:
    """Even functions of x, one of which sees the front at x = 0 from near and far, and time."""

    width: float
    count: int = 3

    def __call__(self, x: Jet) -> Jet:
        """Return the inputs at points (n, 2)."""
        squared, most = x[:, 0] * x[:, 0], math.log(1 + 1 / self.width**2)
        depth = log(squared * (1 / self.width**2) + 1) * (2 / most) - 1
        return stack([depth, squared * 2 - 1, x[:, 1] * 2 - 1])


@dataclass(frozen=True)
class Burgers(Pde):
    """u_t + u u_x = viscosity u_xx on [-1, 1], u(x, 0) = -sin(pi x), u = 0 at both ends.

    u is odd in x: the trial solution −sin πx + t (1 − x²) x/√(x² + w²) N has a network N of even functions,
    and meets all conditions; points are those with x > 0. That the front stands at 0 is built in.
    """

    equation: ClassVar[str] = "u_t + u u_x = viscosity u_xx,  u(x, 0) = -sin(pi x),  u(-1, t) = u(1, t) = 0"
    domain: ClassVar[Box] = Box(x=(-1, 1), t=(0, 1))

    viscosity: float = parameter(0.01 / math.pi, "viscosity", low=0.003, high=0.2)

    @property
    def width(self) -> float:
        """The width of the front."""
        return FRONT * self.viscosity

    def inputs(self) -> Inputs:
        """Return even functions of x, and time."""
        return FrontInputs(self.width)

    def trial(self, x: Jet, t: Jet, u: Jet) -> Jet:
        """Return what is odd and meets the conditions."""
        return t * (1 - x * x) * (x / sqrt(x * x + self.width**2)) * u - sin(x * math.pi)

    def equations(self, u: Field) -> Tensor:
        """Return Burgers' equation."""
        return u.t + u * u.x - self.viscosity * u.xx

    def quadrature(self, recipe: PinnRecipe, finer: int = 1) -> Quadrature:
        """Return Gauss points, twice as many along x, dense at the front; the half x < 0 is their mirror."""
        s, t = (Interval(0.0, 1.0).quadrature(k * finer * recipe.points) for k in (2, 1))
        x = np.sinh(GRADE * s.points) / math.sinh(GRADE)
        slope = GRADE * np.cosh(GRADE * s.points) / math.sinh(GRADE)
        return product([Quadrature(x, 2 * s.weights * slope), t])

    def sampling(self) -> Quadrature:
        """Return an even grid."""
        rules = zip(self.domain.intervals.values(), GRID, strict=True)
        return product([interval.midpoints(count) for interval, count in rules])

    def recipe(self, quick: bool = False) -> PdeRecipe:
        """Return sizes."""
        return QUICK if quick else RECIPE

    @property
    def has_reference(self) -> bool:
        """It is an integral."""
        return True

    def reference(self) -> Reference:
        """Return Cole and Hopf's integral, and by how much half the nodes are off."""
        x = self.sampling().points
        fine, coarse = (cole_hopf(x, self.viscosity, count) for count in (NODES, NODES // 2))
        return self.sampled_reference(
            {"u": fine},
            {"u": coarse},
            method="Cole and Hopf's integral by the trapezoid rule",
            citation="J. D. Cole, Quart. Appl. Math. 9, 225 (1951); E. Hopf, CPAM 3, 201 (1950)",
        )


def cole_hopf(points: Array, viscosity: float, count: int) -> Array:
    """Return u at points (n, 2) by an integral over η with the weight e^{−cos(π(x − η))/2πν − η²/4νt}."""
    found = []
    for part in np.array_split(points, max(1, len(points) // 100)):
        x, t = part[:, :1], part[:, 1:]
        eta = np.minimum(12 * np.sqrt(2 * viscosity * t) + 2 * t, 2.2) * np.linspace(-1, 1, count)
        exponent = -np.cos(math.pi * (x - eta)) / (2 * math.pi * viscosity) - eta**2 / (4 * viscosity * t)
        weight = np.exp(exponent - exponent.max(1, keepdims=True))
        found.append(-(np.sin(math.pi * (x - eta)) * weight).sum(1) / weight.sum(1))
    return np.concatenate(found)
