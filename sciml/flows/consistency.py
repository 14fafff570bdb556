r"""Whether a flow's log density, map and draws belong together, each looked at by other means than its own.

The density is built again from the map alone, log p_Z(f(x)) + log|det J| with J by automatic
differentiation; the map is undone; draws with and without their density are compared; all in float64, where
what is right agrees to rounding. What the base draws is held against the gradient of its own log density, by
Stein's identities, and its mass against a density of another make: tests with a stated size. A flow that
passes has the density that it says; whether that is the density of the data is another question.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import torch
from scipy import stats
from scipy.special import expit
from torch import Tensor

from sciml.contracts.reference import Measured
from sciml.flows.bases.base import AbstractBase
from sciml.flows.flow import Flow
from sciml.numerics.domains import Array

ROWS = 64  # rows whose density is built again, and draws
ROUNDING = 1e-6  # nat, or of 1 + |x|: in float64 what is right agrees better
NUDGE = 1e-3  # of each row: where |x| has its kink, as at medians, automatic differentiation gives 0
BASE_NUMBERS, BASE_DRAWS = 1_000_000, 100_000  # at most; they see a width that is wrong by 1 %
SIZE = 1e-4  # the probability that a right base fails one of its tests
DEGREES = (2.0, 5.0, 20.0, math.inf)  # of freedom, of the density that weighs the base: one overlaps well


@dataclass(frozen=True)
class Consistency:
    """How far the parts of a flow are apart.

    Attributes:
        log_prob: Largest difference from the density by the Jacobian, nats.
        round_trip: Largest change of a row by map and inverse, over 1 + |row|.
        draws: Largest difference of draws with and without density, or of that density from `log_prob`.
        base_p_value: Smallest p-value of Stein's identities for the draws of the base, Bonferroni's factor
            included.
        base_mass: The integral of the base's density, and its standard error.
    """

    log_prob: float
    round_trip: float
    draws: float
    base_p_value: float
    base_mass: Measured

    @property
    def certificate(self) -> Mapping[str, float]:
        """The figures, by name."""
        flat = {**asdict(self), "base_mass": self.base_mass.value}
        return {**flat, "base_mass_std_error": self.base_mass.error}

    @property
    def doubts(self) -> tuple[str, ...]:
        """A sentence for each part that disagrees with another; empty for what is right."""
        off = abs(self.base_mass.value - 1) / max(self.base_mass.error, 1e-12)
        sentences = {
            f"the flow's log_prob is {self.log_prob:.1e} nat off that of its Jacobian": self.log_prob,
            f"the flow's inverse is {self.round_trip:.1e} off what its map is given": self.round_trip,
            f"the flow's draws and their log_prob are {self.draws:.1e} apart": self.draws,
        }
        tests = {
            f"the draws of the flow's base do not follow its log_prob, p = {self.base_p_value:.0e}": (
                self.base_p_value
            ),
            f"the density of the flow's base has the mass {self.base_mass.value:.4f} "
            f"± {self.base_mass.error:.4f}, not 1": 2 * stats.norm.sf(off),
        }
        return (
            *(sentence for sentence, error in sentences.items() if not error <= ROUNDING),
            *(sentence for sentence, p_value in tests.items() if not p_value >= SIZE),
        )


def consistency(flow: Flow, x: Tensor, context: Tensor | None = None, *, seed: int = 0) -> Consistency:
    """Return how far the parts of a flow are apart.

    Args:
        flow: The flow; what is computed is computed by a copy of it in float64.
        x: Rows where the density is positive (n, features), of which the first `ROWS` are used.
        context: Their context, (n, context_features).
        seed: Of the draws.
    """
    exact = copy.deepcopy(flow).cpu().double().eval()
    rows = x[:ROWS].cpu().double()
    nudge = torch.randn(rows.shape, generator=torch.Generator().manual_seed(seed), dtype=rows.dtype)
    rows = rows + NUDGE * nudge
    given = None if context is None else context[:ROWS].cpu().double()
    z, log_det = _by_jacobian(exact, rows, given)
    with torch.no_grad():
        again = exact.base.log_prob(z) + log_det
        back = exact.inverse_and_log_det(z, given)[0]
        return Consistency(
            _largest(exact.log_prob(rows, given) - again),
            _largest((back - rows) / (1 + rows.abs())),
            _draws(exact, len(rows), given, seed),
            *_base(exact.base, seed),
        )


def _by_jacobian(flow: Flow, x: Tensor, context: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return f(x) and log|det ∂f/∂x| by automatic differentiation of f, a row of the Jacobian at a time."""
    with torch.enable_grad():
        x = x.clone().requires_grad_()
        z = flow.forward_and_log_det(x, context)[0]
        columns = [torch.autograd.grad(z[:, j].sum(), x, retain_graph=True)[0] for j in range(z.shape[1])]
    return z.detach(), torch.linalg.slogdet(torch.stack(columns, 1))[1]


