r"""Galerkin attention as an affine map of its input, equal to the plain form and faster where n is large.

The queries carry no norm, so that $Z_i=[p,Q_i]M_i$ with
$M_i=[p,\tilde K_i]^T\mathrm{diag}(w)[p,\tilde V_i]$ is affine in x: the output is $xA+pC+c$ with

$$A=\sum_i W^{Q\,T}_i G_i^Q,\quad C=\sum_i G_i^p,\quad c=\sum_i b^Q_i G_i^Q+b_f,\quad
[G_i^p;G_i^Q]=M_iW_{f,i}^T.$$

Only $M_i$ sums over the points. With K and V normalized but not scaled, and a column of ones beside p, it
follows from three moments, which `Moments` returns with a backward of its own:

$$S_i=K_i^T\mathrm{diag}(w)V_i,\qquad T=[p,1]^T\mathrm{diag}(w)[K,V],\qquad U=[p,1]^T\mathrm{diag}(w)[p,1].$$

References:
    S. Cao, Choose a Transformer: Fourier or Galerkin, NeurIPS 2021 (the attention; the folding is ours).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import pad

from sciml.operators.norm import HeadNorm


class Moments(torch.autograd.Function):
    """The moments S (B,h,d_k,d_k), T (B,m+1,2h,d_k), U (B,m+1,m+1) of raw K and V, with their gradients."""

    @staticmethod
    def forward(ctx: Any, raw: Tensor, ones: Tensor, weights: Tensor, eps: float) -> tuple[Tensor, ...]:  # noqa: ANN401
        """Return the moments.

        Args:
            ctx: What the backward needs.
            raw: Keys, then values, not normalized (B, n, 2h, d_k).
            ones: Positions and a column of ones, [p, 1] (B, n, m+1).
            weights: Quadrature weights (B, n).
            eps: Of the normalization.
        """
        unit, mean, rstd = torch.native_layer_norm(raw, raw.shape[-1:], None, None, eps)
        weighted = ones * weights[..., None]
        keys, values = unit.chunk(2, dim=2)
        S = _heads_product(keys * weights[..., None, None], values)
        T = (weighted.mT @ unit.flatten(2)).unflatten(2, unit.shape[2:])
        ctx.save_for_backward(raw, unit, mean, rstd, ones, weights)
        return S, T, weighted.mT @ ones

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dS: Tensor, dT: Tensor, dU: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        """Return the gradients by raw keys and values, positions with ones, and weights."""
        raw, unit, mean, rstd, ones, weights = ctx.saved_tensors
        keys, values = unit.chunk(2, dim=2)
        flat = dT.flatten(2)
        by_unit = (ones @ flat).unflatten(2, unit.shape[2:])
        by_keys, by_values = by_unit.chunk(2, dim=2)
        by_keys += _heads_apply(values, dS.mT)
        by_ones = unit.flatten(2) @ flat.mT + ones @ dU.mT
        by_weights = (by_keys * keys).sum((2, 3)) + (by_values * values).sum((2, 3))
        by_weights += ((ones @ dU) * ones).sum(2)
        by_values += _heads_apply(keys, dS)
        by_ones = (by_ones + ones @ dU) * weights[..., None]
        by_unit *= weights[..., None, None]
        by_raw = torch.ops.aten.native_layer_norm_backward(
            by_unit, raw, raw.shape[-1:], mean, rstd, None, None, [True, False, False]
        )[0]
        return by_raw, by_ones, by_weights, None


def _heads_product(keys: Tensor, values: Tensor) -> Tensor:
    """Return Σ_n k_n v_nᵀ per head, (B, h, d_k, d_k), of (B, n, h, d_k)."""
    return keys.permute(0, 2, 3, 1) @ values.transpose(1, 2)


def _heads_apply(x: Tensor, matrices: Tensor) -> Tensor:
    """Return x_n M per head, (B, n, h, d_k), of (B, n, h, d_k) and (B, h, d_k, d_k)."""
    return (x.transpose(1, 2) @ matrices).transpose(1, 2)


def head_matrices(
    raw: Tensor, positions: Tensor, weights: Tensor, key_norm: HeadNorm, value_norm: HeadNorm
) -> Tensor:
    """Return M_i = [p, K̃_i]ᵀ diag(w) [p, Ṽ_i], shape (B, h, m+d_k, m+d_k).

    Args:
        raw: Keys, then values, not normalized (B, n, 2h, d_k).
        positions: p (B, n, m).
        weights: w (B, n).
        key_norm: Norm of the keys, whose affine part is folded in.
        value_norm: Norm of the values.
    """
    S, T, U = Moments.apply(raw, pad(positions, (0, 1), value=1.0), weights, key_norm.eps)
    by_keys, by_values = (part.transpose(1, 2) for part in T.chunk(2, dim=2))  # (B, h, m+1, d_k)
    left = _affine(key_norm, U.shape[-1])
    right = _affine(value_norm, U.shape[-1])
    spread = U[:, None].expand(-1, S.shape[1], -1, -1)
    rows = torch.cat([spread, by_values], 3), torch.cat([by_keys.mT, S], 3)
    return left @ torch.cat(rows, 2) @ right.mT


def _affine(norm: HeadNorm, size: int) -> Tensor:
    """Return the map from [p, 1, unit] to [p, γ unit + β], shape (h, m+d_k, m+1+d_k)."""
    heads, channels = norm.weight.shape
    m = size - 1
    same = torch.eye(m, size + channels, dtype=norm.weight.dtype, device=norm.weight.device)
    scaled = torch.cat(
        [norm.bias.new_zeros(heads, channels, m), norm.bias[..., None], norm.weight.diag_embed()], 2
    )
    return torch.cat([same.expand(heads, -1, -1), scaled], 1)
