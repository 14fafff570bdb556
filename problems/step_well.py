"""A well with a step in its floor and walls of two heights."""

from __future__ import annotations

from dataclasses import dataclass

from sciml.contracts.parameters import parameter
from sciml.quantum.piecewise import PiecewiseWell, check_below


@dataclass(frozen=True)
class StepWell(PiecewiseWell):
    """V = left | 0 on [-width, 0) | step on [0, width) | right, in the box [-box, box]."""

    left: float = parameter(30.0, "height of the left wall", low=0.0, high=1e4)
    step: float = parameter(8.0, "height of the step", low=-1e4, high=1e4)
    right: float = parameter(15.0, "height of the right wall", low=0.0, high=1e4)
    width: float = parameter(1.0, "width of the floor, and of the step", above=0.0)
    box: float = parameter(3.0, "half the width of the box", above=0.0)
    states: int = parameter(1, "number of states", low=1, high=30)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_below("width", self.width, "box", self.box)

    @property
    def edges(self) -> tuple[float, ...]:
        """The box and the jumps."""
        return (-self.box, -self.width, 0.0, self.width, self.box)

    @property
    def heights(self) -> tuple[float, ...]:
        """Wall, floor, step, wall."""
        return (self.left, 0.0, self.step, self.right)
