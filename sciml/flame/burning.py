"""What is read off a trained premixed flame: its other fields, its thickness, what it conserves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sciml.contracts.answer import Answer
from sciml.contracts.status import Status
from sciml.flame.mixture import Mixture, R
from sciml.numerics.derivatives import Jet
from sciml.numerics.domains import Array, Interval, Quadrature
from sciml.pinn.fields import PinnFields
from sciml.pinn.solve import samples

BURNT = 0.8  # share of the rise in temperature at the right end below which there is no flame
ROUGH = 1e-3  # norm of the equation's residual above which it is not solved
UNBALANCED = 1e-2  # of the heat released: what may be missing from the energy balance
LEAK = 1e-9  # relative error of the mass flux or of the enthalpy, which hold by the formulas to rounding
TEMPERATURES = 2001  # at which the rate is summed for the first guess
PANEL = 400  # Gauss points for the heat release
FLAT = 1e-5  # of the largest slope: in the burnt gas the sign of T' is that of an error
POINTS = 20001  # for the steepest slope
UNITS = {"x": "m", "T": "K", "u": "m/s", "rate": "kg/m^3/s", "thickness": "m", "heat_release": "W/m^2"}


class PremixedFields(PinnFields):
    """T [K] of a trained flame, and u [m/s], Y_F and rate [kg/m³/s] that follow from it, over x [m]."""

    @classmethod
    def of(cls, fields: PinnFields) -> PremixedFields:
        """Return the fields of the same network and scalars."""
        return cls(fields.problem, fields.network, fields.raw)

    def __call__(self, x: Tensor) -> dict[str, Tensor]:
        """Return T, u, Y_F and rate at `x` (n,)."""
        T, s_L = self.jet(x)["T"].value, self.scalars["s_L"]
        mixture: Mixture = self.problem.mixture_at(self.scalars)  # type: ignore[attr-defined]
        derived = {"u": mixture.velocity(T, s_L, torch), "Y_F": mixture.fuel(T)}
        return {"T": T, **derived, "rate": mixture.rate(T, s_L, torch)}


def complete(answer: Answer, mixture: Mixture, reported: Interval, grid: Quadrature) -> Answer:
    """Return the answer with all its fields, the flame's thickness and its heat release."""
    trained = answer.fields
    units = {**UNITS, **answer.units}
    if answer.status is Status.NONFINITE or not isinstance(trained, PinnFields):
        return replace(answer, units=units)
    fields = PremixedFields.of(trained)
    flame = Flame.of(fields, mixture, reported)
    derived = {"thickness": thickness(mixture, flame.steepest), "heat_release": flame.heat_release}
    metrics = {**answer.metrics, **derived}
    sampled = {**answer.samples, **samples(fields, grid)}
    return replace(answer, fields=fields, samples=sampled, metrics=metrics, units=units)


def thickness(mixture: Mixture, steepest: float) -> float:
    """Return (T_max − T_in)/max T' [m]; infinite where T rises nowhere."""
    return (mixture.T_max - mixture.T_in) / steepest if steepest > 0 else math.inf


