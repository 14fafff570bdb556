"""Energies whose integral is known: learned from the energy alone, and held against it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor

from sciml.contracts.answer import Answer
from sciml.contracts.checks import Check, Comparison
from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import AbstractProblem, Recipe, Settings
from sciml.contracts.reference import Measured, Reference
from sciml.flows.bases.mixture import GaussianMixture
from sciml.flows.consistency import ROWS, consistency
from sciml.flows.fields import FlowFields, rebuild
from sciml.flows.flow import Flow
from sciml.flows.judge import log_prob
from sciml.flows.spec import FlowSpec
from sciml.flows.uses.energy import PLAN, fitted
from sciml.flows.uses.energy_flow import HIDDEN, LAYERS, SPLINE
from sciml.runs.described import name_of

DRAWS = 2000  # of the flow, kept for pictures
QUICK_STEPS = 150
SIGMAS = 4.0  # that log Z may be off in units of its own error, where that is larger than the tolerance


class EnergyProblem(AbstractProblem):
    """Find q ≈ e^(−U)/Z and log Z from the energy U alone, where log Z is known.

    Judged are log Z, by the weights of fresh draws, and the share of effective draws.
    """

    kind: ClassVar[str] = "flow"
    equation: ClassVar[str] = "min_q E_q[log q + U],  log Z = log int exp(-U)"
    method: ClassVar[str] = ""
    citation: ClassVar[str] = ""
    least_effective: ClassVar[float] = 0.9

    @property
    @abstractmethod
    def features(self) -> int:
        """Columns of what U is a function of."""

    @abstractmethod
    def energy(self, x: Tensor) -> Tensor:
        """Return U, (n,), at rows (n, features)."""

    @abstractmethod
    def log_z(self) -> Measured:
        """Return log Z and its error."""

    def recipe(self, quick: bool = False) -> Recipe:
        """Return sizes that bring log Z within 0.02 nat."""
        return Recipe(max_steps=QUICK_STEPS if quick else PLAN.steps, tolerance=0.05 if quick else 0.02)

    def reference(self) -> Reference:
        """Return log Z."""
        return Reference(
            scalars={"log_z": self.log_z()}, kind="numerical", method=self.method, citation=self.citation
        )

    def run(self, settings: Settings, monitor: Monitor) -> Answer:
        """Fit a flow to the energy."""
        fit = fitted(
            self.energy,
            self.features,
            max_steps=settings.max_steps,
            seed=settings.seed,
            monitor=monitor,
            steps=self.recipe(settings.quick).max_steps,
        )
        draws = fit.sample(DRAWS, seed=settings.seed)
        parts = consistency(fit.flow, draws[:ROWS], seed=settings.seed)
        x = draws.double().numpy()
        return Answer(
            status=fit.status,
            message=fit.message,
            scalars={"log_z": fit.log_z},
            units={"log_z": "nat"},
            stds={"log_z": fit.log_z_std},
            fields=FlowFields(_spec(fit.flow), fit.flow),
            samples={"x": x, "log_prob": log_prob(fit.flow, x), "samples": x},
            metrics={"effective_share": fit.ess},
            certificates={
                "log_z": {"lower_bound": fit.bound.value, "std_error": fit.bound.error},
                "consistency": parts.certificate,
            },
            stats={"steps": self.planned_steps(settings)},
            doubts=(*fit.doubts, *parts.doubts),
        )

    def compare(
        self, answer: Answer, *, quick: bool, start: str | None, reference: Reference | None
    ) -> Comparison:
        """Return the checks: log Z in nats, never finer than four of its own errors, and effective draws."""
        known = (reference or self.reference()).scalars["log_z"]
        allowed = max(self.recipe(quick).tolerance, SIGMAS * answer.stds.get("log_z", 0.0))
        scale = abs(known.value) or 1.0  # errors of checks are relative
        least = self.least_effective
        return Comparison(
            scalars=(
                Check(
                    "log_z", answer.scalars["log_z"], known.value, known.error, allowed / scale, unit="nat"
                ),
            ),
            metrics=(
                Check("effective_share", answer.metrics["effective_share"], least, 0.0, 0.0, better="higher"),
            ),
            reference_kind="numerical",
            reference_method=self.method,
        )

    def rebuild(self, model: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> FlowFields:
        """Return the fields of a saved solution."""
        return rebuild(model, tensors)


def _spec(flow: Flow) -> FlowSpec:
    """Return what the flow of an energy is made of."""
    return FlowSpec(
        flow.features,
        layers=LAYERS,
        hidden=HIDDEN,
        bins=SPLINE.bins,
        bound=SPLINE.bound,
        dtype=name_of(next(flow.parameters()).dtype),
        base="mixture" if isinstance(flow.base, GaussianMixture) else "student-t",
        components=len(flow.base.logits) if isinstance(flow.base, GaussianMixture) else 1,
        prepare="whiten",
    )
