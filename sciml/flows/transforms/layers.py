"""Dense layers from (inputs, batch) to (outputs, batch), of which conditioners are made."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias, cast

import torch
from torch import Tensor, nn

Activation: TypeAlias = Callable[[Tensor], Tensor]

EVERY = slice(None)
FAR = 1e6  # inputs are clamped here: further out, sums could overflow to infinity minus infinity


class MaskedLinear(nn.Module):
    """The map rows -> (W ∘ mask) rows + b.

    The stored weights are masked too, and autograd sees a gradient of zero where the mask is zero, so that no
    optimizer moves them.

    Args:
        weight: W, (outputs, inputs).
        bias: b, (outputs, 1).
        mask: of ones and zeros, shaped as the weight; None keeps every weight.
    """

    mask: Tensor | None

    def __init__(self, weight: Tensor, bias: Tensor, mask: Tensor | None = None) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight if mask is None else weight * mask)
        self.bias = nn.Parameter(bias)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, rows: Tensor) -> Tensor:
        """Return all outputs."""
        weight = self.weight if self.mask is None else self.weight * self.mask
        return torch.addmm(self.bias, weight, rows)

    def whole(self) -> Tensor:
        """Return b and W side by side, (outputs, 1 + inputs): what takes a one and rows to the outputs."""
        return torch.cat([self.bias, self.weight], 1)

    def blocks(self, sizes: list[int]) -> tuple[Tensor, ...]:
        """Return the rows of `whole` in blocks of these sizes."""
        return self.whole().split_with_sizes(sizes)

    def every(self, step: int) -> tuple[Tensor, ...]:
        """Return rows k, k + step, k + 2 step, … of `whole` for each k below step."""
        whole = self.whole()
        return whole.view(-1, step, whole.shape[1]).unbind(1)


class ContextTerm(nn.Module):
    """What the context adds to the outputs of a layer, a(C context + c), or how far it opens them.

    Args:
        layer: C and c.
        activation: a; None is the identity.
        gate: whether outputs are multiplied by sigmoid(C context + c) instead.
    """

    def __init__(self, layer: MaskedLinear, activation: Activation | None = None, gate: bool = False) -> None:
        super().__init__()
        self.layer, self.activation, self.gate = layer, activation, gate

    def forward(self, context: Tensor) -> Tensor:
        """Return the term for `context`, (context_features, batch)."""
        rows = self.layer(context)
        if self.gate:
            openness: Tensor = rows.sigmoid()
            return openness
        return rows if self.activation is None else self.activation(rows)

    def join(self, rows: Tensor, term: Tensor) -> Tensor:
        """Return outputs `rows` and the `term` together."""
        return rows * term if self.gate else rows + term


class Stage(nn.Module):
    """One layer of a network with what surrounds it: h -> layer(a(h)), the context's term, the skip.

    Args:
        layer: the layer.
        activation: a, applied first, element by element; None is the identity.
        skip: whether the input of the stage before is added to the output.
        context: what the context adds; None for nothing.
        affine: factors and shifts of the input before the activation, each (inputs, 1); None for none.
    """

    def __init__(
        self,
        layer: MaskedLinear,
        activation: Activation | None = None,
        skip: bool = False,
        context: ContextTerm | None = None,
        affine: tuple[Tensor, Tensor] | None = None,
    ) -> None:
        super().__init__()
        self.layer, self.activation, self.skip, self.context = layer, activation, skip, context
        self.affine = None if affine is None else nn.ParameterList(affine)

    def activate(self, rows: Tensor, part: slice = EVERY) -> Tensor:
        """Return what the layer is given for `rows`, that `part` of its input."""
        if self.affine is not None:
            factor, shift = self.affine
            rows = factor[part] * rows + shift[part]
        return rows if self.activation is None else self.activation(rows)

    def term(self, context: Tensor | None) -> Tensor | None:
        """Return the context's term for all outputs."""
        return None if self.context is None or context is None else self.context(context)

    def finish(self, rows: Tensor, before: Tensor, term: Tensor | None) -> Tensor:
        """Return the outputs from those of the layer; `before` is the input of the stage before."""
        if term is not None:
            rows = cast(ContextTerm, self.context).join(rows, term)
        return rows + before if self.skip else rows


class Network(nn.Module):
    """Stages one after another, from (inputs, batch) to (outputs, batch).

    Args:
        stages: at least one.
        joined: whether the context is put before the inputs, beside what the stages do with it.
        reach: inputs are clamped to this size; infinity for nothing.
    """

    def __init__(self, stages: Sequence[Stage], joined: bool = True, reach: float = FAR) -> None:
        super().__init__()
        self.stages, self.joined, self.reach = nn.ModuleList(stages), joined, reach

    def forward(self, rows: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the outputs for `rows` and `context`, each (…, batch)."""
        rows = before = self.inputs(rows, context)
        for stage in self.parts():
            outputs = stage.layer(stage.activate(rows))
            before, rows = rows, stage.finish(outputs, before, stage.term(context))
        return rows

    def inputs(self, rows: Tensor, context: Tensor | None, out: Tensor | None = None) -> Tensor:
        """Return what the first stage is given, in `out` where it has to be computed."""
        if self.joined and context is not None:
            rows = torch.cat([context, rows])
        return torch.clamp(rows, -self.reach, self.reach, out=out) if self.reach < math.inf else rows

    def parts(self) -> list[Stage]:
        """Return the stages."""
        return cast(list[Stage], list(self.stages))
