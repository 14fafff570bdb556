"""Learn a density known up to a constant by its energy: draws, weights, and the constant with its error."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from sciml.arguments import check_choice, check_count, check_max_steps, check_seed
from sciml.contracts.monitor import Monitor
from sciml.contracts.reference import Measured
from sciml.contracts.status import Status
from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.flows import validate
from sciml.flows.flow import Flow
from sciml.flows.transforms.transform import dtype_of
from sciml.flows.uses.energy_flow import matched, weighed
from sciml.flows.uses.energy_loss import GRADIENTS, EnergyLoss, Seeds
from sciml.flows.uses.walkers import Energy, checked, walk
from sciml.numerics.seeds import generator, independent
from sciml.training.fit import fit
from sciml.training.plan import Minibatch

WALKERS, PROPOSALS = 256, 100
DRAWS = 20_000  # that log Z is measured by
PLAN = Minibatch(600, learning_rate=5e-3, every=50, clip=5.0, ema=0.98)
FEW = 0.1  # share of effective draws below which log Z is doubted
RARE, MISSED = 5.0, 0.02  # nats that the flow is too unlikely at more than this share of the walkers
ONE = 0.1  # share of all weight that one draw may have


@dataclass(frozen=True)
class EnergyFit:
    """A flow q ≈ e^(−U)/Z, and what its weights w = e^(−U)/q say.

    Attributes:
        flow: q.
        energy: U.
        log_z: log ∫ e^(−U), by the mean weight of fresh draws.
        log_z_std: Its standard error.
        ess: Share of effective draws, (Σ w)²/(n Σ w²), from 0 to 1.
        bound: The lower bound E_q[log w] of log Z, and its error; their difference is KL(q ‖ p).
        status: How the training ended.
        message: The same in a sentence.
        doubts: Why log Z may be wrong: a mode that was missed, weights of a few draws.
    """

    flow: Flow
    energy: Energy
    log_z: float
    log_z_std: float
    ess: float
    bound: Measured
    status: Status
    message: str
    doubts: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the training converged and nothing is doubted."""
        return self.status is Status.CONVERGED and not self.doubts

    def sample(self, n: int, seed: int | None = None) -> Tensor:
        """Return n draws of the flow, (n, features); `weighted` says how much each counts."""
        return self.flow.sample(n, seed=seed)

    @torch.no_grad()
    def weighted(self, n: int, seed: int | None = None) -> tuple[Tensor, Tensor]:
        """Return n draws, (n, features), and log w = −U − log q, (n,): weighted, they follow e^(−U)/Z."""
        return _weighted(self.flow, self.energy, n, seed)


def fit_energy(
    energy: Energy,
    features: int,
    *,
    flow: Flow | None = None,
    max_steps: int | None = None,
    seed: int = 0,
    gradients: str = "path",
) -> EnergyFit:
    """Return a flow q that is near e^(−U)/Z, and log Z = log ∫ e^(−U) by its weights, with an error.

    Minimised is E_q[log q + U] ≥ −log Z by draws of q. With path gradients log q is differentiated along the
    draw alone: the rest has mean zero and is noise, which does not vanish at the optimum. Before, walkers
    look for places of low energy from near and far; after, the flow has to know all of them.

    References: Roeder, Wu and Duvenaud, Sticking the landing, 2017; Vaitl, Nicoli, Nakajima and Kessel,
    Gradients should stay on path, 2022; Noé, Olsson, Köhler and Wu, Boltzmann generators, 2019.

    Args:
        energy: U, from (n, features) to (n,), differentiable by torch, with its lowest places of order one;
            infinite where there is no density.
        features: Columns of its argument.
        flow: What is trained, in place; by default couplings with splines on a base like what was found.
        max_steps: Steps of the training; by default 600.
        seed: Of everything random.
        gradients: "path", or "plain" for comparison.

    Raises:
        ArgumentError: If the energy is not a number a row with a gradient.
        DataError: If it is finite at no start.
    """
    check_count("features", features)
    check_choice("gradients", gradients, GRADIENTS)
    if not callable(energy):
        raise ArgumentTypeError(f"energy: got a {type(energy).__name__}, expected a function of rows")
    if flow is not None:
        _check_flow(flow, features)
    return fitted(
        energy,
        features,
        flow=flow,
        max_steps=check_max_steps(max_steps),
        seed=check_seed(seed),
        gradients=gradients,
        monitor=Monitor(),
    )


