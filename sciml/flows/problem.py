"""Problems of density estimation: a flow trained on draws from a density that is known exactly."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from sciml.contracts.answer import Answer
from sciml.contracts.checks import Check, Comparison
from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import AbstractProblem, Settings
from sciml.contracts.reference import Measured, Reference, Sampled
from sciml.flows.consistency import ROWS, consistency
from sciml.flows.fields import FlowFields, rebuild
from sciml.flows.judge import Density, as_rows, judge, log_prob
from sciml.flows.recipe import FlowRecipe, Seeds
from sciml.numerics.domains import Array
from sciml.training.fit import Trained, fit

TEST_ROWS = 20_000  # fresh draws that the flow is judged on
GRID_CELLS = 10_000
DRAWS = 2_000  # of the flow, kept for pictures
GRID_SEED = 0  # of the draws that stand for a grid
SIGMAS = 4.0  # that an estimate may be off: a right one fails once in 16,000 times
ROUNDING = 1e-4  # nat, and share of a mass, that a flow in float32 may be off


class DensityProblem(AbstractProblem):
    """Find q ≈ p from draws of p by maximum likelihood, where p itself is known.

    Judged are, on fresh draws, the gap E_p[log p − log q] = KL(p ‖ q) and the mass ∫ q. The log-density on
    a grid, or on draws where there are more than two features, is kept for pictures and not judged: in its
    far tails, where hardly a draw ever falls, errors of many nats are harmless, and they would decide any
    norm.

    A subclass gives `density`, its `window` or the number of its `features`, and `samples`, the number of
    training rows.
    """

    kind: ClassVar[str] = "flow"
    equation: ClassVar[str] = "max_q E_p[log q(x)],  q(x) = p_Z(f(x)) |det df/dx|"
    method: ClassVar[str] = ""
    citation: ClassVar[str] = ""
    features: ClassVar[int] = 0

    samples: int

    @property
    @abstractmethod
    def density(self) -> Density:
        """The density p."""

    @property
    def window(self) -> tuple[tuple[float, float], ...]:
        """For each feature an interval; their product holds nearly all of p. Empty: there is no grid."""
        return ()

    def recipe(self, quick: bool = False) -> FlowRecipe:
        """Return sizes that bring the gap below 0.05 nat."""
        return FlowRecipe(max_steps=500, learning_rate=2e-2) if quick else FlowRecipe()

    def grid(self) -> tuple[Array, Array]:
        """Return points (n, features) and weights (n,): midpoints of cells of the window, else draws of p."""
        if not self.window:
            return self.density.sample(DRAWS, GRID_SEED), np.full(DRAWS, 1 / DRAWS)
        count = round(GRID_CELLS ** (1 / len(self.window)))
        sides = [low + (high - low) * (np.arange(count) + 0.5) / count for low, high in self.window]
        x = np.stack([part.ravel() for part in np.meshgrid(*sides, indexing="ij")], axis=1)
        return x, np.full(len(x), math.prod(high - low for low, high in self.window) / len(x))

    def reference(self) -> Reference:
        """Return the density itself, and its logarithm on the grid."""
        (x, weights), density = self.grid(), self.density
        values = density.log_prob(x)
        relative = density.error(x) * math.sqrt(len(x)) / float(np.linalg.norm(values[np.isfinite(values)]))
        error = density.error(density.sample(DRAWS, 0))
        return Reference(
            fields={"log_prob": Sampled(x, values, weights, relative)},
            log_prob=density.log_prob,
            kind="analytic",
            method=f"{self.method}, error of log p {max(error, 1e-15):.0e} nat where its draws lie",
            citation=self.citation,
        )

    def run(self, settings: Settings, monitor: Monitor) -> Answer:
        """Train a flow on draws from the density."""
        recipe, seeds = self.recipe(settings.quick), Seeds.of(settings.seed)
        data = self.density.sample(self.samples, seeds.data)
        made_of = recipe.spec(len(self.window) or self.features, settings.dtype or torch.float32)
        flow = made_of.build(seeds.network, data).to(settings.device)

        def loss(x: Tensor) -> Tensor:
            return -flow.log_prob(x).mean()

        plan = recipe.plan(settings.max_steps)
        trained = fit(flow, loss, as_rows(data, flow), plan, seed=seeds.batches, monitor=monitor)
        return self.answer(FlowFields(made_of, flow), trained, settings, monitor)

    def answer(self, fields: FlowFields, trained: Trained, settings: Settings, monitor: Monitor) -> Answer:
        """Return a trained flow with all that is measured on it."""
        flow, seeds, x = fields.flow, Seeds.of(settings.seed), self.grid()[0]
        judged = judge(self.density, flow, TEST_ROWS, (seeds.test, seeds.draws))
        draws = flow.sample(DRAWS, seed=seeds.draws).cpu().double().numpy()
        parts = consistency(flow, as_rows(self.density.sample(ROWS, seeds.test), flow), seed=seeds.draws)
        parameters = sum(p.numel() for p in flow.parameters())
        return Answer(
            status=trained.status,
            message=trained.message,
            units={"log_prob_gap": "nat", "test_log_prob": "nat"},
            stds={name: measured.error for name, measured in judged.items()},
            fields=fields,
            samples={"x": x, "log_prob": log_prob(flow, x), "samples": draws},
            metrics={name: measured.value for name, measured in judged.items()},
            certificates={"consistency": parts.certificate},
            stats={"steps": trained.steps, "best_step": trained.best_step, "parameters": parameters},
            doubts=(*trained.doubts, *parts.doubts, *_impossible(judged["log_prob_gap"])),
        )

    def compare(
        self, answer: Answer, *, quick: bool, start: str | None, reference: Reference | None
    ) -> Comparison:
        """Return the checks of gap and mass; `test_log_prob` is judged by the gap.

        The mass is judged in units of its standard error, and never more leniently than by the recipe.
        """
        recipe, reference = self.recipe(quick), reference or self.reference()
        (gap, gap_error), (mass, mass_error) = (
            (answer.metrics[name], answer.stds.get(name, 0.0)) for name in ("log_prob_gap", "mass")
        )
        allowed = SIGMAS * mass_error + ROUNDING if mass_error else recipe.mass_tolerance
        return Comparison(
            metrics=(
                Check("log_prob_gap", gap, 0.0, gap_error, recipe.tolerance, better="lower", unit="nat"),
                Check("mass", mass, 1.0, 0.0, min(allowed, recipe.mass_tolerance)),
            ),
            reference_kind=reference.kind,
            reference_method=reference.method,
        )

    def rebuild(self, model: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> FlowFields:
        """Return the fields of a saved solution."""
        return rebuild(model, tensors)


def _impossible(gap: Measured) -> tuple[str, ...]:
    """Return the doubt of a gap below zero, which no normalised density has, beyond its error."""
    if not gap.value < -SIGMAS * gap.error - ROUNDING:
        return ()
    return (f"the gap {gap.value:.4f} ± {gap.error:.4f} nat is below zero: draws and density do not agree",)
