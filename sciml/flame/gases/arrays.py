"""Properties of a gas in NumPy, for real and complex arrays: what references are made of."""

from __future__ import annotations

import numpy as np

from sciml.flame.gases.data import GasData, R
from sciml.numerics.domains import Array

TINY = 1e-300  # under the root of a concentration of zero
POWERS = 5  # coefficients of a polynomial of ln T


def enthalpy(gas: GasData, T: Array) -> Array:
    """Return the enthalpies h_k [J/kg] at T (n,) as (K, n)."""
    a = _nasa(gas, T)
    powers = [T, T**2 / 2, T**3 / 3, T**4 / 4, T**5 / 5, np.ones_like(T)]
    return np.asarray(R * sum(a[:, i] * power for i, power in enumerate(powers)) / gas.W[:, None])


def heat_capacity(gas: GasData, T: Array) -> Array:
    """Return the specific heats cp_k [J/kg/K] at T (n,) as (K, n)."""
    a = _nasa(gas, T)
    return np.asarray(R * sum(a[:, i] * T**i for i in range(POWERS)) / gas.W[:, None])


def mean_mass(gas: GasData, Y: Array) -> Array:
    """Return the mean molar mass [kg/kmol] of mass fractions (K, n)."""
    return np.asarray(1 / (Y / gas.W[:, None]).sum(0))


def mole_fractions(gas: GasData, Y: Array) -> Array:
    """Return the mole fractions of mass fractions (K, n)."""
    return Y / gas.W[:, None] * mean_mass(gas, Y)


def density(gas: GasData, T: Array, p: float, Y: Array) -> Array:
    """Return ρ [kg/m³]."""
    return np.asarray(p * mean_mass(gas, Y) / (R * T))


def conductivity(gas: GasData, T: Array, X: Array) -> Array:
    """Return λ = ½(Σ X_k λ_k + 1/Σ(X_k/λ_k)) [W/m/K]."""
    pure = gas.conductivity @ _logs(T) * np.sqrt(T)
    return np.asarray(0.5 * ((X * pure).sum(0) + 1 / (X / pure).sum(0)))


def viscosity(gas: GasData, T: Array, X: Array) -> Array:
    """Return μ [Pa s] by Wilke's rule."""
    pure = (gas.viscosity @ _logs(T) * T**0.25) ** 2
    ratio, heavier = pure[:, None] / pure[None], (gas.W[None, :] / gas.W[:, None])[:, :, None]
    phi = (1 + np.sqrt(ratio) * heavier**0.25) ** 2 / np.sqrt(8 * (1 + 1 / heavier))
    return np.asarray((X * pure / np.einsum("kjn,jn->kn", phi, X)).sum(0))


def diffusivity(gas: GasData, T: Array, p: float, X: Array, Y: Array) -> Array:
    """Return the mixture-averaged D_k = Σ_{j≠k} Y_j / Σ_{j≠k} (X_j/D_kj) [m²/s] (K, n), finite at Y_k = 1."""
    binary = np.einsum("kji,in->kjn", gas.diffusion, _logs(T)) * T**1.5 / p
    inverse = 1 / binary
    inverse[range(len(gas.W)), range(len(gas.W))] = 0
    others = np.stack([np.delete(Y, k, 0).sum(0) for k in range(len(gas.W))])
    return np.asarray(others / np.einsum("kjn,jn->kn", inverse, X))


def progress(gas: GasData, T: Array, rho: Array, Y: Array, A: float, Ea: float) -> Array:
    """Return the rate of progress A exp(−Ea/RT) [CH4] [O2]^½ [kmol/m³/s]."""
    fuel, oxygen = (np.where(c.real > 0, c, 0) * rho for c in (Y[2] / gas.W[2], Y[0] / gas.W[0]))
    return np.asarray(A * np.exp(-Ea / (R * T)) * fuel * np.sqrt(oxygen + TINY))


def _nasa(gas: GasData, T: Array) -> Array:
    """Return the coefficients (K, 7, n) for each temperature."""
    above = (T.real > gas.thermo[:, :1])[:, None, :]
    return np.where(above, gas.thermo[:, 1:8, None], gas.thermo[:, 8:15, None])


def _logs(T: Array) -> Array:
    return np.stack([np.log(T) ** i for i in range(POWERS)])
