"""Train a solved problem on with data, whose standard deviations are at first taken larger than they are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from sciml.contracts.monitor import Monitor
from sciml.contracts.status import Status
from sciml.numerics.networks import MLP
from sciml.optim import LevenbergMarquardt, Minimised
from sciml.optim.levenberg_marquardt import half_square
from sciml.pinn.inverse import Inferable, Measurements, Observed
from sciml.pinn.packing import assign, pack, unpack
from sciml.pinn.recipe import PinnRecipe
from sciml.pinn.system import ResidualSystem
from sciml.pinn.train import Minimisation, fit, trained_values
from sciml.pinn.uncertainty import Uncertainty, uncertainty

SHARPEST = 2e-5  # relative standard deviation below which the network's own error would decide
SHARE = 2e-2  # what the converged problem's own rows may add to the loss
STEADY = 0.01  # largest distance of settled estimates from the best ones, in standard errors
STILL = 0.05  # by which estimates move that stand still, in standard errors
PATIENCE = 3  # looks in a row at estimates that stand still, after which to stop
UNSOLVED = 1.0  # what the problem's own rows may add to the loss of settled estimates
ROUNDING = 1e-6  # largest step of settled estimates' logarithms
LARGEST = 0.1  # step of a logarithm taken at once
TINY = 1e-100  # in place of a step of zero
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
    """How the training ended.

    Attributes:
        minimisation: The last minimisation.
        uncertainty: The error bars; None where nothing finite was found.
        quiet: How many looks in a row, up to the last one, found the estimates where they had been.
    """

    minimisation: Minimisation
    uncertainty: Uncertainty | None
    quiet: int = 0

    @property
    def distance(self) -> float:
        """How far the estimates are from the best ones, in standard errors."""
        return math.inf if self.uncertainty is None else self.uncertainty.distance

    @property
    def solved(self) -> bool:
        """Whether the problem's own rows add little to the loss."""
        trained = 0.0 if self.uncertainty is None else self.uncertainty.trained
        return self.minimisation.result.loss - 0.5 * trained <= UNSOLVED

    @property
    def settled(self) -> bool:
        """Whether the problem is solved and the estimates are the best ones."""
        if self.uncertainty is None or not self.solved:
            return False
        rounding = float(self.uncertainty.step.abs().max()) <= ROUNDING
        return rounding or self.uncertainty.distance <= STEADY

    @property
    def still(self) -> bool:
        """Whether the training was stopped since the estimates moved no more."""
        return not self.settled and self.quiet >= PATIENCE

    def shift(self, other: Annealed, unknowns: Sequence[str]) -> float:
        """Return the largest distance between two sets of estimates, in standard errors of the later."""
        if self.uncertainty is None:
            return math.inf
        before, after = other.values, self.values
        return max(abs(after[name] - before[name]) / self.uncertainty.stds[name] for name in unknowns)

    @property
    def values(self) -> dict[str, float]:
        """Every trained scalar."""
        return trained_values(self.minimisation.system.problem.scalars, self.minimisation.raw)


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
        annealed = self._polish(network, self._look(network, self._train(FINAL, network, values)))
        while not (annealed.settled or annealed.still) and annealed.uncertainty and self._steps_left():
            values = self._moved(network, annealed)
            trained = self._look(network, self._train(FINAL, network, values), annealed)
            annealed = self._polish(network, trained)
        return annealed

    def _polish(self, network: MLP, annealed: Annealed) -> Annealed:
        """Make Gauss-Newton's steps alone as long as they halve what is left and keep the problem solved.

        Training balances the data against the problem's rows, which keeps the estimates off the best ones.
        """
        nearer = annealed
        while nearer.uncertainty and not nearer.settled and self._steps_left():
            annealed, theta = nearer, pack(network, nearer.minimisation.raw)
            moved = self._at(network, self._ahead(network, theta, nearer.uncertainty, 1.0))
            nearer = replace(self._look(network, moved), quiet=annealed.quiet)
            if not (nearer.solved and nearer.distance <= 0.5 * annealed.distance):
                self._at(network, theta)
                return annealed
        return nearer

    def _moved(self, network: MLP, annealed: Annealed) -> dict[str, float]:
        """Go towards the best estimates, not too far at once, and return the scalars."""
        bars, theta = annealed.uncertainty, pack(network, annealed.minimisation.raw)
        if bars is None:
            return annealed.values
        largest = max(float(bars.step.abs().max()), TINY)
        moved = self._at(network, self._ahead(network, theta, bars, min(1.0, LARGEST / largest)))
        return trained_values(self.problem.scalars, moved.raw)

    def _ahead(self, network: MLP, theta: Tensor, bars: Uncertainty, share: float) -> Tensor:
        """Return the parameters after a share of the step, the network moved so that least loss is left."""
        system = self._system(FINAL, network)
        trials: list[Tensor] = [theta + share * move for move in bars.moves]
        losses = [_finite(half_square(system(trial))) for trial in trials]
        return trials[losses.index(min(losses))]

    def _at(self, network: MLP, theta: Tensor) -> Minimisation:
        """Give the network these parameters, and return what is left there."""
        system = self._system(FINAL, network)
        layers, raw = unpack(theta, network.widths)
        assign(network, layers)
        loss = half_square(system(theta))
        status = Status.MAX_STEPS if math.isfinite(loss) else Status.NONFINITE
        return Minimisation(system, Minimised(theta, loss, math.nan, status, 0), raw.clone())

    def _train(self, stage: Stage, network: MLP, values: Mapping[str, float]) -> Minimisation:
        system, steps = self._system(stage, network), min(stage.steps, self._steps_left())
        return fit(system, network, values, LevenbergMarquardt(), steps, self.monitor.record)

    def _system(self, stage: Stage, network: MLP) -> ResidualSystem:
        softness = max(1.0, stage.noise / relative_noise(self.measured))
        form = Observed(self.problem, self.measured, softness, stage.share * self._weight)
        grid = self.problem.interval.quadrature(self.recipe.points)
        return ResidualSystem(form, network, grid, device=self.device)

    def _look(self, network: MLP, minimisation: Minimisation, before: Annealed | None = None) -> Annealed:
        if minimisation.result.status is Status.NONFINITE:
            return Annealed(minimisation, None)
        now = Annealed(minimisation, self._uncertainty(network, minimisation.raw))
        if before is None or now.shift(before, self.unknowns) > STILL:
            return now
        return replace(now, quiet=before.quiet + 1)

    def _uncertainty(self, network: MLP, raw: Tensor) -> Uncertainty:
        form = Observed(self.problem, self.measured)
        return uncertainty(form, network, raw, self.unknowns, self.recipe.points)

    @property
    def _weight(self) -> float:
        """The problem's weight at which its rows, as well solved as before, add `SHARE` to the loss."""
        return math.sqrt(SHARE / max(self.solved, self.recipe.loss))

    def _steps_left(self) -> int:
        return 0 if self.monitor.stop else max(0, self.recipe.max_steps - len(self.monitor.rows))


def _finite(loss: float) -> float:
    return loss if math.isfinite(loss) else math.inf


def relative_noise(measured: Measurements) -> float:
    """Return the smallest ratio, over the fields, of the norms of standard deviations and values."""
    ratios = (
        np.linalg.norm(measured.sigma[name]) / np.linalg.norm(values)
        for name, values in measured.values.items()
    )
    return float(min(ratios))
