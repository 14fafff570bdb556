"""Two electrons in a harmonic trap, in all their coordinates.

The trial solution has the cusp where the electrons meet, ∂ log ψ/∂r = c = 1/(dimension − 1), but not the
exact Jastrow factor:

    log ψ = −½ Σ_i ω_i (x_{1i}² + x_{2i}²) + c r/(1 + c r/2) + r²/(1 + r²) N(x, r),

and in an oval trap, which has terms such as x² − y² there, N(x, r²/(1 + r)) without the factor.

References:
    T. Kato, Comm. Pure Appl. Math. 10, 151 (1957): the cusp.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from torch import Tensor

from sciml.contracts.reference import Reference
from sciml.numerics.derivatives import Jet, sqrt, stack
from sciml.numerics.domains import Quadrature
from sciml.pde.ground_state import GroundState
from sciml.pde.relative_motion import Trap, ground_energy
from sciml.pinn import PinnRecipe
from sciml.pinn.form import Inputs

CLOSE, CLOSEST = 0.3, 0.02  # share of the points at which the electrons are drawn together, and how far


@dataclass(frozen=True)
class PairInputs:
    """The coordinates in units of the trap's lengths, and the distance r of the electrons.

    Where the network stands without the factor r²/(1 + r²), in an oval trap, the last input is r²/(1 + r)
    instead: its slope at r = 0 is none, so that the cusp stays what it is.
    """

    lengths: tuple[float, ...]
    flat: bool = False

    @property
    def count(self) -> int:
        """Number of inputs."""
        return len(self.lengths) + 1

    def __call__(self, x: Jet) -> Jet:
        """Return the inputs at points (n, 2·dimension)."""
        columns = [x[:, k] for k in range(len(self.lengths))]
        scaled = [column * (1 / length) for column, length in zip(columns, self.lengths, strict=True)]
        r = distance(columns) * (1 / self.lengths[0])
        return stack([*scaled, r * r / (r + 1) if self.flat else r])


def distance(x: Iterable[Any]) -> Any:  # noqa: ANN401
    """Return the distance of the electrons from their coordinates: jets, tensors or arrays."""
    columns = list(x)
    half = len(columns) // 2
    squared = sum((a - b) ** 2 for a, b in zip(columns[:half], columns[half:], strict=True))
    return sqrt(squared) if isinstance(squared, Jet) else squared**0.5


class TwoElectrons(GroundState):
    """The lowest state of two electrons in a trap; a subclass gives the trap."""

    equation: ClassVar[str] = "(-lap_1/2 - lap_2/2 + trap + 1/r12) psi = E psi,  psi = exp(log_psi)"
    unit: ClassVar[str] = "Ha"

    @property
    @abstractmethod
    def trap(self) -> Trap:
        """The trap."""

    @property
    def frequencies(self) -> Mapping[str, float]:
        """The trap's frequency along each axis: x1, y1, …, x2, y2, and so on."""
        one = dict(zip("xyz", self.trap.frequencies, strict=False))
        return {f"{axis}{k}": omega for k in (1, 2) for axis, omega in one.items()}

    @property
    def lengths(self) -> Mapping[str, float]:
        """1/√ω along each axis."""
        return {name: 1 / math.sqrt(omega) for name, omega in self.frequencies.items()}

    @property
    def first_energy(self) -> float:
        """That of two particles in the trap, and a repulsion over its length."""
        return sum(self.trap.frequencies) + math.sqrt(self.trap.omega)

    def inputs(self) -> Inputs:
        """Return the coordinates and the distance."""
        return PairInputs(tuple(self.lengths.values()), flat=self.oval)

    @property
    def factor_is_fixed(self) -> bool:
        """Where the electrons meet log ψ is the trap's, unless it is oval."""
        return not self.oval

    @property
    def oval(self) -> bool:
        """Whether log ψ has terms such as x² − y² where the electrons meet: no factor r² leaves them."""
        return self.trap.ratio != 1.0

    def trial(self, log_psi: Jet, **x: Jet) -> Jet:
        """Return the trap's Gaussian, the cusp, and the network where the electrons are apart."""
        cusp = 1 / (self.trap.dimension - 1)
        r = distance(x[name] for name in self.frequencies)
        away = 1.0 if self.oval else r * r / (r * r + 1)
        log: Jet = r * cusp / (r * (0.5 * cusp) + 1) + away * log_psi
        for name, omega in self.frequencies.items():
            log = log - x[name] * x[name] * (0.5 * omega)
        return log

    def potential(self, x: Mapping[str, Tensor]) -> Tensor:
        """Return the trap and the repulsion."""
        trap = sum(0.5 * omega**2 * x[name].square() for name, omega in self.frequencies.items())
        repulsion: Tensor = 1 / distance(x.values())
        return repulsion + trap

    def quadrature(self, recipe: PinnRecipe, finer: int = 1) -> Quadrature:
        """Return points, some of them with the electrons close together."""
        grid, half = super().quadrature(recipe, finer), self.trap.dimension
        close = int(CLOSE * len(grid.points))
        first, second = grid.points[:close, :half], grid.points[:close, half:]
        apart = (first - second) / 2 * np.linspace(CLOSEST, 1, close)[:, None]
        middle = (first + second) / 2
        together = np.concatenate([middle + apart, middle - apart], 1)
        return Quadrature(np.concatenate([together, grid.points[close:]]), grid.weights)

    @property
    def has_reference(self) -> bool:
        """The energy is known for every trap."""
        return True

    def reference(self) -> Reference:
        """Return the energy by the relative motion."""
        return Reference(
            scalars={"E": ground_energy(self.trap)},
            method="centre of mass and relative motion, in a linear basis with powers of r12",
            citation="M. Taut, Phys. Rev. A 48, 3561 (1993)",
        )
