"""Problems of which only rows are known: a density is fitted, chosen, and judged on rows kept back."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from torch import Tensor

from sciml.contracts.answer import Answer
from sciml.contracts.checks import Comparison
from sciml.contracts.monitor import Monitor
from sciml.contracts.parameters import parameter
from sciml.contracts.problem import AbstractProblem, Recipe, Settings
from sciml.contracts.reference import Reference
from sciml.contracts.status import Status
from sciml.tables.arrays import Array
from sciml.tables.columns.frames import without_gaps
from sciml.tables.columns.schema import Schema
from sciml.tables.fields import TableFields
from sciml.tables.fitting import Fitted, Rated, fit_table, split_rows
from sciml.tables.judging.judge import Judgement, judge
from sciml.tables.judging.verdict import MASS, checks, sentence
from sciml.tables.model import TableDensity
from sciml.tables.real.search_space import SearchSpace

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 2_000  # rows and draws kept for pictures


@dataclass(frozen=True)
class TableProblem(AbstractProblem):
    """Fit a density to the rows of a table.

    A share of the rows is kept back; on these the flow must have a mean log density above that of every
    baseline by more than two standard errors of the difference, and draws must match the rows. What is saved
    is the best by validation.
    """

    kind: ClassVar[str] = "flow"
    equation: ClassVar[str] = "max_q mean log q(row), on rows that q was not fitted to"
    method: ClassVar[str] = (
        "the best of shrunk Gaussian, GMM by BIC (each also on Yeo-Johnson columns), KDE, Gaussian copula,"
        " GMM for each level"
    )

    flow: str = parameter("auto", "kind of flow: auto, autoregressive or coupling")
    base: str = parameter("auto", "base of the flow: auto, normal, student-t or mixture")
    ensemble: int = parameter(1, "flows to average", low=1, high=100)
    holdout: float = parameter(0.2, "share of the rows kept back to judge by", low=0, high=0.9)

    @abstractmethod
    def frame(self) -> pd.DataFrame:
        """Return the table."""

    def prepared(self, seed: int) -> tuple[pd.DataFrame, Schema]:
        """Return the rows that are looked at, and what their columns are; `seed` is of what is random."""
        frame = self.frame()
        return frame, Schema.infer(frame)

    def search(self, settings: Settings) -> SearchSpace:
        """Return what to try."""
        return SearchSpace(
            self.flow, self.base, self.ensemble, settings.seed, settings.max_steps, settings.quick
        )

    def reference(self) -> None:
        """Return None: no density is known; the baselines are what there is to compare with."""
        return

    def recipe(self, quick: bool = False) -> Recipe:
        """Return the steps of a training; the rest depends on the number of rows."""
        return Recipe(max_steps=0)

    @property
    def wants_verdict(self) -> bool:
        """Whether rows are kept back to judge by."""
        return self.holdout > 0

    def run(self, settings: Settings, monitor: Monitor) -> Answer:
        """Fit, choose and judge."""
        space = self.search(settings)
        frame, schema = self.prepared(settings.seed)
        rows, holdout = split_rows(frame, self.holdout, settings.seed, schema.copies(frame))
        if schema.missing == "drop":
            holdout, _ = without_gaps(holdout)
        fitted = fit_table(rows, schema, space, monitor)
        if not len(holdout):
            return self._answer(fitted, {})
        judgement = judge(fitted, holdout, settings.seed)
        answer = self._answer(fitted, judgement.rated)
        return replace(
            answer,
            message=f"{answer.message}; {judgement.matching}",
            units=dict.fromkeys((name for name in judgement.metrics if name != MASS), "nat"),
            stds=judgement.stds,
            samples=shown(judgement),
            metrics=judgement.metrics,
            certificates=judgement.certificates,
            doubts=(*_doubts(fitted), *judgement.mismatches, *judgement.doubts),
            table={
                "columns": _names(fitted),
                "drawn": list(judgement.draws.columns),
                "per_column": judgement.columns,
            },
        )

    def _answer(self, fitted: Fitted, rated: Mapping[str, Rated]) -> Answer:
        """Return the density that was kept, not judged yet."""
        status, ended = _status(fitted)
        return Answer(
            status=status,
            message=f"{sentence(fitted, rated)}{ended}",
            remarks=fitted.density.schema.remarks,
            fields=TableFields(fitted.density),
            table={"columns": _names(fitted), "drawn": []},
            stats=_stats(fitted),
        )

    def compare(
        self, answer: Answer, *, quick: bool, start: str | None, reference: Reference | None
    ) -> Comparison:
        """Return the checks of the flow's lead over each baseline."""
        return Comparison(
            metrics=checks(answer.metrics, answer.stds),
            reference_kind="numerical",
            reference_method=self.method,
        )

    def rebuild(self, model: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> TableFields:
        """Return the fields of a saved solution."""
        return TableFields(TableDensity.rebuild(model, tensors))


def shown(judgement: Judgement) -> dict[str, Array]:
    """Return held-out rows, draws and ranks, a column each, for pictures."""
    arrays: dict[str, Array] = {}
    for j, name in enumerate(judgement.draws.columns):
        arrays[f"holdout_{j}"] = plain(judgement.holdout[name])[:SHOWN]
        arrays[f"draws_{j}"] = plain(judgement.draws[name])[:SHOWN]
        arrays[f"ranks_{j}"] = judgement.calibration.ranks[str(name)][:SHOWN]
    if "log_density" in judgement.calibration.ranks:
        arrays["ranks_log_density"] = judgement.calibration.ranks["log_density"][:SHOWN]
    return arrays


def plain(cells: pd.Series) -> Array:
    """Return cells as numbers, or as text where they are none."""
    try:
        return np.asarray(cells.astype(float))
    except (TypeError, ValueError):
        return np.asarray(cells.astype(str).to_list())


def _names(fitted: Fitted) -> list[str]:
    return [column.name for column in fitted.density.schema.columns]


def _status(fitted: Fitted) -> tuple[Status, str]:
    if fitted.portfolio is None or fitted.portfolio.flow.trained is None:
        return Status.CONVERGED, ""
    trained = fitted.portfolio.flow.trained
    ended = trained.message.removesuffix("; try another learning rate or seed")  # a fit has no such option
    return trained.status, "" if trained.status is Status.CONVERGED else f"; {ended}"


def _doubts(fitted: Fitted) -> tuple[str, ...]:
    trained = None if fitted.portfolio is None else fitted.portfolio.flow.trained
    if trained is None:
        return ()
    first = () if trained.best_step or not trained.steps else ("no step of the flow's training was of use",)
    return (*trained.doubts, *first)


def _stats(fitted: Fitted) -> dict[str, float]:
    if fitted.portfolio is None:
        return {}
    flow = fitted.portfolio.flow
    parameters = 0 if flow.density is None else sum(p.numel() for p in flow.density.parameters())
    return {"parameters": parameters, "flow_cpu_s": flow.seconds}
