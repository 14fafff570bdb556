"""One discrete column given features: several masses, weighted by how well they did on rows left out."""

from __future__ import annotations

import math
from copy import deepcopy
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sciml.tables.arrays import Array
from sciml.tables.columns.kind import ColumnKind
from sciml.tables.discrete.counts import FAMILIES
from sciml.tables.discrete.expert import Expert, direct
from sciml.tables.discrete.masses import AbstractMass, Points

MANY = 1000  # rows from which one part left out is enough
HIDDEN = 16  # width of the layer, where one is tried
LEAST = 0.02  # weight below which a mass is left out
EM_STEPS = 200  # of the weights of a few masses: converged to many digits
FEW_POINTS = 16  # different integers whose masses may depend on the features


class Stack(nn.Module):
    """The mass Σ_e w_e P_e(value | f), its weights chosen by the likelihood of rows left out.

    Reference: Smyth and Wolpert, Linearly combining density estimators via stacking, 1999.
    """

    log_weights: Tensor

    def __init__(self, experts: list[Expert], log_weights: Tensor | None = None) -> None:
        super().__init__()
        self.experts = nn.ModuleList(experts)
        even = torch.full((len(experts),), -math.log(len(experts))).double()
        self.register_buffer("log_weights", even if log_weights is None else log_weights)

    @property
    def members(self) -> list[Expert]:
        """The masses that are weighted."""
        return [expert for expert in self.experts if isinstance(expert, Expert)]

    def forward(self, f: Tensor, values: Tensor) -> Tensor:
        """Return log P(value | f), (n,)."""
        each = torch.stack([expert(f, values) for expert in self.members])
        return (self.log_weights[:, None] + each).logsumexp(0)

    def sample(self, f: Tensor, rng: np.random.Generator) -> Array:
        """Return a draw a row, (n,), int64."""
        weights = self.log_weights.exp().numpy()
        chosen = rng.choice(len(weights), size=len(f), p=weights / weights.sum())
        draws = np.zeros(len(f), dtype=np.int64)
        for e, expert in enumerate(self.members):
            rows = np.flatnonzero(chosen == e)
            draws[rows] = expert.mass.sample(expert.parameters_of(f[rows]).detach().numpy(), rng)
        return draws


def fitted_stack(kind: ColumnKind, f: Tensor, values: Tensor) -> Stack:
    """Return the stack for a column of this kind given features (n, c): each mass without and with them.

    The family that does best on rows left out is also tried through a hidden layer. Masses of little
    weight are left out, the others fitted again to all rows.
    """
    masses, splits, width = kind.masses(values.numpy()), _splits(len(values)), f.shape[1]
    able = [mass for mass in masses if _conditional(mass)] if width else []
    simple = [Expert(mass, 0) for mass in masses]
    simple += [Expert(mass, width) for mass in able if direct(width, mass)]
    scores = [_held_out(expert, f, values, splits) for expert in simple]
    if able:
        among = [e for e, expert in enumerate(simple) if expert.mass in able]
        best = max(among, key=lambda e: float(scores[e].mean()))
        simple.append(Expert(simple[best].mass, width, HIDDEN))
        scores.append(_held_out(simple[-1], f, values, splits))
    log_weights = _stacked(torch.stack(scores))
    chosen = [e for e, w in enumerate(log_weights.exp()) if w > LEAST or simple[e].mass.parameters == 0]
    for e in chosen:
        simple[e].fit(f, values)
    return Stack([simple[e] for e in chosen], log_weights[chosen].log_softmax(0))


def _conditional(mass: AbstractMass) -> bool:
    """Return whether a mass is tried with features: a long list of integers is not."""
    return mass.parameters > 0 and not (isinstance(mass, Points) and mass.parameters > FEW_POINTS)


def _held_out(expert: Expert, f: Tensor, values: Tensor, splits: list[tuple[Tensor, Tensor]]) -> Tensor:
    """Return the log-masses of the rows left out of each fit, one part after the other."""
    parts, start = [], deepcopy(expert.state_dict())
    for train, test in splits:
        expert.load_state_dict(start)
        expert.fit(f[train], values[train])
        with torch.no_grad():
            parts.append(expert(f[test], values[test]).nan_to_num(-math.inf))
    return torch.cat(parts)


def _splits(n: int) -> list[tuple[Tensor, Tensor]]:
    """Return (train, test) row numbers: one part in four left out, or each in turn if rows are few."""
    order = torch.randperm(n, generator=torch.Generator().manual_seed(0))
    parts = [order[i::4] for i in range(4)]
    folds = range(1) if n >= MANY else range(4)
    return [(torch.cat([parts[j] for j in range(4) if j != i]), parts[i]) for i in folds]


def _stacked(log_masses: Tensor) -> Tensor:
    """Return log-weights of highest likelihood for rows left out, (experts, rows), by EM.

    The weights together have one row's worth of prior, so that none is zero.
    """
    count, rows = log_masses.shape
    log_weights = torch.full((count,), -math.log(count)).double()
    for _ in range(EM_STEPS):
        share = (log_weights[:, None] + log_masses).softmax(0)
        log_weights = ((share.sum(1) + 1.0 / count) / (rows + 1.0)).log()
    return log_weights


def stack_values(stack: Stack) -> list[dict[str, Any]]:
    """Return what a stack is made of, as plain values."""
    names: dict[type[AbstractMass], str] = {family: name for name, family in FAMILIES.items()}
    return [
        {"family": names[type(each.mass)], "mass": asdict(each.mass), **each.sizes} for each in stack.members
    ]
