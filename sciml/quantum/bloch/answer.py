"""Answer and reference of Bloch states, of one phase or of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from sciml.contracts.answer import Answer
from sciml.contracts.checks import Comparison, FieldCheck
from sciml.contracts.compare import scalar_check
from sciml.contracts.reference import Measured, Reference, Sampled
from sciml.contracts.status import Status
from sciml.errors import ArgumentError
from sciml.numerics.domains import Array
from sciml.quantum.bloch.reference import CITATION, EPS, ROUNDING, Bands, BlochWaves
from sciml.quantum.bloch.solve import Solved, solve_bloch
from sciml.quantum.bloch.states import BlochFields
from sciml.quantum.comparison import DEGENERATE
from sciml.quantum.equation import WellEquation
from sciml.quantum.look import Look
from sciml.quantum.panels import sampling
from sciml.quantum.recipe import WellRecipe
from sciml.quantum.references.shooting import elements, filled, halved, window
from sciml.quantum.weak_form import weak_doubts


@dataclass(frozen=True)
class Phase:
    """A well of one phase, and what stands after the numbers of its states in their names."""

    well: WellEquation
    tag: str = ""

    def names(self, letter: str) -> list[str]:
        """Return the names of its states' energies (E) or wave functions (psi)."""
        return [f"{letter}{n}{self.tag}" for n in range(self.well.states)]


def bloch_answer(phases: Sequence[Phase], recipe: WellRecipe) -> Answer:
    """Return the states of every phase with their certificates."""
    first = phases[0].well
    if any(first.look.singular):
        raise ArgumentError("potential: singular at an end, expected a finite one over the whole period")
    solved = [solve_bloch(phase.well, recipe) for phase in phases]
    waves = {
        name: (phase.well, pair)
        for phase, found in zip(phases, solved, strict=True)
        for name, pair in zip(phase.names("psi"), found.pairs, strict=True)
    }
    scalars, certificates = _numbers(phases, solved)
    faults = [fault for found in solved for fault in found.faults()]
    doubts = [first.doubt] if first.doubt else []
    for found in solved:
        doubts += weak_doubts([float(item["weak"]) for item in found.certificates], random=False)
    units = dict.fromkeys(scalars, first.energy_unit)
    answer = Answer(
        status=Status.INVALID if faults else Status.CONVERGED,
        message=f"{'; '.join(faults)}: {Status.INVALID.advice}" if faults else _message(phases),
        scalars=scalars,
        units=units | ({"x": first.length_unit} if first.length_unit else {}),
        fields=BlochFields(waves),
        certificates=certificates,
        stats={"steps": 0},
        doubts=tuple(doubts),
    )
    quadrature = sampling(first)
    potential = first.potential_energy(quadrature.points)
    points = {"x": quadrature.points, "weights": quadrature.weights, "potential": potential}
    return replace(answer, samples={**points, **answer(quadrature.points)})


def _message(phases: Sequence[Phase]) -> str:
    count = sum(phase.well.states for phase in phases)
    unseen = phases[0].well.unseen_below
    seen = f"; features of V below {unseen:.2g} are not seen" if unseen else ""
    return f"{count} Bloch state{'s' * (count > 1)} found and certified{seen}"


def _numbers(
    phases: Sequence[Phase], solved: Sequence[Solved]
) -> tuple[dict[str, float], dict[str, Mapping[str, object]]]:
    scalars: dict[str, float] = {}
    certificates: dict[str, Mapping[str, object]] = {}
    for phase, found in zip(phases, solved, strict=True):
        resolved = {} if phase.well.unseen_below is None else {"resolved": phase.well.unseen_below}
        for name, energy, item in zip(phase.names("E"), found.energies, found.certificates, strict=True):
            scalars[name] = float(energy)
            certificates[name] = {**item, **resolved}
    return scalars, certificates


