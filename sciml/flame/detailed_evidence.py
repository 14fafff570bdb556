"""What a trained detailed flame conserves, by the NumPy formulas of the gas, which training does not use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from sciml.flame.gases import arrays
from sciml.flame.gases.methane_air import FUEL, MethaneAir
from sciml.numerics.domains import Array, Quadrature
from sciml.pinn.fields import PinnFields

BURNT = 0.95  # share of the fuel that must be burnt at the right end
ROUGH = 1e-2  # norm of a residual above which the equations are not solved
LOST = 1e-2  # of an element's flux, or of the enthalpy released, that may be missing
NEGATIVE = -1e-3  # least mass fraction
FLAT = 1e-6  # of the rise: in the burnt gas the sign of a change is that of an error


@dataclass(frozen=True)
class Conserved:
    """Numbers of a trained flame.

    Attributes:
        burnt: Share of the fuel burnt at the right end.
        T_right: Temperature there [K].
        rises: Whether the temperature rises everywhere.
        least: The least mass fraction.
        elements: Largest relative error of the flux of C, H, O or N along x.
        enthalpy: The same of the enthalpy's, of what the flame releases.
        rate: |∫ r dx − m ψ_b| / (m ψ_b): the fuel that burns, against what flows in and out.
    """

    burnt: float
    T_right: float
    rises: bool
    least: float
    elements: float
    enthalpy: float
    rate: float

    @classmethod
    def of(cls, gas: MethaneAir, fields: PinnFields, grid: Quadrature) -> Conserved:
        """Return the numbers of `fields` on a grid."""
        x = torch.as_tensor(grid.points, dtype=fields.dtype, device=fields.device)
        with torch.no_grad():
            jets = fields.jet(x)
        names = [f"Y_{name}" for name in gas.data.names]
        T, T_slope = (part.double().cpu().numpy() for part in jets["T"].parts[:2])
        Y, slope = (np.stack([jets[name].parts[k].double().cpu().numpy() for name in names]) for k in (0, 1))
        m = gas.rho_in * fields.scalars["s_L"]
        flux = m * Y + _diffusive(gas, T, Y, slope)
        carried = gas.data.elements.T @ (flux / gas.data.W[:, None])
        entering = (gas.data.elements.T @ (gas.Y_in / gas.data.W))[:, None] * m
        heat = (flux * arrays.enthalpy(gas.data, T)).sum(0) - gas.lam(T, Y) * T_slope - m * gas.h_in
        rho = arrays.density(gas.data, T, gas.p, Y)
        burning = arrays.progress(gas.data, T, rho, Y, gas.A, gas.Ea)
        gone = 1 - float(Y[FUEL, -1] / gas.Y_in[FUEL])
        return cls(
            burnt=gone,
            T_right=float(T[-1]),
            rises=bool((np.diff(T) > -FLAT * np.ptp(T)).all() and T[-1] > T[0]),
            least=float(Y.min()),
            elements=float(np.abs(carried / entering - 1).max()),
            enthalpy=float(np.abs(heat).max()) / (m * gas.cp_mean * (gas.T_burnt - gas.T_in)),
            rate=abs(float(grid.weights @ burning) / (m * gas.burnt) - gone),
        )

    def certificate(self, residuals: Mapping[str, float]) -> dict[str, Any]:
        """Return the evidence for the report."""
        ends = {
            "T_right": self.T_right,
            "burnt": self.burnt,
            "rises": self.rises,
            "least_fraction": self.least,
        }
        kept = {"element_error": self.elements, "enthalpy_error": self.enthalpy, "rate_error": self.rate}
        return {**ends, **kept, **{f"residual of {name}": norm for name, norm in residuals.items()}}

    def fault(self, residuals: Mapping[str, float]) -> str:
        """Return why this is not a flame; empty where it is."""
        worst = max(residuals, key=lambda name: residuals[name])
        wrong = {
            f"only {self.burnt:.0%} of the fuel is burnt at the right end": not self.burnt > BURNT,
            "the temperature does not rise everywhere": not self.rises,
            f"a mass fraction is {self.least:.2g}": not self.least > NEGATIVE,
            f"an element's flux is off by {self.elements:.1g}": not self.elements < LOST,
            f"the enthalpy's flux is off by {self.enthalpy:.1g}": not self.enthalpy < LOST,
            f"{self.rate:.0%} of the fuel is missing": not self.rate < LOST,
            f"the residual of {worst} is {residuals[worst]:.1g}": not residuals[worst] < ROUGH,
        }
        faults = [words for words, holds in wrong.items() if holds]
        return f"not a flame: {', '.join(faults)}" if faults else ""


def _diffusive(gas: MethaneAir, T: Array, Y: Array, slope: Array) -> Array:
    """Return the diffusive fluxes [kg/m²/s] (K, n), which sum to zero."""
    masses, mean = gas.data.W[:, None], arrays.mean_mass(gas.data, Y)
    X = arrays.mole_fractions(gas.data, Y)
    X_slope = (slope * mean - Y * mean**2 * (slope / masses).sum(0)) / masses
    D = gas.diffusivity * arrays.diffusivity(gas.data, T, gas.p, X, Y)
    free = -arrays.density(gas.data, T, gas.p, Y) * masses / mean * D * X_slope
    return np.asarray(free - Y * free.sum(0))
