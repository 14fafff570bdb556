"""A user's own potential on a box."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from torch import Tensor

from sciml.arguments import check_count, check_number
from sciml.contracts.answer import Answer, Fields
from sciml.contracts.checks import Comparison
from sciml.contracts.monitor import Monitor
from sciml.contracts.parameters import parameter
from sciml.contracts.problem import Settings
from sciml.contracts.reference import Reference
from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.numerics.domains import Array, Interval
from sciml.quantum.bloch.answer import Phase, bloch_answer, bloch_reference, compare_bloch
from sciml.quantum.bloch.states import rebuild_bloch
from sciml.quantum.comparison import reference_from
from sciml.quantum.coordinate import Coordinate, look_at_kinetic
from sciml.quantum.look import FIRST, SECOND, Look, disagreement, take_look
from sciml.quantum.potentials import Potential, evaluate
from sciml.quantum.radial import radial_potential
from sciml.quantum.references.shooting import shooting
from sciml.quantum.well import Well

MOST_STATES = 300  # whose levels are found and certified in minutes
SAME = 1e-14  # of the box: breaks of V and of c that are one, but for rounding
REPEATED = 16  # points at which a potential is called twice


@dataclass(frozen=True)
class QuantumWell(Well):
    """−c ψ'' + V(x) ψ = E ψ on a box, ψ = 0 at its ends, ∫ψ² dx = 1.

    Args:
        potential: V, vectorised over NumPy arrays or torch tensors, in the units you like.
        domain: The ends of the box, in the units you like.
        jumps: Where V jumps or has a kink; networks and quadrature are aligned with these points. Those not
            named are looked for (see `sciml.quantum.look`).
        kinetic: c, e.g. 0.5 in atomic units, ħ²/2m otherwise, in the units of V and the domain: a number, or
            a function of x like the potential, positive, for a mass that depends on position.
        states: How many of the lowest states.
        bloch: None, or θ where the domain is one period of V and states are those of a phase k·period = θ:
            ψ(x + period) = exp(iθ) ψ(x), given as `psi0` and `psi0_imag`.

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
    kinetic: float | Potential = 1.0
    states: int = parameter(1, "number of states", low=1, high=MOST_STATES)
    bloch: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_kinetic(self.kinetic)
        if self.bloch is not None:
            check_number("bloch", self.bloch, advice="the phase over a period, in radians")
        check_count("states", self.states)
        _check_repeatable(self)
        _ = self.scales

    @classmethod
    def radial(
        cls,
        potential: Potential,
        l: int = 0,  # noqa: E741
        r_max: float = 80.0,
        kinetic: float = 0.5,
        states: int = 3,
    ) -> Self:
        """Return the well of u(r) = r R(r): −c u'' + (V + c l(l+1)/r²) u = E u, u(0) = 0.

        Near 0, u rises as r^(l+1), built into the units; V is called at r > 0 only, and may be −1/r.

        Args:
            potential: V(r).
            l: The angular momentum.
            r_max: Where u is zero again.
            kinetic: c, ½ in atomic units.
            states: How many of the lowest states: the n-th has the principal quantum number n + l + 1.

        Raises:
            ArgumentError: For an l below 0, an r_max ≤ 0, or a c that depends on position.

        >>> import sciml
        >>> hydrogen = QuantumWell.radial(lambda r: -1 / r, l=1, states=1)
        >>> round(sciml.solve(hydrogen).scalars["E0"], 9)
        -0.125
        """
        effective = radial_potential(potential, l, r_max, kinetic)
        return cls(effective, (0.0, float(r_max)), kinetic=float(kinetic), states=states)

    @cached_property
    def interval(self) -> Interval:
        """The box, cut where V or c jumps."""
        seen = self.look.interval
        if self.coordinate is None:
            return seen
        inner = {*seen.interfaces, *self.coordinate.look.interval.interfaces}
        return Interval(seen.left, seen.right, _apart(inner, seen.length))

    @cached_property
    def coordinate(self) -> Coordinate | None:
        """The coordinate ∫dx/c, from a look at c; None where c is a number."""
        return Coordinate(self._kinetic_look(FIRST)) if callable(self.kinetic) else None

    @cached_property
    def look(self) -> Look:
        """A look at V all over the box, for what the solver needs to know of it."""
        return self._look(FIRST)

    @cached_property
    def second_look(self) -> Look:
        """Another look, for the reference."""
        return self._look(SECOND)

    @cached_property
    def second_kinetic_look(self) -> Look:
        """Another look at c, for the reference."""
        return self._kinetic_look(SECOND)

    def _look(self, step: float) -> Look:
        return take_look(
            self.potential_energy, self.declared, self.kinetic_unit, self.states, step=step, search=True
        )

    def _kinetic_look(self, step: float) -> Look:
        return look_at_kinetic(self.kinetic_at, self.declared, step)

    def kinetic_at(self, x: Array) -> Array:
        """Return c at points inside the box."""
        if not callable(self.kinetic):
            return np.full(len(x), float(self.kinetic))
        values = evaluate(self.kinetic, x, "kinetic")
        if not (values > 0).all():
            at = x[values.argmin()]
            raise ArgumentError(f"kinetic: got {values.min():g} at x = {at:.6g}, expected positive numbers")
        return values

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
        differ = disagreement(self.look, self.second_look)
        if differ is None and self.coordinate is not None:
            differ = disagreement(self.coordinate.look, self.second_kinetic_look, "c")
        return differ

    @property
    def phase(self) -> float | None:
        """θ of Bloch states."""
        return self.bloch

    @property
    def unseen_below(self) -> float | None:
        """Features of V narrower than this may not have been seen; None where `jumps` tells all."""
        return None if self.jumps else self.look.resolved

    def potential_energy(self, x: Array) -> Array:
        """Return V at points inside the box."""
        return evaluate(self.potential, x)

    def reference(self) -> Reference:
        """Return energies and wavefunctions by shooting, on elements from looks at V and c of its own."""
        look = self.second_look
        more = () if self.coordinate is None else self.second_kinetic_look.edges
        edges = np.array(_apart({*look.edges.tolist(), *np.asarray(more).tolist()}, look.interval.length))
        if self.bloch is not None:
            return bloch_reference((Phase(self),), look, edges)
        kinetic = self.kinetic_at if callable(self.kinetic) else float(self.kinetic)
        return reference_from(shooting(self.potential_energy, look, self.states, kinetic, edges), self)

    def run(self, settings: Settings, monitor: Monitor) -> Answer:
        """Find the states and certify each."""
        if self.bloch is None:
            return super().run(settings, monitor)
        if self.start_of(settings) != "ritz":
            raise ArgumentError(f"start: got {settings.start!r}, expected 'ritz' for Bloch states")
        return bloch_answer((Phase(self),), self.recipe(settings.quick))

    def compare(
        self, answer: Answer, *, quick: bool, start: str | None, reference: Reference | None
    ) -> Comparison:
        """Return the checks of energies and wavefunctions."""
        if self.bloch is None or reference is None:
            return super().compare(answer, quick=quick, start=start, reference=reference)
        recipe = self.recipe(quick)
        return compare_bloch((Phase(self),), answer, reference, recipe.tolerance, recipe.field_tolerance)

    def rebuild(self, model: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Fields:
        """Return the wavefunctions of a saved solution."""
        if self.bloch is None:
            return super().rebuild(model, tensors)
        return rebuild_bloch([(name, self) for name in Phase(self).names("psi")], model, tensors)


def _apart(places: set[float], length: float) -> tuple[float, ...]:
    """Return places in order, of those that are one but for rounding the first."""
    kept: list[float] = []
    for place in sorted(places):
        if not kept or place - kept[-1] > SAME * length:
            kept.append(place)
    return tuple(kept)


def _check_repeatable(well: QuantumWell) -> None:
    x = well.declared.without_interfaces().midpoints(REPEATED).points
    for name, function in (("potential", well.potential_energy), ("kinetic", well.kinetic_at)):
        first, second = function(x), function(x)
        differ = np.flatnonzero(first != second)
        if len(differ):
            at = differ[0]
            raise ArgumentError(
                f"{name}: two calls at x = {x[at]:.6g} gave {first[at]:.6g} and {second[at]:.6g}, expected a "
                "function of x alone; draw noise once, outside of it"
            )


def _check_kinetic(kinetic: Any) -> None:  # noqa: ANN401
    if callable(kinetic):
        return
    check_number("kinetic", kinetic, above=0, advice="such as 0.5 or ħ²/2m")
