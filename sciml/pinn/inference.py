"""What an inference found: its verdict, its numbers, and its checks against the classical fit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from sciml.contracts.answer import Answer
from sciml.contracts.checks import Check, Comparison
from sciml.contracts.compare import compare_with
from sciml.contracts.monitor import Monitor
from sciml.contracts.status import Status
from sciml.numerics.domains import Array
from sciml.pinn.anneal import Annealed
from sciml.pinn.fields import PinnFields
from sciml.pinn.inverse import DOUBTFUL, Classical, Inferable, Scrutiny
from sciml.pinn.problem import Evidence
from sciml.pinn.recipe import PinnRecipe
from sciml.pinn.solve import blame
from sciml.pinn.train import trained_values
from sciml.pinn.uncertainty import IDENTIFIED, Uncertainty, field_stds

AGREE = 0.2  # largest distance from the classical estimates, in their standard errors
ROUNDING = 1e-5  # relative distance that always passes: what a network can resolve
BARS = 0.05  # largest relative difference of the standard errors
MISFIT = 1e-2  # largest difference of χ²/n, of itself where it is above one
UNKNOWN = 1e3  # standard error, of its value, of a scalar of which the data say nothing
TINY = 1e-300  # in place of a χ² of zero, where data have no noise


@dataclass(frozen=True)
class Inference:
    """An annealed problem with its first guesses, and what the classical model says of the data."""

    problem: Inferable
    annealed: Annealed
    fields: PinnFields
    guesses: Mapping[str, float]
    monitor: Monitor
    scrutiny: Scrutiny = field(default_factory=Scrutiny)

    @property
    def values(self) -> dict[str, float]:
        """Every trained scalar."""
        return trained_values(self.problem.scalars, self.fields.raw)

    @property
    def bars(self) -> Uncertainty | None:
        """The error bars; None where nothing finite was found."""
        return self.annealed.uncertainty

    @cached_property
    def evidence(self) -> Evidence:
        """What the problem says of the fields."""
        return Evidence() if self.bars is None else self.problem.certify(self.fields)

    @property
    def p_value(self) -> float:
        """The probability of a χ² as large as this or larger, if the model and the errors are right."""
        from scipy.stats import chi2  # 0.4 CPU s, which a solve need not pay

        return 0.0 if self.bars is None else float(chi2.sf(self.bars.misfit, self.bars.freedom))

    @property
    def lost(self) -> tuple[str, ...]:
        """The unknowns that the data do not determine."""
        return () if self.bars is None else self.bars.unidentified(self.values)

    @property
    def stds(self) -> dict[str, float]:
        """Standard errors, without those of which the data say nothing."""
        bars = {} if self.bars is None else self.bars.stds
        return {name: std for name, std in bars.items() if std <= UNKNOWN * abs(self.values[name])}

    @property
    def status(self) -> Status:
        """How the inference ended."""
        if self.bars is None:
            return Status.NONFINITE
        if self.monitor.interrupted:
            return Status.INTERRUPTED
        if self.annealed.settled:
            return Status.INVALID if self.evidence.fault else Status.CONVERGED
        return Status.STALLED if self.annealed.still else Status.MAX_STEPS

    @property
    def message(self) -> str:
        """What that means, and what the data say of the model."""
        if self.bars is None:
            return f"{blame(self.annealed.minimisation)}; {self.status.advice}"
        lost = f"; not identifiable from these data: {', '.join(self.lost)}" if self.lost else ""
        distance = f"{self.annealed.distance:.2g} standard errors from the best ones"
        still = f"; the estimates stand still, {distance}" if self.annealed.still else ""
        fault = f"; {self.evidence.fault}" if self.evidence.fault else ""
        seen = f"chi-square {self.bars.misfit:.4g} for {self.bars.freedom} degrees of freedom"
        return f"{seen} (p = {self.p_value:.2g}){lost}{self._doubt}{fault}{still}; {self.status.advice}"

    @property
    def _doubt(self) -> str:
        """What may be wrong where the model does not fit the data."""
        if self.p_value >= DOUBTFUL:
            return ""
        suspects = f"; suspects: {'; '.join(self.scrutiny.suspects)}" if self.scrutiny.suspects else ""
        return f"; the model does not fit the data, or sigma is too small{suspects}"

    def field_stds(self) -> dict[str, Array]:
        """Return the standard error of each observable field on the sampling points, as `std_NAME`."""
        if self.bars is None:
            return {}
        network, x = self.fields.network, self.problem.sampling().points
        errors = field_stds(self.problem, network, self.fields.raw, self.bars.spread, x)
        return {std_of(name): error for name, error in errors.items()}

    @property
    def metrics(self) -> dict[str, float]:
        """χ²/n, its p-value, and the standard errors as numbers to be checked."""
        if self.bars is None:
            return {}
        statistics = {"chi_square": self.bars.misfit / self.bars.freedom, "p_value": self.p_value}
        return {**statistics, **{std_of(name): std for name, std in self.stds.items()}}

    def certificates(self) -> dict[str, Mapping[str, Any]]:
        """Return the problem's evidence, and for each unknown where it began and what it is mixed up with."""
        return {**self.evidence.certificates, **{name: self._certificate(name) for name in self.guesses}}

    def _certificate(self, name: str) -> dict[str, Any]:
        if self.bars is None:
            return {"guess": self.guesses[name]}
        i = self.bars.unknowns.index(name)
        others = zip(self.bars.unknowns, self.bars.correlation[i].tolist(), strict=True)
        mixed = {f"correlation with {other}": value for other, value in others if other != name}
        return {"guess": self.guesses[name], "identified": name not in self.lost, **mixed}


