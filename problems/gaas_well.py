"""A quantum well of gallium arsenide between layers of aluminium gallium arsenide."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sciml.contracts.parameters import parameter
from sciml.quantum.layers import Layer, StackedWell


@dataclass(frozen=True)
class GaasWell(StackedWell):
    """Electrons in GaAs between Al_xGa_{1-x}As, masses and band edges of each layer (BenDaniel-Duke).

    References:
        I. Vurgaftman, J. R. Meyer and L. R. Ram-Mohan, J. Appl. Phys. 89, 5815 (2001).
    """

    width_nm: float = parameter(10.0, "width of the well", "nm", above=0.0, high=1000.0)
    x_al: float = parameter(0.3, "share of aluminium in the barriers", low=0.0, high=1.0)
    barrier_nm: float = parameter(20.0, "thickness of each barrier", "nm", above=0.0, high=1000.0)
    field_kV_cm: float = parameter(0.0, "electric field", "kV/cm", low=-1000.0, high=1000.0)
    states: int = parameter(1, "number of states", low=1, high=30)

    @cached_property
    def stack(self) -> tuple[Layer, ...]:
        """Barrier, well, barrier."""
        barrier = Layer("AlGaAs", x=self.x_al, nm=self.barrier_nm)
        return (barrier, Layer("GaAs", nm=self.width_nm), barrier)
