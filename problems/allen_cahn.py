"""Two phases that part."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sciml.contracts.parameters import parameter
from sciml.contracts.reference import Reference
from sciml.numerics.boxes import product
from sciml.numerics.derivatives import Jet, Order2, cos, log, sqrt, stack
from sciml.numerics.domains import Array, Interval, Quadrature
from sciml.pde import Box, Field, Pde, PdeRecipe
from sciml.pinn import PinnRecipe
from sciml.pinn.form import Inputs

Modes: TypeAlias = NDArray[np.complexfloating[Any, Any]]

ACROSS, TIMES = 128, 20  # intervals along x in [0, 1], and times, where fields are compared
NEAR = 0.2  # width, in cos(pi x), within which inputs see middle, ends and fronts from near
GROWTH = 4.0  # errors grow like e^{5t} while u is small: rows are weighted with e^{−GROWTH t}
RATE = 5.0  # of the reaction
FIRST = 1e-14  # a time that is none: the ends' layer has no width at t = 0
MODES, STEPS = 1024, 800  # of the reference; half of both for its error
CONTOUR = 32  # points of the integrals that give the coefficients of the steps
RECIPE = PdeRecipe(
    max_steps=250, hidden=(16, 16, 16), points=29, field_tolerance=2e-4, residual=1e-3, goal=0.1
)
QUICK = replace(RECIPE, max_steps=60, hidden=(12, 12), points=18, field_tolerance=3e-2, residual=5e-2)


@dataclass(frozen=True)
class PhaseInputs:
    """Even functions of x of period 2 that see middle, ends and fronts from near and far, and time."""

    count: int = 5

    def __call__(self, x: Jet) -> Jet:
        """Return the inputs at points (n, 2)."""
        c = cos(x[:, 0] * math.pi)
        front = c / sqrt(c * c + NEAR**2)
        return stack([c, _depth(1 - c), _depth(1 + c), front, x[:, 1] * 2 - 1])


def _depth(distance: Jet) -> Jet:
    return log(distance * (1 / NEAR**2) + 1) * (2 / math.log(1 + 2 / NEAR**2)) - 1


@dataclass(frozen=True)
class AllenCahn(Pde):
    """u_t = capillarity u_xx + 5 (u - u^3), of period 2 in x, u(x, 0) = x^2 cos(pi x).

    u is even: x runs from 0 to 1. The first values have a kink at x = 1, which the heat equation rounds off
    at once: that layer, 4√(νt) ierfc((1 − x)/2√(νt)), ν the capillarity, is part of the trial solution; what
    is left, t N, is smooth and has no slope at either end.
    """

    equation: ClassVar[str] = "u_t = capillarity u_xx + 5 (u - u^3),  u(x, 0) = x^2 cos(pi x),  period 2"
    domain: ClassVar[Box] = Box(x=Interval(0.0, 1.0, (0.5,)), t=(0, 1))

    capillarity: float = parameter(1e-4, "capillarity", low=5e-5, high=1e-2)

    def inputs(self) -> Inputs:
        """Return even periodic functions of x, and time."""
        return PhaseInputs()

    def trial(self, x: Jet, t: Jet, u: Jet) -> Jet:
        """Return the first values, the layer at the end, and the network."""
        width = sqrt(t + FIRST) * (2 * math.sqrt(self.capillarity))
        layer = width * ((1 - x) / width).apply(_ierfc_order2)
        return x * x * cos(x * math.pi) + 2 * layer + t * u

    def equations(self, u: Field, t: Tensor) -> Tensor:
        """Return Allen and Cahn's equation, earlier rows weighing more."""
        return (u.t - self.capillarity * u.xx - RATE * (u - u**3)) * torch.exp(-GROWTH * t)

    def quadrature(self, recipe: PinnRecipe, finer: int = 1) -> Quadrature:
        """Return Gauss points, three times as many along x as along t; the half x < 0 is their mirror."""
        count = finer * recipe.points
        return self.domain.quadrature({"x": 3 * count // 2, "t": count})

    def sampling(self) -> Quadrature:
        """Return an even grid, the ends included."""
        x, t = np.arange(ACROSS + 1) / ACROSS, np.arange(1, TIMES + 1) / TIMES
        weights = np.full(ACROSS + 1, 1 / ACROSS)
        weights[[0, -1]] /= 2
        return product([Quadrature(x, weights), Quadrature(t, np.full(TIMES, 1 / TIMES))])

    def recipe(self, quick: bool = False) -> PdeRecipe:
        """Return sizes."""
        return QUICK if quick else RECIPE

    @property
    def has_reference(self) -> bool:
        """It is computed."""
        return True

    def reference(self) -> Reference:
        """Return Fourier's modes by steps of the fourth order, and by how much half of them are off."""
        fine, coarse = (etdrk4(self.capillarity, MODES // k, STEPS // k).ravel() for k in (1, 2))
        return self.sampled_reference(
            {"u": fine},
            {"u": coarse},
            method="Fourier modes, exponential time differencing of the fourth order",
            citation="A.-K. Kassam and L. N. Trefethen, SIAM J. Sci. Comput. 26, 1214 (2005)",
        )


def _ierfc_order2(z: Tensor) -> Order2:
    """Return the integral of erfc from z on, with its first two derivatives."""
    bell, tail = torch.exp(-z * z) / math.sqrt(math.pi), torch.erfc(z)
    return bell - z * tail, -tail, 2 * bell


def etdrk4(capillarity: float, modes: int, steps: int) -> Array:
    """Return u (ACROSS + 1, TIMES) on the grid of `AllenCahn.sampling`."""
    x, h = -1 + 2 * np.arange(modes) / modes, 1 / steps
    linear = h * (RATE - capillarity * (np.pi * np.fft.rfftfreq(modes, 1 / modes)) ** 2)
    around = linear[:, None] + np.exp(1j * np.pi * (np.arange(CONTOUR) + 0.5) / CONTOUR)
    grown = np.exp(around)
    half = h * ((np.exp(around / 2) - 1) / around).mean(1).real
    f1 = h * ((-4 - around + grown * (4 - 3 * around + around**2)) / around**3).mean(1).real
    f2 = h * ((2 + around + grown * (around - 2)) / around**3).mean(1).real
    f3 = h * ((-4 - 3 * around - around**2 + grown * (4 - around)) / around**3).mean(1).real
    whole, part = np.exp(linear), np.exp(linear / 2)

    def reaction(v: Modes) -> Modes:
        cubed: Modes = -RATE * np.fft.rfft(np.fft.irfft(v, modes) ** 3)
        return cubed

    v: Modes = np.fft.rfft(x**2 * np.cos(np.pi * x))
    kept = []
    for step in range(1, steps + 1):
        first = reaction(v)
        a = part * v + half * first
        second = reaction(a)
        third = reaction(part * v + half * second)
        fourth = reaction(part * a + half * (2 * third - first))
        v = whole * v + f1 * first + 2 * f2 * (second + third) + f3 * fourth
        if step % (steps // TIMES) == 0:
            values = np.fft.irfft(v, modes)
            kept.append(np.append(values[modes // 2 :], values[0])[:: modes // (2 * ACROSS)])
    return np.array(kept).T
