"""Travelling fronts as residual problems: θ'' − cθ' + q(θ) = 0, θ(−∞) = 0, θ(∞) = 1, the speed c unknown.

With the log-odds θ = σ(z) the bounds hold exactly and θ' = θ(1 − θ)z'. Divided by θ(1 − θ) the equation is

    z'' + (1 − 2θ)z'² − cz' + g(θ) = 0,   g(θ) = q(θ)/(θ(1 − θ)),

of order one in both tails. There z is linear, with the slopes of the linearised equation,

    z' → (c + √(c² − 4g(0)))/2 on the left,   z' → (−c + √(c² + 4g(1)))/2 on the right.

θ(0), which is ½ unless a problem says otherwise, takes out the freedom to shift the profile.

References:
    P. Grindrod, The theory and applications of reaction-diffusion equations, Oxford (1996), chapter 2.
    J. D. Murray, Mathematical biology I, 3rd ed., Springer (2002), chapter 13.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from sciml.flame.layers import LayerInputs
from sciml.numerics.derivatives import Jet, sigmoid
from sciml.numerics.domains import Interval, Quadrature
from sciml.pinn import Anchored, Evidence, PinnRecipe, Pointwise, ResidualProblem, Sample, Scalar
from sciml.pinn.fields import PinnFields

SAMPLES = 200  # Gauss points on which a front is saved, compared and drawn
HALF = 15.0  # half the box: in tails e^{ξ/√2} as Nagumo's, θ has fallen to 2e-5 there
END = 0.05  # distance of θ from 0 and 1 at the ends of the box above which it is no front
ROUGH = 1e-2  # norm of a residual above which the equation is not solved


@dataclass(frozen=True)
class FrontRecipe(PinnRecipe):
    """Sizes for a front.

    Measured on Nagumo's front, a from 0.02 to 0.98, ten seeds each: c to within 7e-7, whatever its size (up
    to 0.68), θ to 2e-7, 157 steps at most.
    """

    max_steps: int = 400
    tolerance: float = 2e-6
    field_tolerance: float = 2e-6
    hidden: tuple[int, ...] = (16,)
    points: int = 64
    loss: float = 2e-11


QUICK = replace(FrontRecipe(), max_steps=150, loss=1e-9, tolerance=2e-5, field_tolerance=1e-5)


class Front(ResidualProblem):
    """A front from θ = 0 on the left to θ = 1 on the right, on a box that reaches into its linear tails.

    A subclass gives `growth`; g(0) < 0 < g(1) makes the speed unique. Where g(0) ≥ 0, the condition on the
    left tail chooses among the fronts.
    """

    kind: ClassVar[str] = "flame"
    equation: ClassVar[str] = "theta'' - c theta' + q(theta) = 0,  theta(-inf) = 0,  theta(inf) = 1"
    starts: ClassVar[tuple[str, ...]] = ("random",)
    methods: ClassVar[tuple[str, ...]] = ("lm", "broyden", "bfgs", "lbfgs", "adam")
    speed: ClassVar[str] = "c"
    pin: ClassVar[float] = 0.5

    @abstractmethod
    def growth(self, theta: Tensor) -> Tensor:
        """Return g(θ) = q(θ)/(θ(1 − θ)), finite at both ends."""

    def recipe(self, quick: bool = False) -> FrontRecipe:
        """Return sizes; the tolerance of c is relative to c, as any scalar's is."""
        return QUICK if quick else FrontRecipe()

    @property
    def interval(self) -> Interval:
        """The box, in units of the front's own width."""
        return Interval(-HALF, HALF)

    @property
    def anchors(self) -> tuple[float, ...]:
        """Where θ is pinned."""
        return (0.0,)

    @property
    def scalars(self) -> Mapping[str, Scalar]:
        """The speed, at first zero."""
        return {self.speed: Scalar(0.0)}

    def sampling(self) -> Quadrature:
        """Return points dense enough to draw a front."""
        return self.interval.without_interfaces().quadrature(SAMPLES)

    def ansatz(self, raw: Jet, anchored: Anchored, x: Jet, scalars: Mapping[str, Tensor]) -> dict[str, Jet]:
        """Return θ = σ(z), z = z₀ + x + N(x) − N(0): a random start that rises, so that it is a front."""
        log_odds = x + math.log(self.pin / (1 - self.pin)) + raw[:, 0] - anchored.value[:, 0, 0]
        return {"theta": sigmoid(log_odds), "_z": log_odds}

    def terms(self) -> tuple[Pointwise, ...]:
        """Return the divided equation, and the slope of z at both ends."""
        return (
            Pointwise("front", "interior", self._equation),
            Pointwise("left tail", "left", self._left),
            Pointwise("right tail", "right", self._right),
        )

    def source(self, at: Sample) -> Tensor:
        """Return g at the points."""
        return self.growth(at["theta"].value)

    def size(self, source: Tensor) -> Tensor | float:
        """Return what the equation is divided by, given g: one, unless a layer would outweigh the tails."""
        return 1.0

    def left_slope(self, at: Sample) -> Tensor:
        """Return z' at the left end."""
        c = at.scalars[self.speed]
        return 0.5 * (c + (c.square() - 4 * self.growth(torch.zeros_like(c))).sqrt())

    def right_slope(self, at: Sample) -> Tensor:
        """Return z' at the right end."""
        c = at.scalars[self.speed]
        return 0.5 * ((c.square() + 4 * self.growth(torch.ones_like(c))).sqrt() - c)

    def _equation(self, at: Sample) -> Tensor:
        z, theta, c, source = at["_z"], at["theta"].value, at.scalars[self.speed], self.source(at)
        whole = z.second + (1 - 2 * theta) * z.first.square() - c * z.first + source
        return whole / self.size(source)

    def _left(self, at: Sample) -> Tensor:
        return at["_z"].first - self.left_slope(at)

    def _right(self, at: Sample) -> Tensor:
        slope = self.right_slope(at)
        return (at["_z"].first - slope) / (1 + slope)

    def certify(self, fields: PinnFields) -> Evidence:
        """Return the ends, whether θ rises everywhere, and the residuals on twice as many points."""
        finer = self.interval.quadrature(2 * self.recipe().points)
        residuals = fields.residuals(finer)
        x = fields.raw.new_tensor([self.interval.left, *finer.points, self.interval.right])
        with torch.no_grad():
            theta = fields.jet(x)["theta"]
        left, right = float(theta.value[0]), float(theta.value[-1])
        shape = {"theta_left": left, "theta_right": right, "rises": rises(theta)}
        numbers = {f"residual of {name}": norm for name, norm in residuals.items()}
        return Evidence({self.speed: {**shape, **numbers}}, fault(left, right, rises(theta), residuals))


