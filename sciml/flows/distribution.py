"""A flow as one of torch's distributions."""

from __future__ import annotations

from typing import Any, Protocol, Self

import torch
from torch import Tensor
from torch.distributions import Distribution, constraints, register_kl

from sciml.errors import ArgumentError
from sciml.flows import validate
from sciml.flows.bases.base import AbstractBase

DRAWS = 4096  # of a mean, or of a divergence, that have no closed form


class FlowLike(Protocol):
    """What a distribution asks of a flow."""

    features: int
    base: AbstractBase

    def log_prob(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        """Return log p(x), of shape (batch,)."""

    def sample(self, n: int, context: Tensor | None = None) -> Tensor:
        """Return n draws, of shape (n, features), without gradients."""

    def sample_and_log_prob(self, n: int, context: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return draws x and log p(x), both differentiable."""


class FlowDistribution(Distribution):
    """The density of a flow, given a context, with torch's interface.

    Like all of torch's distributions it draws from torch's own random state.

    Args:
        flow: the density.
        context: None, one row (context_features,), or several (batch, context_features), which make a batch
            of densities.
        batch: the shape of the batch, where it is not that of the context.
    """

    arg_constraints: dict[str, constraints.Constraint] = {}  # noqa: RUF012
    support = constraints.real_vector

    def __init__(
        self,
        flow: FlowLike,
        context: Tensor | None = None,
        validate_args: bool | None = None,
        batch: torch.Size | None = None,
    ) -> None:
        if context is not None:
            validate.instance("context", context, Tensor)
        self.flow, self.context = flow, context
        if batch is None:
            batch = torch.Size() if context is None else context.shape[:-1]
        super().__init__(batch, torch.Size([flow.features]), validate_args=validate_args)

    @property
    def has_rsample(self) -> bool:  # type: ignore[override]
        """Whether draws are differentiable in all parameters."""
        return self.flow.base.reparametrized

    def expand(self, batch_shape: Any, _instance: Distribution | None = None) -> Self:  # noqa: ANN401
        """Return the same densities, repeated to a batch of this shape."""
        batch = torch.Size(batch_shape)
        context = None if self.context is None else self.context.expand(*batch, self.context.shape[-1])
        return type(self)(self.flow, context, batch=batch, validate_args=False)

    @property
    def mean(self) -> Tensor:
        """The mean of 4096 draws by torch's own random state; mere noise where the density has none."""
        return self.sample((DRAWS,)).mean(0)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return log p(value) in nats, for values of shape (…, *batch_shape, features)."""
        shape = self._common(value)
        rows = value.expand(shape).reshape(-1, self.flow.features)
        return self.flow.log_prob(rows, self._rows(shape[:-1])).reshape(shape[:-1])

    def rsample(self, sample_shape: Any = ()) -> Tensor:  # noqa: ANN401
        """Return draws of shape (*sample_shape, *batch_shape, features), with gradients."""
        if not self.has_rsample:
            raise NotImplementedError(f"draws of {type(self.flow.base).__name__} are not differentiable")
        shape = self._extended_shape(torch.Size(sample_shape))
        x, _ = self.flow.sample_and_log_prob(shape[:-1].numel(), self._rows(shape[:-1]))
        return x.reshape(shape)

    def sample(self, sample_shape: Any = ()) -> Tensor:  # noqa: ANN401
        """Return draws of shape (*sample_shape, *batch_shape, features), without gradients."""
        shape = self._extended_shape(torch.Size(sample_shape))
        return self.flow.sample(shape[:-1].numel(), self._rows(shape[:-1])).reshape(shape)

    def _common(self, value: Tensor) -> torch.Size:
        """Return the shape of a value for every density of the batch."""
        expected = self._extended_shape()
        try:
            shape: torch.Size = torch.broadcast_shapes(value.shape, expected)
        except RuntimeError:
            shape = torch.Size()
        if shape[-1:] != expected[-1:] or value.shape[-1:] != expected[-1:]:
            wanted = ", ".join(map(str, expected))
            raise ArgumentError(f"value: got the shape {tuple(value.shape)}, expected (…, {wanted})")
        return shape

    def _rows(self, shape: torch.Size) -> Tensor | None:
        """Return the context of each row of a batch of this shape."""
        if self.context is None:
            return None
        return self.context.expand(*shape, -1).reshape(-1, self.context.shape[-1])


@register_kl(FlowDistribution, Distribution)  # type: ignore[untyped-decorator]
def _divergence(p: FlowDistribution, q: Distribution) -> Tensor:
    """Return KL(p ‖ q) = E_p[log p − log q] by 4096 draws, with gradients where draws have them."""
    x = p.rsample((DRAWS,)) if p.has_rsample else p.sample((DRAWS,))
    return (p.log_prob(x) - q.log_prob(x)).mean(0)
