"""The equation of a one-dimensional well: −(cψ')' + Vψ = Eψ, ψ = 0 at both ends, ∫ψ² dx = 1."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from sciml.numerics.derivatives import Jet, variable
from sciml.numerics.domains import Array
from sciml.numerics.networks import InterfaceInputs
from sciml.pinn import Anchored, Integral, Pointwise, ResidualForm, Sample, Scalar
from sciml.pinn.terms import Term
from sciml.quantum.coordinate import Coordinate
from sciml.quantum.ends import exponent
from sciml.quantum.look import Look, take_look
from sciml.quantum.panels import Panels, local_panels, panels_of

PROBES = 2**12  # of a bundled well, whose V is known: for its least value and its scale
INWARD = 1e-9  # of the box: where V at its ends is read, since a user's V need not be defined on them
FARTHER, LEVEL = 1000.0, 0.01  # times as far in, a V that differs by more of its height has no end
OPEN = 1e-6  # of V's mean height: how far its ends must be above its floor for states to be bound by V


@dataclass(frozen=True)
class Scales:
    """A well's natural units: half its length, c/half², the floor and the mean height of V above it."""

    half: float
    unit: float
    floor: float
    height: float

    @property
    def residual(self) -> float:
        """What the equation's rows are divided by: the mean of V − min V plus the ground level of a box."""
        return self.height + self.guess(0) - self.floor

    def guess(self, state: int) -> float:
        """Return min V + c ((n+1)π/L)²: a box of the same length on the well's floor."""
        return self.floor + self.unit * ((state + 1) * math.pi / 2) ** 2


