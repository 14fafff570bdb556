"""Darcy flow learned as an operator: from the permeability of a medium to the pressure in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, Self

import numpy as np

from sciml.arguments import check_choice
from sciml.contracts.parameters import parameter
from sciml.contracts.reference import Reference
from sciml.numerics.domains import Array
from sciml.operators.data import OperatorData
from sciml.operators.data.darcy import DarcyData, DarcyMedium, averaged_faces, darcy, darcy_faces
from sciml.operators.files.placing import tensor_grid
from sciml.operators.plane_problem import PlaneOperatorProblem
from sciml.operators.recipe import PlaneRecipe
from sciml.operators.spec import PLANE_LISTED, FrameSpec

LABELS = 2  # samples on which the labels' own error is measured
SOLVED = "solve"  # the input that adds the classical solve on the network's own grid
INPUTS = ("nodes", SOLVED)


@dataclass(frozen=True)
class DarcyOperator(PlaneOperatorProblem):
    """The pressure of Darcy flow from the permeability at the nodes, beside finite volumes on the same nodes.

    Labels are solved for on a grid `refine` times finer, and carry an error of their own. Finite volumes on
    the network's nodes cost milliseconds; with faces averaged from the fine permeability, which the network
    is not given, no network comes near.
    """

    equation: ClassVar[str] = "-div(a grad u) = 1 in the unit square, u = 0 at its walls; a -> u"
    citation: ClassVar[str] = "Z. Li et al., Fourier neural operator, ICLR 2021 (law of a)"

    low: float = parameter(3.0, "permeability where g < 0", low=1e-3, high=1e3)
    high: float = parameter(12.0, "permeability where g ≥ 0", low=1e-3, high=1e3)
    samples: int = parameter(512, "pairs to learn from, a sixteenth of them held out", low=32, high=10**5)
    n: int = parameter(43, "nodes along a side", low=15, high=421)
    refine: int = parameter(5, "how much finer the grid of the labels is", low=1, high=10)
    inputs: str = parameter("nodes", "nodes: a alone; solve: with the solve on these nodes, to be corrected")
    model: str = parameter("spectral", PLANE_LISTED)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("parameter 'inputs'", self.inputs, INPUTS)

    @property
    def data(self) -> DarcyData:
        """What samples are made of."""
        return DarcyData(DarcyMedium(self.low, self.high), self.n, self.refine)

    @property
    def frame(self) -> FrameSpec:
        """What the classical solve leaves over, where that is an input."""
        return FrameSpec("correction") if self.inputs == SOLVED else FrameSpec()

    def small(self) -> Self:
        """Return 96 samples on 22 × 22 nodes at most, labels from twice as many."""
        samples, n, refine = min(self.samples, 96), min(self.n, 22), min(self.refine, 2)
        return replace(self, samples=samples, n=n, refine=refine)

    def recipe(self, quick: bool = False) -> PlaneRecipe:
        """Return sizes: modes as the nodes hold; walls at which outputs vanish."""
        modes = min(12, (self.n + 1) // 2)
        if quick:
            return PlaneRecipe(120, 0.15, width=16, modes=8, tests=16, input_modes=12, walls=1)
        return PlaneRecipe(1500, 2e-2, modes=modes, tests=100, walls=1)

    def reference(self) -> Reference:
        """Return how the labels are computed."""
        method = "finite volumes with harmonic means on a finer grid"
        return Reference(kind="numerical", method=method, citation=self.citation)

    def pairs(self, count: int, seed: int) -> tuple[OperatorData, Sequence[Array]]:
        """Return permeabilities and pressures, and the fine permeabilities."""
        a, u, fine = self.data.pairs(count, seed)
        line = np.linspace(0, 1, self.n)
        inputs = [a] if self.inputs == INPUTS[0] else [a, np.stack([darcy(each) for each in a])]
        stacked = np.stack(inputs, -1).reshape(count, -1, len(inputs))
        return OperatorData(stacked, u.reshape(count, -1), tensor_grid(line, line)), fine

    def label_error(self) -> float:
        """Return the error of the labels, by halving their spacing."""
        return self.data.label_error(LABELS, seed=0)

    def solves(self) -> Mapping[str, Callable[[Array], Array]]:
        """Return finite volumes on the network's nodes: from node values, and with averaged faces."""
        return {
            "direct": partial(_direct, every=self.refine),
            "averaged": partial(_averaged, every=self.refine),
        }


def _direct(fine: Array, every: int) -> Array:
    return darcy(fine[::every, ::every])


def _averaged(fine: Array, every: int) -> Array:
    return darcy_faces(*averaged_faces(fine, every))
