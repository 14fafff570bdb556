"""Exact masses of the discrete columns of a table: a chain of conditionals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from sciml.tables.arrays import Array
from sciml.tables.columns.kind import ColumnKind
from sciml.tables.discrete.features import DiscreteFeature, features, source_values
from sciml.tables.discrete.stack import Stack, fitted_stack, stack_values

CHUNK = 2**14  # rows at a time, few enough for a cache
MOST_ROWS = 20_000  # rows a column's masses are fitted to, drawn at random from more


class DiscreteChain(nn.Module):
    """P(c_1, …, c_k | context) = Π_j P(c_j | c_1, …, c_(j-1), context), each factor a normalised mass.

    Columns of levels come first, then those of whole numbers, each in file order. A missing cell contributes
    nothing to the log mass and enters later factors by the column's `fill`.

    Args:
        order: Places of the columns in the order of the chain.
        sources: How each column, in that order, enters the features of later ones.
        stacks: The factors, in that order.
        context_features: Columns of the context.
    """

    def __init__(
        self,
        order: tuple[int, ...],
        sources: tuple[DiscreteFeature, ...],
        stacks: list[Stack],
        context_features: int,
    ) -> None:
        super().__init__()
        self.order, self.sources, self.context_features = order, sources, context_features
        self.stacks = nn.ModuleList(stacks)

    @classmethod
    def fit(cls, kinds: Sequence[ColumnKind], discrete: Array, missing: Array, context: Array) -> Self:
        """Return the chain fitted to training rows.

        Args:
            kinds: Of the schema's columns with masses.
            discrete: Their codes, (n, k).
            missing: Which cells are missing, (n, k).
            context: (n, c).
        """
        order = tuple(sorted(range(len(kinds)), key=lambda j: not kinds[j].levels_count))
        sources = tuple(DiscreteFeature.of(kinds[j], j, discrete[~missing[:, j], j]) for j in order)
        stacks = []
        for i, j in enumerate(order):
            there = _rows(~missing[:, j])
            inputs = features(sources[:i], discrete[there], context[there])
            values = torch.from_numpy(discrete[there, j]).double()
            stacks.append(fitted_stack(kinds[j], torch.from_numpy(inputs), values))
        return cls(order, sources, stacks, context.shape[1])

    def log_prob(self, discrete: Array, missing: Array, context: Array) -> Array:
        """Return the log mass of the rows, (n,), in nats."""
        pieces = [
            self._log_prob(discrete[i : i + CHUNK], missing[i : i + CHUNK], context[i : i + CHUNK])
            for i in range(0, len(discrete), CHUNK)
        ]
        return np.concatenate([np.zeros(0), *pieces])

    @torch.no_grad()
    def _log_prob(self, discrete: Array, missing: Array, context: Array) -> Array:
        total = torch.zeros(len(discrete), dtype=torch.float64)
        for i, (j, stack) in enumerate(zip(self.order, self.stacks, strict=True)):
            values = torch.from_numpy(np.ascontiguousarray(discrete[:, j])).double()
            mass = stack(self._inputs(i, discrete, context), values)
            total += torch.where(torch.from_numpy(np.ascontiguousarray(missing[:, j])), 0.0, mass)
        return np.asarray(total.numpy())

    def _inputs(self, i: int, discrete: Array, context: Array) -> Tensor:
        return torch.from_numpy(features(self.sources[:i], discrete, context))

    @torch.no_grad()
    def sample(self, context: Array, rng: np.random.Generator) -> Array:
        """Return one draw a row of the context, (n, k), int64."""
        drawn = np.zeros((len(context), len(self.order)), dtype=np.int64)
        for i, (j, stack) in enumerate(zip(self.order, self.stacks, strict=True)):
            for a in range(0, len(context), CHUNK):
                rows = slice(a, a + CHUNK)
                assert isinstance(stack, Stack)
                drawn[rows, j] = stack.sample(self._inputs(i, drawn[rows], context[rows]), rng)
        return drawn

    @torch.no_grad()
    def complete(self, discrete: Array, missing: Array, context: Array, rng: np.random.Generator) -> Array:
        """Return rows whose missing cells are draws given those before them in the chain, (n, k)."""
        drawn = discrete.copy()
        for i, (j, stack) in enumerate(zip(self.order, self.stacks, strict=True)):
            rows = np.flatnonzero(missing[:, j])
            assert isinstance(stack, Stack)
            for a in range(0, len(rows), CHUNK):
                part = rows[a : a + CHUNK]
                drawn[part, j] = stack.sample(self._inputs(i, drawn[part], context[part]), rng)
        return drawn

    def features(self, discrete: Array, context: Array) -> Array:
        """Return context and discrete columns as numbers, (n, f): what a density of the real block sees."""
        return features(self.sources, discrete, context)

    def values(self) -> dict[str, Any]:
        """Return what the chain is made of, as plain values; `rebuild` takes them and `state_dict()`."""
        return {
            "order": list(self.order),
            "sources": [source_values(source) for source in self.sources],
            "stacks": [stack_values(stack) for stack in self.stacks if isinstance(stack, Stack)],
            "context_features": self.context_features,
        }


def _rows(there: Array) -> Array:
    """Return the numbers of the rows to fit to, in order."""
    rows = np.flatnonzero(there)
    few = len(rows) <= MOST_ROWS
    return rows if few else np.sort(np.random.default_rng(0).choice(rows, MOST_ROWS, replace=False))
