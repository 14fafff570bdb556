"""The detailed flame by collocation from a cold start, in two formulations that share the gas alone.

`FluxForm` has ψ, T and four mass fractions, the fluxes by conservation: elements and enthalpy hold exactly.
`EnergyForm` has T, λT', mass fractions and diffusive fluxes, by the usual equations of energy and species:

    m cp T' = (λT')' − Σ j_k cp_k T' − Σ h_k W_k ω_k,   m Y_k' + j_k' = W_k ω_k.

Where they differ is the error of the reference.

References:
    R. J. Kee, M. E. Coltrin, P. Glarborg and H. Zhu, Chemically reacting flow, Wiley (2017), chapter 12.
    J. Kierzenka and L. F. Shampine, ACM Trans. Math. Softw. 27, 299 (2001) (`solve_bvp`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from sciml.flame.gases import arrays
from sciml.flame.gases.methane_air import PIN, MethaneAir
from sciml.flame.references.halves import FIRST, Halves, System
from sciml.numerics.domains import Array

METHOD = "collocation in flux form (solve_bvp), checked by the equations of energy and species"
CITATION = "J. Wu et al., FlamePINN-1D, arXiv:2406.09071, case 2; gas: GRI-Mech 3.0"
HOT = 2000.0  # K, scale of T
COOLEST = 250.0  # K, below which the properties are those of this temperature
SPECIES = 4  # nitrogen is what is left
AGAIN = (1e-4, 1e-6)  # relative residuals of the second formulation, which begins with the first


@dataclass(frozen=True)
class State:
    """T (n,), mass fractions, density, diffusivities and molar masses (K, n), all that slopes are made of."""

    T: Array
    Y: Array
    rho: Array
    X: Array
    W: Array

    @classmethod
    def of(cls, gas: MethaneAir, T: Array, four: Array) -> State:
        """Return the state of temperatures (n,) and four mass fractions (4, n)."""
        T = np.where(T.real > COOLEST, T, COOLEST)
        Y = np.concatenate([four, (1 - four.sum(0))[None]])
        X, W = arrays.mole_fractions(gas.data, Y), arrays.mean_mass(gas.data, Y)
        return cls(T, Y, arrays.density(gas.data, T, gas.p, Y), X, W)

    def mixing(self, gas: MethaneAir, diffusive: Array) -> Array:
        """Return Y' (K, n) for diffusive fluxes j_k, by j_k + Y_k V = −ρ (W_k/W) D_k X_k'."""
        masses = gas.data.W[:, None]
        D = gas.diffusivity * arrays.diffusivity(gas.data, self.T, gas.p, self.X, self.Y)
        V = -(diffusive / (masses * D)).sum(0) / (self.Y / (masses * D)).sum(0)
        X_slope = -(diffusive + self.Y * V) * self.W / (self.rho * masses * D)
        W_slope = (X_slope * masses).sum(0)
        return np.asarray((X_slope * masses - self.Y * W_slope) / self.W)

    def progress(self, gas: MethaneAir) -> Array:
        """Return the rate of progress [kmol/m³/s]."""
        return arrays.progress(gas.data, self.T, self.rho, self.Y, gas.A, gas.Ea)


@dataclass(frozen=True)
class FluxForm:
    """States ψ/ψ_b, T/2000 K, four mass fractions; x in preheat zones, m in units of ρ_in times the guess."""

    gas: MethaneAir
    ends: tuple[float, float]
    states: int = 2 + SPECIES

    def slopes(self, y: Array, m: Any) -> Array:  # noqa: ANN401
        """Return y' by conservation of each species' and the energy's flux."""
        gas, flux = self.gas, m * self.gas.rho_in * self.gas.first_guess
        state = State.of(gas, y[1] * HOT, y[2:])
        carried = gas.Y_in[:, None] + gas.gain[:, None] * gas.burnt * y[0]
        burning = state.progress(gas) / (flux * gas.burnt)
        heat = flux * ((carried * arrays.enthalpy(gas.data, state.T)).sum(0) - gas.h_in)
        warming = heat / gas.lam(state.T, state.Y) / HOT
        mixing = state.mixing(gas, flux * (carried - state.Y))[:SPECIES]
        return np.concatenate([burning[None], warming[None], mixing]) * gas.zone

    def conditions(self, left: Array, pin: Array, right: Array, m: float) -> Array:
        """Return that nothing is burnt on the left, T(0) is the pin's, and all is flat on the right."""
        return np.array([left[0], pin[1] - PIN / HOT, *self.slopes(right[:, None], m)[1:, 0]])

    def guess(self) -> tuple[Array, Array, float]:
        """Return nodes, states of both halves, and m: log-odds that are straight lines."""
        gas, t = self.gas, np.linspace(0.0, 1.0, FIRST)
        start = math.log((PIN - gas.T_in) / (gas.T_burnt - PIN))

        def half(xi: Array) -> Array:
            theta = 1 / (1 + np.exp(-xi - start))
            psi = 1 / (1 + np.exp(-(xi - 2.0) * 1.3))
            Y = gas.Y_in[:, None] + gas.gain[:, None] * gas.burnt * theta
            T = (gas.T_in + (gas.T_burnt - gas.T_in) * theta) / HOT
            return np.vstack([psi, T, np.maximum(Y[:SPECIES], 1e-9)])

        return t, np.vstack([half(end * t) for end in self.ends]), 0.8


