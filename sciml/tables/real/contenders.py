"""What was fitted to the same rows, and how each does on others."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from sciml.tables.arrays import Array
from sciml.tables.columns.copied import groups
from sciml.tables.real.candidate import Candidate
from sciml.tables.real.density import RealDensity
from sciml.training.fit import Trained


@dataclass(frozen=True)
class RealRows:
    """Rows of real columns (n, d), NaN where missing, and what they are conditioned on (n, c)."""

    x: Array
    context: Array

    def __getitem__(self, index: Array) -> RealRows:
        return RealRows(self.x[index], self.context[index])

    def __len__(self) -> int:
        return len(self.x)

    @property
    def groups(self) -> Array | None:
        """A number a row, the same for copies; None where hardly a row is one."""
        import pandas as pd

        cells = pd.DataFrame(np.concatenate([self.x, self.context], axis=1))
        return groups(cells, np.asarray(~np.isnan(self.x).all(1)))

    @property
    def distinct(self) -> int:
        """How many rows there are, copies once; copies tell nothing new."""
        own = self.groups
        return len(self) if own is None else len(np.unique(own))


@dataclass(frozen=True)
class Rival:
    """A fitted density with its log densities on the validation rows, and what it cost.

    Attributes:
        name: What it is called in reports.
        log_prob: Its log density of rows given their context.
        scores: The log densities of the validation rows.
        seconds: CPU seconds of the fit.
        density: What was fitted.
        trained: How the training went, of a flow.
        compared: Whether it is only compared with, and never kept.
    """

    name: str
    log_prob: Callable[[Array, Array], Array]
    scores: Array
    seconds: float
    density: RealDensity | None = None
    trained: Trained | None = None
    compared: bool = False

    @property
    def candidate(self) -> Candidate:
        """What it is made of; of an ensemble, the first."""
        if self.density is None:
            raise ValueError(f"{self.name} is only compared with")
        return self.density.candidates[0]

    @property
    def validation(self) -> float:
        """The mean log density on the validation rows."""
        return float(self.scores.mean())

    def near(self, best: Rival) -> bool:
        """Whether it trails the best by no more than two standard errors of the difference."""
        behind = best.scores - self.scores
        return float(behind.mean()) <= 2 * float(behind.std()) / math.sqrt(len(behind))


@dataclass(frozen=True)
class Portfolio:
    """What was fitted: the flow, its rivals, and all candidates for the flow."""

    flow: Rival
    baselines: tuple[Rival, ...]
    tried: tuple[Rival, ...] = field(default=())

    @property
    def best(self) -> Rival:
        """The one with the highest validation score that can be saved."""
        return max((self.flow, *self.savable), key=lambda rival: rival.validation)

    @property
    def savable(self) -> tuple[Rival, ...]:
        """The baselines that are more than a comparison."""
        return tuple(rival for rival in self.baselines if not rival.compared and rival.density is not None)
