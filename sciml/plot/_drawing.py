"""What a figure of a whole solution says of itself: how it is drawn, and of which solutions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from matplotlib.figure import Figure

from sciml.numerics.domains import Array
from sciml.runs.solution import Solution

Arrays: TypeAlias = Mapping[str, Array]


@dataclass(frozen=True)
class Drawing:
    """A figure of a whole solution.

    Attributes:
        draw: Returns the figure.
        suits: Whether a solution with these sampled arrays can be drawn so.
    """

    draw: Callable[[Solution], Figure]
    suits: Callable[[Solution, Arrays], bool]


def on_points(kind: str, columns: int, has: Callable[[Arrays], bool]) -> Callable[[Solution, Arrays], bool]:
    """Return a test of solutions: of a kind, on points of so many columns (0 on a line), and `has` holds."""

    def suits(solution: Solution, arrays: Arrays) -> bool:
        shape = (columns,) if columns else ()
        right = solution.kind == kind and "x" in arrays and arrays["x"].shape[1:] == shape
        return right and has(arrays)

    return suits
