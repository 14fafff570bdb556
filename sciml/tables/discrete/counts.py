"""Masses at whole numbers: log-masses that sum to one whatever their parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from sciml.tables.arrays import Array
from sciml.tables.discrete.masses import AbstractMass, Levels, Points

LOG_CAP = 30.0  # bounds log-means and log-scales: no parameter overflows
STIFF = 12.0  # largest log r of a negative binomial: Poisson to a part in 10^5 of the mean
LARGEST = 1e15  # of a draw


@dataclass(frozen=True)
class NegativeBinomial(AbstractMass):
    """Counts 0, 1, … with mean m and variance m + m²/r; the parameters are log m and log r."""

    @property
    def parameters(self) -> int:
        """Two."""
        return 2

    def log_mass(self, values: Tensor, parameters: Tensor) -> Tensor:
        """Return log [Γ(k+r) / (Γ(r) k!) (r/(r+m))^r (m/(r+m))^k]; -inf below 0."""
        log_m, log_r = self._bounded(parameters)
        k, r = values.clamp(min=0), log_r.exp()
        odds = log_m - log_r
        binomial = torch.lgamma(k + r) - torch.lgamma(r) - torch.lgamma(k + 1)
        mass = binomial + r * logsigmoid(-odds) + k * logsigmoid(odds)
        return torch.where(values >= 0, mass, -math.inf)

    def _bounded(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        log_m, log_r = parameters.unbind(1)
        return log_m.clamp(-LOG_CAP, LOG_CAP), STIFF - torch.nn.functional.softplus(STIFF - log_r)

    def sample(self, parameters: Array, rng: np.random.Generator) -> Array:
        """Return Poisson draws whose means are gamma draws."""
        log_m, log_r = (p.numpy() for p in self._bounded(torch.as_tensor(parameters)))
        r = np.exp(log_r)
        means = rng.gamma(np.maximum(r, 1e-12)) * np.exp(log_m - log_r)
        return np.asarray(rng.poisson(np.minimum(means, LARGEST)))

    def start(self, values: Tensor) -> Tensor:
        """Return the moments' estimates."""
        mean, variance = values.mean().clamp(min=1e-3), values.var(correction=0)
        r = mean.square() / (variance - mean).clamp(min=1e-3 * float(mean))
        return torch.stack([mean.log(), r.clamp(1e-2, math.exp(STIFF - 1)).log()])


