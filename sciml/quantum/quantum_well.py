"""A user's own potential on a box."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sciml.arguments import check_count, check_number
from sciml.contracts.parameters import parameter
from sciml.contracts.reference import Reference
from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.numerics.domains import Array, Interval
from sciml.quantum.comparison import reference_from
from sciml.quantum.look import FIRST, SECOND, Look, disagreement, take_look
from sciml.quantum.potentials import Potential, evaluate
from sciml.quantum.references.shooting import shooting
from sciml.quantum.well import Well

MOST_STATES = 300  # whose levels are found and certified in minutes
REPEATED = 16  # points at which a potential is called twice


@dataclass(frozen=True)
class QuantumWell(Well):
    """−c ψ'' + V(x) ψ = E ψ on a box, ψ = 0 at its ends, ∫ψ² dx = 1.

    Args:
        potential: V, vectorised over NumPy arrays or torch tensors, in the units you like.
        domain: The ends of the box, in the units you like.
        jumps: Where V jumps or has a kink; networks and quadrature are aligned with these points. Those not
            named are looked for (see `sciml.quantum.look`).
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
    states: int = parameter(1, "number of states", low=1, high=MOST_STATES)
    bloch: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_kinetic(self.kinetic)
        if self.bloch is not None:
            raise ArgumentError(f"bloch: got {self.bloch!r}, expected None; periodic wells do not work yet")
        check_count("states", self.states)
        _check_repeatable(self)
        _ = self.scales

    @cached_property
    def interval(self) -> Interval:
        """The box, cut where V jumps."""
        return self.look.interval

    @cached_property
    def look(self) -> Look:
        """A look at V all over the box, for what the solver needs to know of it."""
        return self._look(FIRST)

    @cached_property
    def second_look(self) -> Look:
        """Another look, for the reference."""
        return self._look(SECOND)

    def _look(self, step: float) -> Look:
        return take_look(
            self.potential_energy, self.declared, float(self.kinetic), self.states, step=step, search=True
        )

    @property
    def declared(self) -> Interval:
        """The box, cut at the declared jumps."""
        if not isinstance(self.domain, tuple | list) or len(self.domain) != 2:
            raise ArgumentTypeError(f"domain: got {self.domain!r}, expected (left, right)")
        box = Interval(*self.domain)
        outside = [jump for jump in self.jumps if not box.left < jump < box.right]
        if outside:
            raise ArgumentError(f"jumps: got {outside[0]!r}, expected points inside the domain {self.domain}")
        return Interval(box.left, box.right, tuple(sorted(set(self.jumps))))

    @cached_property
    def doubt(self) -> str | None:
        """Where V is singular inside the box, or the two looks at V disagree."""
        place = self.look.singular_inside
        if place is not None:
            return f"V is singular inside the box, at x = {place:.6g}, where no panel resolves it"
        return disagreement(self.look, self.second_look)

    @property
    def unseen_below(self) -> float | None:
        """Features of V narrower than this may not have been seen; None where `jumps` tells all."""
        return None if self.jumps else self.look.resolved

    def potential_energy(self, x: Array) -> Array:
        """Return V at points inside the box."""
        return evaluate(self.potential, x)

    def reference(self) -> Reference:
        """Return energies and wavefunctions by shooting, on elements from a look at V of its own."""
        return reference_from(
            shooting(self.potential_energy, self.second_look, self.states, self.kinetic), self
        )


def _check_repeatable(well: QuantumWell) -> None:
    x = well.declared.without_interfaces().midpoints(REPEATED).points
    first, second = well.potential_energy(x), well.potential_energy(x)
    differ = np.flatnonzero(first != second)
    if len(differ):
        at = differ[0]
        raise ArgumentError(
            f"potential: two calls at x = {x[at]:.6g} gave {first[at]:.6g} and {second[at]:.6g}, expected a "
            "function of x alone; draw noise once, outside of it"
        )


def _check_kinetic(kinetic: Any) -> None:  # noqa: ANN401
    if callable(kinetic):
        raise ArgumentError(
            "kinetic: got a function, expected a number; a position-dependent mass is not supported yet"
        )
    check_number("kinetic", kinetic, above=0, advice="such as 0.5 or ħ²/2m")
