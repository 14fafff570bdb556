"""The flow that an energy is learned by: whitened, with a base like the places that walkers found."""

from __future__ import annotations

import torch
from torch import Tensor

from sciml.flows.bases.base import AbstractBase
from sciml.flows.bases.mixture import GaussianMixture
from sciml.flows.bases.student_t import StudentT
from sciml.flows.flow import Flow
from sciml.flows.transforms.coupling import coupling_flow
from sciml.flows.transforms.rational_quadratic import RationalQuadratic
from sciml.flows.transforms.transform import Chain
from sciml.flows.transforms.whitening import Whitening
from sciml.flows.uses.walkers import Energy, checked

MOST = 8  # components of the base that are tried
LAYERS, HIDDEN = 4, (48, 48)
SPLINE = RationalQuadratic(bins=8, bound=6.0)
DEGREES = 30.0  # of freedom, at first, of a base for one mode: tails a little heavier than the normal
NONE = 1e-8  # weight of a component where walkers were stuck, and no density is
ROUNDS, DRAWS = 3, 4096  # by which the weights of modes are found before the training


def matched(found: Tensor, seed: int) -> Flow:
    """Return a flow at the identity, on a base like the rows that were found, (n, features)."""
    first = Whitening.fit(found)
    base = _base(first.forward_and_log_det(found)[0], seed)
    layers = coupling_flow(
        found.shape[1], layers=LAYERS, transform=SPLINE, hidden=HIDDEN, dtype=found.dtype, seed=seed
    )
    return Flow(Chain([first, layers.transform]), base)


def _base(z: Tensor, seed: int) -> AbstractBase:
    """Return the mixture of least BIC, or for one component a Student-t density."""
    features = z.shape[1]
    one = 1 + features + features * (features + 1) // 2
    most = max(1, min(MOST, len(z) // (2 * one)))
    mixtures = [GaussianMixture.fit(z, count, seed=seed) for count in range(1, most + 1)]
    size = torch.tensor(float(len(z))).log() / 2
    with torch.no_grad():
        scores = [float(mix.log_prob(z).sum() - (k * one - 1) * size) for k, mix in enumerate(mixtures, 1)]
    best = mixtures[scores.index(max(scores))]
    return StudentT(features, DEGREES, z.dtype) if len(best.logits) == 1 else best


@torch.no_grad()
def weighed(flow: Flow, energy: Energy, seed: int) -> Flow:
    """Give the components of a mixture their weights by the energy; walkers only found where they are."""
    base = flow.base
    if not isinstance(base, GaussianMixture):
        return flow
    for turn in range(ROUNDS):
        x, log_q = flow.sample_and_log_prob(DRAWS, seed=seed + turn)
        with torch.enable_grad():
            level = checked(energy(x.requires_grad_()), len(x)).detach()
        weight = (-level - log_q).softmax(0)
        z = flow.forward_and_log_det(x.detach())[0]
        base.logits.copy_((base.shares(z) @ weight).clamp(min=NONE).log())
    return flow
