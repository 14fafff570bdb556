"""Layer normalization of each head by itself."""

from __future__ import annotations

import torch
from torch import Tensor, nn

EPS = 1e-5


class HeadNorm(nn.Module):
    r"""Layer normalization over each head's channels, with an affine part of its own per head.

    $$\mathrm{LN}(k)_c = \gamma_c\,\frac{k_c-\bar k}{\sqrt{\mathrm{var}(k)+\epsilon}}+\beta_c$$

    Args:
        heads: Number of heads, h.
        channels: Channels of a head, d_k.

    Attributes:
        weight: γ, shape (h, d_k), at first one.
        bias: β, shape (h, d_k), at first zero.
    """

    def __init__(self, heads: int, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(heads, channels))
        self.bias = nn.Parameter(torch.zeros(heads, channels))
        self.eps = EPS

    def forward(self, x: Tensor) -> Tensor:
        """Return the normalized (..., h, d_k)."""
        return normalized(x, self.eps) * self.weight + self.bias


def normalized(x: Tensor, eps: float = EPS) -> Tensor:
    """Return `x` (..., d_k) with mean zero and variance one over the last dimension."""
    return nn.functional.layer_norm(x, x.shape[-1:], eps=eps)
