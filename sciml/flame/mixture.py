"""The premixed flame of one equation (FlamePINN-1D, arXiv:2406.09071, case 1): constants and formulas."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Any

import numpy as np

from sciml.contracts.parameters import check_parameters, parameter
from sciml.errors import ArgumentError

LENGTH = 1.5e-3  # m, the domain of the paper, on which a flame is reported
R = 8.3145  # J/mol/K, as in the paper
ATMOSPHERE = 101325.0  # Pa
Values = Any  # a float, a NumPy array or a torch tensor


@dataclass(frozen=True)
class Mixture:
    r"""A gas that burns in one step while it flows through a plane flame at the laminar burning velocity s_L.

    Mass, momentum, state and enthalpy, of which the first three give the velocity and the last the fuel:

    $$\rho u=\rho_{in}s_L,\quad p=p_{in}-\rho_{in}s_L(u-s_L),\quad p=\rho R_gT,\quad
    c_p(T-T_{in})=q(Y_{in}-Y_F),$$

    so that one equation is left for the temperature, with $T(0)=T_{in}$, $T'(0)$ given, $T(\infty)=T_{max}$:

    $$\rho_{in}s_Lc_pT'-\lambda T''-qw=0,\qquad w=A\,e^{-E_a/RT}(\rho Y_F)^\nu.$$

    The methods take the temperature and s_L as floats or NumPy arrays, or, with `xp=torch`, as tensors, which
    may be differentiated.

    >>> mixture = Mixture(phi=0.4)
    >>> round(mixture.T_max, 2), round(mixture.rho_in, 4), round(float(mixture.velocity(1000.0, 0.2678)), 4)
    (4843.45, 1.1847, 0.8987)
    """

    phi: float = parameter(0.4, "equivalence ratio, lean", low=0.3, high=1.0)
    T_in: float = parameter(298.0, "temperature of the fresh gas", "K", low=200.0, high=800.0)
    p_atm: float = parameter(1.0, "pressure of the fresh gas", "atm", low=0.1, high=20.0)
    conductivity: float = parameter(2.6e-2, "thermal conductivity λ", "W/m/K", above=0.0)
    Ea: float = parameter(1.214172e5, "activation energy", "J/mol", above=0.0)
    A: float = parameter(1.4e8, "pre-exponential factor", "(kg/m³)^(1-nu)/s", above=0.0)
    nu: float = parameter(1.6, "order of the reaction", low=1.25, high=2.0)
    cp: float = parameter(1000.0, "specific heat", "J/kg/K", above=0.0)
    heat: float = parameter(5e7, "heat released by a kilogram of fuel, q", "J/kg", above=0.0)
    W: float = parameter(28.97e-3, "molar mass", "kg/mol", above=0.0)
    slope: float = parameter(1e5, "T'(0), which places the flame", "K/m", above=0.0)

    def __post_init__(self) -> None:
        check_parameters(self)
        if self.T_max < 1.5 * self.T_in:
            raise ArgumentError(
                f"burnt gas of {self.T_max:.6g} K: expected at least 1.5 times T_in = {self.T_in:.6g} K;"
                " raise heat or lower cp"
            )

    @cached_property
    def Rg(self) -> float:
        """Specific gas constant [J/kg/K]."""
        return R / self.W

    @cached_property
    def p_in(self) -> float:
        """Pressure of the fresh gas [Pa]."""
        return self.p_atm * ATMOSPHERE

    @cached_property
    def rho_in(self) -> float:
        """Density of the fresh gas [kg/m³]."""
        return self.p_in / (self.Rg * self.T_in)

    @cached_property
    def Y_in(self) -> float:
        """Mass fraction of fuel in the fresh gas, φ/(φ + 4)."""
        return self.phi / (self.phi + 4.0)

    @cached_property
    def T_max(self) -> float:
        """Temperature of the burnt gas [K]."""
        return self.T_in + self.heat * self.Y_in / self.cp

    def thickness(self, s_L: Values) -> Values:
        """Return the length λ/(ρ_in s_L cp) of the preheat zone [m]."""
        return self.conductivity / (self.rho_in * s_L * self.cp)

    def velocity(self, T: Values, s_L: Values, xp: ModuleType = np) -> Values:
        """Return u [m/s], ½[C − √(C² − 4 Rg T)] with C = s_L + Rg T_in/s_L, but free of cancellation."""
        total = s_L + self.Rg * self.T_in / s_L
        return 2.0 * self.Rg * T / (total + xp.sqrt(total * total - 4.0 * self.Rg * T))

    def density(self, T: Values, s_L: Values, xp: ModuleType = np) -> Values:
        """Return ρ = ρ_in s_L/u [kg/m³]."""
        return self.rho_in * s_L / self.velocity(T, s_L, xp)

    def pressure(self, T: Values, s_L: Values, xp: ModuleType = np) -> Values:
        """Return p = p_in − ρ_in s_L (u − s_L) [Pa]."""
        return self.p_in - self.rho_in * s_L * (self.velocity(T, s_L, xp) - s_L)

    def fuel(self, T: Values) -> Values:
        """Return the mass fraction of fuel, Y_in + cp (T_in − T)/q, in the form exact at T_max."""
        return self.cp * (self.T_max - T) / self.heat

    def rate(self, T: Values, s_L: Values, xp: ModuleType = np) -> Values:
        """Return the rate w at which fuel is burnt [kg/m³/s]."""
        density = self.density(T, s_L, xp)
        return arrhenius(T, density * self.fuel(T), Ea=self.Ea, A=self.A, nu=self.nu, xp=xp)


def arrhenius(
    T: Values, fuel_density: Values, *, Ea: Values, A: Values, nu: Values, xp: ModuleType = np
) -> Values:
    """Return A exp(−Ea/RT) (ρ Y_F)^ν [kg/m³/s]; any argument may be a tensor, so any may be inferred."""
    return A * xp.exp(-Ea / (R * T)) * fuel_density**nu