@dataclass(frozen=True)
class Flame:
    """Numbers of a trained flame over an interval.

    Attributes:
        T_right: Temperature at the right end [K].
        steepest: Largest slope [K/m].
        heat_release: ∫ q w dx [W/m²].
        rises: Whether the temperature rises everywhere, but for errors where it hardly changes.
        imbalance: |∫ q w dx − (m cp ΔT − λ ΔT')| / (m cp (T_max − T_in)), zero for the exact flame.
        mass: Largest |ρu/(ρ_in s_L) − 1|, the density by the equations of momentum and state.
        enthalpy: Largest relative change of cp T + q Y_F.
    """

    T_right: float
    steepest: float
    heat_release: float
    rises: bool
    imbalance: float
    mass: float
    enthalpy: float

    @classmethod
    def of(cls, fields: PinnFields, mixture: Mixture, interval: Interval) -> Flame:
        """Return the numbers of `fields` over `interval`."""
        s_L, grid = fields.scalars["s_L"], interval.quadrature(PANEL)
        T = jet_at(fields, np.linspace(interval.left, interval.right, POINTS))
        T_inside = jet_at(fields, grid.points).value.numpy()
        released = float(grid.weights @ mixture.rate(T_inside, s_L)) * mixture.heat
        flux = mixture.rho_in * s_L * mixture.cp
        gained = flux * float(T.value[-1] - T.value[0])
        conducted = mixture.conductivity * float(T.first[-1] - T.first[0])
        return cls(
            T_right=float(T.value[-1]),
            steepest=float(T.first.max()),
            heat_release=released,
            rises=bool((T.first > -FLAT * T.first.abs().max()).all()) and float(T.first.max()) > 0,
            imbalance=abs(released - gained + conducted) / (flux * (mixture.T_max - mixture.T_in)),
            **conserved(mixture, T.value.numpy(), s_L),
        )

    def certificate(self, residuals: Mapping[str, float]) -> dict[str, Any]:
        """Return the evidence for the report."""
        known = {"T_right": self.T_right, "rises": self.rises, "energy_imbalance": self.imbalance}
        kept = {"mass_flux_error": self.mass, "enthalpy_error": self.enthalpy}
        return {**known, **kept, **{f"residual of {name}": norm for name, norm in residuals.items()}}

    def fault(self, mixture: Mixture, residual: float) -> str:
        """Return why this is not a flame; empty where it is."""
        burnt = (self.T_right - mixture.T_in) / (mixture.T_max - mixture.T_in)
        wrong = {
            f"the gas is only {burnt:.0%} burnt at the right end": not burnt > BURNT,
            "the temperature does not rise everywhere": not self.rises,
            f"energy is out of balance by {self.imbalance:.0%}": not self.imbalance < UNBALANCED,
            f"the mass flux is off by {self.mass:.1g}": not self.mass < LEAK,
            f"the enthalpy is off by {self.enthalpy:.1g}": not self.enthalpy < LEAK,
            f"the equation's residual is {residual:.1g}": not residual < ROUGH,
        }
        faults = [words for words, holds in wrong.items() if holds]
        return f"not a flame: {', '.join(faults)}" if faults else ""


def jet_at(fields: PinnFields, x: Array) -> Jet:
    """Return the temperature and its derivatives at positions [m], in double precision on the CPU."""
    with torch.no_grad():
        T = fields.jet(torch.as_tensor(x, dtype=fields.dtype, device=fields.device))["T"]
    return T.map(lambda part: part.double().cpu())


def conserved(mixture: Mixture, T: Array, s_L: float) -> dict[str, float]:
    """Return the largest relative errors of ρu and of cp T + q Y_F, the equation of state giving ρ."""
    u = mixture.velocity(T, s_L)
    flux = mixture.pressure(T, s_L) / (mixture.Rg * T) * u / (mixture.rho_in * s_L)
    enthalpy = mixture.cp * T + mixture.heat * mixture.fuel(T)
    exact = mixture.cp * mixture.T_in + mixture.heat * mixture.Y_in
    return {"mass": _largest(flux - 1), "enthalpy": _largest(enthalpy / exact - 1)}


def _largest(errors: Array) -> float:
    return float(np.abs(errors).max())


def first_guess(mixture: Mixture) -> float:
    r"""Return a burning velocity [m/s] from the mixture alone, within some 15 % where it was tried.

    Over the whole flame the phase plane's $P\,dP/d\theta=P-Q$ gives $\int Q\,d\theta=\int P\,d\theta$; here
    $P=\theta(1-\theta)$, which vanishes at both ends, and ρ is taken at p_in. Zeldovich's thin reaction zone
    has $P=\theta$, which makes the velocity √3 times smaller.
    """
    T = np.linspace(mixture.T_in, mixture.T_max, TEMPERATURES)
    density = mixture.rho_in * mixture.T_in / T
    rate = mixture.A * np.exp(-mixture.Ea / (R * T)) * (density * mixture.fuel(T)) ** mixture.nu
    released = mixture.conductivity * mixture.heat * float(np.trapezoid(rate, T))
    return math.sqrt(6.0 * released) / ((mixture.T_max - mixture.T_in) * mixture.cp * mixture.rho_in)
