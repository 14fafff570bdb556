"""Whether an input is like those an operator was trained on."""

from __future__ import annotations

from typing import Any, Self

import torch
from torch import Tensor, nn

from sciml.arguments import check_count
from sciml.operators.models.field import Field
from sciml.operators.models.ridge import complex_modes

MODES = 16  # looked at one by one, as many as the training grid holds; those above, together
MARGIN = 1.25  # times the largest distance in the training set
ABSENT = 1e-3  # of the norm: what counts as the spread of a mode that no training input has
FINER = 64  # times the points trained on


class InputWarning(UserWarning):
    """An input is unlike those that the operator was trained on: its error may be anything."""


class InputRange(nn.Module):
    r"""The training inputs' spread in each Fourier mode.

    An input's distance is $\max_k|c_k|/\sigma_k$ with $\sigma_k^2$ the mean of $|c_k|^2$ over the training
    inputs, k = 0, …, K, and the root of the energy above K as one more; $c_0$, the mean of the function, is
    counted from its mean over the training inputs, `centre`, and is zero in frames that take it away. An
    input is outside where its distance is above 1.25 times the largest of the training inputs; a mode that
    none of them had counts as outside from 1e-3 of what varies in them.
    """

    centre: Tensor
    spread: Tensor
    largest: Tensor
    points: Tensor

    def __init__(self, modes: int = MODES, channels: int = 1) -> None:
        super().__init__()
        self.modes, self.channels = check_count("modes", modes), check_count("channels", channels)
        self.register_buffer("centre", torch.zeros(channels, dtype=torch.float64))
        self.register_buffer("spread", torch.ones(channels * (modes + 2), dtype=torch.float64))
        self.register_buffer("largest", torch.ones((), dtype=torch.float64))
        self.register_buffer("points", torch.ones((), dtype=torch.int64))

    def fit(self, field: Field) -> Self:
        """Learn the spread from training inputs, in the frame."""
        self.centre.copy_(_means(field).mean(0))
        sizes = self._sizes(field)
        squares = sizes.square().mean(0)
        self.spread.copy_((squares + ABSENT**2 * squares.sum()).sqrt())
        self.largest.copy_((sizes / self.spread).max())
        self.points.fill_(field.values.shape[1])
        return self

    def outside(self, field: Field) -> Tensor:
        """Return which inputs, in the frame, are unlike the training set: (B,), bool."""
        return (self._sizes(field) / self.spread).amax(1) > MARGIN * self.largest

    def complaint(self, field: Field) -> str | None:
        """Return what is to be said of inputs in the frame, or None."""
        outside = self.outside(field).nonzero()[:, 0].tolist()
        if outside:
            return (
                f"inputs: {len(outside)} of {len(field.values)} are unlike the training set (first: sample "
                f"{outside[0]}), the mean or a mode {MARGIN} times beyond its largest; their error is unknown"
            )
        n, trained = field.values.shape[1], int(self.points)
        if n > FINER * trained:
            return f"inputs: {n} points, more than {FINER} times the {trained} trained on; error not measured"
        return None

    def _sizes(self, field: Field) -> Tensor:
        """Return |c_k| for k = 0, …, K and the root of the energy above, (B, K+2), channel by channel."""
        parts = (field.values.double() - self.centre).split(1, 2)
        return torch.cat([self._channel(field.replaced(part)) for part in parts], 1)

    def _channel(self, field: Field) -> Tensor:
        modes, weights = complex_modes(field, self.modes), field.quadrature.double()
        whole = (weights * field.values[..., 0].double().square()).sum(1)
        energies = modes.abs().square()
        rest = (whole - energies[:, 0] - 2 * energies[:, 1:].sum(1)).clamp(min=0)
        return torch.cat([energies, rest[:, None]], 1).sqrt()

    def _load_from_state_dict(self, state: dict[str, Any], prefix: str, *args: Any) -> None:  # noqa: ANN401
        """Read what was saved before the mean was looked at, too: it is then never outside."""
        if f"{prefix}spread" in state and f"{prefix}centre" not in state:
            rows = state[f"{prefix}spread"].unflatten(0, (self.channels, -1))
            blind = torch.full_like(rows[:, :1], torch.inf)
            state[f"{prefix}spread"] = torch.cat([blind, rows], 1).flatten()
            state[f"{prefix}centre"] = torch.zeros_like(self.centre)
        super()._load_from_state_dict(state, prefix, *args)


def _means(field: Field) -> Tensor:
    """Return the mean of each function, channel by channel: (B, c)."""
    return (field.quadrature[..., None].double() * field.values.double()).sum(1)