def rises(theta: Jet) -> bool:
    """Whether the slope is positive wherever θ can be told from one."""
    rounding = 4 * torch.finfo(theta.value.dtype).eps
    return bool(((theta.first > 0) | (theta.value > 1 - rounding)).all())


def fault(left: float, right: float, rising: bool, residuals: Mapping[str, float]) -> str:
    """Return why a profile is not a front, empty where it is one."""
    worst = max(residuals, key=lambda name: math.inf if math.isnan(residuals[name]) else residuals[name])
    wrong = {
        f"theta is {left:.2g} at the left end, not 0": not left < END,
        f"theta is {right:.2g} at the right end, not 1": not right > 1 - END,
        "theta does not rise everywhere": not rising,
        f"the residual of {worst} is {residuals[worst]:.1g}": not residuals[worst] < ROUGH,
    }
    faults = [words for words, holds in wrong.items() if holds]
    return f"not a front: {', '.join(faults)}" if faults else ""


class ThinFront(Front):
    """A front with a cold tail θ ∝ e^{cξ} and a thin reaction layer, where e^{cξ}/2 would reach one.

    The equation is divided by 1 + g(θ), which is of the order of z'² in the layer.
    """

    layer: ClassVar[float] = math.log(2.0)

    def inputs(self) -> LayerInputs:
        """Return the position, and the position magnified at the layer."""
        return LayerInputs(self.interval, self.layer)

    def size(self, source: Tensor) -> Tensor:
        """Return 1 + g."""
        return 1 + source

    def left_slope(self, at: Sample) -> Tensor:
        """Return z' = c/(1 − θ), which is θ' = cθ: no reaction."""
        return at.scalars[self.speed] / (1 - at["theta"].value)
