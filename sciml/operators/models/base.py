"""The contract of neural operators: a field in, values at points out."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from sciml.arguments import check_count
from sciml.errors import ArgumentError
from sciml.operators.models.field import Field
from sciml.operators.models.spectral import interpolate


class NeuralOperator(nn.Module, ABC):
    """A map between functions, scaled by one number each for what goes in and what comes out.

    The functions are of one variable, on (0, 1), or of two, on the unit square.

    Args:
        in_channels: Channels of the input function.
        out_channels: Channels of the output function.

    Attributes:
        input_scale: Divides the input's values; set from the training data.
        output_scale: Multiplies the output's.
    """

    input_scale: Tensor
    output_scale: Tensor

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.in_channels = check_count("in_channels", in_channels)
        self.out_channels = check_count("out_channels", out_channels)
        self.register_buffer("input_scale", torch.ones(()))
        self.register_buffer("output_scale", torch.ones(()))

    def forward(self, field: Field, query: Tensor | None = None) -> Tensor:
        """Return the output function at the field's points, or at `query` (B, q, m): (B, n, out_channels).

        Raises:
            ArgumentError: If the field has other channels than the operator.
        """
        if field.values.shape[2] != self.in_channels:
            raise ArgumentError(
                f"field: got {field.values.shape[2]} channels, expected {self.in_channels}, channels last"
            )
        out = self.output_scale * self.evaluate(field.replaced(field.values / self.input_scale))
        return out if query is None else self.elsewhere(field.replaced(out), query)

    def elsewhere(self, output: Field, query: Tensor) -> Tensor:
        """Return an output, known at the points of a field, at `query`: by the modes of an even grid."""
        return interpolate(output.values, output.positions, output.quadrature, query)

    @abstractmethod
    def evaluate(self, field: Field) -> Tensor:
        """Return the output function at the field's points, both scaled to order one."""

    @torch.no_grad()
    def scale_to(self, inputs: Tensor, outputs: Tensor) -> None:
        """Take the root mean squares of the training data as scales."""
        for buffer, data in ((self.input_scale, inputs), (self.output_scale, outputs)):
            size = data.square().mean().sqrt()
            buffer.copy_(size if float(size) > 0 else torch.ones(()))
