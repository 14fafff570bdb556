"""The ZFK flame: a premixed flame of one reactant at constant density, its burning rate m unknown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from sciml.contracts.answer import Answer, Fields
from sciml.contracts.monitor import Monitor
from sciml.contracts.parameters import parameter
from sciml.contracts.problem import Settings
from sciml.contracts.reference import Reference, Sampled
from sciml.errors import ArgumentError
from sciml.flame.front_references import shoot
from sciml.flame.fronts import FrontRecipe, ThinFront
from sciml.flame.layers import graded
from sciml.flame.zfk import ZfkRate
from sciml.numerics.derivatives import Jet, exp, sigmoid
from sciml.numerics.domains import Interval
from sciml.numerics.networks import MLP
from sciml.pinn import Anchored, Pointwise, Sample, Scalar

COLD_EXPONENT = 20.0  # least β/(1 − γ): the unburnt gas reacts 2e-9 times as fast as the burnt
EASY = (5.0, 25.0, 1.0)  # β, β/(1 − γ) and Le of the first flame of a path
STRIDES = np.array([0.37, 0.74, 0.37])  # largest step of a path in the logarithm of each
SIZES = FrontRecipe(hidden=(12, 12), points=20, max_steps=300, stage_steps=30, loss=2e-8)


@dataclass(frozen=True)
class ZfkFlame(ThinFront):
    """A premixed flame of one reactant at constant density: the burning rate m, the fields theta and Y.

    Where Le ≠ 1 the first integral Y'/Le = m(θ + Y − 1) − θ' stands for the reactant's equation. With
    Y = (1 − θ) e^s it reads e^s(s' − θz')/Le − m(e^s − 1) + θz' = 0, and s' = 0 in the burnt gas. Lengths
    are in units of λ/(ρ s_L cp) of the flame with β → ∞. A path leads from β = 5 and Le = 1 to the flame.

    References:
        Ya. B. Zeldovich and D. A. Frank-Kamenetskii, Acta Physicochim. URSS 9, 341 (1938).
        W. B. Bush and F. E. Fendell, Combust. Sci. Technol. 1, 421 (1970).
    """

    equation: ClassVar[str] = (
        "theta'' - m theta' + w = 0,  Y''/Le - m Y' - w = 0,  "
        "w = beta^2/(2 Le) Y exp(-beta (1-theta)/(1 - gamma (1-theta)))"
    )
    speed: ClassVar[str] = "m"

    beta: float = parameter(
        10.0, "Zeldovich number; beta/(1 - gamma) must be at least 20", low=4.0, high=50.0
    )
    gamma: float = parameter(0.8, "heat release, (T_b - T_u)/T_b", low=0.0, high=0.9)
    Le: float = parameter(1.0, "Lewis number of the reactant", low=0.3, high=3.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rate.cold_exponent < COLD_EXPONENT * (1 - 1e-12):
            raise ArgumentError(
                f"parameters 'beta', 'gamma': got beta/(1 - gamma) = {self.rate.cold_exponent:.4g}, expected "
                "at least 20; below, the unburnt gas reacts too fast for a flame to exist (the cold-boundary "
                "difficulty)"
            )

    @property
    def rate(self) -> ZfkRate:
        """The rate law."""
        return ZfkRate(self.beta, self.gamma, self.Le)

    @property
    def outputs(self) -> int:
        """Two network outputs: the log-odds of θ, and s."""
        return 2

    @property
    def scalars(self) -> Mapping[str, Scalar]:
        """The burning rate, at first that for β → ∞."""
        return {"m": Scalar(1.0, positive=True)}

    @property
    def interval(self) -> Interval:
        """The box: from θ ≈ 1e-4, where nothing reacts, to 18 decay lengths behind the layer."""
        thickness = math.sqrt(2) / self.beta
        return graded(-9.0, self.layer + 18 * thickness, self.layer, thickness)

    def start(self, network: MLP, seed: int) -> None:
        """Start with s = 0, which solves the flame at Le = 1."""
        with torch.no_grad():
            network.weights[-1][1] = 0.0
            network.biases[-1][1] = 0.0

    def path(self) -> Sequence[Self]:
        """Return flames from an easy one to this one, even in the logarithms of β, β/(1 − γ) and Le."""
        start, end = np.log(EASY), np.log([self.beta, self.rate.cold_exponent, self.Le])
        count = math.ceil(np.abs((end - start) / STRIDES).max())
        return (*(self._stage(*np.exp(start + (end - start) * k / count)) for k in range(count)), self)

    def _stage(self, beta: float, cold_exponent: float, lewis: float) -> Self:
        gamma = max(0.0, 1 - beta / cold_exponent)
        return replace(self, beta=float(beta), gamma=float(gamma), Le=float(lewis))

    def recipe(self, quick: bool = False) -> FrontRecipe:
        """Return sizes; m to 5e-6 for Le = 1 and β ≤ 15, to 1e-4 for β ≤ 40, to 1e-3 beyond.

        Measured from 58 random starts: m to 2e-6 where easy, 1.1e-5 for β ≤ 40, 6e-5 at β = 50, Le = 3.
        """
        easy = self.Le == 1.0 and self.beta <= 15.0
        fields = 1e-5 if easy else 1e-4 if self.beta <= 40.0 else 1e-3
        sizes = replace(SIZES, tolerance=5e-6 if easy else fields, field_tolerance=fields)
        if quick:
            return replace(sizes, max_steps=80, loss=2e-8, tolerance=10 * fields, field_tolerance=10 * fields)
        return replace(sizes, loss=4e-9) if easy else sizes

    def growth(self, theta: Tensor) -> Tensor:
        """Return ω/(θ(1 − θ)) for Y = 1 − θ."""
        growth: Tensor = self.rate.omega(1 - theta, 1.0, torch) / theta
        return growth

    def source(self, at: Sample) -> Tensor:
        """Return ω/(θ(1 − θ)) for Y = (1 − θ)e^s."""
        return self.growth(at["theta"].value) * at["_s"].value.exp()

    def right_slope(self, at: Sample) -> Tensor:
        """Return κ, the decay rate of 1 − θ and Y in the burnt gas."""
        kappa: Tensor = self.rate.decay(at.scalars["m"], torch)
        return kappa

    def ansatz(self, raw: Jet, anchored: Anchored, x: Jet, scalars: Mapping[str, Tensor]) -> dict[str, Jet]:
        """Return θ = σ(z) and Y = (1 − θ)e^s."""
        fields, s = super().ansatz(raw, anchored, x, scalars), raw[:, 1]
        return {**fields, "Y": sigmoid(-fields["_z"]) * exp(s), "_s": s}

    def terms(self) -> tuple[Pointwise, ...]:
        """Return the front's rows, the first integral, and the burnt gas's constant Y/(1 − θ)."""
        return (
            *super().terms(),
            Pointwise("first integral", "interior", self._first_integral),
            Pointwise("burnt gas", "right", lambda at: at["_s"].first),
        )

    def _first_integral(self, at: Sample) -> Tensor:
        s, rise = at["_s"], at["theta"].value * at["_z"].first
        ratio = s.value.exp()
        return ratio * (s.first - rise) / self.Le - at.scalars["m"] * s.value.expm1() + rise

    def run_from(self, before: Fields | None, settings: Settings, monitor: Monitor) -> Answer:
        """Solve, and add the asymptotic burning rate for comparison."""
        return replace(
            super().run_from(before, settings, monitor), metrics={"m_asymptotic": self.rate.asymptotic}
        )

    def reference(self) -> Reference:
        """Return the flame found by shooting in the phase plane."""
        orbit, grid = shoot(self.rate), self.sampling()
        profiles = zip(("theta", "Y"), orbit(grid.points), strict=True)
        return Reference(
            scalars={"m": orbit.m},
            fields={
                name: Sampled(grid.points, values, grid.weights, orbit.m.error) for name, values in profiles
            },
            method="shooting in the phase plane (LSODA)",
            citation="Zeldovich, Barenblatt, Librovich and Makhviladze (1985), chapter 4",
        )
