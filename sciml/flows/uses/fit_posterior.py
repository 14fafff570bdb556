"""Fit a posterior to simulations: neural posterior estimation, from one set of simulations for all data."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from sciml.arguments import check_max_seconds, check_seed
from sciml.contracts.monitor import Monitor
from sciml.contracts.reference import Measured
from sciml.contracts.status import Status
from sciml.errors import ArgumentError, DataError
from sciml.flows import validate
from sciml.flows.judge import mean_of
from sciml.flows.uses.linear import Linear, regress
from sciml.flows.uses.networks import NetworkSizes, PosteriorNetwork, SetEmbedding, flat
from sciml.flows.uses.posterior import Posterior
from sciml.flows.uses.ranges import Ranges
from sciml.flows.uses.rows import as_array, as_parameters
from sciml.flows.uses.scaling import Scaling
from sciml.numerics.domains import Array
from sciml.numerics.seeds import independent
from sciml.training.fit import Trained, fit
from sciml.training.plan import Minibatch

LEAST_ROWS = 100
HOLDOUT = 0.1  # of the rows, by which the network is chosen
ANCHORS = 500  # rows that are kept for calibration
NO_GAIN = 2.0  # standard errors of the gain below which x is said to tell nothing


@dataclass(frozen=True)
class Size:
    """A network to try, and the plan of its training."""

    name: str
    layers: int
    hidden: tuple[int, ...]
    bins: int
    plan: Minibatch


SIZES = (
    Size("small", 1, (32, 32), 4, Minibatch(700, 256, 3e-3, every=25, patience=8, clip=5.0, ema=0.99)),
    Size("large", 3, (64, 64), 8, Minibatch(2000, 256, 2e-3, every=50, patience=5, clip=5.0, ema=0.99)),
)
ROWS_A_STEP = 5  # of the large network's training: with more rows it is worth more steps
MOST_STEPS = 6000


class Rows(NamedTuple):
    """Parameters and simulations as numbers of order one, and which rows are trained on and held back."""

    u: Tensor
    s: Tensor
    train: Tensor
    held: Tensor

    def part(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Return some of the rows."""
        return self.u[index], self.s[index]


class Tried(NamedTuple):
    """A network that was trained, and its log density of each row held back."""

    name: str
    network: PosteriorNetwork
    sizes: NetworkSizes
    held: Array
    trained: Trained | None


def fit_posterior(
    parameters: Any,  # noqa: ANN401
    simulations: Any,  # noqa: ANN401
    *,
    bounds: Any = None,  # noqa: ANN401
    embedding: nn.Module | None = None,
    max_seconds: float | None = None,
    seed: int = 0,
) -> Posterior:
    """Return q(θ | x) ≈ p(x | θ) p(θ) / p(x), learned from pairs of parameters and simulations.

    The prior is the density that the parameters were drawn from. Minimised is −E log q(θ | x), whose least
    value is the posterior's; a linear regression is the start, and what the networks have to beat on rows
    held back. No density lies outside of the bounds, so nothing has to be drawn again.

    Reference: Papamakarios and Murray, Fast ε-free inference of simulation models with Bayesian conditional
    density estimation, 2016; Greenberg, Nonnenmacher and Macke, Automatic posterior transformation, 2019.

    Args:
        parameters: (n, p), drawn from the prior.
        simulations: (n, d), one row simulated with each row of the parameters. Or (n, k, d): k observations
            with the same parameters, in any order; rows of NaN are none, so their number may differ.
        bounds: A pair (low, high) for each parameter, None where there is no bound.
        embedding: A module from standardised simulations, in float32, to what the flow is given, (n, h),
            trained with it (a copy is); simulations may then have any shape (n, …).
        max_seconds: Most seconds of training; none by default, since such a fit cannot be repeated.
        seed: Of everything random.

    Raises:
        ArgumentError: For shapes that do not fit, or bounds that are none.
        DataError: For fewer than 100 rows, numbers that are not finite, parameters outside of their bounds
            or constant.
    """
    theta, x = as_parameters("parameters", parameters), as_array("simulations", simulations)
    _check(theta, x, embedding)
    monitor = Monitor(check_max_seconds(max_seconds))
    return fitted(theta, x, bounds=bounds, embedding=embedding, seed=check_seed(seed), monitor=monitor)


