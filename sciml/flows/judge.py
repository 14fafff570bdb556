"""How far a flow is from a density that is known exactly, with standard errors."""

from __future__ import annotations

import math
from itertools import chain
from typing import Protocol

import torch
from scipy.special import expit
from torch import Tensor

from sciml.contracts.reference import Measured
from sciml.flows.flow import Flow
from sciml.numerics.domains import Array


class Density(Protocol):
    """A density that can be evaluated and sampled."""

    def log_prob(self, x: Array) -> Array:
        """Return log p(x) in nats, (n,), for x (n, features)."""

    def sample(self, n: int, seed: int) -> Array:
        """Return n draws, (n, features); the same seed gives the same draws."""

    def error(self, x: Array) -> float:
        """Return an estimate of the largest error of `log_prob` at x."""


def judge(density: Density, flow: Flow, rows: int, seeds: tuple[int, int]) -> dict[str, Measured]:
    r"""Return what separates a flow q from a density p, on fresh draws x ~ p and y ~ q.

    $$\mathrm{gap} = \frac1n \sum_i \log p(x_i) - \log q(x_i) \approx \mathrm{KL}(p \| q), \quad
      \mathrm{mass} = \frac1n \sum_i \frac{q}{p + q}(x_i) + \frac{q}{p + q}(y_i) \approx \int q$$

    The errors are one standard error. The terms of the mass lie between 0 and 1, so its error is honest
    however far q is from p; it is 1 unless q is not normalised or its sampler does not follow it, in which
    case the gap means nothing.

    Args:
        density: p.
        flow: q.
        rows: n.
        seeds: Of x and of y.
    """
    x, y = density.sample(rows, seeds[0]), flow.sample(rows, seed=seeds[1]).cpu().double().numpy()
    ours = log_prob(flow, x)
    gap = density.log_prob(x) - ours
    shares = expit(-gap), expit(log_prob(flow, y) - density.log_prob(y))
    mass = [mean_of(share) for share in shares]
    return {
        "log_prob_gap": mean_of(gap),
        "test_log_prob": mean_of(ours),
        "mass": Measured(sum(m.value for m in mass), math.hypot(*(m.error for m in mass))),
    }


@torch.no_grad()
def log_prob(flow: Flow, x: Array) -> Array:
    """Return log q(x) (n,) of the flow, at x (n, features)."""
    return flow.log_prob(as_rows(x, flow)).cpu().double().numpy()


def as_rows(x: Array, flow: Flow) -> Tensor:
    """Return x with the dtype and on the device of the flow."""
    numbers = chain(flow.parameters(), flow.buffers())  # a flow of fixed maps has no parameters
    like = next(tensor for tensor in numbers if tensor.is_floating_point())
    return torch.from_numpy(x).to(like.dtype).to(like.device)


def mean_of(values: Array) -> Measured:
    """Return the mean of values and its standard error, which fewer than two values leave unknown."""
    if len(values) < 2:
        return Measured(float(values.mean()) if len(values) else 0.0, math.inf)
    return Measured(float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values)))
