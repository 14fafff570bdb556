"""The optimizers of trainings, by the names that `--method` knows."""

from __future__ import annotations

from collections.abc import Mapping

from sciml.training.matrix_optimizers import Muon, Soap
from sciml.training.optimizers import Adam, MakeOptimizer

# For each method the optimizer, and the largest rate as a share of the recipe's, which is Muon's.
METHODS: Mapping[str, tuple[MakeOptimizer, float]] = {
    "muon": (Muon(), 1.0),
    "soap": (Soap(), 0.6),
    "adam": (Adam(), 0.4),
}
