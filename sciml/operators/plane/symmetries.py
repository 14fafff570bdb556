"""Batches of functions of a plane, enlarged by shifts of a torus and by the symmetries of the square."""

from __future__ import annotations

import torch
from torch import Tensor

from sciml.numerics.seeds import generator
from sciml.training.rows import Batch, Rows

SQUARE = 8  # rotations by quarters, and their mirror images


class PlaneRows(Rows):
    """Batches of pairs (inputs, outputs), each (N, n m, c), moved at random; by the step and the seed alone.

    Args:
        data: The pairs.
        size: Pairs a batch.
        shape: Points along both axes, n × m.
        shift: Whether they are shifted by whole points, on a torus.
        turn: Whether the square, n = m, is turned and mirrored.
    """

    def __init__(self, data: Batch, size: int, shape: tuple[int, int], shift: bool, turn: bool) -> None:
        super().__init__(data, size)
        self.shape, self.shift, self.turn = shape, shift, turn

    def batch(self, step: int, seed: int) -> tuple[Tensor, ...]:
        """Return inputs and outputs of a step."""
        pair = super().batch(step, seed)
        tensors = (pair,) if isinstance(pair, Tensor) else pair
        draws = generator(seed, step, 1)
        by = [int(torch.randint(0, n, (), generator=draws)) for n in self.shape]
        number = int(torch.randint(0, SQUARE, (), generator=draws))
        return tuple(self._moved(x, by, number) for x in tensors)

    def _moved(self, values: Tensor, by: list[int], number: int) -> Tensor:
        placed = values.unflatten(1, self.shape)
        placed = placed.roll(by, (1, 2)) if self.shift else placed
        return (turned(placed, number) if self.turn else placed).flatten(1, 2)


def turned(placed: Tensor, number: int) -> Tensor:
    """Return functions (B, n, n, c) after one of the eight symmetries of the square."""
    quarters, mirrored = number % 4, number >= SQUARE // 2
    return torch.rot90(placed.transpose(1, 2) if mirrored else placed, quarters, (1, 2))


def turned_back(placed: Tensor, number: int) -> Tensor:
    """Return functions before that symmetry."""
    quarters, mirrored = number % 4, number >= SQUARE // 2
    back = torch.rot90(placed, -quarters, (1, 2))
    return back.transpose(1, 2) if mirrored else back
