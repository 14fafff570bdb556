"""A periodic well over its zone: energies at several Bloch phases, gaps, widths, effective mass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from torch import Tensor

from sciml.contracts.answer import Answer, Fields
from sciml.contracts.checks import Comparison
from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import Settings
from sciml.contracts.reference import Reference
from sciml.numerics.domains import Array, Interval
from sciml.quantum.bloch.answer import Phase, bloch_answer, bloch_reference, compare_bloch
from sciml.quantum.bloch.solve import solve_bloch
from sciml.quantum.bloch.states import rebuild_bloch
from sciml.quantum.equation import PROBES, WellEquation
from sciml.quantum.look import SECOND, take_look
from sciml.quantum.recipe import WellRecipe
from sciml.quantum.well import Well

STEP = 0.1  # of the phase, in the second difference of the effective mass
WEIGHTS = (3 / 2, -3 / 20, 1 / 90)  # of E(h), E(2h), E(3h), E(−h), …: second derivative, error of order h⁶


@dataclass(frozen=True, eq=False)
class AtPhase(WellEquation):
    """A periodic well at one phase."""

    whole: BandedWell
    theta: float
    kinetic: Any
    states: int

    @property
    def interval(self) -> Interval:
        """One period."""
        return self.whole.interval

    @property
    def phase(self) -> float:
        """θ."""
        return self.theta

    def potential_energy(self, x: Array) -> Array:
        """Return V."""
        return self.whole.potential_energy(x)


def _tag(j: int) -> str:
    """Return what stands after the number of a state at the j-th phase: nothing at the first."""
    return f"_{j}" if j else ""


class BandedWell(Well):
    """The lowest bands of a periodic potential at `momenta` phases from 0 to π.

    E1 is band 1 at θ = 0, E1_2 the same at the third phase.

    A subclass gives what a `Well` gives on one period, and `momenta`.
    """

    starts = ("ritz",)
    momenta: int

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The well at each phase."""
        turns = np.linspace(0.0, np.pi, self.momenta)
        return tuple(Phase(self.at(float(turn)), _tag(j)) for j, turn in enumerate(turns))

    def at(self, theta: float) -> AtPhase:
        """Return the well at one phase."""
        return AtPhase(self, theta, self.kinetic, self.states)

    def run(self, settings: Settings, monitor: Monitor) -> Answer:
        """Find the states of every phase and certify each."""
        recipe = self.recipe(settings.quick)
        answer = bloch_answer(self.phases, recipe)
        return replace(answer, metrics=self._metrics(answer, recipe), curves={"bands": self._bands(answer)})

    def _bands(self, answer: Answer) -> dict[str, list[float]]:
        rows = {"phase": np.linspace(0.0, np.pi, self.momenta).tolist()}
        return rows | {
            f"E{n}": [answer.scalars[f"E{n}{_tag(j)}"] for j in range(self.momenta)]
            for n in range(self.states)
        }

    def _metrics(self, answer: Answer, recipe: WellRecipe) -> Mapping[str, float]:
        """Return the width of each band, the gaps between them, and the mass at the bottom of the lowest.

        The mass m/m₀ is c over ½ d²E/dk² at k = 0.
        """
        bands = np.array([self._bands(answer)[f"E{n}"] for n in range(self.states)])
        found = {f"width_{n}": float(np.ptp(band)) for n, band in enumerate(bands)}
        rows = enumerate(pairwise(bands))
        found |= {f"gap_{n}": float(above.min() - band.max()) for n, (band, above) in rows}
        near = [solve_bloch(self.at(STEP * k), recipe).energies[0] for k in range(1, len(WEIGHTS) + 1)]
        second = 2 * float(np.dot(WEIGHTS, np.array(near) - bands[0, 0])) / STEP**2
        return found | {"mass_0": 2 * self.kinetic_unit / (second * self.interval.length**2)}

    def reference(self) -> Reference:
        """Return the levels by shooting over a period."""
        look = take_look(
            self.potential_energy, self.interval, self.kinetic_unit, self.states, PROBES, step=SECOND
        )
        return bloch_reference(self.phases, look, look.edges)

    def compare(
        self, answer: Answer, *, quick: bool, start: str | None, reference: Reference | None
    ) -> Comparison:
        """Return the checks of energies and wavefunctions."""
        recipe = self.recipe(quick)
        if reference is None:
            return Comparison()
        return compare_bloch(self.phases, answer, reference, recipe.tolerance, recipe.field_tolerance)

    def rebuild(self, model: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Fields:
        """Return the wavefunctions of a saved solution."""
        wells = [(name, phase.well) for phase in self.phases for name in phase.names("psi")]
        return rebuild_bloch(wells, model, tensors)
