"""From a data frame to a density of its rows, chosen among flows and baselines, and judged on a holdout."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sciml.contracts.monitor import Monitor
from sciml.contracts.reference import Measured
from sciml.errors import ArgumentError, DataError
from sciml.flows.judge import mean_of
from sciml.tables.arrays import Array
from sciml.tables.columns.encode import Encoded, encode
from sciml.tables.columns.frames import as_frame, without_gaps
from sciml.tables.columns.schema import Schema
from sciml.tables.discrete.chain import DiscreteChain
from sciml.tables.model import TableDensity, conditions
from sciml.tables.patterns import GapPatterns, gap_places
from sciml.tables.real.contenders import Portfolio, RealRows
from sciml.tables.real.distinct import shuffled
from sciml.tables.real.search import search
from sciml.tables.real.search_space import SearchSpace

if TYPE_CHECKING:
    import pandas as pd

TRIMMED = 50  # a trimmed mean leaves out the worst of so many rows


@dataclass(frozen=True)
class Fitted:
    """What came of a fit.

    Attributes:
        density: The best by validation: the flow, or a baseline.
        flow: That with the flow; the same where the flow is best, or where there are no real columns.
        portfolio: The flow and its rivals; None where there are no real columns.
        train: The rows it was fitted to, encoded.
    """

    density: TableDensity
    flow: TableDensity
    portfolio: Portfolio | None
    train: Encoded


@dataclass(frozen=True)
class Rated:
    """A density on held-out rows.

    Attributes:
        score: Mean log density and its standard error, nats.
        trimmed: Mean without the worst 2 % of the rows.
        median: Median.
        lead: By how much the flow is above it in the mean, row by row, and the standard error of that.
    """

    score: Measured
    trimmed: float
    median: float
    lead: Measured


def fit_table(table: Any, schema: Schema, space: SearchSpace, monitor: Monitor) -> Fitted:  # noqa: ANN401
    """Fit masses, baselines and flows to the rows of a table, and choose on rows held back from them."""
    frame = as_frame(table)
    if schema.missing == "drop":
        frame, _ = without_gaps(frame)
    rows = encode(frame, schema)
    chain = None
    if schema.discrete:
        kinds = [column.kind for column in schema.discrete]
        chain = DiscreteChain.fit(kinds, rows.discrete, rows.missing_discrete, rows.context)
    patterns = GapPatterns.fit(schema, rows.context)
    if not schema.real:
        return _remembering(TableDensity(schema, chain, None, patterns=patterns), None, rows)
    given = conditions(chain, rows.discrete, rows.context)
    portfolio = search(RealRows(rows.x, given), space, monitor)
    return _remembering(
        TableDensity(schema, chain, portfolio.best.density, patterns=patterns), portfolio, rows
    )


def _remembering(density: TableDensity, portfolio: Portfolio | None, rows: Encoded) -> Fitted:
    flow, missing = density, rows.context[:, gap_places(density.schema)] > 0
    if portfolio is not None and portfolio.best is not portfolio.flow:
        flow = TableDensity(
            density.schema, density.chain, portfolio.flow.density, patterns=copy.deepcopy(density.patterns)
        )
        flow.remember(flow.log_prob_of(rows), missing)
    density.remember(density.log_prob_of(rows), missing)
    return Fitted(density, flow, portfolio, rows)


def split_rows(
    frame: pd.DataFrame, holdout: float, seed: int, groups: Array | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows to fit and those kept untouched, in file order.

    Args:
        frame: All rows.
        holdout: The share that is kept.
        seed: Of the choice.
        groups: A number a row, the same for copies, which stay together; None where there are none.
    """
    if isinstance(holdout, bool) or not 0 <= holdout < 1:
        raise ArgumentError(f"holdout: got {holdout!r}, expected a share from 0 up to but not 1")
    rows = round(holdout * len(frame))
    if holdout and rows < 2:
        raise DataError(
            f"holdout: {holdout} of {len(frame)} rows are {rows}, expected at least 2 to judge by"
        )
    order = shuffled(len(frame), np.random.default_rng([seed, 0]), groups)
    return frame.iloc[np.sort(order[rows:])], frame.iloc[np.sort(order[:rows])]


def rate(fitted: Fitted, holdout: Encoded) -> dict[str, Rated]:
    """Return the flow and every baseline on held-out rows, each compared with the flow row by row."""
    flow = fitted.flow.log_prob_of(holdout)
    ratings = {"flow": rated(flow, flow)}
    if fitted.portfolio is None:
        return ratings
    real = fitted.portfolio.flow.log_prob
    given = conditions(fitted.flow.chain, holdout.discrete, holdout.context)
    ours = real(holdout.x, given)
    for rival in fitted.portfolio.baselines:
        difference = ours - rival.log_prob(holdout.x, given)
        ratings[rival.name] = rated(flow - difference, flow)
    return ratings


def rated(log_density: Array, flow: Array) -> Rated:
    """Return the figures of one density on rows where the flow has log density `flow`."""
    finite = np.isfinite(log_density) & np.isfinite(flow)
    best = np.sort(log_density)[len(log_density) // TRIMMED :]
    return Rated(
        mean_of(log_density),
        float(best.mean()),
        float(np.median(log_density)),
        mean_of((flow - log_density)[finite]),
    )
