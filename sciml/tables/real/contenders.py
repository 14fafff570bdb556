"""What was fitted to the same rows, and how each does on others."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from sciml.tables.arrays import Array
from sciml.tables.real.candidate import Candidate
from sciml.tables.real.density import RealDensity
from sciml.training.fit import Trained


@dataclass(frozen=True)
class Rows:
    """Rows of real columns (n, d), NaN where missing, and what they are conditioned on (n, c)."""

    x: Array
    context: Array

    def __getitem__(self, index: Array) -> Rows:
        return Rows(self.x[index], self.context[index])

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True)
class Rival:
    """A fitted density with its log densities on the validation rows, and what it cost.

    `density` is None for one that is only compared with.
    """

    name: str
    log_prob: Callable[[Array, Array], Array]
    held: Array
    seconds: float
    density: RealDensity | None = None
    trained: Trained | None = None

    @property
    def make(self) -> Candidate:
        """What it is made of; of an ensemble, the first."""
        if self.density is None:
            raise ValueError(f"{self.name} is only compared with")
        return self.density.made[0]

    @property
    def validation(self) -> float:
        """The mean log density on the validation rows."""
        return float(self.held.mean())

    def near(self, best: Rival) -> bool:
        """Whether it trails the best by no more than two standard errors of the difference."""
        behind = best.held - self.held
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
        return tuple(rival for rival in self.baselines if rival.density is not None)