@dataclass(frozen=True)
class EnergyForm:
    """States T/2000 K, λT'/(m cp 2000 K), four mass fractions, four diffusive fluxes over m."""

    gas: MethaneAir
    ends: tuple[float, float]
    states: int = 2 + 2 * SPECIES

    def slopes(self, y: Array, m: Any) -> Array:  # noqa: ANN401
        """Return y' by the equations of energy and of the species."""
        gas, flux = self.gas, m * self.gas.rho_in * self.gas.first_guess
        state = State.of(gas, y[0] * HOT, y[2 : 2 + SPECIES])
        four = y[2 + SPECIES :]
        share = np.concatenate([four, -four.sum(0)[None]])
        conducted = y[1] * HOT * gas.cp_mean * flux
        T_slope = conducted / gas.lam(state.T, state.Y)
        Y_slope = state.mixing(gas, flux * share)
        made = gas.gain[:, None] * state.progress(gas)
        cp, h = (f(gas.data, state.T) for f in (arrays.heat_capacity, arrays.enthalpy))
        heating = flux * ((state.Y + share) * cp).sum(0) * T_slope + (h * made).sum(0)
        return (
            np.concatenate(
                [
                    (T_slope / HOT)[None],
                    (heating / (HOT * gas.cp_mean * flux))[None],
                    Y_slope[:SPECIES],
                    (made / flux - Y_slope)[:SPECIES],
                ]
            )
            * gas.zone
        )

    def conditions(self, left: Array, pin: Array, right: Array, m: float) -> Array:
        """Return that the fresh gas's fluxes enter, T(0) is the pin's, and none is left on the right."""
        gas = self.gas
        enthalpy = arrays.enthalpy(gas.data, left[:1] * HOT)[:, 0]
        conducted = left[1] * HOT * gas.cp_mean
        entering = left[2 : 2 + SPECIES] + left[2 + SPECIES :] - gas.Y_in[:SPECIES]
        warmed = (conducted - (gas.Y_in @ enthalpy - gas.h_in)) / (HOT * gas.cp_mean)
        return np.array([warmed, *entering, pin[0] - PIN / HOT, right[1], *right[2 + SPECIES :]])

    def guess(self, found: Halves) -> tuple[Array, Array, float]:
        """Return nodes, states and m of a solution in flux form."""
        gas, form = self.gas, FluxForm(self.gas, self.ends)
        halves = []
        for y in np.split(found.found.y, 2):
            carried = gas.Y_in[:, None] + gas.gain[:, None] * gas.burnt * y[0]
            state = State.of(gas, y[1] * HOT, y[2:])
            flux = found.m * gas.rho_in * gas.first_guess
            slope = form.slopes(y, found.m)[1] * HOT / gas.zone
            conducted = slope * gas.lam(state.T, state.Y) / (flux * gas.cp_mean * HOT)
            halves.append(np.vstack([y[1], conducted, y[2:], carried[:SPECIES] - y[2:]]))
        return found.found.x, np.vstack(halves), found.m


@dataclass(frozen=True)
class DetailedReference:
    """A detailed flame by collocation.

    Attributes:
        gas: The gas and its state.
        flux: The solution in flux form.
        energy: The solution of the equations of energy and species.
    """

    gas: MethaneAir
    flux: Halves
    energy: Halves

    @property
    def s_L(self) -> float:
        """The burning velocity [m/s]."""
        return self.flux.m * self.gas.first_guess

    @property
    def error(self) -> float:
        """How far the two formulations differ in s_L [m/s]."""
        return abs(self.flux.m - self.energy.m) * self.gas.first_guess

    def __call__(self, x: Array) -> dict[str, Array]:
        """Return T [K] and the mass fractions at positions [m]."""
        y = self.flux(np.asarray(x) / self.gas.zone)
        return _named(self.gas, y[1], y[2:])

    def other(self, x: Array) -> dict[str, Array]:
        """Return the same by the second formulation."""
        y = self.energy(np.asarray(x) / self.gas.zone)
        return _named(self.gas, y[0], y[2 : 2 + SPECIES])


def _named(gas: MethaneAir, T: Array, four: Array) -> dict[str, Array]:
    Y = [*four, 1 - four.sum(0)]
    return {"T": T * HOT, **{f"Y_{name}": values for name, values in zip(gas.data.names, Y, strict=True)}}


@lru_cache(maxsize=16)
def detailed_reference(gas: MethaneAir, left: float, right: float) -> DetailedReference:
    """Return the flame between two ends, in preheat zones from where T = 1000 K, from a cold start.

    Raises:
        ScimlError: If a collocation does not converge.
    """
    first, second = FluxForm(gas, (left, right)), EnergyForm(gas, (left, right))
    flux = System(first).solve(*first.guess())
    return DetailedReference(gas, flux, System(second).solve(*second.guess(flux), ladder=AGAIN))