def fitted(
    theta: Array,
    x: Array,
    *,
    bounds: Any = None,  # noqa: ANN401
    embedding: nn.Module | None = None,
    seed: int,
    monitor: Monitor,
    max_steps: int | None = None,
) -> Posterior:
    """Return the posterior of checked rows; `max_steps` is of each network."""
    split, first, batches = independent(seed, 3)
    ranges, scaling = Ranges.fit(theta, bounds), Scaling.fit(x, embedding is None and x.ndim == 3)
    order = torch.randperm(len(theta), generator=torch.Generator().manual_seed(split))
    held, train = order.tensor_split([max(20, round(HOLDOUT * len(order)))])
    rows = Rows(torch.from_numpy(ranges.encode(theta)[0]).float(), scaling.encode(x), train, held)
    tried = _try_all(rows, scaling.sets, embedding, (first, batches), monitor, max_steps)
    chosen = _choose(tried)
    gain = _gain(chosen, rows)
    anchors = train[:ANCHORS].numpy()
    return Posterior(
        network=chosen.network.eval(),
        sizes=chosen.sizes,
        ranges=ranges,
        scaling=scaling,
        anchors=(theta[anchors], x[anchors]),
        winner=chosen.name,
        gain=gain,
        status=_status(tried, chosen, monitor),
        message=_message(tried, chosen, gain),
        remarks=_remarks(gain, monitor),
    )


def _check(theta: Array, x: Array, embedding: nn.Module | None) -> None:
    if embedding is not None:
        validate.instance("embedding", embedding, nn.Module)
    elif x.ndim not in (2, 3):
        raise ArgumentError(
            f"simulations: got the shape {x.shape}, expected (n, d), or (n, k, d) for sets of observations; "
            "give an embedding for other shapes"
        )
    if x.ndim < 2 or len(x) != len(theta) or not x.size:
        raise ArgumentError(f"simulations: got the shape {x.shape}, expected {len(theta)} rows as parameters")
    if len(theta) < LEAST_ROWS:
        raise DataError(f"parameters: got {len(theta)} rows, expected at least {LEAST_ROWS}; simulate more")


def _try_all(
    rows: Rows,
    sets: bool,
    embedding: nn.Module | None,
    seeds: tuple[int, int],
    monitor: Monitor,
    max_steps: int | None,
) -> list[Tried]:
    """Return the linear guess and the networks, from the simplest to the largest."""
    m = flat(rows.s, sets).double().numpy()
    u, train, held = rows.u.double().numpy(), rows.train.numpy(), rows.held.numpy()
    linear = regress(u, m, train, held)
    tried: list[Tried] = []
    for size in SIZES:
        network, sizes = _built(size, rows, sets, embedding, linear, seeds[0])
        plan = replace(_plan(size, tried, len(train)), max_steps=max_steps)
        if not tried:
            tried.append(
                Tried("linear", copy.deepcopy(network), sizes, _log_probs(network, rows, held), None)
            )
        trained = _train(network, rows, plan, seeds[1], monitor, size.name)
        tried.append(Tried(size.name, network, sizes, _log_probs(network, rows, held), trained))
    return tried


