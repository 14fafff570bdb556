"""Solve a residual problem with one network: build, train along the path, certify, report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import Settings
from sciml.contracts.reference import Array
from sciml.contracts.status import Status
from sciml.pinn.fields import PinnFields
from sciml.pinn.methods import solver
from sciml.pinn.packing import assign
from sciml.pinn.problem import Evidence, PinnRecipe, ResidualProblem
from sciml.pinn.train import Trained, Trainer, trained_values
from sciml.runs.solution import Solution

RAN_OUT = (Status.MAX_STEPS, Status.INTERRUPTED)


def solve_residual(
    problem: ResidualProblem, settings: Settings, monitor: Monitor, before: PinnFields | None = None
) -> Solution:
    """Return the solution of a problem with one network, trained and certified.

    Args:
        problem: What to solve; its recipe gives sizes, points, steps and the loss to reach.
        settings: What the caller chose instead.
        monitor: Gets a row a step, and says when to stop.
        before: The answer to a similar problem to begin with: its network, and its scalars' raw numbers,
            which are changes from their guesses.
    """
    recipe = _recipe(problem, settings)
    network = problem.network(recipe, settings.seed, settings.dtype or torch.float64).to(settings.device)
    method = solver(settings.method or problem.methods[0], atol=recipe.loss)
    values: Mapping[str, float] = {}
    if before is not None:
        assign(network, before.network.layers)
        values = trained_values(problem.scalars, before.raw)
    trained = Trainer(recipe, method, monitor, settings.device).along(problem, network, values)
    fields = PinnFields(problem, network, trained.raw)
    evidence = _evidence(fields, trained)
    status, message = _verdict(trained, evidence, monitor, settings)
    found = trained_values(problem.scalars, trained.raw)
    return Solution(
        name=problem.name,
        kind=problem.kind,
        status=status,
        message=message,
        parameters=problem.parameters,
        scalars=found,
        units={name: problem.scalars[name].unit for name in found},
        fields=fields,
        samples=samples(fields),
        certificates=evidence.certificates,
        history=tuple(monitor.rows),
        stats={"steps": len(monitor.rows)},
        seed=settings.seed,
        quick=settings.quick,
        start=settings.start or next(iter(problem.starts), None),
        problem=problem,
    )


def samples(fields: PinnFields) -> dict[str, Array]:
    """Return the fields on the problem's sampling points."""
    quadrature = fields.problem.sampling()
    with torch.no_grad():
        values = fields(torch.as_tensor(quadrature.points, dtype=fields.dtype, device=fields.device))
    known = {"x": quadrature.points, "weights": quadrature.weights}
    return {**known, **{name: tensor.cpu().double().numpy() for name, tensor in values.items()}}


def _recipe(problem: ResidualProblem, settings: Settings) -> PinnRecipe:
    recipe = problem.recipe(settings.quick)
    return recipe if settings.max_steps is None else replace(recipe, max_steps=settings.max_steps)


def _evidence(fields: PinnFields, trained: Trained) -> Evidence:
    """Return the problem's evidence; none where there is nothing finite to look at."""
    return Evidence() if trained.result.status is Status.NONFINITE else fields.problem.certify(fields)


def _verdict(
    trained: Trained, evidence: Evidence, monitor: Monitor, settings: Settings
) -> tuple[Status, str]:
    """Return the status and the sentence that explains it.

    A fault makes the answer INVALID, unless a limit of the caller's own cut the solve short.
    """
    status, spoken = _ending(trained, monitor)
    if status is Status.NONFINITE:
        return status, f"{blame(trained)}; {status.advice}"
    cut = status in RAN_OUT and (monitor.stop or settings.max_steps is not None)
    if evidence.fault and not cut:
        return Status.INVALID, f"{evidence.fault} ({spoken}); {Status.INVALID.advice}"
    fault = f"; so far {evidence.fault}" if evidence.fault else ""
    return status, f"{spoken}{fault}; {status.advice}"


def _ending(trained: Trained, monitor: Monitor) -> tuple[Status, str]:
    status, steps = trained.result.status, len(monitor.rows)
    state = f"loss {trained.result.loss:.1e} after {steps} steps"
    if status in RAN_OUT and monitor.interrupted:
        return Status.INTERRUPTED, f"interrupted at {state}"
    if status in RAN_OUT and monitor.out_of_time:
        return Status.MAX_STEPS, f"max_seconds = {monitor.max_seconds:g} reached at {state}"
    return status, state


def blame(trained: Trained) -> str:
    """Return which terms are not finite, in value or derivative, at the last parameters."""
    with torch.no_grad():
        rows, jacobian = trained.system.linearize(trained.result.theta)
    names = trained.system.names()
    for what, bad in (("", _bad(rows[:, None])), ("the derivative of ", _bad(jacobian))):
        found = dict.fromkeys(names[row] for row in bad)
        if found:
            return f"{what}{', '.join(map(repr, found))} not finite in {len(bad)} of {len(names)} rows"
    return "the loss is not finite beside the last finite parameters"


def _bad(rows: Tensor) -> list[int]:
    return (~torch.isfinite(rows).all(1)).nonzero()[:, 0].tolist()
