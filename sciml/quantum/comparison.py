"""Hold a well's states against a reference: signs aligned, near-degenerate levels as subspaces."""

from __future__ import annotations

import numpy as np

from sciml.contracts.answer import Answer
from sciml.contracts.checks import Comparison
from sciml.contracts.compare import field_check, scalar_check
from sciml.contracts.reference import Kind, Measured, Reference, Sampled
from sciml.numerics.domains import Array
from sciml.quantum.equation import WellEquation
from sciml.quantum.panels import sampling
from sciml.quantum.references import Eigenpairs

DEGENERATE = 1e-8  # relative distance at which levels are taken as one: no energy is known better


def reference_from(pairs: Eigenpairs, well: WellEquation, kind: Kind = "numerical") -> Reference:
    """Return eigenpairs as a reference on the well's sampling points."""
    quadrature = sampling(well)
    psi = pairs(quadrature.points)
    return Reference(
        scalars={
            f"E{n}": Measured(float(energy), float(error))
            for n, (energy, error) in enumerate(zip(pairs.energies, pairs.errors, strict=True))
        },
        fields={
            f"psi{n}": Sampled(quadrature.points, psi[:, n], quadrature.weights, float(error))
            for n, error in enumerate(pairs.wave_errors)
        },
        kind=kind,
        method=pairs.method,
        citation=pairs.citation,
    )


def compare_states(
    well: WellEquation, answer: Answer, reference: Reference, tolerance: float, field_tolerance: float
) -> Comparison:
    """Return a check of every energy and wavefunction."""
    values = aligned(well, answer, reference)
    return Comparison(
        scalars=tuple(
            scalar_check(answer, name, measured, tolerance) for name, measured in reference.scalars.items()
        ),
        fields=tuple(
            field_check(name, values[:, n], sampled, field_tolerance)
            for n, (name, sampled) in enumerate(reference.fields.items())
        ),
        reference_kind=reference.kind,
        reference_method=reference.method,
    )


def aligned(well: WellEquation, answer: Answer, reference: Reference) -> Array:
    """Return ours (n, K) turned within each level's subspace to fit the reference best.

    A single level can only change sign. Levels closer than a part in 10⁸ share a subspace, in which the
    orthogonal matrix nearest to the overlaps (their polar factor) is applied.
    """
    fields = list(reference.fields.values())
    ours = np.column_stack(list(answer(fields[0].x).values()))
    theirs = np.column_stack([field.values for field in fields])
    overlap = ours.T @ (fields[0].weights[:, None] * theirs)
    energies = np.array([measured.value for measured in reference.scalars.values()])
    turn = np.zeros_like(overlap)
    for group in levels(energies - well.scales.floor):
        block = np.ix_(group, group)
        left, _, right = np.linalg.svd(overlap[block])
        turn[block] = left @ right
    return ours @ turn


def levels(heights: Array) -> list[list[int]]:
    """Return the states of each level, states closer than `DEGENERATE` relative taken as one.

    >>> levels(np.array([1.0, 2.0, 2.0 + 1e-12, 5.0]))
    [[0], [1, 2], [3]]
    """
    groups = [[0]]
    for n in range(1, len(heights)):
        if heights[n] - heights[n - 1] <= DEGENERATE * heights[n]:
            groups[-1].append(n)
        else:
            groups.append([n])
    return groups
