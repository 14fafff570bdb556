"""A density: an invertible map to latent variables of known density."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import torch
from torch import Tensor

from sciml.arguments import check_count, check_seed
from sciml.errors import ArgumentError
from sciml.flows import validate
from sciml.flows.bases.base import AbstractBase
from sciml.flows.distribution import FlowDistribution
from sciml.flows.modes import full_precision, transformed
from sciml.flows.transforms.transform import AbstractTransform

CHUNK = 2**16  # rows computed at a time when drawing, so that memory holds little but the draws


class Flow(AbstractTransform):
    """The density p(x) = p_Z(f(x)) |det ∂f/∂x| of rows x, in the units of x.

    Args:
        transform: f, from data to latent variables.
        base: p_Z, with as many features.
    """

    def __init__(self, transform: AbstractTransform, base: AbstractBase) -> None:
        validate.instance("transform", transform, AbstractTransform)
        validate.instance("base", base, AbstractBase)
        if base.features != transform.features:
            raise ArgumentError(
                f"base: got {base.features} features, expected {transform.features} as the transform's"
            )
        super().__init__(transform.features, transform.context_features)
        self.transform, self.base = transform, base

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return `log_prob`, so that wrappers of modules, such as distributed training, find it."""
        return self.log_prob(x, context)

    def log_prob(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return log p(x) = log p_Z(f(x)) + log|det ∂f/∂x| in nats, of shape (batch,).

        A NaN or an infinity in `x` or `context` is a `DataError` that names its row; under `torch.func` and
        the compiler, which can name none, the row's density is NaN. A row so far out that its density
        underflows the dtype, or beyond the support of the flow, has -inf. Autocast is left out: it would cost
        a nat.
        """
        z, log_det = self.forward_and_log_det(x, context)
        with full_precision(x.device):
            log_prob = self.base.log_prob(z) + log_det
        if transformed():
            return self._masked(log_prob, x)
        validate.finite("x", x)
        if context is not None:
            validate.finite("context", context)
        return self._or_minus_infinity(log_prob)

    def distribution(self, context: Tensor | None = None) -> FlowDistribution:
        """Return the density given this context as one of torch's distributions."""
        return FlowDistribution(self, context)

    @torch.no_grad()
    def sample(self, n: int, context: Tensor | None = None, seed: int | None = None) -> Tensor:
        """Return n draws, of shape (n, features), without gradients.

        Many draws are computed in chunks, so that little more memory is needed than they take themselves.

        Args:
            n: number of draws; 0 is an empty tensor.
            context: one row a draw, (n, context_features), or one for all, (context_features,).
            seed: the same seed gives the same draws; None draws from torch's own random state.
        """
        n = check_count("n", n, 0)
        like = self._like()
        x, rows, start = self._room(n, like), _rows(context, n), 0
        with torch.inference_mode():  # the many small operators cost less; x is an ordinary tensor
            for z in self._latents(n, seed, like):
                part = slice(start, start + len(z))
                x[part] = self.inverse_and_log_det(z, None if rows is None else rows[part])[0]
                start += len(z)
        return x

    def sample_and_log_prob(
        self, n: int, context: Tensor | None = None, seed: int | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return draws x and log p(x), both differentiable in the parameters; arguments as for `sample`."""
        n, like = check_count("n", n, 0), self._like()
        self._room(n, like)  # refuses what does not fit before anything is drawn
        z = torch.cat(list(self._latents(n, seed, like)))
        x, log_det = self.inverse_and_log_det(z, _rows(context, n))
        return x, self.base.log_prob(z) - log_det

    def _forward(self, x: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        with full_precision(x.device):
            z, log_det = self.transform._forward(x, context)
        return z.contiguous(), log_det

    def _inverse(self, z: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        with full_precision(z.device):
            x, log_det = self.transform._inverse(z, context)
        return x.contiguous(), log_det

    def _latents(self, n: int, seed: int | None, like: Tensor) -> Iterator[Tensor]:
        """Yield n draws from the base, in chunks, at least one."""
        generator = _generator(seed, like.device)
        for start in range(0, max(n, 1), CHUNK):
            yield self.base.sample(min(CHUNK, n - start), generator, like)

    def _room(self, n: int, like: Tensor) -> Tensor:
        """Return memory for n draws."""
        try:
            return like.new_empty(n, self.features)
        except (RuntimeError, TypeError, OverflowError) as error:  # the last two for more than 64 bits count
            raise ArgumentError(
                f"n: {n} draws of {self.features} columns do not fit in memory; draw fewer at a time"
            ) from error

    def _like(self) -> Tensor:
        tensors = (t for t in chain(self.parameters(), self.buffers()) if t.is_floating_point())
        return next(tensors, torch.empty(0))

    def _or_minus_infinity(self, log_prob: Tensor) -> Tensor:
        """Return log p, -inf for rows that overflowed on their way; NaN remains where a parameter is NaN."""
        lost = log_prob.isnan()
        if lost.any() and all(p.isfinite().all() for p in self.parameters()):
            return log_prob.masked_fill(lost, -torch.inf)
        return log_prob

    def _masked(self, log_prob: Tensor, x: Tensor) -> Tensor:
        """Return the same without a branch; NaN remains for a row that is not finite, too."""
        lost = log_prob.isnan() & x.isfinite().all(1)
        for parameter in self.parameters():
            lost = lost & parameter.isfinite().all()
        return torch.where(lost, -torch.inf, log_prob)


def _generator(seed: int | None, device: torch.device) -> torch.Generator | None:
    if seed is None:
        return None
    return torch.Generator(device).manual_seed(check_seed(seed))


def _rows(context: Tensor | None, n: int) -> Tensor | None:
    if isinstance(context, Tensor) and context.ndim == 1:
        return context.expand(n, -1)
    if isinstance(context, Tensor) and len(context) != n:
        raise ArgumentError(f"context: got {len(context)} rows, expected {n}, one a draw, or one for all")
    return context
