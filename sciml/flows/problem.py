"""Problems of density estimation: a flow trained on draws from a density that is known exactly."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import torch
from torch import Tensor

from sciml.checks import Check, Comparison
from sciml.flows.fields import CouplingSpec, FlowFields, rebuild
from sciml.flows.judge import Density, as_rows, judge, log_prob
from sciml.monitor import Monitor
from sciml.problem import AbstractProblem, Recipe, Settings
from sciml.reference import Array, Reference, Sampled
from sciml.solution import Solution
from sciml.training.minibatch import Minibatch, Trained, fit

TEST_ROWS = 20_000  # fresh draws that the flow is judged on
GRID_CELLS = 10_000
DRAWS = 2_000  # of the flow, kept for pictures


@dataclass(frozen=True)
class FlowRecipe(Recipe):
    """Sizes of a coupling flow and of its training.

    Attributes:
        max_steps: Steps planned.
        tolerance: Largest gap to the truth, in nats.
        mass_tolerance: Largest deviation of ∫ q from 1.
        layers: Coupling layers.
        hidden: Widths of each conditioner.
        bins: Bins of a spline.
        bound: Half the length of the interval where the splines act.
        batch: Rows a step.
        learning_rate: The first, of a cosine schedule.
    """

    max_steps: int = 1500
    tolerance: float = 0.05
    mass_tolerance: float = 0.01
    layers: int = 4
    hidden: tuple[int, ...] = (32, 32)
    bins: int = 8
    bound: float = 5.0
    batch: int = 256
    learning_rate: float = 1e-2

    def spec(self, features: int, dtype: torch.dtype) -> CouplingSpec:
        """Return what the flow is made of."""
        name = str(dtype).removeprefix("torch.")
        return CouplingSpec(features, self.layers, self.hidden, self.bins, self.bound, name)

    def plan(self, max_steps: int | None) -> Minibatch:
        """Return the plan of the training, with `max_steps` steps where that is given."""
        return Minibatch(self.max_steps, self.batch, self.learning_rate, max_steps)


class Seeds(NamedTuple):
    """Independent seeds, all from one."""

    data: int
    network: int
    batches: int
    test: int
    draws: int

    @classmethod
    def of(cls, seed: int) -> Self:
        """Return the seeds that come of one."""
        return cls(*(int(word) for word in np.random.SeedSequence(seed).generate_state(5)))


class DensityProblem(AbstractProblem):
    """Find q ≈ p from draws of p by maximum likelihood, where p itself is known.

    Judged are, on fresh draws, the gap E_p[log p − log q] = KL(p ‖ q) and the mass ∫ q. The log-density on
    a grid is kept for pictures and not judged: in its far tails, where hardly a draw ever falls, errors of
    many nats are harmless, and they would decide any norm.

    A subclass gives `density`, `window`, and `samples`, the number of training rows.
    """

    kind: ClassVar[str] = "flow"
    equation: ClassVar[str] = "max_q E_p[log q(x)],  q(x) = p_Z(f(x)) |det df/dx|"
    method: ClassVar[str] = ""
    citation: ClassVar[str] = ""

    samples: int

    @property
    @abstractmethod
    def density(self) -> Density:
        """The density p."""

    @property
    @abstractmethod
    def window(self) -> tuple[tuple[float, float], ...]:
        """For each feature an interval; their product holds nearly all of p."""

    def recipe(self, quick: bool = False) -> FlowRecipe:
        """Return sizes that bring the gap below 0.05 nat."""
        return FlowRecipe(max_steps=500, learning_rate=2e-2) if quick else FlowRecipe()

    def grid(self) -> Array:
        """Return the midpoints of a regular grid over the window, (n, features)."""
        count = round(GRID_CELLS ** (1 / len(self.window)))
        sides = [low + (high - low) * (np.arange(count) + 0.5) / count for low, high in self.window]
        return np.stack([part.ravel() for part in np.meshgrid(*sides, indexing="ij")], axis=1)

    def reference(self) -> Reference:
        """Return the density itself, and its logarithm on the grid."""
        x, density = self.grid(), self.density
        values = density.log_prob(x)
        cell = math.prod(high - low for low, high in self.window) / len(x)
        relative = density.error(x) * math.sqrt(len(x)) / float(np.linalg.norm(values))
        error = density.error(density.sample(DRAWS, 0))
        return Reference(
            fields={"log_prob": Sampled(x, values, np.full(len(x), cell), relative)},
            log_prob=density.log_prob,
            kind="analytic",
            method=f"{self.method}, error of log p {max(error, 1e-15):.0e} nat where its draws lie",
            citation=self.citation,
        )

    def run(self, settings: Settings, monitor: Monitor) -> Solution:
        """Train a flow on draws from the density."""
        recipe, seeds = self.recipe(settings.quick), Seeds.of(settings.seed)
        made_of = recipe.spec(len(self.window), settings.dtype or torch.float32)
        flow = made_of.build(seeds.network).to(settings.device)

        def loss(x: Tensor) -> Tensor:
            return -flow.log_prob(x).mean()

        rows = as_rows(self.density.sample(self.samples, seeds.data), flow)
        plan = recipe.plan(settings.max_steps)
        trained = fit(flow, loss, rows, plan, seed=seeds.batches, monitor=monitor)
        return self.solution(FlowFields(made_of, flow), trained, settings, monitor)

    def solution(
        self, fields: FlowFields, trained: Trained, settings: Settings, monitor: Monitor
    ) -> Solution:
        """Return a trained flow with all that is measured on it."""
        flow, seeds, x = fields.flow, Seeds.of(settings.seed), self.grid()
        judged = judge(self.density, flow, TEST_ROWS, (seeds.test, seeds.draws))
        draws = flow.sample(DRAWS, seed=seeds.draws).cpu().double().numpy()
        parameters = sum(p.numel() for p in flow.parameters())
        return Solution(
            name=self.name,
            kind=self.kind,
            status=trained.status,
            message=trained.message,
            parameters=self.parameters,
            units={"log_prob_gap": "nat", "test_log_prob": "nat"},
            stds={name: measured.error for name, measured in judged.items()},
            fields=fields,
            samples={"x": x, "log_prob": log_prob(flow, x), "samples": draws},
            metrics={name: measured.value for name, measured in judged.items()},
            history=tuple(monitor.rows),
            stats={"steps": trained.steps, "best_step": trained.best_step, "parameters": parameters},
            seed=settings.seed,
            quick=settings.quick,
            problem=self,
        )

    def compare(self, solution: Solution) -> Comparison:
        """Return the checks of gap and mass; `test_log_prob` is judged by the gap."""
        recipe, reference = self.recipe(solution.quick), solution.reference or self.reference()
        gap, mass = (
            (name, solution.metrics[name], target, solution.stds.get(name, 0.0))
            for name, target in (("log_prob_gap", 0.0), ("mass", 1.0))
        )
        return Comparison(
            metrics=(
                Check(*gap, recipe.tolerance, better="lower", unit="nat"),
                Check(*mass, recipe.mass_tolerance),
            ),
            reference_kind=reference.kind,
            reference_method=reference.method,
        )

    def rebuild(self, model: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> FlowFields:
        """Return the fields of a saved solution."""
        return rebuild(model, tensors)
