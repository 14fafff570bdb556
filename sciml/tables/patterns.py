"""Which cells are missing: the masses of the patterns of gaps, and what rows of each pattern score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from sciml.arguments import check_count
from sciml.runs.arrays import part_of
from sciml.runs.described import check_saved, describing, numbers_in
from sciml.tables.arrays import Array
from sciml.tables.columns.categorical import Categorical
from sciml.tables.columns.schema import Schema
from sciml.tables.discrete.chain import DiscreteChain
from sciml.tables.discrete.rebuild import rebuild

LEAST = 50  # training rows of a pattern whose own quantiles are kept
QUANTILES = 1_001  # of each
MOST = 200  # patterns whose quantiles are kept, the commonest


class GapPatterns(nn.Module):
    """P(pattern of gaps | given columns), a chain of masses; and log densities of training rows by pattern.

    Args:
        chain: Of one column of two levels, there or missing, for each column with gaps that is not given.
        seen: Patterns, (p, columns), 0 or 1.
        quantiles: Of the log density of each pattern's training rows, (p, q), increasing.
    """

    seen: Tensor
    quantiles: Tensor

    def __init__(self, chain: DiscreteChain, seen: Tensor, quantiles: Tensor) -> None:
        super().__init__()
        self.chain = chain
        self.register_buffer("seen", seen.double())
        self.register_buffer("quantiles", quantiles.double())

    @classmethod
    def fit(cls, schema: Schema, context: Array) -> Self | None:
        """Return the masses of the patterns in training rows' context; None where no free column has gaps."""
        free = gap_places(schema)
        if not len(free):
            return None
        missing = context[:, free].astype(np.int64)
        kinds = [Categorical((False, True))] * len(free)
        nowhere = np.zeros(missing.shape, dtype=bool)
        chain = DiscreteChain.fit(kinds, missing, nowhere, _known(schema, context))
        return cls(chain, torch.zeros(0, len(free)), torch.zeros(0, QUANTILES))

    def log_prob(self, schema: Schema, context: Array) -> Array:
        """Return the log mass of each row's pattern, (n,)."""
        missing = context[:, gap_places(schema)].astype(np.int64)
        return self.chain.log_prob(missing, np.zeros(missing.shape, dtype=bool), _known(schema, context))

    def sample(self, schema: Schema, context: Array, rng: np.random.Generator) -> Array:
        """Return the context with patterns drawn, (n, c)."""
        drawn = context.copy()
        drawn[:, gap_places(schema)] = self.chain.sample(_known(schema, context), rng)
        return drawn

    def remember(self, missing: Array, log_density: Array) -> None:
        """Keep the quantiles of the training rows' log density, of each common pattern."""
        patterns, which, counts = np.unique(missing, axis=0, return_inverse=True, return_counts=True)
        common = [i for i in np.argsort(-counts, kind="stable")[:MOST] if counts[i] >= LEAST]
        shares = np.linspace(0, 1, QUANTILES)
        own = [
            np.quantile(log_density[which.reshape(-1) == i], shares, method="inverted_cdf") for i in common
        ]
        self.seen = torch.from_numpy(patterns[common].astype(float))
        self.quantiles = torch.from_numpy(np.reshape(own, (len(common), QUANTILES)))

    def of(self, pattern: Array) -> Array | None:
        """Return the quantiles of a pattern's training rows; None for a rare one."""
        at = np.flatnonzero((self.seen.numpy() == pattern).all(1))
        return self.quantiles.numpy()[at[0]] if len(at) else None

    def values(self) -> dict[str, Any]:
        """Return plain values for `model.json`."""
        return {"chain": self.chain.values(), "seen": len(self.seen)}

    @classmethod
    def rebuild(cls, values: Any, tensors: Mapping[str, Tensor], schema: Schema) -> Self:  # noqa: ANN401
        """Return what was saved; FileError where the values do not describe the tensors."""
        with describing("patterns of gaps"):
            seen, columns = check_count("seen", values["seen"], 0, MOST), len(gap_places(schema))
            check_saved(seen * QUANTILES, numbers_in(tensors))
            chain = rebuild(values["chain"], part_of(tensors, "chain"))
            if len(chain.order) != columns:
                raise ValueError(f"patterns of {len(chain.order)} columns, {columns} have gaps")
            patterns = cls(chain, torch.zeros(seen, columns), torch.zeros(seen, QUANTILES))
            patterns.load_state_dict(dict(tensors))
        return patterns


def gap_places(schema: Schema) -> Array:
    """Return where in the context it stands whether cells of free columns are missing."""
    first = schema.context_features - len(schema.gaps)
    return np.array([first + j for j, c in enumerate(schema.gaps) if not c.given], dtype=np.intp)


def _known(schema: Schema, context: Array) -> Array:
    """Return the context that is given: columns, and which of their cells are missing."""
    return np.delete(context, gap_places(schema), axis=1)