class WellEquation(ResidualForm):
    """A potential on a box, with as many of its lowest states as asked for.

    A subclass gives `potential_energy`, `interval`, `kinetic` (the coefficient c) and `states`.
    """

    kinetic: Any
    states: int
    observed: ClassVar[bool] = False  # whether mean positions and matrix elements of x are wanted

    @abstractmethod
    def potential_energy(self, x: Array) -> Array:
        """Return V at points inside the box, (n,) to (n,)."""

    @property
    def energy_unit(self) -> str:
        """The unit of V and E, for tables and axes; empty where there is none."""
        return ""

    @property
    def length_unit(self) -> str:
        """The unit of x."""
        return ""

    @property
    def free_kinetic(self) -> float | None:
        """ħ²/2mₑ, where oscillator strengths are wanted."""
        return None

    @property
    def energies_fixed(self) -> bool:
        """Whether E is given, so that only ψ is sought."""
        return False

    @property
    def phase(self) -> float | None:
        """θ of states with ψ(right) = exp(iθ) ψ(left); None where ψ is zero at both ends."""
        return None

    @property
    def least_height(self) -> float:
        """What a state's height is at least, where its energy may be the least V itself."""
        return 0.0 if self.phase is None else self.scales.unit

    @cached_property
    def look(self) -> Look:
        """What has been seen of V."""
        return take_look(self.potential_energy, self.interval, self.kinetic_unit, self.states, PROBES)

    def kinetic_at(self, x: Array) -> Array:
        """Return c at points inside the box, (n,) to (n,)."""
        return np.full(len(x), float(self.kinetic))

    @property
    def coordinate(self) -> Coordinate | None:
        """The coordinate of the networks where c depends on position; None where it is a number."""
        return None

    @property
    def kinetic_unit(self) -> float:
        """κ: c, or its harmonic mean."""
        return float(self.kinetic) if self.coordinate is None else self.coordinate.unit

    def y(self, x: Array) -> Array:
        """Return the networks' coordinate at points of the box."""
        return x if self.coordinate is None else self.coordinate(x)

    def stiffness(self, x: Array) -> Array:
        """Return κ²/c: the equation is −(κ²/c) ψ_yy + Vψ = Eψ, its kinetic energy ∫(κ²/c) ψ_y² dx."""
        kinetic = self.kinetic_at(x)
        return kinetic if self.coordinate is None else self.kinetic_unit**2 / kinetic

    def position(self, x: Tensor) -> Jet:
        """Return the networks' coordinate at `x`, as a jet in itself."""
        return variable(torch.as_tensor(self.y(x.detach().cpu().numpy()), dtype=x.dtype, device=x.device))

    def inputs(self) -> InterfaceInputs:
        """Return position, and one input for each point where V or c is not smooth, in the coordinate y."""
        return InterfaceInputs(
            self.interval if self.coordinate is None else self.coordinate.stretched(self.interval)
        )

    @cached_property
    def panels(self) -> Panels:
        """Panels that resolve the lowest states."""
        return panels_of(self)

    @cached_property
    def local_panels(self) -> Panels:
        """Panels for units that live on one or two of them."""
        return local_panels(self)

    @cached_property
    def exponents(self) -> tuple[float, float]:
        """The powers of the distance from either end as which ψ rises where V is singular; 0 where it is not.

        Raises:
            ArgumentError: Where V falls as −|g|/r² at an end.
        """
        left, right = (exponent(self.look, end, self._kinetic_near(end)) for end in (0, -1))
        return left, right

    def _kinetic_near(self, end: int) -> float:
        return float(self.kinetic_at(self.look.x[end, [end]])[0])

    @cached_property
    def scales(self) -> Scales:
        """The well's natural units, from V alone."""
        half, floor = 0.5 * self.interval.length, self.look.floor
        mean = float((self.look.weights * np.maximum(self.look.values - floor, 0.0)).sum())
        return Scales(half, self.kinetic_unit / half**2, floor, mean / self.interval.length)

    @cached_property
    def open_level(self) -> float | None:
        """Above this energy a state belongs to the box; None where the box's walls are the well."""
        ends = np.array([self.interval.left, self.interval.right])
        inward = INWARD * self.interval.length * np.array([1.0, -1.0])
        levels, beyond = (self.potential_energy(ends + far * inward) for far in (1.0, FARTHER))
        levels = levels[np.abs(levels - beyond) <= LEVEL * self.scales.height]
        level = float(levels.min()) if len(levels) else -np.inf
        return level if level > self.scales.floor + OPEN * self.scales.height else None

    @cached_property
    def doubt(self) -> str | None:
        """Where another look at V has seen something else; None where there is none, or V is known."""
        return None

    @property
    def unseen_below(self) -> float | None:
        """Features of V narrower than this may not have been seen; None where V is known."""
        return None

    @property
    def outputs(self) -> int:
        """One network output a state."""
        return self.states

    @property
    def scalars(self) -> Mapping[str, Scalar]:
        """E0, E1, … with the first guess of a box of the same length."""
        return {f"E{n}": self.energy_scalar(n) for n in range(self.states)}

    def energy_scalar(self, state: int, guess: float | None = None) -> Scalar:
        """Return the energy of one state as a trainable scalar."""
        first = self.scales.guess(state) if guess is None else guess
        return Scalar(first, trainable=not self.energies_fixed, unit=self.energy_unit, scale=self.scales.unit)

    def coefficients(self, x: Tensor) -> Mapping[str, Tensor]:
        """Return V and κ²/c at `x`."""
        points = x.detach().cpu().double().numpy()
        values = {"V": self.potential_energy(points), "stiffness": self.stiffness(points)}
        return {name: torch.as_tensor(row, dtype=x.dtype, device=x.device) for name, row in values.items()}

    def ansatz(self, raw: Jet, anchored: Anchored, x: Jet, scalars: Mapping[str, Tensor]) -> dict[str, Jet]:
        """Return ψ_n = (1 − t²) N_n / √h, t = (x − centre)/h: zero at both ends by construction."""
        factor = self.boundary_factor(x)
        return {f"psi{n}": raw[:, n] * factor for n in range(self.states)}

    def boundary_factor(self, x: Jet) -> Jet:
        """Return (1 − t²)/√h."""
        t = (x - self.interval.centre) * (1 / self.scales.half)
        height: float = self.scales.half**-0.5
        return (1 - t * t) * height

    def terms(self) -> tuple[Term, ...]:
        """Return the equation and the normalization of each state, and the overlaps between states."""
        each = [term for n in range(self.states) for term in self.state_terms(f"psi{n}", f"E{n}")]
        pairs = [(m, n) for n in range(self.states) for m in range(n)]
        return (*each, *(overlap(f"psi{m}", f"psi{n}") for m, n in pairs))

    def state_terms(self, psi: str, energy: str) -> tuple[Term, Term]:
        """Return −(κ²/c) ψ_yy + (V − E)ψ = 0, in the well's units, and ∫ψ² dx = 1."""
        scale = 1 / self.scales.residual

        def schrodinger(sample: Sample) -> Tensor:
            excess = sample.coefficients["V"] - sample.scalars[energy]
            curvature = sample.coefficients["stiffness"] * sample[psi].second
            return scale * (excess * sample[psi].value - curvature)

        return (
            Pointwise(f"schrodinger {psi}", "interior", schrodinger),
            Integral(f"norm {psi}", lambda sample: sample[psi].value.square(), 1.0),
        )


def overlap(first: str, second: str) -> Integral:
    """Return the condition ∫ψ_m ψ_n dx = 0."""

    def product(sample: Sample) -> Tensor:
        return sample[first].value * sample[second].value

    return Integral(f"overlap {first} {second}", product, 0.0)
