"""The network that turns some features into the parameters of the maps of others."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sciml.flows.transforms.layers import FAR


class Conditioner(nn.Module):
    """A multilayer perceptron from (inputs, batch) to (outputs, batch), which starts at zero.

    The batch comes last: what is computed from the outputs then runs over contiguous memory.

    Args:
        inputs: size of the input; with 0 the output is a free vector, the same for all rows.
        hidden: sizes of the hidden layers.
        outputs: size of the output.
        generator: source of the first weights, uniform in ±1/√inputs of each hidden layer.
        dtype: of the parameters.
    """

    def __init__(
        self, inputs: int, hidden: Sequence[int], outputs: int, generator: torch.Generator, dtype: torch.dtype
    ) -> None:
        super().__init__()
        sizes = (inputs, *hidden) if inputs else (0,)
        shapes = list(zip(sizes[1:], sizes[:-1], strict=True))
        weights = [_uniform((m, n), n, generator, dtype) for m, n in shapes]
        biases = [_uniform((m, 1), n, generator, dtype) for m, n in shapes]
        self.weights = nn.ParameterList([*weights, torch.zeros(outputs, sizes[-1], dtype=dtype)])
        self.biases = nn.ParameterList([*biases, torch.zeros(outputs, 1, dtype=dtype)])

    def forward(self, rows: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the parameters for `rows` and below them the `context`, in all (inputs, batch)."""
        rows = (rows if context is None else torch.cat([rows, context])).clamp(-FAR, FAR)
        *hidden, (weight, bias) = zip(self.weights, self.biases, strict=True)
        for w, b in hidden:
            rows = torch.addmm(b, w, rows).relu_()
        return torch.addmm(bias, weight, rows)


def _uniform(shape: tuple[int, int], inputs: int, generator: torch.Generator, dtype: torch.dtype) -> Tensor:
    # Drawn in float64, so that one seed means the same network in every dtype.
    values = torch.rand(shape, generator=generator, dtype=torch.float64)
    return ((2 * values - 1) / math.sqrt(inputs)).to(dtype)
