"""The conditioners of nflows as networks of ours, weight by weight, as they compute after `eval()`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, cast

import torch
from torch import Tensor, nn

from sciml.flows.transforms.layers import Activation, ContextTerm, MaskedLinear, Network, Stage
from sciml.flows.transforms.masked import MaskedNetwork, mask

Module: TypeAlias = Any  # of nflows, whose attributes no type checker sees
Reorder: TypeAlias = Callable[[Tensor], Tensor]  # of the rows of an output layer


def residual_network(net: Module, reorder: Reorder) -> Network:
    """Return a `ResidualNet`."""
    initial, columns = _layer(net.initial_layer), context_features(net)
    weight = initial.weight.detach().roll(columns, 1)  # the context comes first here
    stages = [Stage(MaskedLinear(weight, initial.bias.detach()))]
    for block in net.blocks:
        before, between = _norms(block)
        first, second = block.linear_layers
        gate = _context(block, gate=True)
        stages.append(Stage(_layer(first, after=between), block.activation, affine=before))
        stages.append(Stage(_layer(second), block.activation, skip=True, context=gate))
    return Network([*stages, Stage(_reordered(net.final_layer, reorder))], joined=columns > 0, reach=math.inf)


def perceptron(net: Module, reorder: Reorder) -> Network:
    """Return an `MLP`, or a subclass that does no more than hand on its inputs."""
    hidden = [net._input_layer, *net._hidden_layers]
    stages = [Stage(_layer(layer), net._activation if i else None) for i, layer in enumerate(hidden)]
    stages.append(Stage(_reordered(net._output_layer, reorder), net._activation))
    return Network(stages, joined=False, reach=math.inf)


def masked_network(net: Module, reorder: Reorder) -> MaskedNetwork:
    """Return a `MADE`: its units sorted by degree, the last feature, which none of them sees, left out."""
    features = net.initial_layer.in_features
    units = _Units(list(range(1, features + 1)), features - 1)
    context = _context(net, activation=net.activation)
    stages = [Stage(units.layer(net.initial_layer), context=units.context(context))]
    degrees = [list(range(1, features)), units.degrees]
    for block in net.blocks:
        for stage in _masked_block(net, block, units):
            stages.append(stage)
            degrees.append(units.degrees)
    last = None if net.use_residual_blocks else net.activation
    stages.append(Stage(units.last(net.final_layer, reorder), last))
    return MaskedNetwork(stages, degrees, features, joined=False, reach=math.inf)


def context_features(net: Module) -> int:
    """Return how many columns of context a conditioner takes."""
    layer = getattr(net, "context_layer", None)
    size = getattr(net, "context_features", None) if layer is None else layer.in_features
    return size or 0


Norm: TypeAlias = tuple[Tensor, Tensor]  # factors and shifts, each (units, 1)


class _Units:
    """The units of one masked layer after another, in the order of their degrees.

    Args:
        degrees: of the inputs of the first layer.
        count: how many of the inputs are left.
    """

    def __init__(self, degrees: Sequence[int], count: int) -> None:
        self.degrees, self.order = list(degrees[:count]), torch.arange(count)

    def layer(self, linear: Module, before: Norm | None = None, after: Norm | None = None) -> MaskedLinear:
        """Return the next layer, and go on to its units."""
        inputs, self.order = self.order, linear.degrees.argsort(stable=True)
        degrees, self.degrees = self.degrees, linear.degrees[self.order].tolist()
        whole = _layer(linear, before, after)
        weight, bias = whole.weight[self.order][:, inputs], whole.bias[self.order]
        return MaskedLinear(weight.detach(), bias.detach(), mask(self.degrees, degrees, weight.dtype))

    def last(self, linear: Module, reorder: Reorder) -> MaskedLinear:
        """Return the output layer."""
        whole = _reordered(linear, reorder)
        outputs = reorder(linear.degrees - 1).tolist()
        weight = whole.weight[:, self.order].detach()
        return MaskedLinear(weight, whole.bias.detach(), mask(outputs, self.degrees, weight.dtype))

    def sort(self, rows: Norm | None) -> Norm | None:
        """Return factors and shifts of the units in their order."""
        return None if rows is None else (rows[0][self.order], rows[1][self.order])

    def context(self, term: ContextTerm | None) -> ContextTerm | None:
        """Return what the context adds to the units, in their order."""
        if term is None:
            return None
        weight, bias = term.layer.weight[self.order], term.layer.bias[self.order]
        return ContextTerm(MaskedLinear(weight.detach(), bias.detach()), term.activation, term.gate)


def _masked_block(net: Module, block: Module, units: _Units) -> list[Stage]:
    if not net.use_residual_blocks:
        before = None if block.batch_norm is None else _norm(block.batch_norm)
        return [Stage(units.layer(block.linear, before=before), net.activation)]
    before, between = _norms(block)
    before = units.sort(before)
    first, second = block.linear_layers
    first_stage = Stage(units.layer(first, after=between), block.activation, affine=before)
    first_stage.context = units.context(_context(block, after=between))
    return [first_stage, Stage(units.layer(second), block.activation, skip=True)]


def _layer(linear: nn.Linear, before: Norm | None = None, after: Norm | None = None) -> MaskedLinear:
    """Return a layer with the normalisation before or after it folded in."""
    weight, bias = linear.weight.detach(), linear.bias.detach()[:, None]
    masked = getattr(linear, "mask", None)
    if isinstance(masked, Tensor):
        weight = weight * masked
    if before is not None:
        weight, bias = weight * before[0].T, bias + weight @ before[1]
    if after is not None:
        weight, bias = weight * after[0], bias * after[0] + after[1]
    return MaskedLinear(weight.clone(), bias.clone())


def _reordered(linear: nn.Linear, reorder: Reorder) -> MaskedLinear:
    layer = _layer(linear)
    return MaskedLinear(reorder(layer.weight.detach()), reorder(layer.bias.detach()))


def _context(
    part: Module, activation: Activation | None = None, gate: bool = False, after: Norm | None = None
) -> ContextTerm | None:
    linear = getattr(part, "context_layer", None)
    if linear is None:
        return None
    layer = _layer(linear)
    if after is not None:  # the shift is in the bias of the layer beside it
        layer = MaskedLinear(layer.weight.detach() * after[0], layer.bias.detach() * after[0])
    return ContextTerm(layer, activation, gate)


def _norms(block: Module) -> tuple[Norm | None, Norm | None]:
    if not block.use_batch_norm:
        return None, None
    first, second = block.batch_norm_layers
    return _norm(first), _norm(second)


def _norm(layer: nn.BatchNorm1d) -> Norm:
    mean, variance = cast(Tensor, layer.running_mean), cast(Tensor, layer.running_var)
    factor = layer.weight.detach() / torch.sqrt(variance + layer.eps)
    return factor[:, None], (layer.bias.detach() - factor * mean)[:, None]
