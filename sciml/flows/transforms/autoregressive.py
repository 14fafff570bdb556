"""Autoregressive layers, inverted in one pass, and flows made of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import torch
from torch import Tensor

from sciml.flows import validate
from sciml.flows.bases.base import AbstractBase
from sciml.flows.bases.normal import StandardNormal
from sciml.flows.flow import Flow
from sciml.flows.transforms.elementwise import AbstractElementwise
from sciml.flows.transforms.masked import MaskedNetwork, Walk, masked_network
from sciml.flows.transforms.rational_quadratic import RationalQuadratic
from sciml.flows.transforms.transform import AbstractTransform, Chain

SPLINE = RationalQuadratic(bins=8, bound=5.0)


class Autoregressive(AbstractTransform):
    """Moves every feature by a map whose parameters depend on the features before it and on the context.

    z_k = f(x_k; g_k(x_1, …, x_{k-1}, context)) in the given order: the Jacobian is triangular, and its
    log-determinant the sum of the logarithms of the slopes of f. The inverse goes feature by feature and
    computes each hidden unit of g once: O(hidden²) products a row, not O(features hidden²).

    References: Papamakarios, Pavlakou and Murray, Masked Autoregressive Flow for Density Estimation, 2017;
    Germain, Gregor, Murray and Larochelle, MADE: Masked Autoencoder for Distribution Estimation, 2015.

    Args:
        order: the feature that comes first, second, ….
        family: the maps f.
        conditioner: the network g, with the parameters of `family` as its outputs.
        context_features: columns of the context.
    """

    order: Tensor
    back: Tensor

    def __init__(
        self,
        order: Tensor,
        family: AbstractElementwise,
        conditioner: MaskedNetwork,
        context_features: int = 0,
    ) -> None:
        super().__init__(len(order), context_features)
        self.family, self.conditioner = family, conditioner
        self.register_buffer("order", order.clone())
        self.register_buffer("back", order.argsort())

    def _forward(self, x: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        # The batch is the last axis in memory, and stays so from layer to layer: transposing is free.
        rows = x.T.index_select(0, self.order)
        parameters = self.conditioner(rows[:-1], None if context is None else context.T)
        z, log_slopes = self.family.forward(rows, parameters.unflatten(0, (-1, self.features)))
        return z.index_select(0, self.back).T, log_slopes.sum(0)

    def _inverse(self, z: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        if torch.is_grad_enabled() or torch.is_inference_mode_enabled():
            return self._walk(z, context)
        with torch.inference_mode():  # the many small operators cost less; the clones are ordinary tensors
            x, log_det = self._walk(z, context)
        return x.clone(), log_det.clone()

    def _walk(self, z: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        rows = z.T.index_select(0, self.order)
        walk = Walk(self.conditioner, None if context is None else context.T, rows)
        values, log_slopes = [], []
        for row in rows:
            value, log_slope = self.family.inverse(row, walk.parameters())
            walk.add(value)
            values.append(value)
            log_slopes.append(log_slope)
        x = torch.stack([values[place] for place in self.back.tolist()])
        return x.T, torch.stack(log_slopes).sum(0)


def autoregressive_flow(
    features: int,
    *,
    layers: int = 5,
    transform: AbstractElementwise = SPLINE,
    hidden: Sequence[int] = (128, 128),
    context_features: int = 0,
    base: AbstractBase | None = None,
    dtype: torch.dtype | None = None,
    seed: int = 0,
) -> Flow:
    """Return a flow of autoregressive layers that starts at the identity.

    Layers come in pairs: the first takes the features in a random order, the second in the reverse of it.
    `log_prob` and `sample` both take one pass through each layer.

    References: Papamakarios, Pavlakou and Murray, Masked Autoregressive Flow for Density Estimation, 2017;
    Durkan, Bekasov, Murray and Papamakarios, Neural Spline Flows, 2019.

    Args:
        features: columns of the data.
        layers: number of autoregressive layers.
        transform: family of the maps; by default `RationalQuadratic(bins=8, bound=5.0)`.
        hidden: sizes of the hidden layers of each conditioner.
        context_features: columns of the context; 0 means that there is none.
        base: density of the latent variables; by default the standard normal.
        dtype: of the parameters and so of the data; by default torch's default.
        seed: fixes the orders and the first weights; torch's own random state is left alone.

    >>> flow = autoregressive_flow(2, layers=4, hidden=(16,))
    >>> flow.log_prob(torch.zeros(3, 2)).shape
    torch.Size([3])
    """
    widths, generator = validate.flow_sizes(features, layers, context_features, hidden, seed)
    validate.instance("transform", transform, AbstractElementwise)
    dtype = validate.floating("dtype", dtype or torch.get_default_dtype())

    def layer(order: Tensor) -> Autoregressive:
        sizes = (features, widths, transform.parameters, context_features)
        return Autoregressive(order, transform, masked_network(*sizes, generator, dtype), context_features)

    orders = islice(_orders(features, generator), layers)
    base = StandardNormal(features) if base is None else base
    return Flow(Chain([layer(order) for order in orders]), base)


def _orders(features: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Yield the order of layer after layer, without end."""
    while True:
        order = torch.randperm(features, generator=generator) if features > 2 else torch.arange(features)
        yield order
        yield order.flip(0)
