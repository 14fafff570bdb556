"""Sizes for an equation in several coordinates."""

from __future__ import annotations

from dataclasses import dataclass

from sciml.pinn import PinnRecipe

ROWS = 2.2  # rows a parameter at least: with fewer than one the loss is small and the answer wrong


@dataclass(frozen=True)
class PdeRecipe(PinnRecipe):
    """Sizes for an equation in several coordinates.

    Attributes:
        points: Gauss points along each axis, or scattered points; 0 takes as many as the network needs.
        scattered: Whether points are scattered evenly (Sobol) instead of a product of Gauss rules, which no
            network can pay for from four coordinates on.
        loss: The loss at which a solve has converged; 0 stands for `goal` times the residual that passes.
        residual: Largest residual on fresh points that passes, relative to that of the trial solution alone.
        goal: Share of it at which a training stops, where `loss` is 0.
    """

    max_steps: int = 200
    tolerance: float = 1e-4
    field_tolerance: float = 1e-3
    hidden: tuple[int, ...] = (20, 20)
    points: int = 0
    scattered: bool = False
    residual: float = 1e-4
    goal: float = 1 / 3
