"""Evidence for each state that needs no reference."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch

from sciml.numerics.domains import Array, Quadrature
from sciml.numerics.networks import MLP
from sciml.quantum.equation import WellEquation
from sciml.quantum.fields import state_jet

VISIBLE = (1e-7, 1e-2)  # least and largest height of ψ, of its largest, that has a sign
NOISE = 10  # times the error of ψ: what is lower has no sign


@dataclass(frozen=True)
class Certificate:
    """What can be said of one state from ψ and V alone.

    Attributes:
        rayleigh: The Rayleigh quotient ∫(cψ'² + Vψ²)dx / ∫ψ²dx, an upper bound for the ground state.
        trained: The trained eigenenergy.
        residual_bound: ‖Hψ − Eψ‖/‖ψ‖ at the Rayleigh quotient: some eigenvalue lies within this of it.
        nodes: Sign changes of ψ inside the box; state n has n.
        norm: ∫ψ²dx as found, before ψ was scaled to one; zero for a collapsed state.
        refinement: Change of the Rayleigh quotient from the training quadrature to one half as fine again.
    """

    rayleigh: float
    trained: float
    residual_bound: float
    nodes: int
    norm: float
    refinement: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class CertifiedState:
    """One state: its network, its trained energy, its certificate, and ψ on the meter's finer quadrature."""

    network: MLP
    trained: float
    certificate: Certificate
    psi: Array

    def times(self, factor: float) -> CertifiedState:
        """Return the state with ψ multiplied by a number, the network's output with it."""
        with torch.no_grad():
            self.network.weights[-1].mul_(factor)
            self.network.biases[-1].mul_(factor)
        return replace(self, psi=factor * self.psi)


@dataclass(frozen=True)
class Meter:
    """Measures states of a well on a quadrature and on a finer one."""

    well: WellEquation
    coarse: Quadrature
    fine: Quadrature

    def state(self, network: MLP, trained: float) -> CertifiedState:
        """Return the state of a network with its certificate, ψ scaled to ∫ψ²dx = 1 unless it collapsed."""
        psi, moments = self._moments(network, self.fine)
        _, coarse = self._moments(network, self.coarse)
        certificate = Certificate(
            rayleigh=moments.rayleigh,
            trained=trained,
            residual_bound=moments.residual,
            nodes=moments.nodes,
            norm=moments.norm,
            refinement=abs(moments.rayleigh - coarse.rayleigh),
        )
        alive = moments.norm > 0 and math.isfinite(moments.norm)
        return CertifiedState(network, trained, certificate, psi).times(moments.norm**-0.5 if alive else 1.0)

    def _moments(self, network: MLP, quadrature: Quadrature) -> tuple[Array, _Moments]:
        with torch.no_grad():
            jet = state_jet(self.well, network, torch.from_numpy(quadrature.points))
        psi, slope, curvature = (part.numpy() for part in jet.parts)
        return psi, _Moments.of(self.well, quadrature, psi, slope, curvature)


@dataclass(frozen=True)
class _Moments:
    norm: float
    rayleigh: float
    residual: float
    nodes: int

    @classmethod
    def of(
        cls, well: WellEquation, quadrature: Quadrature, psi: Array, slope: Array, curvature: Array
    ) -> _Moments:
        w = quadrature.weights
        excess = well.potential_energy(quadrature.points) - well.scales.floor
        norm = float(w @ psi**2)
        if not norm > 0:
            return cls(norm, np.nan, np.nan, 0)
        energy = float(w @ (well.kinetic * slope**2 + excess * psi**2)) / norm
        residual = (excess - energy) * psi - well.kinetic * curvature
        bound = float(np.sqrt(w @ residual**2 / norm))
        visible = float(np.clip(NOISE * bound / energy, *VISIBLE)) if energy > 0 else VISIBLE[1]
        return cls(norm, energy + well.scales.floor, bound, count_nodes(psi, visible))


def count_nodes(psi: Array, visible: float = VISIBLE[0]) -> int:
    """Return the sign changes of ψ, not counting values below `visible` times the largest.

    What is below a state's own error has no sign: the error is about its residual bound over its height.

    >>> count_nodes(np.sin(np.linspace(0.1, 9.0, 200)))
    2
    """
    seen = np.sign(psi[np.abs(psi) > visible * np.abs(psi).max()])
    return int((seen[1:] != seen[:-1]).sum())