def _plan(size: Size, tried: list[Tried], rows: int) -> Minibatch:
    """Return the plan of a training, which ends early where it will not come down to what was tried."""
    steps = min(max(size.plan.steps, rows // ROWS_A_STEP), MOST_STEPS) if tried else size.plan.steps
    rival = min((-float(each.held.mean()) for each in tried[1:]), default=None)
    return replace(size.plan, steps=steps, rival=rival)


def _built(
    size: Size, rows: Rows, sets: bool, embedding: nn.Module | None, linear: Linear, seed: int
) -> tuple[PosteriorNetwork, NetworkSizes]:
    """Return a network at the linear guess."""
    module = _embedding(rows.s, sets, embedding, seed)
    with torch.no_grad():
        context = module(rows.s[:2])
    if context.ndim != 2 or len(context) != 2 or context.dtype != torch.float32:
        raise ArgumentError(
            f"embedding: gave {context.dtype} of shape {tuple(context.shape)} for two rows, expected "
            "float32 of shape (2, h)"
        )
    shapes = (rows.u.shape[1], linear.weight.shape[1], context.shape[1])
    own = embedding is not None
    sizes = NetworkSizes(*shapes, sets, size.layers, size.hidden, size.bins, own)
    network = sizes.build(module, seed)
    for name, value in linear._asdict().items():
        getattr(network, name).copy_(torch.from_numpy(value))
    return network, sizes


def _embedding(s: Tensor, sets: bool, embedding: nn.Module | None, seed: int) -> nn.Module:
    if embedding is not None:
        return copy.deepcopy(embedding)
    return SetEmbedding(s.shape[2], seed) if sets else nn.Identity()


def _train(
    network: PosteriorNetwork, rows: Rows, plan: Minibatch, seed: int, monitor: Monitor, name: str
) -> Trained:
    def loss(batch: tuple[Tensor, ...] | Tensor) -> Tensor:
        u, s = batch
        return -network.log_prob(u, s).mean()

    data, held = rows.part(rows.train), rows.part(rows.held)
    return fit(network, loss, data, plan, seed=seed, monitor=monitor, validation=held, name=name)


@torch.no_grad()
def _log_probs(network: PosteriorNetwork, rows: Rows, held: Array) -> Array:
    return network.eval().log_prob(*rows.part(torch.from_numpy(held))).double().numpy()


def _choose(tried: list[Tried]) -> Tried:
    """Return what did best on the rows held back; one that is not ahead by a standard error is not better."""
    chosen = tried[0]
    for other in tried[1:]:
        lead = mean_of(other.held - chosen.held)
        if math.isfinite(lead.value) and lead.value > lead.error:
            chosen = other
    return chosen


def _gain(chosen: Tried, rows: Rows) -> Measured:
    """Return how much is known of the parameters by x, over a normal density that knows no x."""
    u = rows.u.double().numpy()
    nothing = np.zeros((len(u), 0))
    train, held = rows.train.numpy(), rows.held.numpy()
    alone = regress(u, nothing, train, held).log_prob(u[held], nothing[held])
    return mean_of(chosen.held - alone)


def _status(tried: list[Tried], chosen: Tried, monitor: Monitor) -> Status:
    """Return how the chosen one ended; the linear guess, which nothing bettered, is there at once."""
    if monitor.out_of_time:
        return Status.MAX_STEPS
    ended = [each.trained.status for each in tried if each.trained]
    if chosen.trained is None:
        return Status.NONFINITE if Status.NONFINITE in ended else Status.CONVERGED
    return chosen.trained.status


def _message(tried: list[Tried], chosen: Tried, gain: Measured) -> str:
    leads = [f"{each.name} {float(each.held.mean() - tried[0].held.mean()):+.3f}" for each in tried[1:]]
    return (
        f"the {chosen.name} network was chosen (log density of rows held back over the linear guess, nats: "
        f"{', '.join(leads)}); the data narrow the parameters by {gain.value:.2f} ± {gain.error:.2f} nats"
    )


def _remarks(gain: Measured, monitor: Monitor) -> tuple[str, ...]:
    said = []
    if gain.value < NO_GAIN * gain.error:
        said.append("the simulations tell nothing of the parameters that could be seen: this is the prior")
    if monitor.out_of_time:
        said.append("the seconds ran out before the training ended; allow more with max_seconds")
    return tuple(said)
