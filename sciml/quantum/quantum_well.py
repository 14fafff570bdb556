"""A user's own potential on a box."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sciml.arguments import check_count, check_number
from sciml.contracts.parameters import parameter
from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.numerics.domains import Array, Interval
from sciml.quantum.breaks import find_breaks
from sciml.quantum.potentials import Potential, evaluate
from sciml.quantum.well import Well


@dataclass(frozen=True)
class QuantumWell(Well):
    """−c ψ'' + V(x) ψ = E ψ on a box, ψ = 0 at its ends, ∫ψ² dx = 1.

    Args:
        potential: V, vectorised over NumPy arrays or torch tensors, in the units you like.
        domain: The ends of the box, in the units you like.
        jumps: Where V jumps or has a kink; networks and quadrature are aligned with these points. Those not
            named are looked for (see `sciml.quantum.breaks`); naming them saves the search and its rounding.
        kinetic: c, e.g. 0.5 in atomic units, ħ²/2m otherwise, in the units of V and the domain.
        states: How many of the lowest states.
        bloch: Not supported yet; None.

    Raises:
        ArgumentError: for a reversed, empty or infinite domain, jumps outside it, c ≤ 0, states < 1, or a
            potential that is not finite and real everywhere inside.
        ArgumentTypeError: for a potential that cannot be called, or numbers that are not numbers.

    >>> import sciml
    >>> well = QuantumWell(lambda x: 0.5 * x**2, domain=(-8.0, 8.0), kinetic=0.5, states=2)
    >>> round(sciml.solve(well, max_steps=0).scalars["E1"], 9)
    1.5
    """

    potential: Potential
    domain: tuple[float, float]
    jumps: tuple[float, ...] = ()
    kinetic: float = 1.0
    states: int = parameter(1, "number of states", low=1)
    bloch: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_kinetic(self.kinetic)
        if self.bloch is not None:
            raise ArgumentError(f"bloch: got {self.bloch!r}, expected None; periodic wells do not work yet")
        check_count("states", self.states)
        _ = self.scales

    @cached_property
    def interval(self) -> Interval:
        """The box, cut where V jumps."""
        if not isinstance(self.domain, tuple | list) or len(self.domain) != 2:
            raise ArgumentTypeError(f"domain: got {self.domain!r}, expected (left, right)")
        box = Interval(*self.domain)
        outside = [jump for jump in self.jumps if not box.left < jump < box.right]
        if outside:
            raise ArgumentError(f"jumps: got {outside[0]!r}, expected points inside the domain {self.domain}")
        declared = Interval(box.left, box.right, tuple(sorted(set(self.jumps))))
        breaks = find_breaks(self.potential_energy, declared)
        return Interval(declared.left, declared.right, tuple(sorted({*declared.interfaces, *breaks})))

    def potential_energy(self, x: Array) -> Array:
        """Return V at points inside the box."""
        return evaluate(self.potential, x)


def _check_kinetic(kinetic: Any) -> None:  # noqa: ANN401
    if callable(kinetic):
        raise ArgumentError(
            "kinetic: got a function, expected a number; a position-dependent mass is not supported yet"
        )
    check_number("kinetic", kinetic, above=0, advice="such as 0.5 or ħ²/2m")
