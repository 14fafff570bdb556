"""Coupling layers and flows made of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import torch
from torch import Tensor

from sciml.flows import validate
from sciml.flows.bases.base import AbstractBase
from sciml.flows.bases.normal import StandardNormal
from sciml.flows.flow import Flow
from sciml.flows.transforms.conditioner import Conditioner
from sciml.flows.transforms.elementwise import AbstractElementwise, ElementwiseMap
from sciml.flows.transforms.layers import Network
from sciml.flows.transforms.rational_quadratic import RationalQuadratic
from sciml.flows.transforms.transform import AbstractTransform, Chain

SPLINE = RationalQuadratic(bins=8, bound=5.0)


class Coupling(AbstractTransform):
    """Moves some features by maps whose parameters depend on the others and on the context.

    z_moved = f(x_moved; g(x_kept, context)) and z_kept = x_kept: the Jacobian is triangular, and its
    log-determinant the sum of the logarithms of the slopes of f.

    Reference: Dinh, Sohl-Dickstein and Bengio, Density estimation using Real NVP, 2017.

    Args:
        moved: indices of the features that are moved.
        kept: indices of all others; with none, and no context, the parameters of f are free.
        family: the maps f.
        conditioner: the network g, from len(kept) + context_features to len(moved) parameters of `family`.
        context_features: columns of the context.
    """

    moved: Tensor
    kept: Tensor
    order: Tensor

    def __init__(
        self,
        moved: Tensor,
        kept: Tensor,
        family: AbstractElementwise,
        conditioner: Conditioner | Network,
        context_features: int = 0,
    ) -> None:
        super().__init__(len(moved) + len(kept), context_features)
        self.family, self.conditioner = family, conditioner
        self.register_buffer("moved", moved.clone())
        self.register_buffer("kept", kept.clone())
        self.register_buffer("order", torch.cat([moved, kept]).argsort())

    def _forward(self, x: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        return self._move(self.family.forward, x, context)

    def _inverse(self, z: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        return self._move(self.family.inverse, z, context)

    def _move(self, function: ElementwiseMap, x: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
        # The batch is the last axis in memory, and stays so from layer to layer: transposing is free.
        moved, kept = x.T.index_select(0, self.moved), x.T.index_select(0, self.kept)
        parameters = self.conditioner(kept, None if context is None else context.T)
        parameters = parameters.unflatten(0, (self.family.parameters, len(moved)))
        moved, log_slopes = function(moved, parameters)
        return torch.cat([moved, kept]).index_select(0, self.order).T, log_slopes.sum(0)


def coupling_flow(
    features: int,
    *,
    layers: int = 8,
    transform: AbstractElementwise = SPLINE,
    hidden: Sequence[int] = (128, 128),
    context_features: int = 0,
    base: AbstractBase | None = None,
    dtype: torch.dtype | None = None,
    seed: int = 0,
) -> Flow:
    """Return a flow of coupling layers that starts at the identity.

    Layers come in pairs: a random permutation splits the features into halves, the first layer moves one
    half, the second the other. Two features are moved in turn; a single one by every layer, given the
    context alone.

    References: Dinh, Sohl-Dickstein and Bengio, Density estimation using Real NVP, 2017; Durkan, Bekasov,
    Murray and Papamakarios, Neural Spline Flows, 2019.

    Args:
        features: columns of the data.
        layers: number of coupling layers.
        transform: family of the maps; by default `RationalQuadratic(bins=8, bound=5.0)`.
        hidden: sizes of the hidden layers of each conditioner.
        context_features: columns of the context; 0 means that there is none.
        base: density of the latent variables; by default the standard normal.
        dtype: of the parameters and so of the data; by default torch's default.
        seed: fixes the permutations and the first weights; torch's own random state is left alone.

    >>> flow = coupling_flow(2, layers=4, hidden=(16,))
    >>> flow.log_prob(torch.zeros(3, 2)).shape
    torch.Size([3])
    """
    widths, generator = validate.flow_sizes(features, layers, context_features, hidden, seed)
    validate.instance("transform", transform, AbstractElementwise)
    dtype = validate.floating("dtype", dtype or torch.get_default_dtype())

    def layer(moved: Tensor, kept: Tensor) -> Coupling:
        inputs, outputs = len(kept) + context_features, len(moved) * transform.parameters
        conditioner = Conditioner(inputs, widths, outputs, generator, dtype)
        return Coupling(moved, kept, transform, conditioner, context_features)

    chosen = islice(splits(features, generator), layers)
    base = StandardNormal(features) if base is None else base
    return Flow(Chain([layer(*split) for split in chosen]), base)


def splits(features: int, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the moved and the kept features of layer after layer, without end."""
    while True:
        order = torch.randperm(features, generator=generator) if features > 2 else torch.arange(features)
        first, second = order.tensor_split([(features + 1) // 2])
        yield first, second
        yield (second, first) if features > 1 else (first, second)