def bloch_reference(phases: Sequence[Phase], look: Look, edges: Array) -> Reference:
    """Return energies and states by shooting over a period, on elements and on such half as long."""
    well, quadrature = phases[0].well, sampling(phases[0].well)
    energies = window(look, well.states, well.kinetic_at)
    mesh = elements(well.potential_energy, look, edges, well.kinetic_at, energies)
    fine = filled(well.potential_energy, halved(mesh.edges), well.kinetic_at)
    bands = [Bands(each, look.floor - well.scales.unit, energies[1]) for each in (fine, mesh)]
    scalars: dict[str, Measured] = {}
    fields: dict[str, Sampled] = {}
    for phase in phases:
        theta = float(phase.well.phase or 0.0)
        every, before = (np.array(each.levels(theta, well.states + 1)) for each in bands)
        found, before = every[:-1], before[:-1]
        sizes = np.maximum(np.abs(found - look.floor), well.scales.unit)
        blurs = [bands[0].blur(theta, *row) for row in zip(found.tolist(), sizes.tolist(), strict=True)]
        errors = np.abs(found - before) + ROUNDING * EPS * sizes + blurs
        groups = _groups(every, np.append(errors, errors[-1]), look.floor - well.scales.unit)
        cut = (
            groups.pop() if len(groups[-1]) == 1 else groups[-1]
        )  # a level whose states are not all asked for
        groups = [[n for n in group if n < well.states] for group in groups]
        waves = BlochWaves.of(fine, found, theta, groups)
        psi, wave_errors = waves(quadrature.points), waves.errors.copy()
        wave_errors[[n for n in cut if n < well.states]] = 1.0
        for n, (energy, psi_name) in enumerate(zip(phase.names("E"), phase.names("psi"), strict=True)):
            scalars[energy] = Measured(float(found[n]), float(errors[n]))
            for name, part in ((psi_name, psi[:, n].real), (f"{psi_name}_imag", psi[:, n].imag)):
                fields[name] = Sampled(quadrature.points, part, quadrature.weights, float(wave_errors[n]))
    method = f"shooting over a period of {len(fine.halves)} elements, levels counted by zeros and trace"
    return Reference(scalars, fields, method=method, citation=CITATION)


def _groups(energies: Array, errors: Array, floor: float) -> list[list[int]]:
    """Return the states of each level; levels that their errors do not tell apart are one."""
    apart = np.diff(energies) > errors[1:] + errors[:-1] + DEGENERATE * (energies[1:] - floor)
    cuts = [0, *(np.flatnonzero(apart) + 1).tolist(), len(energies)]
    return [list(range(a, b)) for a, b in pairwise(cuts)]


def compare_bloch(
    phases: Sequence[Phase], answer: Answer, reference: Reference, tolerance: float, field_tolerance: float
) -> Comparison:
    """Return a check of every energy and of every complex ψ, turned within each level to fit best."""
    checks: list[FieldCheck] = []
    for phase in phases:
        names = phase.names("psi")
        samples = [reference.fields[name] for name in names]
        w, ours = samples[0].weights, answer(samples[0].x)
        mine = np.column_stack([ours[name] + 1j * ours[f"{name}_imag"] for name in names])
        theirs = np.column_stack(
            [reference.fields[name].values + 1j * reference.fields[f"{name}_imag"].values for name in names]
        )
        known = [reference.scalars[name] for name in phase.names("E")]
        energies, errors = (np.array(row) for row in zip(*((e.value, e.error) for e in known), strict=True))
        for group in _groups(energies, errors, phase.well.scales.floor - phase.well.scales.unit):
            overlap = mine[:, group].conj().T @ (w[:, None] * theirs[:, group])
            left, _, right = np.linalg.svd(overlap)
            gaps = mine[:, group] @ (left @ right) - theirs[:, group]
            for column, n in enumerate(group):
                size = float(np.sqrt(w @ np.abs(gaps[:, column]) ** 2 / (w @ np.abs(theirs[:, n]) ** 2)))
                largest = float(np.abs(gaps[:, column]).max())
                checks.append(FieldCheck(names[n], size, largest, samples[n].error, field_tolerance))
    return Comparison(
        scalars=tuple(
            scalar_check(answer, name, measured, tolerance) for name, measured in reference.scalars.items()
        ),
        fields=tuple(checks),
        reference_kind=reference.kind,
        reference_method=reference.method,
    )
