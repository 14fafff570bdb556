"""The evidence Z = ∫ p*(θ) dθ from draws of a posterior p*/Z: learned harmonic mean, and bridge sampling."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import logsumexp
from torch import Tensor

from sciml.arguments import check_seed
from sciml.contracts.monitor import Monitor
from sciml.contracts.reference import Measured
from sciml.errors import ArgumentError, DataError
from sciml.flows import validate
from sciml.flows.flow import Flow
from sciml.flows.transforms.coupling import coupling_flow
from sciml.flows.transforms.rational_quadratic import RationalQuadratic
from sciml.flows.transforms.transform import Chain, dtype_of
from sciml.flows.transforms.whitening import Whitening
from sciml.numerics.domains import Array
from sciml.numerics.seeds import independent
from sciml.training.fit import fit
from sciml.training.plan import Minibatch

LogDensity = Callable[[Tensor], Tensor]

LEAST_ROWS = 200
NARROW = 0.9  # by which latent draws are drawn together: the harmonic mean needs a density within p*
ROUNDS, SETTLED = 100, 1e-10  # of the bridge
APART = 4.0  # standard errors by which two estimates may differ
FEW = 0.02  # share of effective draws below which an estimate is doubted
LAYERS, HIDDEN = 4, (32, 32)
PLAN = Minibatch(600, 256, 3e-3, every=25, patience=6, clip=5.0, ema=0.98)


@dataclass(frozen=True)
class Evidence(Measured):
    """log Z by the learned harmonic mean, in nats, with its standard error.

    Attributes:
        bridge: log Z by bridge sampling, from the same draws and as many of the flow.
        doubts: Why it may be wrong: the two differ, or few draws decide.
    """

    bridge: Measured = Measured(math.nan, math.inf)
    doubts: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing is doubted."""
        return not self.doubts


def log_evidence(
    samples: Tensor, log_density: LogDensity, *, flow: Flow | None = None, seed: int = 0
) -> Evidence:
    r"""Return log Z of Z = ∫ p*(θ) dθ, from draws of p*/Z, such as those of a Markov chain.

    $$1/Z = E_{p^*/Z}[q_T/p^*],$$ where q is a flow trained on the first half of the draws, q_T the same with
    its latent variables drawn together by 0.9, so that it lies within p*; the mean is over the other half.
    The error is by means over blocks in the order of the draws, so that those of a chain may hang together.
    log Z of one model less that of another is the logarithm of their Bayes factor.

    References: McEwen, Wallis, Price and Spurio Mancini, Machine learning assisted Bayesian model comparison:
    learnt harmonic mean estimator, 2021; Meng and Wong, Simulating ratios of normalizing constants via a
    simple identity, 1996.

    Args:
        samples: (n, p), at least 200, in the order they were drawn.
        log_density: log p* in nats, from (n, p) in the dtype of the samples to (n,).
        flow: Trained already, on other draws; by default couplings are trained on the first half.
        seed: Of everything random.

    Raises:
        ArgumentError: If a shape is wrong.
        DataError: If there are fewer than 200 draws, or one of them is not finite or has no density.
    """
    _check(samples, flow)
    first, batches, drawn = independent(check_seed(seed), 3)
    rows = samples.detach()
    train, judged = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    if flow is None:
        flow = _trained(train, first, batches)
    else:
        judged = rows
    dtype = dtype_of(flow) or rows.dtype
    log_p = _values(log_density, judged)
    if not np.isfinite(log_p).all():
        raise DataError(f"log_density: is {log_p.min()} at a sample, expected finite; were they drawn of it?")
    harmonic = _harmonic(flow, judged.to(dtype), log_p)
    bridge = _bridge(flow, judged, log_p, log_density, drawn)
    return Evidence(harmonic.value, harmonic.error, bridge, _doubts(harmonic, bridge))


def _check(samples: Tensor, flow: Flow | None) -> None:
    validate.instance("samples", samples, Tensor)
    validate.floating("samples", samples.dtype)
    if samples.ndim != 2:
        raise ArgumentError(f"samples: got the shape {tuple(samples.shape)}, expected (n, p)")
    if len(samples) < LEAST_ROWS:
        raise DataError(f"samples: got {len(samples)} rows, expected at least {LEAST_ROWS}; draw more")
    validate.finite("samples", samples)
    if flow is not None:
        validate.instance("flow", flow, Flow)
        if flow.features != samples.shape[1]:
            raise ArgumentError(f"flow: got {flow.features} features, expected {samples.shape[1]} as samples")


