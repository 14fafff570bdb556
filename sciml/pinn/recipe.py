"""Sizes of a physics-informed network, and what the caller chose instead."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from sciml.contracts.problem import Recipe
from sciml.numerics.networks import Activation


@dataclass(frozen=True)
class PinnRecipe(Recipe):
    """Sizes of a physics-informed network.

    Attributes:
        hidden: Widths of the hidden layers.
        points: Quadrature points in each region.
        loss: The loss ½‖r‖² at which a solve has converged.
        stage_steps: Most steps for each problem of a path but the last, which has `max_steps`.
        activation: "tanh" or "sin".
        scale: Factor on the first layer's first parameters; with "sin" about half the largest wavenumber of
            the solution per unit of the network's inputs.
    """

    hidden: tuple[int, ...] = (20, 20)
    points: int = 96
    loss: float = 0.0
    stage_steps: int = 40
    activation: Activation = "tanh"
    scale: float = 1.0

    def within(self, max_steps: int | None) -> Self:
        """Return the recipe with the caller's number of steps, where there is one."""
        return self if max_steps is None else replace(self, max_steps=max_steps)
