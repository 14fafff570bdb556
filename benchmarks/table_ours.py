"""Our fits of the same rows, and of the table of known truth."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache

import numpy as np
from table_data import DECLARED, mixed, split

from sciml.flows import FlowDensity


@dataclass(frozen=True)
class Ours:
    """Mean negative log density of the holdout, standardised units: of what was kept, and of the flow.

    `winner` is what was kept, by validation rows alone; `seconds` are CPU seconds of the fit, baselines
    included.
    """

    nll: float
    flow: float
    winner: str
    seconds: float


@cache
def ours(name: str, seed: int, ensemble: int) -> Ours:
    """Return our fit to the 80 % of a table's rows that are not the holdout; it splits them itself."""
    part = split(name, seed)
    began = time.process_time()
    fitted = FlowDensity(ensemble=ensemble, random_state=seed).fit(part.fitting)
    seconds = time.process_time() - began
    kept, flow = (
        -float(density.log_prob(part.holdout).mean()) - part.unit
        for density in (fitted.density_, fitted.flow_)
    )
    return Ours(kept, flow, fitted.winner_, seconds)


@dataclass(frozen=True)
class Gap:
    """E[log p - log q] on fresh rows, its standard error, nats, and CPU seconds of the fit."""

    value: float
    error: float
    seconds: float


@cache
def truth_gap(rows: int, seed: int) -> Gap:
    """Return how far our density of the mixed table, 5 % of two columns missing, is from the truth."""
    train, _ = mixed(rows, seed, 0.05)
    fresh, log_prob = mixed(10_000, seed, 0.05)
    began = time.process_time()
    fitted = FlowDensity(columns=DECLARED, missing="impute", random_state=seed).fit(train)
    seconds = time.process_time() - began
    gap = log_prob - fitted.score_samples(fresh)
    return Gap(float(gap.mean()), float(gap.std()) / np.sqrt(len(gap)), seconds)
