"""Burgers' equation: from the initial value to the solution at a later time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sciml.contracts.parameters import parameter
from sciml.errors import ArgumentError, did_you_mean
from sciml.numerics.domains import Array
from sciml.operators.data.cole_hopf import nodes_for, velocity_by_kernel, velocity_by_series
from sciml.operators.data.operator import AbstractOperator
from sciml.operators.data.series import Series, grid

FORMS = {"auto": "", "fft": "Cole-Hopf by FFT", "kernel": "Cole-Hopf by the positive heat kernel"}
FFT_FROM = 1 / 128  # ν T from which φ varies by at most e⁸ over the period
FFT_LEAST = 1 / 320  # and by at most e²⁰: below, the FFT form has too few digits left to be of use
SMALLEST, LARGEST = 1e-4, 10.0  # of ν T: below, φ leaves the range of double precision


@dataclass(frozen=True)
class Burgers(AbstractOperator):
    r"""$u_t + (u^2/2)_x = \nu u_{xx}$, periodic on (0, 1): u(0) to u(T).

    Attributes:
        nu: viscosity ν.
        time: T.
        form: "fft", fast, loses digits as e^{1/16νT}; "kernel", accurate for every ν T ≥ 1e-4; "auto" takes
            the first for ν T ≥ 1/128.
    """

    name: ClassVar[str] = "burgers"
    equation: ClassVar[str] = "u_t + (u^2/2)_x = nu u_xx, periodic; u(0) -> u(time)"
    nu: float = parameter(0.1, "viscosity", above=0.0)
    time: float = parameter(1.0, "time T", above=0.0)
    form: str = parameter("auto", "auto, fft or kernel")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.form not in FORMS:
            raise ArgumentError(f"form: got {self.form!r}, {did_you_mean(self.form, FORMS)}")
        if self.form == "fft" and self.nu * self.time < FFT_LEAST:
            raise ArgumentError(
                f"form: got 'fft' for nu·time = {self.nu * self.time:g}, which leaves it no digits; "
                f"expected nu·time ≥ {FFT_LEAST:g}, or form 'kernel'"
            )
        if not SMALLEST <= self.nu * self.time <= LARGEST:
            raise ArgumentError(
                f"nu, time: got {self.nu:g} and {self.time:g}, "
                f"expected a product from {SMALLEST:g} to {LARGEST:g}"
            )

    @property
    def method(self) -> str:
        """Cole–Hopf, and in which form."""
        return FORMS["fft" if self._fast else "kernel"]

    @property
    def _fast(self) -> bool:
        return self.form == "fft" or (self.form == "auto" and self.nu * self.time >= FFT_FROM)

    def on_grid(self, inputs: Series, n: int) -> Array:
        """Return u(T) on the grid of n points, of shape (N, n)."""
        if not self._fast:
            return self.at(inputs, grid(n, inputs.multiple))
        flux, potential = velocity_by_series(inputs, self.nu, self.time, _nodes(inputs))
        velocity = flux.on_grid(n)
        velocity /= potential.on_grid(n)
        return velocity

    def at(self, inputs: Series, points: Array) -> Array:
        """Return u(T) at any points (m,), of shape (N, m)."""
        if not self._fast:
            return velocity_by_kernel(inputs, self.nu, self.time, _nodes(inputs), points)
        flux, potential = velocity_by_series(inputs, self.nu, self.time, _nodes(inputs))
        return flux.at(points) / potential.at(points)

    def refined(self, inputs: Series, points: Array) -> Array:
        """Return u(T) at the points by the positive kernel, on twice the nodes, in extended precision."""
        fine = points.astype(np.longdouble)
        return velocity_by_kernel(inputs.extended(), self.nu, self.time, 2 * _nodes(inputs), fine)


def _nodes(inputs: Series) -> int:
    return nodes_for(inputs.coefficients.shape[1] - 1)
