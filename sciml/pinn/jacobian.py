"""Derivatives of rows by a network's parameters, one reverse pass for all rows.

Where row i depends on sample i alone, the gradient of Σ_i row_i by the pre-activations z of a layer is, row
by row, each row's own gradient z̄_i, and the row's derivative by the layer's weights is the outer product
Σ_k z̄_i⁽ᵏ⁾ ⊗ h_i⁽ᵏ⁾ of z̄ and the layer's inputs h over the jet's orders k = 0, 1, 2.

References:
    I. Goodfellow, Efficient per-example gradient computations, arXiv:1510.01799 (2015).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from sciml.numerics.derivatives import Jet
from sciml.numerics.networks import Activation, TapeEntry, activate, propagate


def taped(layers: Sequence[tuple[Tensor, Tensor]], activation: Activation, inputs: Jet) -> list[TapeEntry]:
    """Return the tape of a forward pass whose pre-activations can be differentiated by.

    The first layer's output is made a leaf; the parameters themselves need no graph.
    """
    first = propagate(layers[:1], activation, inputs)[0]
    leaf = first.output.map(lambda part: part.detach().requires_grad_())
    rest = propagate(layers[1:], activation, activate(leaf, activation)) if layers[1:] else []
    return [TapeEntry(first.input, leaf), *rest]


@torch.no_grad()
def weight_rows(tape: Sequence[TapeEntry], cotangents: Sequence[Tensor], reduce: bool) -> Tensor:
    """Return the rows' derivatives by all weights and biases: (n, P), or (1, P) summed over the samples.

    Args:
        tape: The layers of the pass.
        cotangents: The gradients by each layer's output, three parts a layer, each (n, width).
        reduce: Whether to sum over the samples.
    """
    blocks: list[Tensor] = []
    several = tape[0].input.along is not None
    for i, layer in enumerate(tape):
        z, h = _orders(cotangents[3 * i : 3 * i + 3], several), _orders(layer.input.parts, several)
        if reduce:
            blocks += [(z.flatten(0, 1).T @ h.flatten(0, 1)).reshape(1, -1), z[:, 0].sum(0, keepdim=True)]
        else:
            blocks += [torch.bmm(z.transpose(1, 2), h).flatten(1), z[:, 0]]
    return torch.cat(blocks, 1)


def _orders(parts: Sequence[Tensor], several: bool) -> Tensor:
    """Return the parts of a jet side by side (n, orders, width)."""
    if not several:
        return torch.stack(tuple(parts), 1)
    value, first, second = parts
    return torch.cat([value[None], first, second]).transpose(0, 1)


def output_rows(tape: Sequence[TapeEntry], output: Tensor) -> Tensor:
    """Return the derivatives of every entry of `output` (n, m), one part of the last layer's: (n·m, P)."""
    leaves = [part for layer in tape for part in layer.output.parts]
    with torch.enable_grad():
        sums = output.sum(0).unbind()
    columns = [weight_rows(tape, gradients(total, leaves), reduce=False) for total in sums]
    return torch.stack(columns, 1).flatten(0, 1)


def gradients(total: Tensor, leaves: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Return the gradient of a number by each leaf, zero where it does not depend on it; keep the graph."""
    return torch.autograd.grad(total, leaves, retain_graph=True, allow_unused=True, materialize_grads=True)
