"""Families of masses of one discrete column: log-masses that sum to one whatever their parameters.

Parameters come as (n, parameters), one row a row of the table; whole numbers as float64.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sciml.tables.arrays import Array

LARGEST_INTEGER = 2**53  # beyond it doubles skip whole numbers
NEVER = -700.0  # logarithm of the mass of what did not occur
SMOOTHING = 0.5  # added to each level's count at the start


@dataclass(frozen=True)
class AbstractMass(ABC):
    """A family of masses over the levels or the whole numbers."""

    @property
    @abstractmethod
    def parameters(self) -> int:
        """How many unconstrained numbers describe one mass."""

    @abstractmethod
    def log_mass(self, values: Tensor, parameters: Tensor) -> Tensor:
        """Return log P(value), (n,)."""

    @abstractmethod
    def sample(self, parameters: Array, rng: np.random.Generator) -> Array:
        """Return one draw a row, (n,), int64."""

    @abstractmethod
    def start(self, values: Tensor) -> Tensor:
        """Return parameters near the training values, (parameters,)."""


@dataclass(frozen=True)
class Levels(AbstractMass):
    """A mass at each of the levels 0, 1, …: the softmax of the parameters."""

    levels: int

    @property
    def parameters(self) -> int:
        """One a level."""
        return self.levels

    def log_mass(self, values: Tensor, parameters: Tensor) -> Tensor:
        """Return the logarithm of the softmax."""
        return parameters.log_softmax(1).gather(1, values.long()[:, None])[:, 0]

    def sample(self, parameters: Array, rng: np.random.Generator) -> Array:
        """Return the level with the largest logit plus Gumbel noise."""
        return np.asarray((parameters + rng.gumbel(size=parameters.shape)).argmax(1))

    def start(self, values: Tensor) -> Tensor:
        """Return smoothed log-frequencies."""
        return (torch.bincount(values.long(), minlength=self.levels) + SMOOTHING).double().log()


@dataclass(frozen=True)
class Points(AbstractMass):
    """A mass at each of the increasing whole numbers `support`: the softmax of the parameters."""

    support: tuple[int, ...]

    @property
    def parameters(self) -> int:
        """One a number."""
        return len(self.support)

    def log_mass(self, values: Tensor, parameters: Tensor) -> Tensor:
        """Return the logarithm of the softmax, -inf beside the support."""
        places, inside = self._places(values)
        mass = parameters.log_softmax(1).gather(1, places[:, None])[:, 0]
        return torch.where(inside, mass, -math.inf)

    def _places(self, values: Tensor) -> tuple[Tensor, Tensor]:
        support = torch.tensor(self.support, dtype=torch.float64)
        places = torch.searchsorted(support, values.contiguous()).clamp(max=len(support) - 1)
        return places, support[places] == values

    def sample(self, parameters: Array, rng: np.random.Generator) -> Array:
        """Return the number with the largest logit plus Gumbel noise."""
        places = (parameters + rng.gumbel(size=parameters.shape)).argmax(1)
        return np.asarray(np.array(self.support)[places])

    def start(self, values: Tensor) -> Tensor:
        """Return log-frequencies, unsmoothed: a number that did not occur was not foreseen."""
        counts = torch.bincount(self._places(values)[0], minlength=len(self.support)).double()
        return (counts / len(values)).log().clamp(min=NEVER)
