"""Gaussian random fields on (0, 1), drawn mode by mode."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sciml.arguments import check_count
from sciml.contracts.parameters import check_parameters, parameter
from sciml.errors import ArgumentError, did_you_mean
from sciml.numerics.domains import Array
from sciml.operators.data.series import Series

BLOCK = 32  # samples drawn and solved together: few enough for the cache
MULTIPLES = {"periodic": 2, "zero": 1}


@dataclass(frozen=True)
class GaussianField:
    r"""Samples of $N(0, \sigma^2(-\Delta+\tau^2)^{-\gamma})$ on (0, 1), cut off above `modes`.

    Periodic: $\sigma\tau^{-\gamma}\xi_0 + \sqrt2\,\sigma\sum_{j=1}^{J}(4\pi^2j^2+\tau^2)^{-\gamma/2}
    (\xi_j\cos 2\pi jx + \eta_j\sin 2\pi jx)$ with independent standard normal $\xi, \eta$. Zero at both
    ends: $\sqrt2\,\sigma\sum(\pi^2j^2+\tau^2)^{-\gamma/2}\,\xi_j\sin\pi jx$.

    A sample is a function, not a grid: it is the same whatever grid it is looked at on, and the same, with
    finer detail added, for a larger `modes`.

    References:
        Z. Li et al., Fourier neural operator for parametric partial differential equations, ICLR 2021: its
        text has σ = 25, τ = 5, γ = 2, the default here; its published script has σ = 49, τ = 7, γ = 2.5 and
        no constant mode.
    """

    sigma: float = parameter(25.0, "scale", above=0.0)
    tau: float = parameter(5.0, "inverse length", above=0.0)
    gamma: float = parameter(2.0, "smoothness", above=0.5)
    modes: int = parameter(511, "highest mode; a grid of 2 modes + 1 points holds it", low=1, high=2**20)
    constant: bool = parameter(True, "whether the constant mode is drawn (periodic fields)")
    boundary: str = parameter("periodic", "periodic, or zero at both ends")

    def __post_init__(self) -> None:
        check_parameters(self)
        if self.boundary not in MULTIPLES:
            raise ArgumentError(f"boundary: got {self.boundary!r}, {did_you_mean(self.boundary, MULTIPLES)}")

    @property
    def multiple(self) -> int:
        """Two for periodic fields, one for sine series: see `Series`."""
        return MULTIPLES[self.boundary]

    @property
    def amplitudes(self) -> Array:
        """The standard deviations of the real coefficients, of shape (modes + 1,), the constant's first."""
        k = self.multiple * np.pi * np.arange(self.modes + 1)
        sizes = self.sigma * (k**2 + self.tau**2) ** (-self.gamma / 2)
        sizes[1:] *= np.sqrt(2)
        if not (self.constant and self.multiple == 2):
            sizes[0] = 0.0
        return sizes

    def coefficients(self, count: int, seed: int) -> Series:
        """Return `count` samples; sample i is the same for every count and every grid."""
        check_count("count", count)
        blocks = [self.block(number, seed).coefficients for number in range(-(-count // BLOCK))]
        return Series(np.concatenate(blocks)[:count], self.multiple)

    def block(self, number: int, seed: int) -> Series:
        """Return the samples BLOCK·number to BLOCK·(number+1) − 1."""
        source = np.random.SeedSequence(
            check_count("seed", seed, 0), spawn_key=(check_count("number", number, 0),)
        )
        rows = 2 * self.modes + 1 if self.multiple == 2 else 1 + self.modes
        normals = np.random.default_rng(source).standard_normal((rows, BLOCK)).T
        values = np.zeros((BLOCK, self.modes + 1), np.complex128)
        if self.multiple == 2:
            values.real[:, 1:] = normals[:, 1::2]
            values.imag[:, 1:] = -normals[:, 2::2]
        else:
            values.imag[:, 1:] = -normals[:, 1:]
        values.real[:, 0] = normals[:, 0]
        values *= self.amplitudes
        return Series(values, self.multiple)
