"""Linear operators solved exactly, mode by mode: heat, advection, Poisson, antiderivative."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from sciml.contracts.parameters import parameter
from sciml.numerics.domains import Array
from sciml.operators.data.operator import AbstractOperator
from sciml.operators.data.series import Series


@dataclass(frozen=True)
class LinearOperator(AbstractOperator):
    """An operator that maps a series to a series."""

    @property
    def method(self) -> str:
        """Closed form."""
        return "closed form, mode by mode"

    @abstractmethod
    def image(self, inputs: Series) -> Series:
        """Return the outputs as series."""

    def on_grid(self, inputs: Series, n: int) -> Array:
        """Return the outputs on the grid of n points, of shape (N, n)."""
        return self.image(inputs).on_grid(n)

    def at(self, inputs: Series, points: Array) -> Array:
        """Return the outputs at any points (m,), of shape (N, m)."""
        return self.image(inputs).at(points)

    def refined(self, inputs: Series, points: Array) -> Array:
        """Return the outputs at the points in extended precision, without FFT."""
        return self.image(inputs.extended()).at(points.astype(np.longdouble))


@dataclass(frozen=True)
class Heat(LinearOperator):
    r"""$u_t = \nu u_{xx}$, periodic: f = u(0) to u(T), $c_j \mapsto e^{-\nu(2\pi j)^2T}c_j$."""

    name: ClassVar[str] = "heat"
    equation: ClassVar[str] = "u_t = nu u_xx, periodic; u(0) -> u(time)"
    nu: float = parameter(0.01, "diffusivity", low=0.0)
    time: float = parameter(1.0, "time T", low=0.0)

    def image(self, inputs: Series) -> Series:
        """Return u(T)."""
        return inputs.scaled(lambda k: np.exp(-self.nu * self.time * k**2)).plus(inputs.mean)


@dataclass(frozen=True)
class Advection(LinearOperator):
    r"""$u_t + a u_x = 0$, periodic: u(x, T) = f(x − aT)."""

    name: ClassVar[str] = "advection"
    equation: ClassVar[str] = "u_t + speed u_x = 0, periodic; u(0) -> u(time)"
    speed: float = parameter(1.0, "speed a")
    time: float = parameter(0.25, "time T", low=0.0)

    def image(self, inputs: Series) -> Series:
        """Return u(T)."""
        shift = (self.speed * self.time) % 1.0
        return inputs.scaled(lambda k: np.exp(-1j * k * shift)).plus(inputs.mean)


@dataclass(frozen=True)
class Poisson(LinearOperator):
    r"""$-u'' = f$, u(0) = u(1) = 0, f a sine series: $c_j \mapsto c_j/(\pi j)^2$."""

    name: ClassVar[str] = "poisson"
    equation: ClassVar[str] = "-u'' = f, u(0) = u(1) = 0; f -> u"
    boundary: ClassVar[str] = "zero"

    def image(self, inputs: Series) -> Series:
        """Return u."""
        return inputs.scaled(lambda k: k**-2.0)


@dataclass(frozen=True)
class Antiderivative(LinearOperator):
    r"""F with F' = f: $F(0) = 0$, or of mean zero and of f without its mean, so that F is periodic."""

    name: ClassVar[str] = "antiderivative"
    equation: ClassVar[str] = "F' = f; f -> F"
    from_zero: bool = parameter(True, "F(0) = 0; otherwise F has mean 0 and F' = f − mean of f")

    def image(self, inputs: Series) -> Series:
        """Return F."""
        wave = inputs.scaled(lambda k: -1j / k)
        if not self.from_zero:
            return wave
        start = wave.coefficients.real.sum(axis=1)
        return replace(wave.plus(-start), slope=inputs.mean)
