"""Two electrons held to their nucleus by springs."""

from __future__ import annotations

from dataclasses import dataclass

from sciml.contracts.parameters import parameter
from sciml.pde.relative_motion import Trap
from sciml.pde.traps import TwoElectrons


@dataclass(frozen=True)
class HookesAtom(TwoElectrons):
    """Two electrons bound to a centre by springs, all six coordinates: E = 2 Ha at omega = 1/2."""

    omega: float = parameter(0.5, "frequency of the springs, in atomic units", low=0.05, high=4.0)

    @property
    def trap(self) -> Trap:
        """The trap."""
        return Trap(3, self.omega)
