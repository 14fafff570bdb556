"""Whether the rows that a density draws follow its own log density, seen in the flows' latent variables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.special import softmax

from sciml.flows.flow import Flow
from sciml.tables.arrays import Array
from sciml.tables.columns.encode import encode
from sciml.tables.judging.ranks import Outcome, same_distribution
from sciml.tables.model import TableDensity, conditions

if TYPE_CHECKING:
    import pandas as pd

MOST = 10_000  # draws that are looked at: they see a shift by a twentieth of a deviation
SIZE = 1e-4  # the probability that right draws are rejected


def draws_test(density: TableDensity, draws: pd.DataFrame, *, seed: int = 0) -> Outcome | None:
    """Compare what the flows map draws to with draws of their bases; None for a density without flows.

    A draw of an average of flows belongs to each with the share that this has of the density there; one is
    chosen at random with these shares, and its latent variables then follow its base exactly. Tested are the
    columns of these and their length, by Kolmogorov and Smirnov's statistic, with Bonferroni's factor.
    """
    if density.real is None or not len(draws):
        return None
    rows = encode(draws.head(MOST), density.schema)
    whole = ~np.isnan(rows.x).any(1)  # which of them have a number is a condition, not chosen by its value
    if not whole.any():
        return None
    z = density.real.scale.inward(rows.x[whole])
    context = conditions(density.chain, rows.discrete, rows.context)[whole]
    latents, bases = _latents(
        [flow for flow in density.real.flows if isinstance(flow, Flow)], z, context, seed
    )
    pairs = zip(latents.T, bases.T, strict=True)
    tests = [same_distribution(x, y, "draws", seed=seed + j) for j, (x, y) in enumerate(pairs)]
    worst = min(tests, key=lambda test: test.p_value)
    return replace(worst, p_value=min(1.0, len(tests) * worst.p_value), size=SIZE)


@torch.no_grad()
def _latents(flows: list[Flow], z: Array, context: Array, seed: int) -> tuple[Array, Array]:
    """Return latent variables of rows and of as many draws of the bases, (n, d + 1), lengths at the end."""
    log_prob, mapped, drawn = [], [], []
    for k, flow in enumerate(flows):
        like = next(flow.buffers())
        given = torch.from_numpy(context).to(like) if flow.context_features else None
        latent, log_det = flow.forward_and_log_det(torch.from_numpy(z).to(like), given)
        log_prob.append((flow.base.log_prob(latent) + log_det).double().numpy())
        mapped.append(latent.double().numpy())
        generator = torch.Generator().manual_seed(seed + k)
        drawn.append(flow.base.sample(len(z), generator, like).double().numpy())
    upto = softmax(np.column_stack(log_prob), axis=1).cumsum(1)
    among = (np.random.default_rng(seed).random(len(z))[:, None] > upto[:, :-1]).sum(1)
    each = np.arange(len(z))
    pairs = (np.stack(side)[among, each] for side in (mapped, drawn))
    latents, bases = (np.column_stack([side, np.linalg.norm(side, axis=1)]) for side in pairs)
    return latents, bases
