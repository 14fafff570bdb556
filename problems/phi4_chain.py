"""A chain of scalars with a quartic potential, whose integral a transfer matrix gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from torch import Tensor

from sciml.contracts.parameters import parameter
from sciml.contracts.reference import Measured
from sciml.flows.uses.energy_problem import EnergyProblem

POINTS = (150, 200)  # of Gauss and Legendre; their difference is the error
REACH = 6.0  # the fields are below it: beyond, e^(-U) is below 1e-40 at the least coupling
ROUNDING = 1e-12


@dataclass(frozen=True)
class Phi4Chain(EnergyProblem):
    """The partition function of a periodic chain of fields: draws from the energy alone, log Z in nats."""

    equation: ClassVar[str] = (
        "log Z = log int exp(-U),  U = sum_i (x_i - x_{i+1})^2 / 2 + mass x_i^2 / 2 + coupling x_i^4"
    )
    method: ClassVar[str] = "trace of a power of the transfer matrix on 200 points of Gauss and Legendre"
    citation: ClassVar[str] = "D. J. Scalapino, M. Sears, R. A. Ferrell, Phys. Rev. B 6 (1972) 3409-3416"

    sites: int = parameter(8, "fields x_i", low=2, high=64)
    mass: float = parameter(0.5, "coefficient of the squares, halved", low=-1, high=5)
    coupling: float = parameter(0.5, "coefficient of the fourth powers", low=0.1, high=10)

    @property
    def features(self) -> int:
        """The sites."""
        return self.sites

    def energy(self, x: Tensor) -> Tensor:
        """Return U, (n,), at rows (n, sites)."""
        squares = 0.5 * (x - x.roll(1, 1)) ** 2 + 0.5 * self.mass * x**2
        total: Tensor = (squares + self.coupling * x**4).sum(1)
        return total

    def log_z(self) -> Measured:
        """Return log Z, and how far two sets of points are apart."""
        coarse, fine = (self._trace(count) for count in POINTS)
        return Measured(fine, abs(fine - coarse) + ROUNDING)

    def _trace(self, count: int) -> float:
        """Return log tr Tⁿ with T(x, y) = exp(−(x − y)²/2 − V(x)/2 − V(y)/2)."""
        nodes, weights = np.polynomial.legendre.leggauss(count)
        x, w = REACH * nodes, REACH * weights
        half = self.mass * x**2 / 4 + self.coupling * x**4 / 2
        transfer = np.exp(-((x[:, None] - x) ** 2) / 2 - half[:, None] - half) * np.sqrt(w[:, None] * w)
        values = np.linalg.eigvalsh(transfer)
        top = values[-1]
        return float(self.sites * np.log(top) + np.log(((values / top) ** self.sites).sum()))
