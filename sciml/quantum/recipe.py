"""Sizes and tolerances for a well."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from sciml.pinn import PinnRecipe


@dataclass(frozen=True)
class WellRecipe(PinnRecipe):
    """Sizes for a well.

    Attributes:
        hidden: Widths of the network for `start="random"`.
        points: Gauss points in a panel for `start="random"`.
        ritz_points: Gauss points in a panel for `start="ritz"`.
        random_steps: Most Levenberg–Marquardt steps a try of `start="random"`.
        restarts: Most tries of `start="random"` for each state.
        random_tolerance: Relative tolerance of E for `start="random"`.
        random_field_tolerance: Relative L2 tolerance of ψ for `start="random"`.
    """

    max_steps: int = 4
    tolerance: float = 1e-9
    field_tolerance: float = 1e-6
    ritz_points: int = 24
    points: int = 16
    random_steps: int = 100
    restarts: int = 8
    random_tolerance: float = 1e-6
    random_field_tolerance: float = 1e-3

    def within(self, max_steps: int | None) -> Self:
        """Return the recipe with the caller's number of steps for either start, where there is one."""
        return self if max_steps is None else replace(self, max_steps=max_steps, random_steps=max_steps)
