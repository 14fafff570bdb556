"""A freely propagating flame of methane and air, with detailed thermodynamics and transport."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sciml.contracts.parameters import parameter
from sciml.flame.detailed import DetailedFlame as Detailed
from sciml.flame.gases.methane_air import MethaneAir


@dataclass(frozen=True)
class DetailedFlame(Detailed):
    """A flame of methane and air: five species, detailed transport, one reaction; its burning velocity s_L.

    NASA polynomials, mixture-averaged diffusion and CH4 + 2 O2 -> CO2 + 2 H2O with the rate
    A exp(-Ea/RT) [CH4] [O2]^0.5. Without dissociation it burns to 1671 K at φ = 0.6 and 2327 K at φ = 1.

    References:
        J. Wu et al., FlamePINN-1D, arXiv:2406.09071 (2024), case 2.
        G. P. Smith et al., GRI-Mech 3.0 (1999).
    """

    phi: float = parameter(0.8, "equivalence ratio", low=0.55, high=1.0)
    T_in: float = parameter(300.0, "temperature of the fresh gas", "K", low=280.0, high=500.0)
    p_atm: float = parameter(1.0, "pressure", "atm", low=0.5, high=10.0)

    @cached_property
    def gas(self) -> MethaneAir:
        """The gas and its state."""
        return MethaneAir(phi=self.phi, T_in=self.T_in, p_atm=self.p_atm)
