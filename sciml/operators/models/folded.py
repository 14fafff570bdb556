r"""Galerkin attention as an affine map of its input, equal to the plain form and faster where n is large.

The queries carry no norm, so that $Z_i=[p,Q_i]M_i$ with
$M_i=[p,\tilde K_i]^T\mathrm{diag}(w)[p,\tilde V_i]$ is affine in x: the output is $xA+pC+c$ with

$$A=\sum_i W^{Q\,T}_i G_i^Q,\quad C=\sum_i G_i^p,\quad c=\sum_i b^Q_i G_i^Q+b_f,\quad
[G_i^p;G_i^Q]=M_iW_{f,i}^T.$$

Only $M_i$ sums over the points. With K and V normalized but not scaled, and a column of ones beside p, it
follows from the three moments S, T and U of `Moments`.

References:
    S. Cao, Choose a Transformer: Fourier or Galerkin, NeurIPS 2021 (the attention; the folding is ours).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sciml.operators.models.moments import moments
from sciml.operators.models.norm import HeadNorm

PARTS = ("weight", "bias")


def head_matrices(
    x: Tensor,
    positions: Tensor,
    weights: Tensor,
    key: tuple[nn.Linear, HeadNorm],
    value: tuple[nn.Linear, HeadNorm],
) -> Tensor:
    """Return M_i = [p, K̃_i]ᵀ diag(w) [p, Ṽ_i], shape (B, h, m+d_k, m+d_k).

    Args:
        x: Values at the points (B, n, d).
        positions: p (B, n, m).
        weights: w (B, n).
        key: Projection to the keys and their norm, whose affine part is folded in.
        value: The same of the values.
    """
    weight, bias = (_centred([getattr(each[0], name) for each in (key, value)], key[1]) for name in PARTS)
    ones = torch.cat([positions.mT, positions.new_ones(len(positions), 1, positions.shape[1])], 1)
    S, T, U = moments(x, weight, bias, ones, weights, key[1].eps)
    left, right = (_affine(norm, U.shape[-1]) for _, norm in (key, value))
    spread = U[:, None].expand(-1, S.shape[1], -1, -1)
    rows = torch.cat([spread, T[:, :, 1]], 3), torch.cat([T[:, :, 0].mT, S], 3)
    return left @ torch.cat(rows, 2) @ right.mT


def _centred(parts: list[Tensor], norm: HeadNorm) -> Tensor:
    """Return parts (d, ...) of keys and values side by side, of mean zero over a head's: (h, 2, d_k, ...)."""
    both = torch.stack([part.unflatten(0, norm.weight.shape) for part in parts], 1)
    return both - both.mean(2, keepdim=True)


def _affine(norm: HeadNorm, size: int) -> Tensor:
    """Return the map from [p, 1, unit] to [p, γ unit + β], shape (h, m+d_k, m+1+d_k)."""
    heads, channels = norm.weight.shape
    m = size - 1
    same = torch.eye(m, size + channels, dtype=norm.weight.dtype, device=norm.weight.device)
    scaled = torch.cat(
        [norm.bias.new_zeros(heads, channels, m), norm.bias[..., None], norm.weight.diag_embed()], 2
    )
    return torch.cat([same.expand(heads, -1, -1), scaled], 1)
