"""Find a well's states: start, train, keep what is better, certify, and say what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from sciml.contracts.answer import Answer
from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import Settings
from sciml.contracts.status import Status
from sciml.errors import ArgumentError
from sciml.numerics.networks import MLP
from sciml.pinn.methods import solver
from sciml.pinn.problem import UNTRAINED
from sciml.quantum.certificates import CertifiedState, Meter
from sciml.quantum.equation import WellEquation
from sciml.quantum.fields import WellFields
from sciml.quantum.observables import observables, units_of
from sciml.quantum.panels import sampling
from sciml.quantum.recipe import WellRecipe
from sciml.quantum.references.signs import left_signs
from sciml.quantum.start import RandomStart, Started, gaps_of, grids, ritz_start
from sciml.quantum.state import BoundState
from sciml.quantum.train import StateTrainer
from sciml.quantum.verdict import faults, overlaps, rough
from sciml.quantum.weak_form import weak_doubts, weak_residuals

FEWEST = 96  # quadrature points of a random start
ROUNDING = 1e-13  # of a state's height: an error of its energy that training cannot lower
ORTHONORMAL = 1e-8  # largest overlap with a lower state at which a trained state replaces the one before


def solve_well(
    well: WellEquation, recipe: WellRecipe, start: str, settings: Settings, monitor: Monitor
) -> Answer:
    """Return the well's lowest states with their certificates.

    Args:
        well: What to solve.
        recipe: Sizes and steps.
        start: "ritz" or "random".
        settings: What else the caller chose.
        monitor: Gets a row a step, and says when to stop.

    Raises:
        ArgumentError: For single precision, or another device than the CPU.
    """
    _refuse_single_precision_and_gpu(settings)
    random = start == "random"
    started = (_random if random else _ritz)(well, recipe, settings, monitor)
    signs = zip(started.states, _signs(well, started), strict=True)
    signed = replace(started, states=tuple(state.times(sign) for state, sign in signs))
    return _answer(well, settings, monitor, signed, random)


def _refuse_single_precision_and_gpu(settings: Settings) -> None:
    if settings.dtype not in (None, torch.float64):
        raise ArgumentError(
            f"dtype: got {settings.dtype}, expected float64; single precision cannot hold ψ'' of a well"
        )
    if settings.device != "cpu":
        raise ArgumentError(f"device: got {settings.device!r}, expected 'cpu'; wells are solved there")


def _random(well: WellEquation, recipe: WellRecipe, settings: Settings, monitor: Monitor) -> Started:
    coarse, fine = grids(well.panels, recipe.points, FEWEST)
    trainer = StateTrainer(coarse, solver(settings.method or "lm"), recipe.random_steps, monitor)
    start = RandomStart(well, recipe, trainer, Meter(well, coarse, fine))
    return Started(start.states(settings.seed), start.meter, float("inf"), {})


def _ritz(well: WellEquation, recipe: WellRecipe, settings: Settings, monitor: Monitor) -> Started:
    started = ritz_start(well, recipe, settings.seed)
    if recipe.max_steps == 0:
        return started
    if untrained := _untrained(started, settings):
        return replace(started, remark=untrained)
    trainer = StateTrainer(started.meter.coarse, solver(settings.method or "lm"), recipe.max_steps, monitor)
    states: list[CertifiedState] = []
    for n, state in enumerate(started.states):
        states.append(state if monitor.stop else _improved(well, trainer, started.meter, states, n, state))
    return replace(started, states=tuple(states))


def _untrained(started: Started, settings: Settings) -> str:
    """Return why the states of a Ritz start are not trained, a sentence; empty where they are."""
    if any(not isinstance(state.network, MLP) for state in started.states):
        return "not trained: units that live on panels have no inner parameters"
    asked = settings.max_steps is not None or settings.method is not None
    if not asked and _at_rounding(started):
        return "not trained: the energies' errors are at rounding; max_steps trains all the same"
    return ""


def _at_rounding(started: Started) -> bool:
    """Whether the energies' errors, of second order in the residuals in weak form, are rounding."""
    weak = np.array(weak_residuals(started.meter.well, started.states))
    heights = np.array([state.height for state in started.states])
    return bool((weak**2 * heights / np.minimum(gaps_of(started), heights) <= ROUNDING).all())


def _improved(
    well: WellEquation,
    trainer: StateTrainer,
    meter: Meter,
    lower: list[CertifiedState],
    index: int,
    state: CertifiedState,
) -> CertifiedState:
    """Return the state after training where that lowers both its residual bound and its Rayleigh quotient.

    A lower residual alone is not enough: second derivatives are where rounding shows first, and a step that
    trims them by a tenth can move ψ away by ten times its error. The Rayleigh quotient is the variational
    judge; it is compared among functions orthogonal to the same lower states.
    """
    if not isinstance(state.network, MLP):
        return state
    problem = BoundState(well, index, state.trained, tuple(other.network for other in lower))
    new = meter.state(*trainer.train(problem, state.network))
    before, after = state.certificate, new.certificate
    gram = overlaps((*lower, new), meter)[-1, :-1]
    better = (
        after.residual_bound < before.residual_bound
        and after.rayleigh <= before.rayleigh
        and after.nodes == before.nodes
        and bool(np.all(np.abs(gram) < ORTHONORMAL))
    )
    certificate = replace(before, trained=new.trained)
    return new if better else replace(state, trained=new.trained, certificate=certificate)


