"""Networks whose outputs for one feature see the features before it alone."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from sciml.flows.transforms.layers import FAR, MaskedLinear, Network, Stage


class MaskedNetwork(Network):
    """A network from (features - 1, batch) to (parameters features, batch), masked by degrees.

    The degree of a unit is the number of features that it may see: unit i is joined to unit j of the layer
    before where degree i >= degree j. Output row (p, k) has degree k. Hidden units are sorted by degree, so
    that `Walk` computes each of them once.

    Reference: Germain, Gregor, Murray and Larochelle, MADE: Masked Autoencoder for Distribution Estimation,
    2015.

    Args:
        stages: at least one; a skip joins layers of equal degrees.
        degrees: of the inputs (0 for the context's, then 1, 2, …) and of each hidden layer, all sorted.
        features: number of features.
        joined: whether the context is put before the inputs.
        reach: inputs are clamped to this size; infinity for nothing.
    """

    def __init__(
        self,
        stages: Sequence[Stage],
        degrees: Sequence[Sequence[int]],
        features: int,
        joined: bool = True,
        reach: float = FAR,
    ) -> None:
        super().__init__(stages, joined, reach)
        self.features = features
        # sizes[l]: inputs of layer l; new[l][k]: outputs of layer l that feature k is the first to see
        self.sizes = [len(d) for d in degrees]
        self.new = [
            [slice(*pair) for pair in pairwise([0, *(bisect_right(d, k) for k in range(features))])]
            for d in degrees[1:]
        ]
        # plain[l]: whether the outputs of stage l are those of its layer, and only the next stage sees them
        skips = [stage.skip for stage in stages] + [False]
        self.plain = [
            stage.context is None and not stage.skip and not skips[i + 2]
            for i, stage in enumerate(stages[:-1])
        ]


class WalkBuffer:
    """WalkBuffer that come below one of ones, block after block: in a buffer, or in new tensors for autograd.

    Args:
        buffer: with room for all, (rows, batch).
    """

    def __init__(self, buffer: Tensor) -> None:
        self.grows, self.filled = torch.is_grad_enabled(), 1
        buffer[:1].fill_(1)
        self.buffer = buffer[:1] if self.grows else buffer

    def room(self, rows: int) -> Tensor:
        """Return the part of the buffer where the next `rows` go."""
        return self.buffer[self.filled : self.filled + rows]

    def add(self, block: Tensor, room: Tensor | None = None) -> None:
        """Put `block` below the others, unless it is in its `room` already."""
        rows = block.shape[0]
        if self.grows:
            self.buffer = torch.cat([self.buffer, block])
        elif block is not room:
            self.room(rows).copy_(block)
        self.filled += rows

    def product(self, weight: Tensor, out: Tensor | None = None) -> Tensor:
        """Return the rows so far times as many columns of the weight."""
        return torch.mm(weight[:, : self.filled], self.buffer[: self.filled], out=out)


class Level:
    """A hidden stage during a walk: from the rows given to it, it computes those given to the next.

    Args:
        stage: the stage.
        onward: the next.
        parts: its outputs that each feature is the first to see.
        inputs: rows to multiply.
        outputs: where the activated products go.
        term: what the context adds.
        plain: whether its outputs are those of its layer, and only the next stage sees them.
    """

    def __init__(
        self,
        stage: Stage,
        onward: Stage,
        parts: Sequence[slice],
        inputs: WalkBuffer,
        outputs: WalkBuffer,
        term: Tensor | None,
        plain: bool,
    ) -> None:
        self.stage, self.parts, self.term = stage, parts, term
        self.weights = stage.layer.blocks([part.stop - part.start for part in parts])
        self.activate = onward.activate
        self.inputs, self.outputs, self.direct = inputs, outputs, plain and not outputs.grows

    def advance(self, part: slice, weight: Tensor, before: Tensor) -> Tensor:
        """Compute that part of the stage's outputs, before activation, and give it to the next stage."""
        room = None
        if self.direct:
            rows = room = self.inputs.product(weight, self.outputs.room(part.stop - part.start))
        else:
            term = None if self.term is None else self.term[part]
            rows = self.stage.finish(self.inputs.product(weight), before, term)
        self.outputs.add(self.activate(rows, part), room)
        return rows


class Walk:
    """A walk through a `MaskedNetwork`, feature by feature, that computes every hidden unit once.

    Args:
        network: the network.
        context: (context_features, batch), or None.
        like: a tensor (…, batch) of the dtype and device of the features.
    """

    def __init__(self, network: MaskedNetwork, context: Tensor | None, like: Tensor) -> None:
        self.network, self.feature = network, 0
        stages = network.parts()
        sizes = [1 + size for size in network.sizes]
        buffer = like.new_empty(sum(sizes), like.shape[1])  # one, which allocators give again
        inputs = [WalkBuffer(part) for part in buffer.split_with_sizes(sizes)]  # to each layer, activated
        self.nothing = buffer[:0]
        self.levels = [
            Level(
                stage,
                stages[i + 1],
                network.new[i],
                inputs[i],
                inputs[i + 1],
                stage.term(context),
                network.plain[i],
            )
            for i, stage in enumerate(stages[:-1])
        ]
        self.first, self.enter, self.last = inputs[0], stages[0].activate, inputs[-1]
        self.outputs = stages[-1].layer.every(network.features)
        if network.joined and context is not None:
            self.first.add(self.enter(network.inputs(like[:0], context)))

    def parameters(self) -> Tensor:
        """Return the parameters of the next feature, (parameters, batch)."""
        rows = before = self.nothing
        for level in self.levels:
            part = level.parts[self.feature]
            if part.start != part.stop:
                before, rows = rows, level.advance(part, level.weights[self.feature], before)
        self.feature += 1
        return self.last.product(self.outputs[self.feature - 1])

    def add(self, row: Tensor) -> None:
        """Take the value of that feature, (batch,)."""
        if self.feature < self.network.features:
            room = None if self.first.grows else self.first.room(1)
            self.first.add(self.enter(self.network.inputs(row[None], None, room)), room)


def masked_network(
    features: int,
    hidden: Sequence[int],
    parameters: int,
    context_features: int,
    generator: torch.Generator,
    dtype: torch.dtype,
) -> MaskedNetwork:
    """Return a masked perceptron that starts at zero.

    Hidden weights are uniform in ±1/√n, where the unit has n inputs; without inputs there is no hidden layer.
    """
    inputs = [0] * context_features + list(range(1, features))
    lowest = 0 if context_features else 1
    degrees = [inputs] + [spread(width, lowest, features - 1) for width in hidden if inputs]
    masks = [mask(*pair, dtype) for pair in zip(degrees[1:], degrees[:-1], strict=True)]
    stages = [Stage(_layer(m, generator), torch.relu_ if i else None) for i, m in enumerate(masks)]
    outputs = mask(list(range(features)) * parameters, degrees[-1], dtype)
    last = MaskedLinear(torch.zeros_like(outputs), outputs.new_zeros(len(outputs), 1), outputs)
    return MaskedNetwork([*stages, Stage(last, torch.relu_ if stages else None)], degrees, features)


def mask(outputs: Sequence[int], inputs: Sequence[int], dtype: torch.dtype) -> Tensor:
    """Return ones where the degree of an output is at least that of an input, else zeros."""
    return (torch.tensor(outputs)[:, None] >= torch.tensor(inputs, dtype=torch.int64)).to(dtype)


def spread(width: int, lowest: int, highest: int) -> list[int]:
    """Return the degrees of `width` units, sorted, as equal in number as can be; one has the highest."""
    return [highest - unit * (highest - lowest + 1) // width for unit in reversed(range(width))]


def _layer(mask: Tensor, generator: torch.Generator) -> MaskedLinear:
    # Drawn in float64, so that one seed means the same network in every dtype.
    bound = 1 / mask.double().sum(1, keepdim=True).sqrt()
    weight, bias = (
        (2 * torch.rand(len(mask), n, generator=generator, dtype=torch.float64) - 1) * bound
        for n in (mask.shape[1], 1)
    )
    return MaskedLinear(weight.to(mask.dtype), bias.to(mask.dtype), mask)
