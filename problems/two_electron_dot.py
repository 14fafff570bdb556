"""Two electrons in a quantum dot."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sciml.contracts.parameters import parameter
from sciml.pde import PdeRecipe
from sciml.pde.relative_motion import Trap
from sciml.pde.traps import TwoElectrons


@dataclass(frozen=True)
class TwoElectronDot(TwoElectrons):
    """Two electrons in a plane trap, in all four coordinates: E = 3 Ha at omega = 1; oval by ratio."""

    omega: float = parameter(1.0, "frequency of the trap along x, in atomic units", low=0.05, high=4.0)
    ratio: float = parameter(1.0, "frequency along y over that along x", low=0.5, high=2.0)

    @property
    def trap(self) -> Trap:
        """The trap."""
        return Trap(2, self.omega, self.ratio)

    def recipe(self, quick: bool = False) -> PdeRecipe:
        """Return sizes; an oval trap, without the symmetry of a round one, takes more points."""
        recipe = super().recipe(quick)
        if self.ratio == 1.0 or quick:
            return recipe
        return replace(recipe, hidden=(16, 16), points=5000, max_steps=100, tolerance=1e-5, residual=2e-2)
