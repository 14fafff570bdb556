"""A trainable linear map by its triangular factors."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from sciml.flows import validate
from sciml.flows.transforms.transform import AbstractTransform


class LULinear(AbstractTransform):
    """The map z = L U x + b, with log|det| = Σ log U_ii, which starts at the identity.

    L is lower triangular with ones on its diagonal, U upper triangular with the diagonal exp(d).

    Reference: Kingma and Dhariwal, Glow: generative flow with invertible 1×1 convolutions, 2018.

    Args:
        features: columns of x and of z.
        dtype: of the parameters; by default torch's default.
    """

    below: Tensor
    above: Tensor

    def __init__(self, features: int, dtype: torch.dtype | None = None) -> None:
        super().__init__(features)
        dtype = validate.floating("dtype", dtype or torch.get_default_dtype())
        entries = features * (features - 1) // 2
        self.lower = nn.Parameter(torch.zeros(entries, dtype=dtype))
        self.upper = nn.Parameter(torch.zeros(entries, dtype=dtype))
        self.log_diagonal = nn.Parameter(torch.zeros(features, dtype=dtype))
        self.shift = nn.Parameter(torch.zeros(features, dtype=dtype))
        self.register_buffer("below", torch.tril_indices(features, features, -1), persistent=False)
        self.register_buffer("above", torch.triu_indices(features, features, 1), persistent=False)

    def factors(self) -> tuple[Tensor, Tensor]:
        """Return L and U, (features, features)."""
        ones = torch.ones_like(self.log_diagonal)
        lower = ones.diag().index_put(tuple(self.below), self.lower)
        return lower, self.log_diagonal.exp().diag().index_put(tuple(self.above), self.upper)

    def _forward(self, x: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        lower, upper = self.factors()
        z = torch.addmm(self.shift[:, None], lower @ upper, x.T).T
        return z, self.log_diagonal.sum().expand(len(x))

    def _inverse(self, z: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        lower, upper = self.factors()
        rows = z.T - self.shift[:, None]
        rows = torch.linalg.solve_triangular(lower, rows, upper=False, unitriangular=True)
        x = torch.linalg.solve_triangular(upper, rows, upper=True).T
        return x, -self.log_diagonal.sum().expand(len(z))
