"""One-dimensional wells as residual problems: −(cψ')' + Vψ = Eψ, ψ = 0 at both ends, ∫ψ² dx = 1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from torch import Tensor

from sciml.contracts.answer import Answer, Fields
from sciml.contracts.checks import Comparison
from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import Settings
from sciml.contracts.reference import Reference
from sciml.pinn import ResidualProblem
from sciml.quantum.comparison import compare_states, reference_from
from sciml.quantum.equation import WellEquation
from sciml.quantum.fields import rebuild
from sciml.quantum.recipe import WellRecipe
from sciml.quantum.references import spectral_elements
from sciml.quantum.solve import solve_well


class Well(WellEquation, ResidualProblem):
    """A potential on a box, with as many of its lowest states as asked for.

    A subclass gives `potential_energy`, `interval`, `kinetic` (the coefficient c) and `states`.
    """

    kind: ClassVar[str] = "quantum"
    equation: ClassVar[str] = "-(c psi')' + V psi = E psi,  psi = 0 at both ends,  int psi^2 dx = 1"
    starts: ClassVar[tuple[str, ...]] = ("ritz", "random")
    methods: ClassVar[tuple[str, ...]] = ("lm", "broyden", "bfgs", "lbfgs", "adam")

    def recipe(self, quick: bool = False) -> WellRecipe:
        """Return sizes that bring E to 1e-9 and ψ to 1e-6; `quick` leaves the training out."""
        return replace(WellRecipe(), max_steps=0) if quick else WellRecipe()

    def reference(self) -> Reference:
        """Return energies and wavefunctions by spectral elements, with their own error."""
        interval = self.interval
        pairs = spectral_elements(
            self.potential_energy,
            (interval.left, interval.right),
            self.states,
            interfaces=interval.interfaces,
            kinetic=self.kinetic,
        )
        return reference_from(pairs, self)

    def compare(
        self, answer: Answer, *, quick: bool, start: str | None, reference: Reference | None
    ) -> Comparison:
        """Return the checks of energies and wavefunctions; near-degenerate levels as subspaces."""
        recipe = self.recipe(quick)
        if reference is None:
            return Comparison()
        if start == "random":
            return compare_states(
                self, answer, reference, recipe.random_tolerance, recipe.random_field_tolerance
            )
        return compare_states(self, answer, reference, recipe.tolerance, recipe.field_tolerance)

    def start_of(self, settings: Settings) -> str:
        """Return the caller's choice, else "ritz"; where the energies are given, "random" is the only way."""
        return "random" if self.energies_fixed else settings.start or "ritz"

    def planned_steps(self, settings: Settings) -> int:
        """Return the steps of all states; unknown for a random start, which may be tried again."""
        random = self.start_of(settings) == "random"
        return 0 if random else self.states * super().planned_steps(settings)

    def run(self, settings: Settings, monitor: Monitor) -> Answer:
        """Find the states and certify each."""
        recipe = self.recipe(settings.quick).within(settings.max_steps)
        return solve_well(self, recipe, self.start_of(settings), settings, monitor)

    def rebuild(self, model: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Fields:
        """Return the wavefunctions of a saved solution."""
        return rebuild(self, model, tensors)
