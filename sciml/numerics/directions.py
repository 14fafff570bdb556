"""Which derivatives jets carry in several coordinates: along directions, their second ones collapsed to sums.

A second derivative that is wanted is a sum of pairs of axes: u_xx is (("x", "x"),), the Laplacian is
(("x", "x"), ("y", "y")). Sums of squares need one number a point, however many coordinates they run over; a
mixed one takes one direction more, by ∂_x∂_y = ½((∂_x + ∂_y)² − ∂_x² − ∂_y²).

References:
    A. Griewank, J. Utke and A. Walther, Math. Comput. 69, 1117 (2000): derivatives by directions.
    R. Li et al., Nat. Mach. Intell. 6, 209 (2024): the Laplacian in one forward pass.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor

Pair = tuple[str, str]
Second = tuple[Pair, ...]


@dataclass(frozen=True, eq=False)
class Directions:
    """What jets on points of several coordinates carry.

    Attributes:
        axes: The names of the coordinates.
        rows: The directions (D, d); the first d are the axes.
        mixing: C (Q, D): second derivative q is Σ_k C[q, k] ∂_k².
        seconds: What the Q second derivatives are.
    """

    axes: tuple[str, ...]
    rows: Tensor
    mixing: Tensor
    seconds: tuple[Second, ...]

    @classmethod
    def of(cls, axes: Iterable[str], wanted: Iterable[Second]) -> Self:
        """Return the fewest directions that give all first derivatives and the second ones wanted."""
        names, seconds = tuple(axes), tuple(dict.fromkeys(wanted))
        mixed = dict.fromkeys(pair for second in seconds for pair in second if pair[0] != pair[1])
        index = {name: k for k, name in enumerate(names)}
        rows = torch.zeros(len(names) + len(mixed), len(names), dtype=torch.float64)
        rows[: len(names)] = torch.eye(len(names), dtype=torch.float64)
        mixing = torch.zeros(len(seconds), len(rows), dtype=torch.float64)
        for k, (a, b) in enumerate(mixed, start=len(names)):
            rows[k, [index[a], index[b]]] = 1.0
        places = {pair: k for k, pair in enumerate(mixed, start=len(names))}
        for row, second in zip(mixing, seconds, strict=True):
            for a, b in second:
                _add(row, index[a], index[b], places.get((a, b)))
        return cls(names, rows, mixing, seconds)

    def like(self, x: Tensor) -> Self:
        """Return the same in the type and on the device of `x`."""
        return replace(self, rows=self.rows.to(x), mixing=self.mixing.to(x))

    def mix(self, products: Tensor) -> Tensor:
        """Return Σ_k C[q, k] products[k], of shape (Q, ...)."""
        mixed: Tensor = torch.tensordot(self.mixing, products, dims=1)
        return mixed


def _add(row: Tensor, a: int, b: int, direction: int | None) -> None:
    """Add ∂_a∂_b to a row of C."""
    if direction is None:
        row[a] += 1.0
    else:
        row[direction] += 0.5
        row[[a, b]] -= 0.5