@dataclass(frozen=True)
class Logistics(AbstractMass):
    """A mixture of `components` logistic densities of the real line, each whole number getting its cell.

    P(k) = Σ w_i [σ((b - m_i)/s_i) - σ((a - m_i)/s_i)] with a, b the ends of the cell k ± ½, standardised, or
    their standardised logarithms. The parameters are logits of w, m and log s.

    Attributes:
        components: How many.
        center: Subtracted from k, or from log k.
        scale: Divides that.
        logarithmic: Whether cells are mapped by the logarithm.
        floor: Whether no number is below 0, whose cell then reaches down to -inf.
    """

    components: int
    center: float
    scale: float
    logarithmic: bool = False
    floor: bool = False

    @property
    def parameters(self) -> int:
        """Three a component."""
        return 3 * self.components

    def log_mass(self, values: Tensor, parameters: Tensor) -> Tensor:
        """Return the logarithm of the mixture's cells; with a floor -inf below 0."""
        logits, means, log_scales = parameters.chunk(3, dim=1)
        z, half = (part[:, None] for part in self._cell(values))
        rate = (-log_scales.clamp(-LOG_CAP, LOG_CAP)).exp()
        below, above = (z - half - means) * rate, (z + half - means) * rate
        # σ(b) - σ(a) = σ(b) σ(-a) (1 - e^(a-b)), exact in both tails
        cell = logsigmoid(above) + logsigmoid(-below) + torch.log(-torch.expm1(-2 * half * rate))
        if self.floor:
            cell = torch.where(values[:, None] == 0, logsigmoid(above), cell)
        mass = (logits.log_softmax(1) + cell).logsumexp(1)
        return torch.where(values >= 0, mass, -math.inf) if self.floor else mass

    def _cell(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """Return the middle and half the width of the mapped cells."""
        if not self.logarithmic:
            return (values - self.center) / self.scale, torch.full_like(values, 0.5 / self.scale)
        low = values.clamp(min=0) - 0.5
        width = torch.where(values > 0, torch.log1p(1 / low.clamp(min=0.5)), 1.0) / self.scale
        top = ((values.clamp(min=0) + 0.5).log() - self.center) / self.scale
        return top - 0.5 * width, 0.5 * width

    def sample(self, parameters: Array, rng: np.random.Generator) -> Array:
        """Return rounded draws."""
        logits, means, log_scales = np.split(parameters, 3, axis=1)
        chosen = (logits + rng.gumbel(size=logits.shape)).argmax(1)[:, None]
        m, log_s = (np.take_along_axis(p, chosen, 1)[:, 0] for p in (means, log_scales))
        z = rng.logistic(size=len(m)) * np.exp(np.clip(log_s, -LOG_CAP, LOG_CAP)) + m
        y = z * self.scale + self.center
        x = np.exp(np.minimum(y, math.log(LARGEST))) if self.logarithmic else np.clip(y, -LARGEST, LARGEST)
        whole = np.rint(x).astype(np.int64)
        return np.asarray(np.maximum(whole, 0) if self.floor else whole)

    def start(self, values: Tensor) -> Tensor:
        """Return means at even quantiles, and widths of the data's divided by the number of components."""
        z = self._cell(values)[0]
        levels = (torch.arange(self.components, dtype=z.dtype) + 0.5) / self.components
        width = torch.full_like(levels, math.log(0.6 / self.components**0.5))
        return torch.cat([torch.zeros_like(levels), z.quantile(levels), width])


@dataclass(frozen=True)
class Tail(AbstractMass):
    """The cells of a Cauchy density: a mass at every whole number, however far; no parameters.

    Attributes:
        center: Its median.
        scale: Half the width of its middle half.
        floor: Whether no number is below 0: the density is then that above -½.
    """

    center: float
    scale: float
    floor: bool = False

    @property
    def parameters(self) -> int:
        """None."""
        return 0

    def log_mass(self, values: Tensor, parameters: Tensor) -> Tensor:
        """Return log [arctan b - arctan a] / π for the cell (a, b), by the arctangent's addition formula."""
        z, half = (values - self.center) / self.scale, 0.5 / self.scale
        mass = torch.log(torch.atan2(torch.full_like(z, 2 * half), 1 + z * z - half * half) / math.pi)
        return torch.where(values >= 0, mass - math.log1p(-self._below), -math.inf) if self.floor else mass

    @property
    def _below(self) -> float:
        """The probability of what lies below -½."""
        return 0.5 + math.atan((-0.5 - self.center) / self.scale) / math.pi

    def sample(self, parameters: Array, rng: np.random.Generator) -> Array:
        """Return rounded draws."""
        if self.floor:
            level = self._below + (1 - self._below) * rng.random(len(parameters))
            z = np.tan(math.pi * (level - 0.5))
        else:
            z = rng.standard_cauchy(len(parameters))
        whole = np.rint(np.clip(self.center + self.scale * z, -LARGEST, LARGEST)).astype(np.int64)
        return np.asarray(np.maximum(whole, 0) if self.floor else whole)

    def start(self, values: Tensor) -> Tensor:
        """Return nothing."""
        return values.new_zeros(0)


FAMILIES: Mapping[str, type[Levels | Points | NegativeBinomial | Logistics | Tail]] = {
    "levels": Levels,
    "points": Points,
    "negative-binomial": NegativeBinomial,
    "logistics": Logistics,
    "tail": Tail,
}
