"""What a fit to a table is worth: its score beside the baselines', and the tests of its draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from sciml.contracts.checks import Check
from sciml.contracts.reference import Measured
from sciml.errors import ArgumentError
from sciml.tables.columns.encode import encode
from sciml.tables.fitting import Fitted, Rated, rate
from sciml.tables.judging.goodness import Calibration, calibrate, column_table
from sciml.tables.judging.ranks import Outcome, mass_of
from sciml.tables.judging.two_sample import classifier_test
from sciml.tables.model import TableDensity

if TYPE_CHECKING:
    import pandas as pd

LEAD, MASS = "lead_over_", "mass"
DRAWS = 20_000
WEIGHED = 5_000  # draws of the flow, and as many of a baseline, that weigh the flow's mass
SIGMAS = 4.0  # that the mass may be off: a right density fails once in 16,000 times


class Judgement:
    """A fit on held-out rows.

    Args:
        fitted: The fit.
        holdout: Rows that nothing was fitted to, at least two.
        seed: Of draws and classifiers.
    """

    def __init__(self, fitted: Fitted, holdout: pd.DataFrame, seed: int) -> None:
        self.fitted, self.holdout = fitted, holdout
        self.rated = rate(fitted, encode(holdout, fitted.flow.schema))
        self.drawn = self._draws(seed)
        self.draws = self.drawn.drop(columns=[column.name for column in fitted.density.schema.given])
        self.mass = self._mass(seed)
        self.calibration = self._calibration(seed)
        self.classifier = self._classifier(seed)

    @property
    def metrics(self) -> dict[str, float]:
        """The flow's mean log density, and by how much it is above each baseline's."""
        return {name: value for name, (value, _) in self._numbers().items()}

    @property
    def stds(self) -> dict[str, float]:
        """The standard errors of the metrics."""
        return {name: error for name, (_, error) in self._numbers().items()}

    def _numbers(self) -> dict[str, tuple[float, float]]:
        own = self.rated["flow"].score
        mass = {} if self.mass is None else {MASS: (self.mass.value, self.mass.error)}
        leads = {
            LEAD + name: (one.lead.value, one.lead.error)
            for name, one in self.rated.items()
            if name != "flow"
        }
        return {"test_log_prob": (own.value, own.error), **leads, **mass}

    @property
    def certificates(self) -> dict[str, dict[str, Any]]:
        """What each density scored and cost, and the tests of the draws."""
        found = {name: self._certificate(name, one) for name, one in self.rated.items()}
        found["calibration"] = _tested(self.calibration.worst)
        if self.classifier is not None:
            found["classifier"] = _tested(self.classifier)
        return found

    @property
    def columns(self) -> dict[str, Any]:
        """A line a column of held-out rows and draws; what is not a number is None."""
        lines = column_table(self.holdout[list(self.draws.columns)], self.draws).to_dict("index")
        return {str(name): {k: _plain(v) for k, v in line.items()} for name, line in lines.items()}

    def _certificate(self, name: str, one: Rated) -> dict[str, Any]:
        scores = {
            "test_log_prob": one.score.value,
            "std_error": one.score.error,
            "without_worst_2_percent": one.trimmed,
            "median": one.median,
        }
        portfolio = self.fitted.portfolio
        if portfolio is None:
            return scores
        rivals = {"flow": portfolio.flow, **{rival.name: rival for rival in portfolio.baselines}}
        return {**scores, "validation": rivals[name].validation, "cpu_s": rivals[name].seconds}

    def _draws(self, seed: int) -> pd.DataFrame:
        """Return draws of the density that was kept, under the holdout's given values where it has any."""
        density = self.fitted.density
        rows = self.holdout
        given = [column.name for column in density.schema.given]
        if given:
            times = max(1, DRAWS // len(rows))
            known = rows[given].iloc[np.tile(np.arange(len(rows)), times)]
            return density.sample(len(known), known, seed)
        return density.sample(max(DRAWS, len(rows)), seed=seed)

    def _mass(self, seed: int) -> Measured | None:
        """Return ∫ q of the flow by its draws and those of a baseline; None where rows are not complete."""
        flow, portfolio = self.fitted.flow, self.fitted.portfolio
        if portfolio is None or flow.schema.given or flow.schema.gaps:
            return None
        known = next(rival.density for rival in portfolio.savable if rival.name == "yeo-johnson-gaussian")
        other = TableDensity(flow.schema, flow.chain, known)
        draws = [one.sample(WEIGHED, seed=seed + i) for i, one in enumerate((flow, other))]
        q, r = ([one.log_prob(rows) for rows in draws] for one in (flow, other))
        return mass_of((q[0], q[1]), (r[0], r[1]))

    def _calibration(self, seed: int) -> Calibration:
        density, names = self.fitted.density, list(self.draws.columns)
        rows = self.holdout[names]
        if density.schema.given or rows.isna().any(axis=None):
            return calibrate(rows, self.draws, seed=seed)  # densities of draws need all that rows have
        known = density.log_prob(self.holdout), density.log_prob(self.draws)
        return calibrate(rows, self.draws, *known, seed=seed)

    def _classifier(self, seed: int) -> Outcome | None:
        """Return the test on complete rows, each beside a draw under the same given values."""
        rows = self.holdout[list(self.drawn.columns)].reset_index(drop=True)
        complete = rows[~rows.isna().any(axis=1)]
        try:
            return classifier_test(complete, self.drawn.iloc[complete.index], seed=seed)
        except ArgumentError:  # too few rows
            return None


def checks(metrics: Mapping[str, float], stds: Mapping[str, float]) -> tuple[Check, ...]:
    """Return the checks: each lead above 0 by more than its standard error, and a mass of 1."""
    leads = [
        Check(name, value, stds.get(name) or 0.0, 0.0, 0.0, better="higher", unit="nat")
        for name, value in metrics.items()
        if name.startswith(LEAD)
    ]
    if not leads or MASS not in metrics:
        return tuple(leads)
    return (*leads, Check(MASS, metrics[MASS], 1.0, SIGMAS * (stds.get(MASS) or 0.0), 0.0))


def sentence(fitted: Fitted, rated: Mapping[str, Rated]) -> str:
    """Say which density won, and by how much the flow leads or trails the nearest baseline."""
    portfolio = fitted.portfolio
    if portfolio is None:
        return "no real columns: the masses are exact, and there is no flow to compare"
    best = portfolio.best
    won = (
        f"the flow ({portfolio.flow.name}) is best on validation rows"
        if best is portfolio.flow
        else f"{best.name} is best on validation rows and was kept, not the flow ({portfolio.flow.name})"
    )
    others = {name: one.lead for name, one in rated.items() if name != "flow"}
    if not others:
        return won
    name, lead = min(others.items(), key=lambda item: item[1].value)
    word = "above" if lead.value > 0 else "below"
    by = f"{abs(lead.value):.2f} ± {lead.error:.2f} nat"
    return f"{won}; on the holdout the flow is {by} {word} {name}, the nearest"


def _tested(test: Outcome) -> dict[str, Any]:
    return {**asdict(test), "passed": test.passed}


def _plain(value: Any) -> float | None:  # noqa: ANN401
    return None if value is None or not np.isfinite(value) else float(value)
