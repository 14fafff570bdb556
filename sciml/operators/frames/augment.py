"""Batches enlarged by symmetries: shifts and reflections of what was drawn."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sciml.numerics.seeds import generator
from sciml.operators.frames.grid import mirrored
from sciml.training.rows import Batch, Rows


@dataclass(frozen=True)
class Symmetries:
    """Which changes of the input change the output in the same way, on the grid i/n of period 1.

    Attributes:
        shift: u(x) → u(x − s) for any s.
        reflect: u(x) → −u(−x).
    """

    shift: bool = True
    reflect: bool = True


class Augmented(Rows):
    """Batches of pairs (inputs, outputs), each (N, n, c), every pair shifted and reflected at random.

    What a batch is hangs on the step and the seed alone.
    """

    def __init__(self, data: Batch, size: int, symmetries: Symmetries) -> None:
        super().__init__(data, size)
        self.symmetries = symmetries

    def batch(self, step: int, seed: int) -> tuple[Tensor, ...]:
        """Return inputs and outputs of a step."""
        pair = super().batch(step, seed)
        return turned(pair, self.symmetries, generator(seed, step, 1))


def turned(pair: Batch, symmetries: Symmetries, draws: torch.Generator) -> tuple[Tensor, ...]:
    """Return pairs shifted by whole numbers of points and reflected, each by its own draw."""
    first, *_ = tensors = (pair,) if isinstance(pair, Tensor) else pair
    rows, n = first.shape[:2]
    by = torch.randint(0, n, (rows, 1), generator=draws).to(first.device)
    flip = (torch.rand(rows, 1, 1, generator=draws) < 0.5).to(first.device)
    if symmetries.shift:
        index = (torch.arange(n, device=first.device) - by).remainder(n)[..., None]
        tensors = tuple(x.gather(1, index.expand(-1, -1, x.shape[2])) for x in tensors)
    if symmetries.reflect:
        tensors = tuple(torch.where(flip, mirrored(x), x) for x in tensors)
    return tuple(tensors)