def compare_inference(answer: Answer, classical: Classical, recipe: PinnRecipe) -> Comparison:
    """Return the checks of estimates, error bars, χ² and fields, and whether the model fits the data.

    Estimates and fields are held against the classical fit's in units of their own standard errors. That of a
    constant which the data do not determine has no meaning, and is not checked.
    """
    comparison = compare_with(answer, classical.reference, recipe.tolerance, recipe.field_tolerance)
    estimates = (
        replace(check, tolerance=max(AGREE * classical.stds[check.name] / check.scale, ROUNDING))
        for check in comparison.scalars
    )
    fields = (
        replace(check, tolerance=max(AGREE * _relative_std(answer, check.name), check.tolerance))
        for check in comparison.fields
    )
    bars = (
        _metric(answer, std_of(name), std, BARS)
        for name, std in classical.stds.items()
        if std_of(name) in answer.metrics and std < IDENTIFIED * abs(classical.reference.scalars[name].value)
    )
    allowed = MISFIT * max(1.0, 1.0 / max(classical.chi_square, TINY))
    misfit = _metric(answer, "chi_square", classical.chi_square, allowed)
    doubt = Check("p_value", answer.metrics["p_value"], DOUBTFUL, 0.0, 0.0, better="higher")
    metrics = (*bars, misfit, doubt)
    return replace(comparison, scalars=tuple(estimates), fields=tuple(fields), metrics=metrics)


def _relative_std(answer: Answer, name: str) -> float:
    """Return the L2 norm of a field's standard error, of that of the field."""
    if std_of(name) not in answer.samples:
        return 0.0
    weights, values = answer.samples["weights"], answer.samples[name]
    return math.sqrt(float(weights @ answer.samples[std_of(name)] ** 2) / float(weights @ values**2))


def _metric(answer: Answer, name: str, reference: float, tolerance: float) -> Check:
    return Check(name, answer.metrics[name], reference, 0.0, tolerance, unit=answer.units.get(name, ""))


def std_of(name: str) -> str:
    """Return what the standard error of a scalar is called among the metrics."""
    return f"std_{name}"
