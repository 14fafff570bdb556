"""Posteriors that are known: learned from simulations, and held against the exact ones."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from sciml.contracts.answer import Answer, Fields
from sciml.contracts.checks import Check, Comparison
from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import AbstractProblem, Recipe, Settings
from sciml.contracts.reference import Measured, Reference, Sampled
from sciml.flows.consistency import ROWS, consistency
from sciml.flows.judge import mean_of
from sciml.flows.uses.calibration import SIZE
from sciml.flows.uses.fit_posterior import fitted
from sciml.flows.uses.posterior import Posterior
from sciml.flows.uses.stored import rebuilt, tensors_of
from sciml.numerics.domains import Array
from sciml.numerics.seeds import independent

TEST_ROWS = 1000  # fresh simulations that the posterior is judged on
GRID_CELLS = 10_000
DRAWS = 2000  # of the posterior at one observation, kept for pictures
SIGMAS = 4.0  # that an estimate may be off


@dataclass(frozen=True)
class PosteriorRecipe(Recipe):
    """How many rows are simulated.

    Attributes:
        max_steps: Steps planned, of all networks.
        tolerance: Largest KL divergence from the exact posterior, nats, a mean over observations.
        rows: Simulations to learn from.
    """

    max_steps: int = 2700
    tolerance: float = 0.02
    rows: int = 10_000


class PosteriorFields(Fields):
    """The field log q(θ | x) at one observation x."""

    def __init__(self, posterior: Posterior, observation: Array) -> None:
        self.posterior, self.observation = posterior, observation

    @property
    def spec(self) -> Mapping[str, Any]:
        """What the posterior is made of."""
        return self.posterior.values

    @property
    def tensors(self) -> Mapping[str, Tensor]:
        """Its parameters."""
        return tensors_of(self.posterior)

    @property
    def finite(self) -> bool:
        """Whether the network's numbers are; a bound that is not there is infinite."""
        return all(bool(x.isfinite().all()) for x in self.posterior.network.state_dict().values())

    @property
    def dtype(self) -> torch.dtype:
        """The type of the parameters θ; the network's is float32."""
        return torch.float64

    def __call__(self, x: Tensor) -> dict[str, Tensor]:
        """Return `log_prob` at the parameters `x` (n, p), in nats."""
        return {"log_prob": torch.from_numpy(self.posterior.log_prob(x, self.observation))}