def fitted(
    energy: Energy,
    features: int,
    *,
    flow: Flow | None = None,
    max_steps: int | None,
    seed: int,
    gradients: str = "path",
    monitor: Monitor,
    steps: int = PLAN.steps,
) -> EnergyFit:
    """Return the fit of checked arguments, by a plan of so many steps."""
    starts, weights, drawn, judged = independent(seed, 4)
    dtype = (dtype_of(flow) if flow is not None else None) or torch.get_default_dtype()
    found = walk(energy, features, WALKERS, PROPOSALS, generator(starts), dtype)
    if flow is None:
        flow = weighed(matched(found, weights), energy, weights)
    plan = replace(PLAN, steps=steps, max_steps=max_steps)
    loss = EnergyLoss(flow, energy, gradients)
    trained = fit(flow, loss, Seeds(), plan, seed=drawn, monitor=monitor, validation=torch.tensor([judged]))
    return _measured(flow, energy, found, trained.status, trained.message, trained.doubts, judged + 1)


def _check_flow(flow: Flow, features: int) -> None:
    validate.instance("flow", flow, Flow)
    if flow.features != features or flow.context_features:
        raise ArgumentError(
            f"flow: got {flow.features} features and {flow.context_features} of a context, expected "
            f"{features} and none"
        )


@torch.no_grad()
def _measured(
    flow: Flow,
    energy: Energy,
    found: Tensor,
    status: Status,
    message: str,
    doubts: tuple[str, ...],
    seed: int,
) -> EnergyFit:
    """Return the fit with log Z by fresh draws, and what is to be doubted."""
    log_w = _weighted(flow, energy, DRAWS, seed)[1].double()
    log_z = float(log_w.logsumexp(0)) - math.log(DRAWS)
    share = (log_w - log_z).exp()
    ess = float(share.sum() ** 2 / (DRAWS * share.square().sum()))
    bound = Measured(float(log_w.mean()), float(log_w.std()) / math.sqrt(DRAWS))
    said = (*doubts, *_doubts(flow, energy, found, log_z, share, ess))
    error = float(share.std()) / math.sqrt(DRAWS)
    return EnergyFit(flow, energy, log_z, error, ess, bound, status, message, said)


def _doubts(
    flow: Flow, energy: Energy, found: Tensor, log_z: float, share: Tensor, ess: float
) -> tuple[str, ...]:
    said = []
    lost = _log_weights(flow, energy, found).double() - log_z > RARE
    if float(lost.double().mean()) > MISSED:
        place = ", ".join(f"{value:.3g}" for value in found[lost][0].tolist())
        said.append(
            f"{int(lost.sum())} of {len(found)} walkers are where the flow is {math.exp(RARE):.0f} times too "
            f"unlikely, the first at ({place}): a mode was missed, and log_z is too low"
        )
    if not ess >= FEW:
        said.append(f"only {ess:.1%} of the draws are effective: log_z_std is too small")
    if float(share.max() / share.sum()) > ONE:
        said.append("one draw has more than a tenth of all weight: log_z and its error hang on it")
    return tuple(said)


def _weighted(flow: Flow, energy: Energy, n: int, seed: int | None) -> tuple[Tensor, Tensor]:
    """Return draws and their log weights; the energy may need gradients within."""
    with torch.no_grad():
        x, log_q = flow.sample_and_log_prob(n, seed=seed)
    return x, -_energies(energy, x) - log_q


def _log_weights(flow: Flow, energy: Energy, x: Tensor) -> Tensor:
    with torch.no_grad():
        return -_energies(energy, x) - flow.log_prob(x)


def _energies(energy: Energy, x: Tensor) -> Tensor:
    with torch.enable_grad():
        return checked(energy(x.detach().requires_grad_()), len(x)).detach()
