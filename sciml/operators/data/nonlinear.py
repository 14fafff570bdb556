"""Operators that are global and quadratic: Kirchhoff's heat equation, and the ground state of a potential."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from sciml.contracts.parameters import parameter
from sciml.numerics.domains import Array
from sciml.operators.data.operator import AbstractOperator
from sciml.operators.data.series import Series

STEPS, REFINED = 300, 600  # of Runge and Kutta's method
WAVES, MORE = 48, 64  # of the wavefunction, |j| up to that, and in the check


@dataclass(frozen=True)
class KirchhoffHeat(AbstractOperator):
    r"""$u_t=\nu(1+\kappa\int u_x^2\,dx)\,u_{xx}$, periodic: u(0) to u(T).

    The conduction hangs on the whole of the function, and is one number: $u_j(T)=e^{-k_j^2q(T)}u_j(0)$ with
    $\dot q=\nu(1+\frac\kappa2\sum_jk_j^2|c_j|^2e^{-2k_j^2q})$, an ordinary differential equation.

    References:
        M. Ghisi, M. Gobbino, J. Differential Equations 245, 2979 (2008), for equations of this kind.
    """

    name: ClassVar[str] = "kirchhoff-heat"
    equation: ClassVar[str] = "u_t = nu (1 + kappa int u_x^2 dx) u_xx, periodic; u(0) -> u(time)"
    nu: float = parameter(0.005, "diffusivity without slopes", above=0.0)
    kappa: float = parameter(0.1, "how much the mean squared slope adds", low=0.0)
    time: float = parameter(1.0, "time T", above=0.0)

    @property
    def method(self) -> str:
        """Mode by mode, with the conduction by Runge and Kutta."""
        return "mode by mode, the conduction by Runge-Kutta"

    def image(self, inputs: Series, steps: int) -> Series:
        """Return u(T), the conduction by so many steps."""
        k2 = inputs.wavenumbers**2
        energies = k2 * np.abs(inputs.coefficients) ** 2 / 2
        q = np.zeros(len(energies), dtype=energies.dtype)
        h = q.dtype.type(1) / steps  # of s, with t = T s³: small steps first, where slopes fade fastest
        for i in range(steps):
            early, middle, late = (3 * self.time * (h * (i + part)) ** 2 for part in (0, 0.5, 1))
            a = early * self._rate(q, k2, energies)
            b = middle * self._rate(q + h / 2 * a, k2, energies)
            c = middle * self._rate(q + h / 2 * b, k2, energies)
            q = q + h / 6 * (a + 2 * b + 2 * c + late * self._rate(q + h * c, k2, energies))
        return replace(inputs, coefficients=inputs.coefficients * np.exp(-np.multiply.outer(q, k2)))

    def _rate(self, q: Array, k2: Array, energies: Array) -> Array:
        rate: Array = self.nu * (1 + self.kappa * (energies * np.exp(-2 * np.multiply.outer(q, k2))).sum(1))
        return rate

    def on_grid(self, inputs: Series, n: int) -> Array:
        """Return u(T) on the grid of n points, of shape (N, n)."""
        return self.image(inputs, STEPS).on_grid(n)

    def at(self, inputs: Series, points: Array) -> Array:
        """Return u(T) at any points (m,), of shape (N, m)."""
        return self.image(inputs, STEPS).at(points)

    def refined(self, inputs: Series, points: Array) -> Array:
        """Return u(T) at the points in extended precision, with more steps."""
        return self.image(inputs.extended(), REFINED).at(points.astype(np.longdouble))


@dataclass(frozen=True)
class GroundState(AbstractOperator):
    r"""V to ψ₀ with $-\frac12\psi''+V\psi=E\psi$, periodic on (0, 1), $\int\psi_0^2=1$ and ψ₀ > 0.

    By plane waves: the lowest eigenvector of $\frac12k_j^2\delta_{jl}+\hat V_{j-l}$.
    """

    name: ClassVar[str] = "ground-state"
    equation: ClassVar[str] = "-psi''/2 + V psi = E psi, periodic on (0, 1), int psi^2 = 1; V -> psi0"

    @property
    def method(self) -> str:
        """Plane waves."""
        return f"plane waves |j| <= {WAVES}"

    def image(self, inputs: Series, waves: int) -> Series:
        """Return ψ₀ by plane waves |j| ≤ waves."""
        return replace(inputs, coefficients=np.stack([_lowest(c, waves) for c in inputs.coefficients]))

    def on_grid(self, inputs: Series, n: int) -> Array:
        """Return ψ₀ on the grid of n points, of shape (N, n)."""
        return self.image(inputs, WAVES).on_grid(n)

    def at(self, inputs: Series, points: Array) -> Array:
        """Return ψ₀ at any points (m,), of shape (N, m)."""
        return self.image(inputs, WAVES).at(points)

    def refined(self, inputs: Series, points: Array) -> Array:
        """Return ψ₀ at the points by more plane waves, summed as they stand."""
        return self.image(inputs, MORE).at(points)


def _lowest(potential: Array, waves: int) -> Array:
    """Return the coefficients c_j, j ≥ 0, of the lowest state, of those of the potential."""
    from scipy.linalg import eigh

    j = np.arange(-waves, waves + 1)
    two_sided = np.zeros(4 * waves + 1, dtype=complex)  # of V, for j − l from −2 waves on
    seen = min(len(potential), 2 * waves + 1)
    two_sided[2 * waves : 2 * waves + seen] = potential[:seen] / 2
    two_sided[2 * waves] = potential[0].real
    half = two_sided[2 * waves + 1 :]
    two_sided[: 2 * waves] = half[::-1].conj()
    matrix = two_sided[2 * waves + j[:, None] - j]
    matrix[np.diag_indices(len(j))] += (2 * np.pi * j) ** 2 / 2
    state = eigh(matrix, subset_by_index=[0, 0])[1][:, 0]
    state = state * np.abs(state[waves]) / state[waves]  # ψ₀ > 0 has a positive mean
    found: Array = np.concatenate([state[waves : waves + 1], 2 * state[waves + 1 :]])
    return found
