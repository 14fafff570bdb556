"""A freely propagating premixed flame with one-step chemistry."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sciml.contracts.parameters import parameter
from sciml.flame.mixture import Mixture
from sciml.flame.premixed import PremixedFlame as Premixed


@dataclass(frozen=True)
class PremixedFlame(Premixed):
    """A lean premixed flame, and its laminar burning velocity s_L; a model gas, burnt at 4270 to 7170 K.

    Constant specific heat and no dissociation make it burn to T_max = T_in + q φ/(φ + 4)/c_p, from 4273 K at
    φ = 0.35 and 250 K to 7172 K at φ = 0.6 and 650 K, twice as hot as any real flame: s_L and T are those of
    the model of the reference, not of methane and air.

    References:
        J. Wu et al., FlamePINN-1D, arXiv:2406.09071 (2024), case 1.
    """

    phi: float = parameter(0.4, "equivalence ratio", low=0.35, high=0.6)
    T_in: float = parameter(298.0, "temperature of the fresh gas", "K", low=250.0, high=650.0)
    p_atm: float = parameter(1.0, "pressure of the fresh gas", "atm", low=0.5, high=5.0)
    hard_constraints: bool = parameter(True, "T(0) and T'(0) by the ansatz; false: as terms of the loss")
    thin_layer: bool = parameter(True, "a first layer made for thin flames; false: random as any network's")

    @cached_property
    def mixture(self) -> Mixture:
        """The gas and its state."""
        return Mixture(phi=self.phi, T_in=self.T_in, p_atm=self.p_atm)
