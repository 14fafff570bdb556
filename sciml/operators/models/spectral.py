"""Maps of a periodic function through its Fourier modes, on any points."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from sciml.arguments import check_count
from sciml.errors import ArgumentError

START = 0.5  # size of what a new convolution makes of a mode of size one


def basis(positions: Tensor, modes: int) -> Tensor:
    r"""Return [1, √2 cos 2πkx, √2 sin 2πkx] for k = 1, …, modes − 1, shape (B, n, 2 modes − 1).

    With weights of sum one on an even grid of n ≥ 2 modes − 1 points the columns are orthonormal, so that
    the transform is normalised "forward" and does not depend on n.

    Args:
        positions: x (B, n, 1), in periods.
        modes: Number of modes, the mean included.
    """
    k = torch.arange(1, modes, dtype=positions.dtype, device=positions.device)
    angle = 2 * math.pi * positions * k
    waves = math.sqrt(2) * torch.cat([angle.cos(), angle.sin()], 2)
    return torch.cat([torch.ones_like(positions), waves], 2)


class SpectralConvolution(nn.Module):
    r"""A convolution of a periodic function, by a matrix for each of its lowest modes.

    $$(\kappa*v)(x)=\sum_{|k|<K}R_k\hat v_k\,e^{2\pi ikx},\qquad \hat v_k=\sum_jw_j\,v(x_j)\,e^{-2\pi ikx_j}$$

    References:
        Z. Li et al., Fourier neural operator for parametric partial differential equations, ICLR 2021.

    Args:
        channels: Channels of v and of the result.
        modes: K.
    """

    def __init__(self, channels: int, modes: int) -> None:
        super().__init__()
        self.channels, self.modes = check_count("channels", channels), check_count("modes", modes, 2)
        scale = START / math.sqrt(channels)
        self.even = nn.Parameter(scale * torch.randn(modes, channels, channels))
        self.odd = nn.Parameter(scale * torch.randn(modes - 1, channels, channels))

    def forward(self, v: Tensor, waves: Tensor, weights: Tensor) -> Tensor:
        """Return the convolution (B, n, c).

        Args:
            v: (B, n, c).
            waves: `basis` of the points.
            weights: Quadrature weights (B, n).
        """
        return waves @ self.multiplied((waves * weights[..., None]).mT @ v)

    def multiplied(self, modes: Tensor) -> Tensor:
        """Return the modes of the convolution, of those of v: mean, cosines, sines, (B, 2K-1, c)."""
        mean, cosine, sine = modes.split([1, self.modes - 1, self.modes - 1], 1)
        both = torch.cat([mean, cosine], 1)
        even = torch.einsum("bkc,kcd->bkd", both, self.even)
        turned = torch.einsum("bkc,kcd->bkd", torch.stack([cosine, sine]).flatten(0, 1), self.odd)
        cosine_odd, sine_odd = turned.chunk(2)
        sine_even = torch.einsum("bkc,kcd->bkd", sine, self.even[1:])
        return torch.cat([even[:, :1], even[:, 1:] - sine_odd, sine_even + cosine_odd], 1)


def check_grid(points: int, modes: int) -> None:
    """Refuse fewer points than the modes need."""
    if points < 2 * modes - 1:
        raise ArgumentError(
            f"values: got {points} points, expected at least {2 * modes - 1} for {modes} modes; lower modes"
        )


def interpolate(values: Tensor, positions: Tensor, weights: Tensor, query: Tensor) -> Tensor:
    """Return a periodic function on other points, by the modes that its even grid of n points carries.

    Of an even n the highest mode is a cosine about the first point, so that the values themselves come back.

    Args:
        values: (B, n, c) on an even grid.
        positions: (B, n, 1).
        weights: (B, n).
        query: Points to evaluate at (B, q, 1).
    """
    modes = (values.shape[1] + 1) // 2
    found = (basis(positions, modes) * weights[..., None]).mT @ values
    out = basis(query, modes) @ found
    if values.shape[1] % 2:
        return out
    highest, there = ((math.pi * values.shape[1] * (x - positions[:, :1])).cos() for x in (positions, query))
    return out + there @ ((highest * weights[..., None]).mT @ values)
