"""A density: an invertible map to latent variables of known density."""

from __future__ import annotations

import torch
from torch import Tensor

from sciml.errors import ArgumentError
from sciml.flows import _validate
from sciml.flows.base import AbstractBase
from sciml.flows.transforms import AbstractTransform


class Flow(AbstractTransform):
    """The density p(x) = p_Z(f(x)) |det ∂f/∂x| of rows x, in the units of x.

    Args:
        transform: f, from data to latent variables.
        base: p_Z, with as many features.
    """

    def __init__(self, transform: AbstractTransform, base: AbstractBase) -> None:
        _validate.instance("transform", transform, AbstractTransform)
        _validate.instance("base", base, AbstractBase)
        if base.features != transform.features:
            raise ArgumentError(f"the base has {base.features} features, the transform {transform.features}")
        super().__init__(transform.features, transform.context_features)
        self.transform, self.base = transform, base

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return `log_prob`, so that wrappers of modules, such as distributed training, find it."""
        return self.log_prob(x, context)

    def log_prob(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return log p(x) = log p_Z(f(x)) + log|det ∂f/∂x| in nats, of shape (batch,).

        A NaN or an infinity in `x` or `context` is a `DataError` that names its row. A row so far out that
        its density underflows the dtype has -inf.
        """
        z, log_det = self.forward_and_log_det(x, context)
        _validate.finite("x", x)
        if context is not None:
            _validate.finite("context", context)
        return self.base.log_prob(z) + log_det

    @torch.no_grad()
    def sample(self, n: int, context: Tensor | None = None, seed: int | None = None) -> Tensor:
        """Return n draws, of shape (n, features), without gradients.

        Args:
            n: number of draws; 0 is an empty tensor.
            context: one row a draw, (n, context_features), or one for all, (context_features,).
            seed: the same seed gives the same draws; None draws from torch's own random state.
        """
        return self.sample_and_log_prob(n, context, seed)[0]

    def sample_and_log_prob(
        self, n: int, context: Tensor | None = None, seed: int | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return draws x and log p(x), both differentiable in the parameters; arguments as for `sample`."""
        like = self._like()
        n = _validate.integer("n", n, 0)
        z = self.base.sample(n, _generator(seed, like.device), like)
        x, log_det = self.inverse_and_log_det(z, _rows(context, n))
        return x, self.base.log_prob(z) - log_det

    def _forward(self, x: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        z, log_det = self.transform._forward(x, context)
        return z.contiguous(), log_det

    def _inverse(self, z: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        x, log_det = self.transform._inverse(z, context)
        return x.contiguous(), log_det

    def _like(self) -> Tensor:
        return next(self.parameters(), torch.empty(0))


def _generator(seed: int | None, device: torch.device) -> torch.Generator | None:
    if seed is None:
        return None
    return torch.Generator(device).manual_seed(_validate.integer("seed", seed, 0))


def _rows(context: Tensor | None, n: int) -> Tensor | None:
    if isinstance(context, Tensor) and context.ndim == 1:
        return context.expand(n, -1)
    return context