def _draws(flow: Flow, n: int, context: Tensor | None, seed: int) -> float:
    """Return the largest difference between the two ways to draw, and between the two densities of draws."""
    drawn, log_prob = flow.sample_and_log_prob(n, context, seed)
    apart = (flow.sample(n, context, seed) - drawn) / (1 + drawn.abs())
    return max(_largest(apart), _largest((flow.log_prob(drawn, context) - log_prob) / (1 + log_prob.abs())))


def _base(base: AbstractBase, seed: int) -> tuple[float, Measured]:
    """Return the p-value of Stein's identities for the draws of a base, and the mass of its density."""
    generator = torch.Generator().manual_seed(seed)
    n = min(BASE_DRAWS, BASE_NUMBERS // base.features)
    z = base.sample(n, generator, torch.empty(0, dtype=torch.float64)).detach()
    with torch.enable_grad():
        z.requires_grad_()
        score = torch.autograd.grad(base.log_prob(z).sum(), z)[0]
    return _stein(z.detach().numpy(), score.numpy()), _mass(base, z.detach(), seed)


def _stein(z: Array, score: Array) -> float:
    """Return the p-value of E ∂_j log p = 0 and E z_j ∂_j log p = -1, each column's and their sum."""
    dilation = z * score + 1
    terms = np.column_stack([score, dilation, dilation.sum(1)])
    errors = terms.std(0, ddof=1) / math.sqrt(len(terms))
    worst = float((np.abs(terms.mean(0)) / errors).max())
    return float(min(1.0, 2 * terms.shape[1] * stats.norm.sf(worst)))


def _mass(base: AbstractBase, z: Tensor, seed: int) -> Measured:
    """Return the mass of a base's density by half of its draws and those of a fitted Student-t density."""
    fitted, own = z[::2].numpy(), z[1::2]
    center = np.median(fitted, axis=0)
    low, high = np.quantile(fitted, (0.16, 0.84), axis=0)
    inner = np.clip((fitted - center) / (high - low), -5, 5)  # far draws decide no correlation
    shape = np.corrcoef(inner.T).reshape(len(center), -1) * np.outer(high - low, high - low) / 4
    others = [stats.multivariate_t(center, shape, df) for df in DEGREES]
    other = max(others, key=lambda each: float(each.logpdf(fitted[:2000]).mean()))
    draws = torch.from_numpy(np.reshape(other.rvs(len(own), random_state=seed), own.shape))
    shares = [
        expit(base.log_prob(rows).detach().numpy() - other.logpdf(rows.numpy())) for rows in (own, draws)
    ]
    error = math.sqrt(sum(float(share.var(ddof=1)) / len(share) for share in shares))
    return Measured(sum(float(share.mean()) for share in shares), error)


def _largest(values: Tensor) -> float:
    """Return the largest absolute value; infinite where one is NaN."""
    return float(values.detach().abs().nan_to_num(math.inf, math.inf).max()) if values.numel() else 0.0