def _signs(well: WellEquation, started: Started) -> np.ndarray:
    """Return the factors that give each ψ a positive slope at the left end."""
    quadrature = started.meter.fine
    x = np.concatenate([[well.interval.left], quadrature.points])
    psi = np.column_stack([state.psi for state in started.states])
    potential = well.potential_energy(quadrature.points)
    energies = np.array([state.certificate.rayleigh for state in started.states])
    noise = np.array([state.certificate.residual_bound / abs(state.height) for state in started.states])
    kinetic = well.kinetic_at(quadrature.points) / well.scales.half**2
    return left_signs(x / well.scales.half, psi, potential, kinetic, energies, noise)


def _answer(
    well: WellEquation, settings: Settings, monitor: Monitor, started: Started, random: bool
) -> Answer:
    status, message = _status(well, settings, monitor, started, random)
    weak = weak_residuals(well, started.states)
    doubts = [*([well.doubt] if well.doubt else []), *weak_doubts(weak, random)]
    if random and not monitor.rows:
        doubts.append(UNTRAINED)
    metrics = _observables(well, started) if well.observed else {}
    lengths = {"x": well.length_unit} if well.length_unit else {}
    energies = dict.fromkeys(well.scalars, well.energy_unit)
    answer = Answer(
        status=status,
        message=message,
        scalars={f"E{n}": state.certificate.rayleigh for n, state in enumerate(started.states)},
        units={**energies, **units_of(metrics, well.energy_unit, well.length_unit), **lengths},
        fields=WellFields(well, [state.network for state in started.states]),
        metrics=metrics,
        certificates={
            f"E{n}": _evidence(well, state, size)
            for n, (state, size) in enumerate(zip(started.states, weak, strict=True))
        },
        curves=started.curves,
        stats={"steps": len(monitor.rows)},
        remarks=(started.remark,) if started.remark else (),
        doubts=tuple(doubts),
    )
    return replace(answer, samples=samples(well, answer))


def _observables(well: WellEquation, started: Started) -> Mapping[str, float]:
    energies = np.array([state.certificate.rayleigh for state in started.states])
    psi = np.column_stack([state.psi for state in started.states])
    return observables(energies, psi, started.meter.fine, well.free_kinetic)


def samples(well: WellEquation, answer: Answer) -> dict[str, np.ndarray]:
    """Return the potential and the wavefunctions on the well's sampling points."""
    quadrature = sampling(well)
    potential = well.potential_energy(quadrature.points)
    points = {"x": quadrature.points, "weights": quadrature.weights, "potential": potential}
    return {**points, **answer(quadrature.points)}


def _evidence(well: WellEquation, state: CertifiedState, weak: float) -> Mapping[str, Any]:
    level = well.open_level
    bound = level is None or state.certificate.rayleigh < level
    resolved = {} if well.unseen_below is None else {"resolved": well.unseen_below}
    return {**state.certificate.as_dict(), "weak": weak, "bound": bound, **resolved}


def _status(
    well: WellEquation, settings: Settings, monitor: Monitor, started: Started, random: bool
) -> tuple[Status, str]:
    wrong = faults(started.states, started.meter, started.next_energy)
    cut = random and settings.max_steps is not None
    if monitor.interrupted:
        return Status.INTERRUPTED, Status.INTERRUPTED.advice
    if wrong and (cut or monitor.out_of_time):
        return Status.MAX_STEPS, f"so far {'; '.join(wrong)}: {Status.MAX_STEPS.advice}"
    if wrong:
        return Status.INVALID, f"{'; '.join(wrong)}: {Status.INVALID.advice}"
    if monitor.out_of_time:
        return Status.MAX_STEPS, f"stopped by max_seconds; {Status.MAX_STEPS.advice}"
    left = rough(started.states)
    if left:
        status = Status.MAX_STEPS if random else Status.STALLED
        return status, f"{'; '.join(left)}: {status.advice}"
    unseen = f"; features of V below {well.unseen_below:.2g} are not seen" if well.unseen_below else ""
    return Status.CONVERGED, _bound_message(well, started) + unseen


def _bound_message(well: WellEquation, started: Started) -> str:
    level = well.open_level
    bound = [level is None or state.certificate.rayleigh < level for state in started.states]
    if all(bound):
        return f"{len(bound)} state{'s' * (len(bound) > 1)} found and certified"
    return (
        f"{len(bound)} states found and certified: {sum(bound)} bound, and {len(bound) - sum(bound)} of the "
        f"box, above the potential at its ends ({level:g})"
    )
