"""Ridge regression on Fourier modes: what a network must beat to be worth training."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import torch
from torch import Tensor

from sciml.arguments import check_count
from sciml.operators.models.base import NeuralOperator
from sciml.operators.models.field import Field
from sciml.operators.models.spec import ModelSpec, Signature
from sciml.operators.models.spectral import basis, check_grid

LEAST = 1e-200  # stands for the largest eigenvalue where all inputs are zero
HELD = 5  # one sample in so many chooses the regularization
ROUNDING = 1e-13  # a mode smaller than this share of the largest is noise, and left out
PENALTIES = tuple(10.0**power for power in range(-30, -1, 2))  # times the largest eigenvalue


class Ridge(NeuralOperator):
    r"""A linear map of Fourier modes, $\hat v=W\hat u$.

    W minimises $\sum_i|W\hat u_i-\hat v_i|^2+\lambda|W|^2$. λ is the one that does best on a fifth of the
    samples, which are then used too. Everything is float64.

    Args:
        modes: Highest mode of inputs and outputs.
        in_channels: Channels of the input function.
        out_channels: Channels of the output function.
    """

    matrix: Tensor

    def __init__(self, modes: int = 63, in_channels: int = 1, out_channels: int = 1) -> None:
        super().__init__(in_channels, out_channels)
        self.modes = check_count("modes", modes)
        sizes = (channels * (2 * modes + 1) for channels in (in_channels, out_channels))
        self.register_buffer("matrix", torch.zeros(*sizes, dtype=torch.float64))

    def evaluate(self, field: Field) -> Tensor:
        """Return the output function at the field's points."""
        check_grid(field.values.shape[1], self.modes + 1)
        waves = basis(field.positions.double(), self.modes + 1)
        values = waves @ (_coefficients(field, waves).flatten(1) @ self.matrix).unflatten(
            1, (-1, self.out_channels)
        )
        out: Tensor = values.to(field.values.dtype)
        return out

    @torch.no_grad()
    def fit(self, field: Field, outputs: Tensor) -> Self:
        """Find W from samples: input functions, and output functions (N, n, c) at the same points."""
        check_grid(field.values.shape[1], self.modes + 1)
        waves = basis(field.positions.double(), self.modes + 1)
        x, y = (_coefficients(f, waves).flatten(1) for f in (field, field.replaced(outputs)))
        judged = torch.arange(len(x)) % HELD == 0
        sizes = x.square().mean(0).sqrt()
        x = torch.where(sizes > ROUNDING * sizes.max(), x, 0.0)
        trials = [
            (float((x[judged] @ W - y[judged]).square().sum()), penalty)
            for penalty, W in zip(PENALTIES, _ridges(x[~judged], y[~judged], PENALTIES), strict=True)
        ]
        best = min(trials)[1]
        self.matrix.copy_(_ridges(x, y, (best,))[0])
        return self


def _ridges(x: Tensor, y: Tensor, penalties: tuple[float, ...]) -> list[Tensor]:
    """Return the minimiser of |xW − y|² + λ|W|² for each λ, a share of the largest eigenvalue of xᵀx."""
    U, s, V = torch.linalg.svd(x, full_matrices=False)
    projected = U.mT @ y
    top = s[0].square().clamp(min=LEAST)
    return [V.mT @ ((s / (s.square() + penalty * top))[:, None] * projected) for penalty in penalties]


def _coefficients(field: Field, waves: Tensor) -> Tensor:
    """Return the coefficients of [1, √2 cos, √2 sin], shape (B, 2K+1, c), float64."""
    return (waves * field.quadrature.double()[..., None]).mT @ field.values.double()


def complex_modes(field: Field, highest: int) -> Tensor:
    r"""Return $c_k=\int u\,e^{-2\pi ikx}dx$ of the first channel for k = 0, …, highest: (B, highest+1)."""
    waves = basis(field.positions.double(), highest + 1)
    mean, cosine, sine = _coefficients(field, waves)[..., 0].split([1, highest, highest], 1)
    return torch.cat([mean.to(torch.complex128), torch.complex(cosine, -sine) / math.sqrt(2)], 1)


def from_complex(modes: Tensor, positions: Tensor) -> Tensor:
    """Return the real function of modes (B, K+1) at positions (B, n, 1): (B, n, 1)."""
    highest = modes.shape[1] - 1
    rest = math.sqrt(2) * modes[:, 1:]
    coefficients = torch.cat([modes[:, :1].real, rest.real, -rest.imag], 1)
    return basis(positions.double(), highest + 1) @ coefficients[..., None]


@dataclass(frozen=True)
class RidgeSpec(ModelSpec):
    """The highest mode of `Ridge`."""

    name: ClassVar[str] = "ridge"
    solved: ClassVar[bool] = True
    modes: int = 16

    @classmethod
    def sized(cls, sizes: Mapping[str, Any]) -> Self:
        """Return the recipe's modes of a regression."""
        return cls(sizes["input_modes"])

    def build(self, maps: Signature) -> Ridge:
        """Return the model."""
        return Ridge(self.modes, maps.in_channels, maps.out_channels)

    def least_parameters(self, maps: Signature) -> int:
        """Return what the matrix takes."""
        return maps.in_channels * maps.out_channels * (2 * self.modes + 1) ** 2
