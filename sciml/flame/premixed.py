"""The freely propagating premixed flame of one equation, its burning velocity trained with its temperature.

With k = ρ_in s_L cp/λ the equation of `Mixture` is θ''/k² − θ'/k + Q = 0 for T = T_c + (T_max − T_c) θ. The
log-odds θ = σ(z) keep θ between its bounds; divided by θ(1 − θ) the equation is of order one in both tails,

    (z'' + (1 − 2θ)z'²)/k² − z'/k + Q/(θ(1 − θ)) = 0.

z = z₀ + B(x) + N(x) − N(0) − N'(0)x meets T(0) = T_in and T'(0) exactly, for every s_L. B is a fixed outline:
as steep as the preheat zone, and bent where the gas has burnt. The rows are weighted by √(1 − θ): a residual
ahead of the flame shifts all of it, one behind it moves T by 1 − θ times as much.

On the right the gas burns out algebraically, and the slow manifold θ'/k = Q/(1 − dQ/dθ) closes the equation,
some preheat zones beyond the fields that are reported.

References:
    J. Wu, S. Zhang, Y. Wu, G. Zhang, X. Li and H. Zhang, FlamePINN-1D, arXiv:2406.09071, case 1.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from sciml.contracts.answer import Answer, Fields
from sciml.contracts.checks import Comparison
from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import Settings
from sciml.contracts.reference import Reference
from sciml.flame.burning import Flame, PremixedFields, complete, first_guess
from sciml.flame.constants import CONSTANTS, FAR, classical_fit, constants_of, scrutinise
from sciml.flame.mixture import LENGTH, Mixture
from sciml.flame.premixed_checks import compare_flame, reference_on
from sciml.flame.premixed_scales import KNEE, Scales, outline
from sciml.numerics.derivatives import Jet, sigmoid
from sciml.numerics.domains import Interval, Quadrature
from sciml.numerics.networks import MLP
from sciml.pinn import Anchored, Evidence, Inferable, PinnRecipe, Pointwise, Sample, Scalar
from sciml.pinn.fields import PinnFields, rebuild
from sciml.pinn.inverse import Classical, Measurements, Scrutiny

SAMPLES = 401  # points of [0, LENGTH] on which fields are reported
MARGIN = 6.0  # preheat zones, by which the equation is solved further
DENSITY = 3.0  # points in a preheat zone
FEWEST = 160  # points in all, where the domain is short in preheat zones
STEEPNESS = 6.0  # largest first weight, for inputs in [-1, 1]
WIDE = 40.0  # preheat zones in a domain up to which it is enough
MORE = 17.0  # preheat zones beyond those for which as much is added once more
LAST = 0.1  # share of the last layer's random weights: the outline comes first
BOUND = 0.7  # largest |log(s_L/guess)|


@dataclass(frozen=True)
class PremixedRecipe(PinnRecipe):
    """Sizes for a premixed flame; tolerances are those of s_L, and of T in the L2 norm.

    Measured: see `problems/premixed_flame.py`.
    """

    max_steps: int = 500
    tolerance: float = 5e-6
    field_tolerance: float = 1e-5
    hidden: tuple[int, ...] = (16, 16)
    points: int = FEWEST
    loss: float = 2e-10


QUICK = replace(PremixedRecipe(), max_steps=400, tolerance=1e-4, field_tolerance=1e-4, loss=1e-8)


class PremixedFlame(Inferable):
    """A flame of a `mixture`, from x = 0 where T = T_in and T' is given, into the burnt gas."""

    kind: ClassVar[str] = "flame"
    equation: ClassVar[str] = (
        "rho_in s_L cp T' - lambda T'' = q w(T, s_L),  T(0) = T_in,  T'(0) given,  T -> T_max"
    )
    hard_constraints: bool = True
    thin_layer: bool = True

    @property
    @abstractmethod
    def mixture(self) -> Mixture:
        """The gas and its state."""

    def recipe(self, quick: bool = False) -> PremixedRecipe:
        """Return sizes that bring s_L to 5e-6 and T to 1e-5, `quick` both to 1e-4; more for a thin flame."""
        recipe, points = QUICK if quick else PremixedRecipe(), math.ceil(DENSITY * self._zones)
        steps = math.ceil(recipe.max_steps * max(1.0, self._zones / WIDE))
        return replace(recipe, points=max(FEWEST, points), max_steps=steps)

    @property
    def interval(self) -> Interval:
        """What is reported, and six preheat zones more [m]."""
        return Interval(0.0, LENGTH + MARGIN * self._thickness)

    @property
    def _thickness(self) -> float:
        return float(self.mixture.thickness(first_guess(self.mixture)))

    @property
    def _zones(self) -> float:
        """The length of the domain in preheat zones."""
        return self.interval.length / self._thickness

    def sampling(self) -> Quadrature:
        """Return the points of [0, 1.5 mm] on which fields are reported, with the trapezoidal rule."""
        x = np.linspace(0.0, LENGTH, SAMPLES)
        return Quadrature(x, np.convolve(np.diff(x), [0.5, 0.5]))

    @property
    def anchors(self) -> tuple[float, ...]:
        """Where T and T' are given."""
        return (0.0,)

    @property
    def scalars(self) -> Mapping[str, Scalar]:
        """The burning velocity, at first by `first_guess`, at most a factor of two away from it."""
        return {"s_L": Scalar(first_guess(self.mixture), positive=True, unit="m/s", bound=BOUND)}

    @property
    def constants(self) -> Mapping[str, Scalar]:
        """The constants of the mixture that may be inferred."""
        return constants_of(self.mixture)

    def freed(self, unknowns: Mapping[str, Scalar]) -> FreedFlame:
        """Return the flame with these constants among its scalars."""
        mixture = replace(self.mixture, **{name: scalar.guess for name, scalar in unknowns.items()})
        return FreedFlame(
            gas=mixture, unknowns=unknowns, hard_constraints=self.hard_constraints, thin_layer=self.thin_layer
        )

    def observed(self, at: Sample) -> Mapping[str, Tensor]:
        """Return T [K] and u [m/s]."""
        T = at["T"].value
        return {"T": T, "u": self.mixture.velocity(T, at.scalars["s_L"], torch)}

    def fitted(self, measured: Measurements, unknowns: Mapping[str, float]) -> Classical:
        """Return the least-squares fit through the flame in the phase plane."""
        return classical_fit(measured, replace(self.mixture, **unknowns), tuple(unknowns), self.sampling())

    def scrutinised(self, measured: Measurements, estimates: Mapping[str, float]) -> Scrutiny:
        """Return whether linear error bars hold, and what may be wrong with data that no flame fits."""
        return scrutinise(measured, replace(self.mixture, **estimates), tuple(estimates))

    @property
    def sensitive_to(self) -> Mapping[str, float]:
        """Every constant of the mixture."""
        return {item.name: float(getattr(self.mixture, item.name)) for item in fields(self.mixture)}

    def changed(self, constant: str, value: float) -> FreedFlame:
        """Return the flame of a mixture with one constant changed."""
        mixture = replace(self.mixture, **{constant: value})
        return FreedFlame(gas=mixture, hard_constraints=self.hard_constraints, thin_layer=self.thin_layer)

    def mixture_at(self, scalars: Mapping[str, float]) -> Mixture:
        """Return the mixture with the constants that are among the scalars."""
        constants = {name: scalars[name] for name in CONSTANTS if name in scalars}
        return replace(self.mixture, **constants) if constants else self.mixture

    def scales(self, scalars: Mapping[str, Tensor]) -> Scales:
        """Return the scales for trial scalars, among which may be any of the `constants`."""
        constants = {name: scalars.get(name, getattr(self.mixture, name)) for name in CONSTANTS}
        return Scales(self.mixture, scalars["s_L"], **constants)

    def start(self, network: MLP, seed: int) -> None:
        """Make the first layer steep enough for a thin flame, its knots spread over the domain."""
        if not self.thin_layer:
            return
        generator = torch.Generator().manual_seed(seed + 1)
        steepest = STEEPNESS * (1 + max(0.0, self._zones - WIDE) / MORE)
        weight, bias = network.layers[0]
        with torch.no_grad():
            weight.uniform_(-steepest, steepest, generator=generator)
            bias.copy_(-weight[:, 0] * bias.clone().uniform_(-1.0, 1.0, generator=generator))
            network.weights[-1].mul_(LAST)
            network.biases[-1].zero_()

    def ansatz(self, raw: Jet, anchored: Anchored, x: Jet, scalars: Mapping[str, Tensor]) -> dict[str, Jet]:
        """Return T, which meets T(0) and T'(0), with z and 1 − θ for the terms."""
        scales, network = self.scales(scalars), raw[:, 0]
        if self.hard_constraints:
            network = network - anchored.value[:, 0, 0] - x * anchored.slope[:, 0, 0]
        z = scales.first + outline(x * scales.tilt, scales.first - KNEE) + network
        unburnt = sigmoid(-z)
        return {"T": self.mixture.T_max - unburnt * scales.span, "_z": z, "_unburnt": unburnt}

    def terms(self) -> tuple[Pointwise, ...]:
        """Return the divided equation, the slow manifold, and what the ansatz does not meet by itself."""
        soft = (Pointwise("T(0)", "left", self._fresh), Pointwise("T'(0)", "left", self._slope))
        return (
            Pointwise("flame", "interior", self._equation, 1 / math.sqrt(self.interval.length)),
            Pointwise("burnt", "right", self._burnt),
            *(() if self.hard_constraints else soft),
        )

    def _equation(self, at: Sample) -> Tensor:
        scales, z, unburnt = self.scales(at.scalars), at["_z"], at["_unburnt"].value
        theta = torch.sigmoid(z.value)
        bend = (z.second + (unburnt - theta) * z.first.square()) / scales.k.square()
        source = scales.source(at["T"].value, unburnt)[0] / (theta * unburnt)
        return (bend - z.first / scales.k + source) * unburnt.sqrt()

    def _burnt(self, at: Sample) -> Tensor:
        scales, z, unburnt = self.scales(at.scalars), at["_z"], at["_unburnt"].value
        source, growth = scales.source(at["T"].value, unburnt)
        slow = source / (torch.sigmoid(z.value) * unburnt * (1 - growth))
        return (z.first / scales.k - slow) * unburnt.sqrt()

    def _fresh(self, at: Sample) -> Tensor:
        return at["_z"].value - self.scales(at.scalars).first

    def _slope(self, at: Sample) -> Tensor:
        return at["_z"].first / self.scales(at.scalars).tilt - 1

    def certify(self, fields: PinnFields) -> Evidence:
        """Return what is conserved, the end, and the residuals on twice as many points."""
        residuals = fields.residuals(self.interval.quadrature(2 * self.recipe().points))
        mixture = self.mixture_at(fields.scalars)
        flame = Flame.of(fields, mixture, self.interval)
        return Evidence({"s_L": flame.certificate(residuals)}, flame.fault(mixture, residuals["flame"]))

    def reference(self) -> Reference:
        """Return the flame by the phase plane, its error how far collocation differs."""
        return reference_on(self.sampling(), self.mixture)

    def compare(
        self, answer: Answer, *, quick: bool, start: str | None, reference: Reference | None
    ) -> Comparison:
        """Return the checks of s_L, fields, thickness and heat release."""
        checks = super().compare(answer, quick=quick, start=start, reference=reference)
        tolerance = self.recipe(quick).field_tolerance
        return compare_flame(checks, answer, self.mixture, LENGTH, tolerance)

    def run_from(self, before: Fields | None, settings: Settings, monitor: Monitor) -> Answer:
        """Solve with one network, beginning with that of a similar flame where it is given."""
        return self.finish(super().run_from(before, settings, monitor))

    def finish(self, answer: Answer) -> Answer:
        """Return the answer with all its fields, the flame's thickness and its heat release."""
        if not isinstance(answer.fields, PinnFields):
            return answer
        mixture = self.mixture_at(answer.fields.scalars)
        return complete(answer, mixture, Interval(0.0, LENGTH), self.sampling())

    def rebuild(self, model: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> PremixedFields:
        """Return the fields of a saved solution."""
        return PremixedFields.of(rebuild(self, model, tensors))


@dataclass(frozen=True)
class FreedFlame(PremixedFlame):
    """A flame of a given mixture, some of whose constants are scalars beside s_L.

    Attributes:
        gas: The mixture, with the first guesses.
        unknowns: The constants, trained or held.
    """

    gas: Mixture = field(default_factory=Mixture)
    unknowns: Mapping[str, Scalar] = field(default_factory=dict)
    hard_constraints: bool = True
    thin_layer: bool = True

    @property
    def mixture(self) -> Mixture:
        """The mixture with the first guesses."""
        return self.gas

    @property
    def scalars(self) -> Mapping[str, Scalar]:
        """The burning velocity, free to go far where a constant is, and the constants."""
        trained = any(scalar.trainable for scalar in self.unknowns.values())
        speed = super().scalars["s_L"]
        return {"s_L": replace(speed, bound=FAR) if trained else speed, **self.unknowns}
