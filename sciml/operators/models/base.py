"""The contract of neural operators: a field in, values at points out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from sciml.arguments import check_count
from sciml.errors import ArgumentError
from sciml.operators.models.field import Field
from sciml.operators.models.spectral import interpolate

CONSTANT = 1e-12  # share of a channel's size below which what varies in it is rounding


class NeuralOperator(nn.Module, ABC):
    """A map between functions; each channel has a mean and a scale, of what goes in and what comes out.

    The functions are of one variable, on (0, 1), or of two, on the unit square.

    Args:
        in_channels: Channels of the input function.
        out_channels: Channels of the output function.

    Attributes:
        input_mean: Taken from the input's values, one number a channel; set from the training data.
        input_scale: Divides what is left.
        output_scale: Multiplies the output's values.
        output_mean: Added to them.
    """

    input_mean: Tensor
    input_scale: Tensor
    output_mean: Tensor
    output_scale: Tensor

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.in_channels = check_count("in_channels", in_channels)
        self.out_channels = check_count("out_channels", out_channels)
        for side, channels in (("input", in_channels), ("output", out_channels)):
            self.register_buffer(f"{side}_mean", torch.zeros(channels))
            self.register_buffer(f"{side}_scale", torch.ones(channels))

    def forward(self, field: Field, query: Tensor | None = None) -> Tensor:
        """Return the output function at the field's points, or at `query` (B, q, m): (B, n, out_channels).

        Means are taken out, and added again, in the precision of the field's values.

        Raises:
            ArgumentError: If the field has other channels than the operator.
        """
        if field.values.shape[2] != self.in_channels:
            raise ArgumentError(
                f"field: got {field.values.shape[2]} channels, expected {self.in_channels}, channels last"
            )
        inner = field.replaced(self.scaled_input(field.values)).to(self.dtype or field.values.dtype)
        out = self.output_mean + self.output_scale * self.evaluate(inner).to(field.values.dtype)
        return out if query is None else self.elsewhere(field.replaced(out), query)

    def scaled_input(self, values: Tensor) -> Tensor:
        """Return inputs (B, n, in_channels) of mean zero and order one."""
        return (values - self.input_mean) / self.input_scale

    def scaled_output(self, values: Tensor) -> Tensor:
        """Return outputs (B, n, out_channels) as `evaluate` should return them."""
        return (values - self.output_mean) / self.output_scale

    @property
    def dtype(self) -> torch.dtype | None:
        """The floating-point type of the parameters; None where there are none."""
        return next((p.dtype for p in self.parameters() if p.is_floating_point()), None)

    def elsewhere(self, output: Field, query: Tensor) -> Tensor:
        """Return an output, known at the points of a field, at `query`: by the modes of an even grid."""
        return interpolate(output.values, output.positions, output.quadrature, query)

    @abstractmethod
    def evaluate(self, field: Field) -> Tensor:
        """Return the output function at the field's points, both scaled to order one."""

    @torch.no_grad()
    def scale_to(self, inputs: Tensor, outputs: Tensor, centred: bool = True) -> None:
        """Take means and root mean squares of each channel of the training data, (N, n, c) or of one (N,).

        Args:
            inputs: Input functions.
            outputs: Output functions.
            centred: Whether means are taken out; not where the map commutes with u → −u.
        """
        for side, data in (("input", inputs), ("output", outputs)):
            rows = data.reshape(-1, data.shape[-1] if data.ndim == 3 else 1)
            mean = rows.mean(0) if centred else torch.zeros_like(rows[0])
            getattr(self, f"{side}_mean").copy_(mean)
            size = (rows - getattr(self, f"{side}_mean")).square().mean(0).sqrt()
            varies = size > CONSTANT * rows.square().mean(0).sqrt()
            getattr(self, f"{side}_scale").copy_(torch.where(varies, size, 1.0))

    def _load_from_state_dict(self, state: dict[str, Any], prefix: str, *args: Any) -> None:  # noqa: ANN401
        """Read what was saved before each channel had a scale and a mean, too."""
        for side, channels in (("input", self.in_channels), ("output", self.out_channels)):
            scale, mean = f"{prefix}{side}_scale", f"{prefix}{side}_mean"
            if scale in state and state[scale].ndim == 0:
                state[scale] = state[scale].expand(channels)
                state.setdefault(mean, torch.zeros_like(state[scale]))
        super()._load_from_state_dict(state, prefix, *args)
