"""What a fit to a table is worth: its score beside the baselines', and the tests of its draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sciml.contracts.reference import Measured
from sciml.errors import ArgumentError
from sciml.tables.arrays import Array
from sciml.tables.columns.encode import encode
from sciml.tables.fitting import Fitted, Rated, rate
from sciml.tables.judging.doubts import doubts
from sciml.tables.judging.goodness import LOG_DENSITY, Calibration, calibrate, column_table
from sciml.tables.judging.ranks import Outcome, mass_of
from sciml.tables.judging.standing import standing_doubts
from sciml.tables.judging.two_sample import classifier_test
from sciml.tables.judging.verdict import LEAD, MASS
from sciml.tables.model import TableDensity

if TYPE_CHECKING:
    import pandas as pd

OVERLAPPING = "yeo-johnson-gaussian"  # the baseline whose draws weigh the flow's mass
DRAWS = 20_000  # of the density that was kept: beside so many, the holdout's noise is all that counts
WEIGHED = 5_000  # draws of the flow, and as many of a baseline, that weigh the flow's mass


@dataclass(frozen=True)
class Judgement:
    """A fit on held-out rows; see `judge`.

    Attributes:
        fitted: The fit.
        holdout: The held-out rows, as tests compare them.
        draws: Rows of the density that was kept, without its given columns, as tests compare them.
        rated: Each density on the held-out rows, by its name.
        mass: ∫ q of the flow and its standard error; None where it cannot be estimated.
        calibration: Ranks of the held-out rows among the draws.
        classifier: The two-sample test; None for too few rows.
        doubts: What forbids PASS, a sentence each.
    """

    fitted: Fitted
    holdout: pd.DataFrame
    draws: pd.DataFrame
    rated: Mapping[str, Rated]
    mass: Measured | None
    calibration: Calibration
    classifier: Outcome | None
    doubts: tuple[str, ...] = ()

    @property
    def mismatches(self) -> tuple[str, ...]:
        """Where draws do not match held-out rows, a sentence each."""
        columns = [test.name for test in self.calibration.tests if not test.passed]
        told = ", ".join("their log density" if name == LOG_DENSITY else f"`{name}`" for name in columns)
        found = [f"draws do not match {told} (p = {self.calibration.worst.p_value:.0e})"] if columns else []
        if self.classifier is not None and not self.classifier.passed:
            area, p_value = self.classifier.statistic, self.classifier.p_value
            found.append(f"a classifier tells draws from rows (AUC {area:.2f}, p = {p_value:.0e})")
        return tuple(found)

    @property
    def matching(self) -> str:
        """What was found of the draws, in a clause."""
        if self.mismatches:
            return "; ".join(self.mismatches)
        classifier = "" if self.classifier is None else f", classifier p = {self.classifier.p_value:.2g}"
        return f"draws match by column (p = {self.calibration.worst.p_value:.2g}{classifier})"

    @property
    def metrics(self) -> dict[str, float]:
        """The flow's mean log density, and by how much it is above each baseline's."""
        return {name: measured.value for name, measured in self._measured().items()}

    @property
    def stds(self) -> dict[str, float]:
        """The standard errors of the metrics."""
        return {name: measured.error for name, measured in self._measured().items()}

    def _measured(self) -> dict[str, Measured]:
        leads = {LEAD + name: rated.lead for name, rated in self.rated.items() if name != "flow"}
        mass = {} if self.mass is None else {MASS: self.mass}
        return {"test_log_prob": self.rated["flow"].score, **leads, **mass}

    @property
    def certificates(self) -> dict[str, dict[str, Any]]:
        """What each density scored and cost, and the tests of the draws."""
        certificates = {name: self._certificate(name, rated) for name, rated in self.rated.items()}
        certificates["calibration"] = _tested(self.calibration.worst)
        if self.classifier is not None:
            certificates["classifier"] = _tested(self.classifier)
        return certificates

    @property
    def columns(self) -> dict[str, Any]:
        """A line a column of held-out rows and draws; what is not a number is None."""
        lines = column_table(self.holdout[list(self.draws.columns)], self.draws).to_dict("index")
        return {str(name): {k: _plain(v) for k, v in line.items()} for name, line in lines.items()}

    def _certificate(self, name: str, rated: Rated) -> dict[str, Any]:
        scores = {
            "test_log_prob": rated.score.value,
            "std_error": rated.score.error,
            "without_worst_2_percent": rated.trimmed,
            "median": rated.median,
        }
        portfolio = self.fitted.portfolio
        if portfolio is None:
            return scores
        rivals = {"flow": portfolio.flow, **{rival.name: rival for rival in portfolio.baselines}}
        return {**scores, "validation": rivals[name].validation, "cpu_s": rivals[name].seconds}


def judge(fitted: Fitted, holdout: pd.DataFrame, seed: int) -> Judgement:
    """Rate a fit on held-out rows, and test draws of it against them.

    Args:
        fitted: The fit.
        holdout: Rows that nothing was fitted to, at least two.
        seed: Of draws and classifiers.
    """
    density, schema = fitted.density, fitted.density.schema
    draws = _draws(density, holdout, seed)
    given = [column.name for column in schema.given]
    rows, others = schema.compared(holdout), schema.compared(draws)
    coded = encode(holdout, fitted.flow.schema)
    rated = rate(fitted, coded)
    return Judgement(
        fitted,
        rows,
        others.drop(columns=given),
        rated,
        _mass(fitted, seed),
        calibrate(
            rows.drop(columns=given),
            others.drop(columns=given),
            *_log_densities(density, holdout, draws),
            seed=seed,
        ),
        _classifier(rows, others, seed),
        (*doubts(fitted, holdout, draws, seed), *standing_doubts(fitted, coded, rated, seed)),
    )


def _draws(density: TableDensity, holdout: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return draws of the density that was kept, under the holdout's given values where it has any."""
    given = [column.name for column in density.schema.given]
    if given:
        times = max(1, DRAWS // len(holdout))
        cells = holdout[given].iloc[np.tile(np.arange(len(holdout)), times)]
        return density.sample(len(cells), cells, seed)
    return density.sample(max(DRAWS, len(holdout)), seed=seed)


def _mass(fitted: Fitted, seed: int) -> Measured | None:
    """Return ∫ q of the flow by its draws and those of a baseline; None where rows are not complete."""
    flow, portfolio = fitted.flow, fitted.portfolio
    if portfolio is None or flow.schema.given or np.isnan(fitted.train.x).any():
        return None
    gaussian = next(rival.density for rival in portfolio.savable if rival.name == OVERLAPPING)
    other = TableDensity(flow.schema, flow.chain, gaussian)
    draws = [density.sample(WEIGHED, seed=seed + i) for i, density in enumerate((flow, other))]
    q, r = ([density.log_prob(rows) for rows in draws] for density in (flow, other))
    return mass_of((q[0], q[1]), (r[0], r[1]))


def _log_densities(
    density: TableDensity, holdout: pd.DataFrame, draws: pd.DataFrame
) -> tuple[Array, Array] | tuple[None, None]:
    """Return those of rows and draws; none where the densities of draws need what rows lack."""
    if density.schema.given or holdout[list(draws.columns)].isna().any(axis=None):
        return None, None
    return density.log_prob(holdout), density.log_prob(draws)


def _classifier(holdout: pd.DataFrame, draws: pd.DataFrame, seed: int) -> Outcome | None:
    """Return the test on complete rows, each beside a draw under the same given values."""
    rows = holdout[list(draws.columns)].reset_index(drop=True)
    complete = rows[~rows.isna().any(axis=1)]
    try:
        return classifier_test(complete, draws.iloc[complete.index], seed=seed)
    except ArgumentError:  # too few rows
        return None


def _tested(test: Outcome) -> dict[str, Any]:
    return {**asdict(test), "passed": test.passed}


def _plain(value: Any) -> float | None:  # noqa: ANN401
    return None if value is None or not np.isfinite(value) else float(value)
