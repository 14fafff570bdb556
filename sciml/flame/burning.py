"""What is read off a trained premixed flame: its other fields, its thickness, its balance of energy."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sciml.domains import Interval
from sciml.flame.mixture import Mixture, R
from sciml.pinn.fields import PinnFields

BURNT = 0.8
ROUGH = 1e-3


class PremixedFields(PinnFields):
    """T [K] of a trained flame, and u [m/s], Y_F and rate [kg/m³/s] that follow from it, over x [m]."""

    def __call__(self, x: Tensor) -> dict[str, Tensor]:
        """Return T, u, Y_F and rate at `x` (n,)."""
        mixture: Mixture = self.problem.mixture  # type: ignore[attr-defined]
        T, s_L = super().__call__(x)["T"], self.raw.new_tensor(self.scalars["s_L"])
        derived = {"u": mixture.velocity(T, s_L, torch), "Y_F": mixture.fuel(T)}
        return {"T": T, **derived, "rate": mixture.rate(T, s_L, torch)}


@dataclass(frozen=True)
class Flame:
    """Numbers of a trained flame: [K], [K/m], [W/m²], and the relative imbalance of energy."""

    T_right: float
    steepest: float
    heat_release: float
    rises: bool
    imbalance: float

    @classmethod
    def of(cls, fields: PinnFields, mixture: Mixture, interval: Interval) -> Flame:
        """Return the numbers of `fields`; ∫q w dx = ρ_in s_L cp ΔT − λ ΔT′ holds for the exact flame."""
        s_L, grid = fields.scalars["s_L"], interval.quadrature(400)
        x = np.concatenate([[interval.left], grid.points, [interval.right]])
        with torch.no_grad():
            T, slope = (part.numpy() for part in fields.jet(torch.from_numpy(x))["T"].parts[:2])
        released = float(grid.weights @ mixture.rate(T[1:-1], s_L)) * mixture.heat
        carried = mixture.rho_in * s_L * mixture.cp * (T[-1] - T[0])
        conducted = mixture.conductivity * (slope[-1] - slope[0])
        whole = mixture.rho_in * s_L * mixture.cp * (mixture.T_max - mixture.T_in)
        imbalance = abs(released - float(carried - conducted)) / whole
        return cls(float(T[-1]), float(slope.max()), released, bool((slope > 0).all()), imbalance)

    def fault(self, mixture: Mixture, residual: float) -> str:
        """Return why this is not a flame; empty where it is."""
        burnt = (self.T_right - mixture.T_in) / (mixture.T_max - mixture.T_in)
        wrong = {
            f"the gas is only {burnt:.0%} burnt at the right end": not burnt > BURNT,
            "the temperature does not rise everywhere": not self.rises,
            f"the equation's residual is {residual:.1g}": not residual < ROUGH,
        }
        found = [words for words, holds in wrong.items() if holds]
        return f"not a flame: {', '.join(found)}" if found else ""


def first_guess(mixture: Mixture) -> float:
    """Return a burning velocity [m/s] from the mixture alone, within some 15 % where it was tried.

    Zeldovich's √(2λq ∫w dT)/(ρ_in cp (T_max − T_in)), at the fresh gas's pressure, times √3: the integral
    neglects convection inside a reaction zone that is not thin here.
    """
    T = np.linspace(mixture.T_in, mixture.T_max, 2001)
    density = mixture.rho_in * mixture.T_in / T
    rate = mixture.A * np.exp(-mixture.Ea / (R * T)) * (density * mixture.fuel(T)) ** mixture.nu
    flux = math.sqrt(2 * mixture.conductivity * mixture.heat * float(np.trapezoid(rate, T)))
    return math.sqrt(3) * flux / ((mixture.T_max - mixture.T_in) * mixture.cp * mixture.rho_in)
