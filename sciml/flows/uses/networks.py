"""The network of a posterior: a linear guess, and a flow of what is left, given what was simulated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sciml.flows.bases.normal import StandardNormal
from sciml.flows.flow import Flow
from sciml.flows.transforms.autoregressive import autoregressive_flow
from sciml.flows.transforms.conditioner import Conditioner
from sciml.flows.transforms.coupling import Coupling
from sciml.flows.transforms.elementwise import Affine
from sciml.flows.transforms.rational_quadratic import RationalQuadratic
from sciml.flows.transforms.transform import Chain

LOG_SCALE_BOUND = 8.0  # posteriors may be 3,000 times narrower than the linear guess
SET_WIDTH, SET_FEATURES = 32, 8  # of the network of one observation in a set, and what is averaged of it


class SetEmbedding(nn.Module):
    """Means over the observations of a set: what does not hang on their order, for any number of them.

    From (n, k, d), where rows of NaN are none, to (n, d + 8 + 1): the mean, the mean of a network, and the
    logarithm of the number.

    Args:
        columns: d.
        seed: of the first weights.
    """

    def __init__(self, columns: int, seed: int = 0) -> None:
        super().__init__()
        self.features = columns + SET_FEATURES + 1
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.each = nn.Sequential(
                nn.Linear(columns, SET_WIDTH), nn.SiLU(), nn.Linear(SET_WIDTH, SET_FEATURES)
            )

    def forward(self, s: Tensor) -> Tensor:
        """Return the means."""
        observed = ~s.isnan().all(2, keepdim=True)
        rows = torch.where(observed, s, 0.0)
        count = observed.sum(1)
        values = torch.cat([rows, self.each(rows)], 2)
        means = torch.where(observed, values, 0.0).sum(1) / count
        return torch.cat([means, count.log().to(s.dtype)], 1)


class PosteriorNetwork(nn.Module):
    """The density of u given s: a flow of v = F (u − W m − b), whose context is an embedding of s.

    m is s, or the mean over a set. At first the flow is the identity, and the density that of Bayesian
    linear regression: normal with the mean W m + b and the covariance (FᵀF)⁻¹.

    Args:
        parameters: columns of u.
        linear: columns of m.
        sets: whether s are sets of observations.
        embedding: a module from s to the context, (n, context).
        context: its columns.
        layers: autoregressive layers after the conditional affine one.
        hidden: sizes of the hidden layers of every conditioner.
        bins: of the splines.
        seed: of the first weights.
    """

    weight: Tensor
    shift: Tensor
    factor: Tensor

    def __init__(
        self,
        parameters: int,
        linear: int,
        embedding: nn.Module,
        context: int,
        *,
        sets: bool,
        layers: int,
        hidden: Sequence[int],
        bins: int,
        seed: int,
    ) -> None:
        super().__init__()
        self.embedding, self.sets = embedding, sets
        self.register_buffer("weight", torch.zeros(parameters, linear))
        self.register_buffer("shift", torch.zeros(parameters))
        self.register_buffer("factor", torch.eye(parameters))
        splines = autoregressive_flow(
            parameters,
            layers=layers,
            transform=RationalQuadratic(bins),
            hidden=hidden,
            context_features=context,
            dtype=torch.float32,
            seed=seed,
        )
        first = _affine(parameters, context, hidden, seed)
        self.flow = Flow(Chain([first, splines.transform]), StandardNormal(parameters))

    def log_prob(self, u: Tensor, s: Tensor) -> Tensor:
        """Return log q(u | s), row by row."""
        v = (u - self._mean(s)) @ self.factor.T
        return self.flow.log_prob(v, self.embedding(s)) + self.factor.diagonal().log().sum()

    @torch.no_grad()
    def sample(self, n: int, s: Tensor, seed: int | None) -> Tensor:
        """Return n draws of u for each row of s, one row's after another's."""
        context, mean = (x.repeat_interleave(n, 0) for x in (self.embedding(s), self._mean(s)))
        v = self.flow.sample(len(mean), context, seed)
        u: Tensor = mean + torch.linalg.solve_triangular(self.factor, v.T, upper=False).T
        return u

    def _mean(self, s: Tensor) -> Tensor:
        return torch.addmm(self.shift, flat(s, self.sets), self.weight.T)


@dataclass(frozen=True)
class NetworkSizes:
    """What the network of a posterior is made of, as plain values."""

    parameters: int
    linear: int
    context: int
    sets: bool
    layers: int
    hidden: tuple[int, ...]
    bins: int
    own_embedding: bool

    def build(self, embedding: nn.Module, seed: int = 0) -> PosteriorNetwork:
        """Return the network with its first weights."""
        return PosteriorNetwork(
            self.parameters,
            self.linear,
            embedding,
            self.context,
            sets=self.sets,
            layers=self.layers,
            hidden=self.hidden,
            bins=self.bins,
            seed=seed,
        )


def flat(s: Tensor, sets: bool) -> Tensor:
    """Return what a linear guess is made of: the mean over a set, else s with one axis a row."""
    means: Tensor = s.nanmean(1) if sets else s.flatten(1)
    return means


def _affine(parameters: int, context: int, hidden: Sequence[int], seed: int) -> Coupling:
    """Return the layer that shifts and scales every parameter by numbers that hang on the context alone."""
    generator = torch.Generator().manual_seed(seed)
    every, none = torch.arange(parameters), torch.arange(0)
    conditioner = Conditioner(context, hidden, 2 * parameters, generator, torch.float32)
    return Coupling(every, none, Affine(LOG_SCALE_BOUND), conditioner, context)
