"""Train a solved problem on with data, whose standard deviations are at first taken larger than they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from sciml.contracts.monitor import Monitor
from sciml.contracts.status import Status
from sciml.numerics.networks import MLP
from sciml.optim import LevenbergMarquardt
from sciml.pinn.inverse import Inferable, Measurements, Observed
from sciml.pinn.recipe import PinnRecipe
from sciml.pinn.system import ResidualSystem
from sciml.pinn.train import Minimisation, fit, trained_values
from sciml.pinn.uncertainty import Uncertainty, uncertainty

SHARPEST = 2e-5  # relative standard deviation below which the network's own error would decide
SHARE = 2e-2  # what the converged problem's own rows may add to the loss
STEADY = 0.01  # largest distance of settled estimates from the best ones, in standard errors
ROUNDING = 1e-6  # largest step of settled estimates' logarithms
LARGEST = 0.1  # step of a logarithm taken at once
CHUNK = 20  # steps between two looks at whether the estimates have settled


@dataclass(frozen=True)
class Stage:
    """Data taken to be no more exact than `noise`, with a `share` of the final weight of the problem."""

    noise: float
    share: float
    steps: int


# From loose data and a loose problem to what they are: each stage begins where the last ended.
STAGES = (Stage(0.2, 0.01, 40), Stage(0.05, 0.1, 30))
FINAL = Stage(SHARPEST, 1.0, CHUNK)


@dataclass(frozen=True)
class Annealed:
    """How the training ended: the last minimisation, the error bars, and whether estimates have settled."""

    minimisation: Minimisation
    uncertainty: Uncertainty | None
    settled: bool = False


@dataclass(frozen=True)
class Annealer:
    """How a problem is trained with data by Levenberg-Marquardt.

    Attributes:
        problem: The problem, its unknowns among its trained scalars.
        measured: The data.
        unknowns: Names of the inferred constants.
        recipe: Sizes; `max_steps` is for all stages together.
        solved: The loss ½‖r‖² that the problem itself was solved to.
        monitor: Gets a row a step, and says when to stop.
        device: Where to compute.
    """

    problem: Inferable
    measured: Measurements
    unknowns: tuple[str, ...]
    recipe: PinnRecipe
    solved: float
    monitor: Monitor
    device: str = "cpu"

    def __call__(self, network: MLP, values: Mapping[str, float]) -> Annealed:
        """Train from a solution for the first guesses; `network` gets the parameters."""
        for stage in STAGES:
            minimisation = self._train(stage, network, values)
            values = trained_values(self.problem.scalars, minimisation.raw)
        annealed = self._look(network, self._train(FINAL, network, values))
        while not annealed.settled and annealed.uncertainty and self._steps_left():
            step = annealed.uncertainty.step
            raw = annealed.minimisation.raw + step * min(1.0, LARGEST / float(step.abs().max()))
            values = trained_values(self.problem.scalars, raw)
            annealed = self._look(network, self._train(FINAL, network, values))
        return annealed

    def _train(self, stage: Stage, network: MLP, values: Mapping[str, float]) -> Minimisation:
        softness = max(1.0, stage.noise / relative_noise(self.measured))
        form = Observed(self.problem, self.measured, softness, stage.share * self._weight)
        grid = self.problem.interval.quadrature(self.recipe.points)
        system = ResidualSystem(form, network, grid, device=self.device)
        steps = min(stage.steps, self._steps_left())
        return fit(system, network, values, LevenbergMarquardt(), steps, self.monitor.record)

    def _look(self, network: MLP, minimisation: Minimisation) -> Annealed:
        if minimisation.result.status is Status.NONFINITE:
            return Annealed(minimisation, None)
        bars = self._uncertainty(network, minimisation.raw)
        rounding = float(bars.step.abs().max()) <= ROUNDING
        return Annealed(minimisation, bars, bars.distance <= STEADY or rounding)

    def _uncertainty(self, network: MLP, raw: Tensor) -> Uncertainty:
        form = Observed(self.problem, self.measured)
        return uncertainty(form, network, raw, self.unknowns, self.recipe.points)

    @property
    def _weight(self) -> float:
        """The problem's weight at which its rows, as well solved as before, add `SHARE` to the loss."""
        return math.sqrt(SHARE / max(self.solved, self.recipe.loss))

    def _steps_left(self) -> int:
        return 0 if self.monitor.stop else max(0, self.recipe.max_steps - len(self.monitor.rows))


def relative_noise(measured: Measurements) -> float:
    """Return the smallest ratio, over the fields, of the norms of standard deviations and values."""
    ratios = (
        np.linalg.norm(measured.sigma[name]) / np.linalg.norm(values)
        for name, values in measured.values.items()
    )
    return float(min(ratios))
