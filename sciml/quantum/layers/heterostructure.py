"""A user's own stack of semiconductor layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sciml.contracts.parameters import parameter
from sciml.quantum.layers.layer import Layer, check_layers
from sciml.quantum.layers.stack import StackedWell

MOST_STATES, STRONGEST = 100, 1000.0


@dataclass(frozen=True)
class Heterostructure(StackedWell):
    """Electrons in a stack of layers between hard walls, in an electric field; nm and meV.

    Args:
        layers: From left to right.
        field_kV_cm: The electric field; positive raises electrons to the right.
        states: How many of the lowest states.

    >>> import sciml
    >>> from sciml.quantum import Heterostructure, Layer
    >>> barrier = Layer("AlGaAs", x=0.3, nm=20.0)
    >>> stack = Heterostructure([barrier, Layer("GaAs", nm=10.0), barrier], states=2)
    >>> round(sciml.solve(stack).metrics["gap_0_1"], 3)
    90.459
    """

    layers: Sequence[Layer]
    field_kV_cm: float = parameter(0.0, "electric field", "kV/cm", low=-STRONGEST, high=STRONGEST)
    states: int = parameter(3, "number of states", low=1, high=MOST_STATES)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_layers(self.layers)

    @cached_property
    def stack(self) -> tuple[Layer, ...]:
        """The layers from left to right."""
        return check_layers(self.layers)
