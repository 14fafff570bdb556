"""The states of a quantum solution, live or read from a folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sciml.numerics.domains import Array
from sciml.runs.solution import Solution


@dataclass(frozen=True)
class States:
    """What there is to draw of a well, by the names of the energies."""

    x: Array
    weights: Array | None
    potential: Array
    energies: Mapping[str, float]
    waves: Mapping[str, Array]
    references: Mapping[str, Array]

    @property
    def errors(self) -> dict[str, Array]:
        """The difference from the reference, for each state that has one."""
        return {name: self.waves[name] - reference for name, reference in self.references.items()}


def states_of(solution: Solution) -> States:
    """Return the states whose energy and wave are finite."""
    arrays = solution.sampled
    numbers = [k for k in numbers_of(arrays) if _finite(solution, arrays, k)]
    return States(
        x=arrays["x"],
        weights=arrays.get("weights"),
        potential=arrays.get("potential", np.zeros(len(arrays["x"]))),
        energies={f"E{k}": solution.scalars[f"E{k}"] for k in numbers},
        waves={f"E{k}": arrays[f"psi{k}"] for k in numbers},
        references={f"E{k}": arrays[f"psi{k}_reference"] for k in numbers if f"psi{k}_reference" in arrays},
    )


def numbers_of(arrays: Mapping[str, Array]) -> list[int]:
    """Return the numbers of the states that have a wave.

    >>> numbers_of({"x": np.zeros(1), "psi10": np.zeros(1), "psi2": np.zeros(1), "psi2_b": np.ones(1)})
    [2, 10]
    """
    return sorted(int(found[1]) for found in (re.fullmatch(r"psi(\d+)", name) for name in arrays) if found)


def has_states(arrays: Mapping[str, Array]) -> bool:
    """Whether there is a wave to draw."""
    return bool(numbers_of(arrays))


def _finite(solution: Solution, arrays: Mapping[str, Array], k: int) -> bool:
    energy = solution.scalars.get(f"E{k}", np.nan)
    return bool(np.isfinite(energy) and np.isfinite(arrays[f"psi{k}"]).all())
