"""Galerkin attention, and the attentions it is compared with."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Literal

import torch
from torch import Tensor, nn

from sciml.arguments import check_count
from sciml.errors import ArgumentError, did_you_mean
from sciml.operators.check import same_batch
from sciml.operators.models.folded import head_matrices
from sciml.operators.models.norm import HeadNorm

Kind = Literal["galerkin", "fourier", "softmax", "linear"]
GAIN, DIAGONAL = 1e-2, 1e-2  # of the first projections; Xavier's own gain diverges
GAIN_OF_BOTH = 1e-3  # of the kind "fourier", whose queries and keys are both normed
FOLD_FROM = 1024  # points from which the folded form is the faster one


class GalerkinAttention(nn.Module):
    r"""Attention without softmax, linear in the number of points.

    Of each head's queries Q, keys K and values V, linear in x, with positions p put in front and with
    $\tilde K=\mathrm{LN}(K)$, $\tilde V=\mathrm{LN}(V)$, quadrature weights w of the source points:

    $$\begin{aligned}
    \text{galerkin:}\quad & Z=[p,Q]\,\big([p,\tilde K]^T\mathrm{diag}(w)\,[p,\tilde V]\big)\\
    \text{fourier:}\quad & Z=\big([p,\tilde Q]\,[p,\tilde K]^T\big)\mathrm{diag}(w)\,[p,V]/\sqrt{m+d_k}\\
    \text{softmax:}\quad & Z=\mathrm{softmax}_w\big([p,Q][p,K]^T/\sqrt{m+d_k}\big)[p,V]\\
    \text{linear:}\quad & Z=\mathrm{softmax}([p,Q])\big(\mathrm{softmax}_w([p,K]^T)[p,V]\big)
    \end{aligned}$$

    where softmax_w weighs each source point by w. The heads together go through a linear map to the width.
    There is no dropout: evaluation is deterministic.

    References:
        S. Cao, Choose a Transformer: Fourier or Galerkin, NeurIPS 2021.
        Z. Shen et al., Efficient attention: attention with linear complexities, WACV 2021 ("linear").

    Args:
        width: Channels of x, d; a multiple of `heads`.
        heads: Number of heads, h.
        position_features: Channels of the positions, m.
        kind: Which attention.
    """

    def __init__(self, width: int, heads: int, position_features: int, kind: Kind = "galerkin") -> None:
        super().__init__()
        self.width, self.heads = check_count("width", width), check_count("heads", heads)
        self.position_features, self.kind = check_count("position_features", position_features, 0), kind
        if width % heads:
            raise ArgumentError(f"width: got {width}, expected a multiple of heads = {heads}")
        if kind not in _KINDS:
            raise ArgumentError(f"kind: got {kind!r}, {did_you_mean(str(kind), _KINDS)}")
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.output = nn.Linear(width + heads * position_features, width)
        normed = {"galerkin": ("key_norm", "value_norm"), "fourier": ("query_norm", "key_norm")}
        for name in normed.get(kind, ()):
            self.add_module(name, HeadNorm(heads, width // heads))
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Draw the projections small, with a small diagonal: the layer starts near zero and stays stable."""
        gain = GAIN_OF_BOTH if self.kind == "fourier" else GAIN
        for linear in (self.query, self.key, self.value):
            nn.init.xavier_uniform_(linear.weight, gain)
            linear.weight += DIAGONAL * torch.eye(self.width)
            nn.init.zeros_(linear.bias)
        nn.init.xavier_uniform_(self.output.weight)
        nn.init.zeros_(self.output.bias)

    def forward(
        self,
        x: Tensor,
        positions: Tensor,
        weights: Tensor | None = None,
        source: Tensor | None = None,
        source_positions: Tensor | None = None,
    ) -> Tensor:
        """Return the attention's output at the points of x, (B, n, d).

        Args:
            x: Values at the points, (B, n, d).
            positions: Their positions, (B, n, m).
            weights: Quadrature weights of the source points, (B, n_s), used as given; by default 1/n_s.
            source: Values at other points, whose keys and values are used, (B, n_s, d); by default x.
            source_positions: Their positions, (B, n_s, m).

        Raises:
            ArgumentError: If shapes do not match.
        """
        if (source is None) != (source_positions is None):
            raise ArgumentError("source, source_positions: expected both or neither")
        values = x if source is None else source
        places = positions if source_positions is None else source_positions
        same_batch("x", x, self.width, "positions", positions, self.position_features)
        same_batch("source", values, self.width, "source_positions", places, self.position_features)
        weights = self._weights(values, weights)
        if self.kind == "galerkin" and values.shape[1] >= FOLD_FROM:
            return self.folded(x, positions, weights, values, places)
        return self.plain(x, positions, weights, values, places)

    def plain(self, x: Tensor, p: Tensor, w: Tensor, source: Tensor, places: Tensor) -> Tensor:
        """Return the output by the formula as it stands."""
        Q = self._split(self.query(x))
        K, V = self._split(self.key(source)), self._split(self.value(source))
        Q, K, V = (self._normed(name, part) for name, part in (("query", Q), ("key", K), ("value", V)))
        heads = _KINDS[self.kind](self._placed(p, Q), self._placed(places, K), self._placed(places, V), w)
        out: Tensor = self.output(heads.transpose(1, 2).flatten(2))
        return out

    def folded(self, x: Tensor, p: Tensor, w: Tensor, source: Tensor, places: Tensor) -> Tensor:
        """Return the same as `plain` for the kind "galerkin", by an affine map of x."""
        key, value = ((getattr(self, name), getattr(self, f"{name}_norm")) for name in ("key", "value"))
        M = head_matrices(source, places, w, key, value)
        m, d_k = self.position_features, self.width // self.heads
        G = M @ self.output.weight.unflatten(1, (self.heads, m + d_k)).permute(1, 2, 0)  # (B, h, m+d_k, d)
        by_position, by_query = G[:, :, :m].sum(1), G[:, :, m:].flatten(1, 2)  # (B, m, d), (B, d, d)
        A = self.query.weight.T @ by_query
        c = self.query.bias @ by_query + self.output.bias
        return torch.baddbmm(c[:, None], p, by_position).baddbmm_(x, A)

    def _weights(self, source: Tensor, weights: Tensor | None) -> Tensor:
        if weights is None:
            return source.new_full(source.shape[:2], 1.0 / max(1, source.shape[1]))
        if weights.shape != source.shape[:2]:
            expected = tuple(source.shape[:2])
            raise ArgumentError(
                f"weights: got the shape {tuple(weights.shape)}, expected {expected}, of the source"
            )
        return weights

    def _split(self, x: Tensor) -> Tensor:
        """Return (B, n, h, d_k)."""
        heads: Tensor = x.unflatten(2, (self.heads, -1))
        return heads

    def _normed(self, name: str, x: Tensor) -> Tensor:
        norm = getattr(self, f"{name}_norm", None)
        return x if norm is None else norm(x)

    def _placed(self, positions: Tensor, x: Tensor) -> Tensor:
        """Return [p, x] per head, (B, h, n, m+d_k)."""
        spread = positions[:, None].expand(-1, self.heads, -1, -1)
        return torch.cat([spread, x.transpose(1, 2)], 3)


def _galerkin(Q: Tensor, K: Tensor, V: Tensor, w: Tensor) -> Tensor:
    return Q @ ((K * w[:, None, :, None]).mT @ V)


def _fourier(Q: Tensor, K: Tensor, V: Tensor, w: Tensor) -> Tensor:
    return (Q @ K.mT) @ (V * w[:, None, :, None]) / math.sqrt(Q.shape[-1])


def _softmax(Q: Tensor, K: Tensor, V: Tensor, w: Tensor) -> Tensor:
    scores = Q @ K.mT / math.sqrt(Q.shape[-1]) + w.log()[:, None, None, :]
    return scores.softmax(-1) @ V


def _linear(Q: Tensor, K: Tensor, V: Tensor, w: Tensor) -> Tensor:
    shares = (K + w.log()[:, None, :, None]).softmax(2)
    return Q.softmax(-1) @ (shares.mT @ V)


_KINDS: Mapping[str, Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]] = {
    "galerkin": _galerkin,
    "fourier": _fourier,
    "softmax": _softmax,
    "linear": _linear,
}
