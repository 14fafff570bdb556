"""Properties of a gas in torch, for points (n,): what residuals are made of.

The formulas are those of `arrays`, written anew so that each pair of species is evaluated once; the tests
hold the two against one another, and both against values from Cantera.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from sciml.flame.gases.data import GasData, R

LEAST_OXYGEN = 1e-12  # mass fraction under the root, so that its slope stays finite


@dataclass(frozen=True)
class Properties:
    """Of a mixture at points (n,): density, mean molar mass, mole fractions (K, n), λ, and D_k (K, n)."""

    rho: Tensor
    W: Tensor
    X: Tensor
    conductivity: Tensor
    diffusivity: Tensor


class TorchGas:
    """A gas at one pressure.

    Args:
        data: Its constants.
        p: The pressure [Pa].
        like: A tensor with the type and device to compute in.
    """

    def __init__(self, data: GasData, p: float, like: Tensor) -> None:
        self.data = data
        self.p = p
        self._like = like

    @cached_property
    def W(self) -> Tensor:
        """Molar masses (K, 1) [kg/kmol]."""
        return self._tensor(self.data.W)[:, None]

    @cached_property
    def gain(self) -> Tensor:
        """ν_k W_k (K, 1)."""
        return self._tensor(self.data.nu * self.data.W)[:, None]

    def enthalpy(self, T: Tensor) -> Tensor:
        """Return the enthalpies h_k [J/kg] (K, n)."""
        square = T * T
        powers = torch.stack(
            [T, square, square * T, square.square(), square.square() * T, torch.ones_like(T)]
        )
        above, below = self._nasa
        return torch.where(self._break < T, above @ powers, below @ powers) * (R / self.W)

    def properties(self, T: Tensor, Y: Tensor) -> Properties:
        """Return what transport needs at temperatures (n,) and mass fractions (K, n)."""
        mean = 1 / (Y / self.W).sum(0)
        X, root, logs = Y / self.W * mean, T.sqrt(), self._logs(T)
        pure = (self._conductivity @ logs) * root
        conductivity = 0.5 * ((X * pure).sum(0) + 1 / (X / pure).sum(0))
        inverse = (self._places @ (1 / (self._pairs @ logs))).unflatten(0, (len(X), len(X)))
        drag = (inverse * X[None]).sum(1) * (self.p / (T * root))
        rho = self.p * mean / (R * T)
        return Properties(rho, mean, X, conductivity, (self._others @ Y) / drag)

    def viscosity(self, T: Tensor, X: Tensor) -> Tensor:
        """Return μ [Pa s] by Wilke's rule."""
        pure = ((self._viscosity @ self._logs(T)) * T**0.25).square()
        ratio, heavier = pure[:, None] / pure[None], (self.W.T / self.W)[:, :, None]
        phi = (1 + ratio.sqrt() * heavier**0.25).square() / (8 * (1 + 1 / heavier)).sqrt()
        return (X * pure / (phi * X[None]).sum(1)).sum(0)

    def progress(self, T: Tensor, rho: Tensor, Y: Tensor, A: Tensor | float, Ea: Tensor | float) -> Tensor:
        """Return the rate of progress A exp(−Ea/RT) [CH4] [O2]^½ [kmol/m³/s]."""
        oxygen = torch.clamp(Y[0], min=LEAST_OXYGEN) / self.W[0] * rho
        rate: Tensor = A * torch.exp(-Ea / (R * T)) * oxygen.sqrt() * (Y[2] / self.W[2] * rho)
        return rate

    @cached_property
    def _nasa(self) -> tuple[Tensor, Tensor]:
        share = self._tensor([1, 1 / 2, 1 / 3, 1 / 4, 1 / 5, 1])
        thermo = self._tensor(self.data.thermo)
        return thermo[:, 1:7] * share, thermo[:, 8:14] * share

    @cached_property
    def _break(self) -> float:
        return float(self.data.thermo[0, 0])

    @cached_property
    def _conductivity(self) -> Tensor:
        return self._tensor(self.data.conductivity)

    @cached_property
    def _viscosity(self) -> Tensor:
        return self._tensor(self.data.viscosity)

    @cached_property
    def _above(self) -> list[tuple[int, int]]:
        count = len(self.data.W)
        return [(k, j) for k in range(count) for j in range(k + 1, count)]

    @cached_property
    def _pairs(self) -> Tensor:
        """Coefficients of each pair of species (pairs, 5)."""
        return self._tensor(self.data.diffusion)[tuple(zip(*self._above, strict=True))]

    @cached_property
    def _places(self) -> Tensor:
        """Ones where a pair stands in the matrix of all, flat (K², pairs)."""
        count = len(self.data.W)
        places = torch.zeros(count * count, len(self._above)).to(self._like)
        for pair, (k, j) in enumerate(self._above):
            places[count * k + j, pair] = places[count * j + k, pair] = 1.0
        return places

    @cached_property
    def _others(self) -> Tensor:
        """One for each other species (K, K)."""
        return 1 - torch.eye(len(self.data.W)).to(self._like)

    def _logs(self, T: Tensor) -> Tensor:
        log = torch.log(T)
        square = log * log
        return torch.stack([torch.ones_like(T), log, square, square * log, square.square()])

    def _tensor(self, values: object) -> Tensor:
        return torch.as_tensor(values, dtype=self._like.dtype, device=self._like.device)
