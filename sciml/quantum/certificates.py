"""Evidence for each state that needs no reference."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch

from sciml.numerics.domains import Array, Quadrature
from sciml.quantum.equation import WellEquation
from sciml.quantum.fields import Network, rescale, state_jet
from sciml.quantum.semiclassical import height

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
    """One state: network, trained energy, certificate, ψ on the meter's finer quadrature, and height.

    The height is what its errors are measured in: the energy above min V, or less where V has deep holes.
    """

    network: Network
    trained: float
    certificate: Certificate
    psi: Array
    height: float

    def times(self, factor: float) -> CertifiedState:
        """Return the state with ψ multiplied by a number, the network's output with it."""
        rescale(self.network, factor)
        return replace(self, psi=factor * self.psi)


@dataclass(frozen=True)
class Meter:
    """Measures states of a well on a quadrature and on a finer one."""

    well: WellEquation
    coarse: Quadrature
    fine: Quadrature

    def state(self, network: Network, trained: float) -> CertifiedState:
        """Return the state of a network with its certificate, ψ scaled to ∫ψ²dx = 1 unless it collapsed."""
        psi, moments = self._moments(network, self.fine, trained)
        _, coarse = self._moments(network, self.coarse, trained)
        certificate = Certificate(
            rayleigh=moments.rayleigh,
            trained=trained,
            residual_bound=moments.residual,
            nodes=moments.nodes,
            norm=moments.norm,
            refinement=abs(moments.rayleigh - coarse.rayleigh),
        )
        alive = moments.norm > 0 and math.isfinite(moments.norm)
        return CertifiedState(network, trained, certificate, psi, moments.height).times(
            moments.norm**-0.5 if alive else 1.0
        )

    def _moments(self, network: Network, quadrature: Quadrature, guess: float) -> tuple[Array, _Moments]:
        with torch.no_grad():
            jet = state_jet(self.well, network, torch.from_numpy(quadrature.points))
        psi, slope, curvature = (part.numpy() for part in jet.parts)
        return psi, _Moments.of(self.well, quadrature, (psi, slope, curvature), guess)


@dataclass(frozen=True)
class _Moments:
    norm: float
    rayleigh: float
    residual: float
    nodes: int
    height: float

    @classmethod
    def of(
        cls, well: WellEquation, quadrature: Quadrature, parts: tuple[Array, Array, Array], guess: float
    ) -> _Moments:
        """Return the moments of ψ, ψ', ψ''; energies are summed from a guess, for the digits."""
        w, (psi, slope, curvature) = quadrature.weights, parts
        near = guess if math.isfinite(guess) else well.scales.floor
        excess = well.potential_energy(quadrature.points) - near
        stiffness = well.stiffness(quadrature.points)
        norm = float(w @ psi**2)
        if not norm > 0:
            return cls(norm, np.nan, np.nan, 0, np.nan)
        kinetic = float(w @ (stiffness * slope**2)) / norm
        energy = kinetic + float(w @ (excess * psi**2)) / norm
        bound = float(np.sqrt(w @ ((excess - energy) * psi - stiffness * curvature) ** 2 / norm))
        size = float(height(np.array(energy + near), well.scales.floor, np.array(kinetic)))
        visible = float(np.clip(NOISE * bound / size, *VISIBLE)) if size > 0 else VISIBLE[1]
        return cls(norm, energy + near, bound, count_nodes(psi, visible), size)


def count_nodes(psi: Array, visible: float = VISIBLE[0]) -> int:
    """Return the sign changes of ψ, not counting values below `visible` times the largest.

    What is below a state's own error has no sign: the error is about its residual bound over its height.

    >>> count_nodes(np.sin(np.linspace(0.1, 9.0, 200)))
    2
    """
    seen = np.sign(psi[np.abs(psi) > visible * np.abs(psi).max()])
    return int((seen[1:] != seen[:-1]).sum())
