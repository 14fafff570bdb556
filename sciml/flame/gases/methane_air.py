"""Methane and air of five species, burning in one step: the state ahead of a flame and behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import brentq

from sciml.contracts.parameters import check_parameters, parameter
from sciml.flame.gases import arrays
from sciml.flame.gases.data import GasData, R, methane
from sciml.flame.mixture import ATMOSPHERE
from sciml.numerics.domains import Array

FUEL, OXYGEN, NITROGEN = 2, 0, 4  # places among the species
PIN = 1000.0  # K, which places a flame: the break of the NASA polynomials lies there
POINTS = 800  # temperatures at which the rate is summed for the first guess
HOTTEST = 3400.0  # K, no adiabatic flame is hotter


@dataclass(frozen=True)
class MethaneAir:
    """A lean or stoichiometric mixture of methane and air, with factors on what may be inferred or varied.

    >>> gas = MethaneAir(phi=0.8)
    >>> round(gas.T_burnt, 3), round(gas.rho_in, 5)
    (2016.332, 1.13165)
    """

    phi: float = parameter(0.8, "equivalence ratio", low=0.4, high=1.0)
    T_in: float = parameter(300.0, "temperature of the fresh gas", "K", low=250.0, high=700.0)
    p_atm: float = parameter(1.0, "pressure", "atm", low=0.2, high=20.0)
    A: float = parameter(methane().A, "pre-exponential factor", "m^1.5/kmol^0.5/s", above=0.0)
    Ea: float = parameter(methane().Ea, "activation energy", "J/kmol", above=0.0)
    conductivity: float = parameter(1.0, "factor on the thermal conductivity", above=0.0)
    diffusivity: float = parameter(1.0, "factor on the diffusion coefficients", above=0.0)

    def __post_init__(self) -> None:
        check_parameters(self)

    @property
    def data(self) -> GasData:
        """The constants of the species and of the reaction."""
        return methane()

    @cached_property
    def p(self) -> float:
        """Pressure [Pa]."""
        return self.p_atm * ATMOSPHERE

    @cached_property
    def Y_in(self) -> Array:
        """Mass fractions of the fresh gas, φ CH4 + 2 (O2 + 3.76 N2)."""
        moles = np.zeros(len(self.data.W))
        moles[[FUEL, OXYGEN, NITROGEN]] = self.phi, 2.0, 7.52
        mass = moles * self.data.W
        return np.asarray(mass / mass.sum())

    @cached_property
    def burnt(self) -> float:
        """Kilomoles of fuel that a kilogram of gas burns [kmol/kg]."""
        return float(self.Y_in[FUEL] / self.data.W[FUEL])

    @cached_property
    def gain(self) -> Array:
        """Change of the mass fractions by a kilomole of burnt fuel in a kilogram, ν_k W_k (K,)."""
        return self.data.nu * self.data.W

    @cached_property
    def Y_burnt(self) -> Array:
        """Mass fractions of the burnt gas."""
        return self.Y_in + self.gain * self.burnt

    @cached_property
    def h_in(self) -> float:
        """Enthalpy of the fresh gas [J/kg]."""
        return float(arrays.enthalpy(self.data, np.array([self.T_in]))[:, 0] @ self.Y_in)

    @cached_property
    def T_burnt(self) -> float:
        """Temperature of the burnt gas [K], which has the enthalpy of the fresh one."""

        def excess(T: float) -> float:
            return float(arrays.enthalpy(self.data, np.array([T]))[:, 0] @ self.Y_burnt) - self.h_in

        return float(brentq(excess, self.T_in, HOTTEST, xtol=1e-10))

    @cached_property
    def rho_in(self) -> float:
        """Density of the fresh gas [kg/m³]."""
        return float(self.p / (R * self.T_in * (self.Y_in / self.data.W).sum()))

    @cached_property
    def cp_mean(self) -> float:
        """Mean specific heat of the fresh gas over the flame [J/kg/K]."""
        T = np.linspace(self.T_in, self.T_burnt, POINTS)
        return float((self.Y_in @ arrays.heat_capacity(self.data, T)).mean())

    @cached_property
    def first_guess(self) -> float:
        r"""A burning velocity [m/s] from the mixture alone.

        With T and Y on the straight line from fresh to burnt, and the phase plane's P = θ(1 − θ):
        $m^2=6\int\lambda w/c_p\,d\theta$, as for the flame of one equation.
        """
        theta = np.linspace(1e-3, 1 - 1e-6, POINTS)
        T = self.T_in + (self.T_burnt - self.T_in) * theta
        Y = self.Y_in[:, None] + self.gain[:, None] * self.burnt * theta
        rate = arrays.progress(self.data, T, arrays.density(self.data, T, self.p, Y), Y, self.A, self.Ea)
        heat = self.lam(T, Y) / self.cp_mean
        return math.sqrt(6 * float(np.trapezoid(heat * rate / self.burnt, theta))) / self.rho_in

    @cached_property
    def zone(self) -> float:
        """Thickness λ/(ρ_in s_L cp) of the preheat zone where T is the pin's, by the first guess [m]."""
        share = (PIN - self.T_in) / (self.T_burnt - self.T_in)
        Y = (self.Y_in + self.gain * self.burnt * share)[:, None]
        conductivity = float(self.lam(np.array([PIN]), Y)[0])
        return conductivity / (self.rho_in * self.first_guess * self.cp_mean)

    def lam(self, T: Array, Y: Array) -> Array:
        """Return the thermal conductivity [W/m/K], its factor in."""
        X = arrays.mole_fractions(self.data, Y)
        return self.conductivity * arrays.conductivity(self.data, T, X)
