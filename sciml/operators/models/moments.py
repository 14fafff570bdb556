r"""Moments of normalized keys and values over many points, without the normalized values themselves.

Centring over the channels of a head is linear, and goes into the projection: of the centred
$C=x\bar W^T+\bar b$ only the factors $r=(\overline{C^2}+\epsilon)^{-1/2}$ hang on the point, one for each
head. Points are taken a piece at a time, in a cache's reach, and lie along the last dimension, where a factor
multiplies rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

AT_ONCE = 2048  # points of a piece on a CPU; elsewhere all


class Moments(torch.autograd.Function):
    r"""The moments S (B,h,d_k,d_k), T (B,h,2,m+1,d_k), U (B,m+1,m+1), with a backward of their own.

    $$S_i=\sum_nw_nk_{ni}v_{ni}^T,\qquad T_{i}=\sum_nw_n[p_n,1]\,(k_{ni},v_{ni})^T,\qquad
    U=\sum_nw_n[p_n,1][p_n,1]^T$$

    with k = r C of the keys and v = r C of the values. By k the gradient is
    $\dot k=w(\dot Sv+\dot T^T[p,1])$, and by C it is $r(\dot k-k\,(k\cdot\dot k)/d_k)$.
    """

    @staticmethod
    def forward(
        ctx: Any,  # noqa: ANN401
        x: Tensor,
        weight: Tensor,
        bias: Tensor,
        ones: Tensor,
        w: Tensor,
        eps: float,
    ) -> tuple[Tensor, ...]:
        """Return the moments.

        Args:
            ctx: What the backward needs.
            x: Values at the points (B, n, d).
            weight: Of each head's keys and values, centred over d_k: (h, 2, d_k, d).
            bias: The same (h, 2, d_k).
            ones: Positions and a row of ones, [p, 1] (B, m+1, n).
            w: Quadrature weights (B, n).
            eps: Of the normalization.
        """
        h, _, d_k, _ = weight.shape
        S = x.new_zeros(len(x), h, d_k, d_k)
        T = x.new_zeros(len(x), h, 2, ones.shape[1], d_k)
        pieces: list[Tensor] = []
        scratch = None
        for part in _pieces(x, ones, w):
            C = _centred(part.x, weight, bias)
            scratch = _like(C, scratch)
            r = torch.mul(C, C, out=scratch).sum(3).div_(d_k).add_(eps).rsqrt_()
            _add_moments(S[part.rows], T[part.rows], C, r, part, scratch)
            pieces += C, r
        ctx.save_for_backward(x, weight, ones, w, *pieces)
        return S, T, (ones * w[:, None]) @ ones.mT

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dS: Tensor, dT: Tensor, dU: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        """Return the gradients by x, weight, bias, positions with ones, and quadrature weights."""
        x, weight, ones, w, *pieces = ctx.saved_tensors
        by_position = any(ctx.needs_input_grad[3:5])
        flat, scratch = weight.flatten(0, 2), None
        by_x, by_flat, by_bias = torch.empty_like(x), torch.zeros_like(flat), x.new_zeros(len(flat))
        by_ones, by_w = torch.empty_like(ones), torch.empty_like(w)
        for part, C, r in zip(_pieces(x, ones, w), pieces[::2], pieces[1::2], strict=True):
            scratch = _like(C, scratch)
            seen, products = _pull(C, r, part, dS[part.rows], dT[part.rows], scratch)
            by_C = scratch.flatten(1, 3)
            torch.bmm(by_C.mT, flat.expand(len(by_C), -1, -1), out=by_x[part.rows, part.points])
            by_flat += torch.bmm(by_C, part.x).sum(0)
            by_bias += by_C.sum(2).sum(0)
            if by_position:
                by_ones[part.rows, :, part.points] = (seen * r[..., None, :]).sum((1, 2))
                by_w[part.rows, part.points] = products.sum(1)
        places = _by_places(by_ones, by_w, ones, w, dU) if by_position else (None, None)
        return by_x, by_flat.view_as(weight), by_bias.view(weight.shape[:3]), *places, None


moments: Callable[..., tuple[Tensor, Tensor, Tensor]] = Moments.apply


class _Piece(NamedTuple):
    """Some points of some samples: which, and what is given there."""

    rows: slice
    points: slice
    x: Tensor
    ones: Tensor
    w: Tensor


def _pieces(x: Tensor, ones: Tensor, w: Tensor) -> Iterator[_Piece]:
    batch, n = (max(1, size) for size in x.shape[:2])
    whole = x.device.type != "cpu"
    height, width = (batch, n) if whole else (max(1, AT_ONCE // n), min(n, AT_ONCE))
    for row in range(0, batch, height):
        for point in range(0, n, width):
            a, b = slice(row, row + height), slice(point, point + width)
            yield _Piece(a, b, x[a, b], ones[a, :, b], w[a, b])


def _centred(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return C (b, h, 2, d_k, q)."""
    flat = weight.flatten(0, 2).expand(len(x), -1, -1)
    centred: Tensor = torch.bmm(flat, x.mT).add_(bias.flatten()[:, None]).unflatten(1, weight.shape[:3])
    return centred


