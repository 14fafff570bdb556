"""A mixture of normal densities: a base with several modes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Self

import torch
from torch import Tensor, nn

from sciml.arguments import check_count, check_seed
from sciml.flows import validate
from sciml.flows.bases.base import AbstractBase, BaseSpec
from sciml.flows.bases.em import expectation_maximization


class GaussianMixture(AbstractBase):
    """The density Σ_k w_k N(z; m_k, (A_kᵀ A_k)⁻¹), all learned; A_k is lower triangular.

    Draws are differentiable in the means and the A_k, not in the weights.

    Args:
        features: columns of z.
        components: how many normal densities, k = 1, …, K.
        seed: of the first means, drawn from the standard normal; weights start equal, every A_k as 1.
        dtype: of the parameters; by default torch's default.
    """

    reparametrized = False
    scored = ("logits",)
    below: Tensor

    def __init__(
        self, features: int, components: int, *, seed: int = 0, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__(features)
        count = check_count("components", components)
        dtype = validate.floating("dtype", dtype or torch.get_default_dtype())
        generator = torch.Generator().manual_seed(check_seed(seed))
        means = torch.randn(count, features, generator=generator, dtype=torch.float64)
        self.logits = nn.Parameter(torch.zeros(count, dtype=dtype))
        self.means = nn.Parameter(means.to(dtype))
        self.log_diagonal = nn.Parameter(torch.zeros(count, features, dtype=dtype))
        self.lower = nn.Parameter(torch.zeros(count, features * (features - 1) // 2, dtype=dtype))
        self.register_buffer("below", torch.tril_indices(features, features, -1), persistent=False)

    @classmethod
    def fit(cls, z: Tensor, components: int, *, seed: int = 0) -> Self:
        """Return the mixture of highest likelihood found from one start for the rows z, (n, features)."""
        validate.finite("z", z)
        base = cls(z.shape[1], components, seed=seed, dtype=z.dtype).to(z.device)
        logits, means, factors = expectation_maximization(z.detach().cpu().double(), components, seed)
        entries = factors[:, base.below[0].cpu(), base.below[1].cpu()]
        diagonal = factors.diagonal(dim1=1, dim2=2).log()
        parameters = {"logits": logits, "means": means, "log_diagonal": diagonal, "lower": entries}
        base.load_state_dict(parameters)
        return base

    def factors(self) -> Tensor:
        """Return the A_k, (components, features, features)."""
        matrices = self.log_diagonal.exp().diag_embed()
        k = torch.arange(len(matrices), device=matrices.device)[:, None]
        return matrices.index_put((k, self.below[0], self.below[1]), self.lower)

    def log_prob(self, z: Tensor) -> Tensor:
        """Return log p(z), of shape (batch,)."""
        # Far out the gradient of logsumexp counts components that tie in rounding as one each.
        joint = self._joint(z)
        top = joint.detach().amax(0).clamp(min=torch.finfo(joint.dtype).min)
        return top + (joint - top).logsumexp(0)

    def shares(self, z: Tensor) -> Tensor:
        """Return the probability that each z is of each component, (components, batch)."""
        return self._joint(z).softmax(0)

    def _joint(self, z: Tensor) -> Tensor:
        """Return log w_k N(z; …), (components, batch)."""
        white = self.factors() @ (z.T - self.means[:, :, None])  # (components, features, batch)
        peak = self.log_diagonal.sum(1) - 0.5 * self.features * math.log(2 * math.pi)
        return (self.logits.log_softmax(0) + peak)[:, None] - 0.5 * white.square().sum(1)

    def sample(self, n: int, generator: torch.Generator | None, like: Tensor) -> Tensor:
        """Return n draws, of shape (n, features), with the dtype and device of `like`."""
        dtype, device = like.dtype, like.device
        share = torch.rand(n, generator=generator, dtype=dtype, device=device)
        normal = torch.randn(n, self.features, generator=generator, dtype=dtype, device=device)
        edges = self.logits.detach().softmax(0).cumsum(0)[:-1]
        chosen = torch.bucketize(share, edges, right=True)
        draws = self.means.index_select(0, chosen)
        for k, factor in enumerate(self.factors()):
            rows = (chosen == k).nonzero()[:, 0]
            offsets = torch.linalg.solve_triangular(factor, normal[rows].T, upper=False).T
            draws = draws.index_add(0, rows, offsets)
        return draws


@dataclass(frozen=True)
class MixtureSpec(BaseSpec):
    """A mixture of so many normal densities."""

    name: ClassVar[str] = "mixture"
    components: int = 8

    def build(self, features: int, dtype: torch.dtype, rows: Tensor | None, seed: int) -> GaussianMixture:
        """Return the mixture, the most likely one for rows where there are any."""
        if rows is None:
            return GaussianMixture(features, self.components, dtype=dtype)
        return GaussianMixture.fit(rows, self.components, seed=seed)

    def least_parameters(self, features: int) -> int:
        """Return what weights, means and factors take."""
        return self.components * (1 + features + features * (features + 1) // 2)