def _trained(rows: Tensor, first: int, batches: int) -> Flow:
    """Return a flow of greatest likelihood, which begins as a normal density with the rows' covariance."""
    layers = coupling_flow(
        rows.shape[1],
        layers=LAYERS,
        transform=RationalQuadratic(bins=4),
        hidden=HIDDEN,
        dtype=rows.dtype,
        seed=first,
    )
    flow = Flow(Chain([Whitening.fit(rows), layers.transform]), layers.base)

    def loss(batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        return -flow.log_prob(batch if isinstance(batch, Tensor) else batch[0]).mean()

    fit(flow, loss, rows, PLAN, seed=batches, monitor=Monitor())
    return flow


def _harmonic(flow: Flow, rows: Tensor, log_p: Array) -> Measured:
    """Return −log mean(q_T/p*) over draws of p*."""
    with torch.no_grad():
        z, log_det = flow.forward_and_log_det(rows)
        log_q = flow.base.log_prob(z / NARROW) - z.shape[1] * math.log(NARROW) + log_det
    log_ratio = log_q.double().numpy() - log_p
    mean = _log_mean(log_ratio)
    return Measured(-mean, _error(np.exp(log_ratio - mean)))


def _bridge(flow: Flow, rows: Tensor, log_p: Array, log_density: LogDensity, seed: int) -> Measured:
    """Return log Z = log E_q[p* h] − log E_p[q h] with h = 1/(p*/Z + q), which is the best there is."""
    dtype = dtype_of(flow) or rows.dtype
    with torch.no_grad():
        drawn, log_q = flow.sample_and_log_prob(len(rows), seed=seed)
        ours = log_p - flow.log_prob(rows.to(dtype)).double().numpy()  # log p*/q at draws of p
    theirs = _values(log_density, drawn.to(rows.dtype)) - log_q.double().numpy()  # and at those of q
    theirs = np.nan_to_num(theirs, nan=-np.inf)
    log_z = _log_mean(theirs)
    for _ in range(ROUNDS):
        before = log_z
        top = theirs - np.logaddexp(theirs - log_z, 0.0)
        bottom = -np.logaddexp(ours - log_z, 0.0)
        log_z = _log_mean(top) - _log_mean(bottom)
        if abs(log_z - before) < SETTLED:
            break
    errors = [_error(np.exp(part - _log_mean(part))) for part in (top, bottom)]
    return Measured(log_z, math.hypot(*errors))


def _values(log_density: LogDensity, rows: Tensor) -> Array:
    with torch.no_grad():
        values = log_density(rows)
    if not isinstance(values, Tensor) or values.shape != (len(rows),):
        shown = tuple(values.shape) if isinstance(values, Tensor) else type(values).__name__
        raise ArgumentError(f"log_density: got {shown}, expected a tensor of shape ({len(rows)},)")
    return values.double().numpy()


def _log_mean(logs: Array) -> float:
    return float(logsumexp(logs)) - math.log(len(logs))


def _error(shares: Array) -> float:
    """Return the standard error of the mean of positive numbers with mean 1, by means over blocks."""
    blocks = math.isqrt(len(shares))
    size = len(shares) // blocks
    means = shares[: blocks * size].reshape(blocks, size).mean(1)
    return float(means.std(ddof=1)) / math.sqrt(blocks)


def _doubts(harmonic: Measured, bridge: Measured) -> tuple[str, ...]:
    said = []
    apart, error = abs(harmonic.value - bridge.value), math.hypot(harmonic.error, bridge.error)
    if not apart <= APART * error:
        said.append(
            f"harmonic mean and bridge differ by {apart:.3g} nats, {apart / error:.1f} of their errors: the "
            "flow does not cover the posterior; give more draws, or a flow of your own"
        )
    if not harmonic.error**2 < 1 / FEW / 1e4:
        said.append(f"the error of {harmonic.error:.2g} nats is too large to be one: few draws decide")
    return tuple(said)
