"""Two electrons in a harmonic trap by their relative motion: a linear basis with powers of their distance.

The centre of mass moves as one particle in the trap. What is left is one of reduced mass ½ in half the trap
with the repulsion 1/r. A basis of r^m cos 2jφ e^{−(ω_x x² + ω_y y²)/4}, which holds the cusp at r = 0, gives
its energy to ten digits and more; in three dimensions, and for a round trap, j = 0 is enough.

References:
    M. Taut, Phys. Rev. A 48, 3561 (1993): closed forms at some ω.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from sciml.contracts.reference import Measured
from sciml.numerics.domains import Array

RADIAL, ANGULAR = 160, 48  # points; the integrands are polynomials times a Gaussian
REACH = 12.0  # of the radius, in units of 1/√ω: e^{−ω r²/2} is 1e-31 there
DEPENDENT = 1e-13  # share of the largest eigenvalue of the overlap below which functions count as one


@dataclass(frozen=True)
class Trap:
    """A trap of two or three dimensions, its frequencies along x and y (and z, as along x)."""

    dimension: int
    omega: float
    ratio: float = 1.0

    @property
    def frequencies(self) -> tuple[float, ...]:
        """One along each axis."""
        return (self.omega, self.omega * self.ratio, self.omega)[: self.dimension]


def ground_energy(trap: Trap, powers: int = 12, angles: int = 6) -> Measured:
    """Return the energy of two electrons, and by how much a smaller basis is off."""
    round_trap = trap.ratio == 1.0
    fine = _energy(trap, powers, 1 if round_trap else angles)
    coarse = _energy(trap, powers - 3, 1 if round_trap else angles - 1)
    return Measured(fine, abs(fine - coarse) + 1e-12 * abs(fine))


def _energy(trap: Trap, powers: int, angles: int) -> float:
    r, phi, weights = _points(trap)
    waves, radial, angular = _basis(trap, r, phi, powers, angles)
    wx, wy = trap.frequencies[:2]
    potential = 0.25 * r**2 * (wx**2 * np.cos(phi) ** 2 + wy**2 * np.sin(phi) ** 2) + 1 / r
    overlap = (waves * weights) @ waves.T
    energy = (radial * weights) @ radial.T + (angular * weights) @ angular.T
    energy += (waves * (weights * potential)) @ waves.T
    return _lowest(energy, overlap) + 0.5 * sum(trap.frequencies)


def _points(trap: Trap) -> tuple[Array, Array, Array]:
    x, w = np.polynomial.legendre.leggauss(RADIAL)
    reach = REACH / np.sqrt(min(trap.frequencies))
    radius, weight = 0.5 * reach * (x + 1), 0.5 * reach * w
    angle = (np.arange(ANGULAR) + 0.5) * 2 * np.pi / ANGULAR if trap.ratio != 1.0 else np.zeros(1)
    r, phi = (part.ravel() for part in np.meshgrid(radius, angle, indexing="ij"))
    return r, phi, np.repeat(weight, len(angle)) * r ** (trap.dimension - 1) / len(angle)


def _basis(trap: Trap, r: Array, phi: Array, powers: int, angles: int) -> tuple[Array, Array, Array]:
    """Return the functions and their derivatives along r and, divided by r, along φ."""
    wx, wy = trap.frequencies[:2]
    c, s, unit = np.cos(phi), np.sin(phi), 3 / np.sqrt(trap.omega)
    decay = 0.25 * (wx * c**2 + wy * s**2)
    turn = 0.5 * c * s * (wy - wx)
    gauss = np.exp(-decay * r**2)
    rows: list[tuple[Array, Array, Array]] = []
    for j in range(angles):
        cosine, sine = np.cos(2 * j * phi), -2 * j * np.sin(2 * j * phi)
        for k in range(powers):
            m = k + 2 * j
            power = (r / unit) ** m
            slope = m * power / r - 2 * decay * r * power
            rows.append(
                (
                    power * cosine * gauss,
                    slope * cosine * gauss,
                    (sine / r - turn * r * cosine) * power * gauss,
                )
            )
    waves, radial, angular = (np.array(part) for part in zip(*rows, strict=True))
    return waves, radial, angular


def _lowest(energy: NDArray[np.float64], overlap: NDArray[np.float64]) -> float:
    """Return the lowest generalised eigenvalue, nearly dependent functions left out."""
    scale = 1 / np.sqrt(np.diag(overlap))
    shares, axes = eigh(overlap * np.outer(scale, scale))
    kept = shares > DEPENDENT * shares[-1]
    basis = axes[:, kept] / np.sqrt(shares[kept])
    return float(eigh(basis.T @ (energy * np.outer(scale, scale)) @ basis, eigvals_only=True)[0])