def _like(C: Tensor, scratch: Tensor | None) -> Tensor:
    """Return room for a piece like C: that of the piece before it where it fits, which is in the cache."""
    return scratch if scratch is not None and scratch.shape == C.shape else torch.empty_like(C)


def _add_moments(S: Tensor, T: Tensor, C: Tensor, r: Tensor, part: _Piece, scratch: Tensor) -> None:
    """Add a piece's S and T."""
    keys, values = C.flatten(0, 1).unbind(1)
    weighted = r * part.w[:, None, None]
    room = scratch.flatten()[: keys.numel()].view(keys.shape)
    scaled = torch.mul(keys, (weighted[:, :, 0] * r[:, :, 1]).flatten(0, 1)[:, None], out=room)
    S.flatten(0, 1).baddbmm_(scaled, values.mT)
    left = weighted[..., None, :] * part.ones[:, None, None]
    T.flatten(0, 2).baddbmm_(left.flatten(0, 2), C.flatten(0, 2).mT)


def _pull(C: Tensor, r: Tensor, part: _Piece, dS: Tensor, dT: Tensor, by_C: Tensor) -> tuple[Tensor, ...]:
    """Put the gradient by C into `by_C`; return Ṫ C (b, h, 2, m+1, q) and k·Ṡv (b, h, q)."""
    keys, values = C.flatten(0, 1).unbind(1)
    by_keys, by_values = by_C.flatten(0, 1).unbind(1)
    torch.bmm(dS.flatten(0, 1), values, out=by_keys)
    torch.bmm(dS.flatten(0, 1).mT, keys, out=by_values)
    both = r[:, :, 0] * r[:, :, 1]
    products = (by_keys * keys).sum(1).view_as(both).mul_(both)
    seen = (dT.flatten(0, 2) @ C.flatten(0, 2)).view(*r.shape[:3], -1, r.shape[3])  # (b, h, 2, m+1, q)
    weighted = r * part.w[:, None, None]
    inner = (seen * part.ones[:, None, None]).sum(3).mul_(r).add_(products[:, :, None])
    by_C.mul_((weighted[:, :, 0] * r[:, :, 1])[:, :, None, None])
    by_C.addcmul_(C, (inner * r * weighted)[..., None, :], value=-1 / C.shape[3])
    spread = (weighted[..., None, :] * part.ones[:, None, None]).flatten(0, 2)
    by_C.flatten(0, 2).baddbmm_(dT.flatten(0, 2).mT, spread)
    return seen, products


def _by_places(by_ones: Tensor, by_w: Tensor, ones: Tensor, w: Tensor, dU: Tensor) -> tuple[Tensor, Tensor]:
    """Return the gradients by positions with ones and by quadrature weights, U's share added."""
    across = by_ones + dU @ ones
    return (across + dU.mT @ ones) * w[:, None], by_w + (across * ones).sum(1)