class PosteriorProblem(AbstractProblem):
    """Find q(θ | x) ≈ p(θ | x) from pairs drawn from prior and simulator, where the posterior is known.

    Judged on fresh pairs are the divergence E[log p(θ | x) − log q(θ | x)], a mean over observations, and
    the calibration, which knows nothing of p(θ | x).
    """

    kind: ClassVar[str] = "flow"
    equation: ClassVar[str] = "max_q E log q(theta | x),  (theta, x) ~ p(theta) p(x | theta)"
    method: ClassVar[str] = "posterior in closed form"
    citation: ClassVar[str] = ""
    bounds: ClassVar[tuple[tuple[float | None, float | None], ...] | None] = None

    @property
    @abstractmethod
    def observation(self) -> Array:
        """One observation, (d,), at which the posterior is shown."""

    @property
    def window(self) -> tuple[tuple[float, float], ...]:
        """For each of two parameters an interval that holds their posterior there; else empty: no grid."""
        return ()

    @abstractmethod
    def prior(self, n: int, rng: np.random.Generator) -> Array:
        """Return n draws of the prior, (n, p)."""

    @abstractmethod
    def simulate(self, theta: Array, rng: np.random.Generator) -> Array:
        """Return what is observed with each row of parameters, (n, d)."""

    @abstractmethod
    def log_posterior(self, theta: Array, x: Array) -> Array:
        """Return the exact log p(θ | x), row by row, in nats."""

    def recipe(self, quick: bool = False) -> PosteriorRecipe:
        """Return sizes that bring the divergence below 0.02 nat."""
        return PosteriorRecipe(rows=4000, tolerance=0.04) if quick else PosteriorRecipe()

    def pairs(self, n: int, seed: int) -> tuple[Array, Array]:
        """Return n draws of parameters and what is observed with them."""
        rng = np.random.default_rng(seed)
        theta = self.prior(n, rng)
        return theta, self.simulate(theta, rng)

    def reference(self) -> Reference:
        """Return the exact posterior at the observation."""
        x, weights = self._points()
        values = self.log_posterior(x, np.tile(self.observation, (len(x), 1)))
        return Reference(
            fields={"log_prob": Sampled(x, values, weights)},
            kind="analytic",
            method=self.method,
            citation=self.citation,
        )

    def run(self, settings: Settings, monitor: Monitor) -> Answer:
        """Fit a posterior to simulations, and judge it on others."""
        recipe = self.recipe(settings.quick)
        seeds = independent(settings.seed, 4)
        theta, x = self.pairs(recipe.rows, seeds[0])
        posterior = fitted(
            theta, x, bounds=self.bounds, seed=seeds[1], monitor=monitor, max_steps=settings.max_steps
        )
        return self._answer(posterior, settings, (seeds[2], seeds[3]))

    def _answer(self, posterior: Posterior, settings: Settings, seeds: tuple[int, int]) -> Answer:
        theta, x = self.pairs(TEST_ROWS, seeds[0])
        gap = mean_of(self.log_posterior(theta, x) - posterior.log_prob(theta, x))
        found = posterior.calibration(theta, x, seed=seeds[1])
        points = self._points()[0]
        fields = PosteriorFields(posterior, self.observation)
        doubts = (*_consistent(posterior, theta, x, seeds[1]), *_impossible(gap))
        no_step = ("the networks were trained for no step",) if settings.max_steps == 0 else ()
        return Answer(
            status=posterior.status,
            message=posterior.message,
            units={"log_prob_gap": "nat"},
            stds={"log_prob_gap": gap.error},
            fields=fields,
            samples={
                "x": points,
                "log_prob": fields(torch.from_numpy(points))["log_prob"].numpy(),
                "samples": posterior.sample(DRAWS, self.observation, seeds[1]),
            },
            metrics={"log_prob_gap": gap.value, "calibration_p": found.p_value, **_widths(found.spread)},
            certificates={"gain": {"nats": posterior.gain.value, "std_error": posterior.gain.error}},
            remarks=posterior.remarks,
            doubts=(*no_step, *doubts, *found.doubts),
        )

    def compare(
        self, answer: Answer, *, quick: bool, start: str | None, reference: Reference | None
    ) -> Comparison:
        """Return the checks of divergence and calibration."""
        gap, tolerance = answer.metrics["log_prob_gap"], self.recipe(quick).tolerance
        error, p_value = answer.stds.get("log_prob_gap", 0.0), answer.metrics["calibration_p"]
        return Comparison(
            metrics=(
                Check("log_prob_gap", gap, 0.0, error, tolerance, better="lower", unit="nat"),
                Check("calibration_p", p_value, SIZE, 0.0, 0.0, better="higher"),
            ),
            reference_kind="analytic",
            reference_method=self.method,
        )

    def rebuild(self, model: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> PosteriorFields:
        """Return the fields of a saved solution."""
        return PosteriorFields(Posterior(**rebuilt(model, tensors)), self.observation)

    def _points(self) -> tuple[Array, Array]:
        """Return parameters (n, p) and weights (n,): a grid on the window, else draws of the prior."""
        if not self.window:
            return self.prior(DRAWS, np.random.default_rng(0)), np.full(DRAWS, 1 / DRAWS)
        count = round(GRID_CELLS ** (1 / len(self.window)))
        sides = [low + (high - low) * (np.arange(count) + 0.5) / count for low, high in self.window]
        x = np.stack([part.ravel() for part in np.meshgrid(*sides, indexing="ij")], axis=1)
        return x, np.full(len(x), math.prod(high - low for low, high in self.window) / len(x))


def _widths(spread: tuple[Measured, ...]) -> dict[str, float]:
    return {f"spread_{i}": each.value for i, each in enumerate(spread)}


def _consistent(posterior: Posterior, theta: Array, x: Array, seed: int) -> tuple[str, ...]:
    """Return the doubts of a flow whose map, density and draws do not belong together."""
    network = posterior.network
    u = torch.from_numpy(posterior.ranges.encode(theta[:ROWS])[0]).float()
    with torch.no_grad():
        context = network.embedding(posterior.scaling.encode(x[:ROWS]))
    return consistency(network.flow, u, context, seed=seed).doubts


def _impossible(gap: Measured) -> tuple[str, ...]:
    """Return the doubt of a divergence below zero, which no normalised density has, beyond its error."""
    if not gap.value < -SIGMAS * gap.error:
        return ()
    return (f"the divergence {gap.value:.4f} ± {gap.error:.4f} nat is below zero: some density is off",)
