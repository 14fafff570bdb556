"""Solve a residual form with one network: build, train along the path, say how it ended."""

from __future__ import annotations

import torch
from torch import Tensor

from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import Settings
from sciml.contracts.status import Status
from sciml.numerics.domains import Array, Quadrature
from sciml.pinn.fields import PinnFields
from sciml.pinn.form import AbstractForm
from sciml.pinn.methods import solver
from sciml.pinn.packing import assign
from sciml.pinn.recipe import PinnRecipe
from sciml.pinn.train import Minimisation, Trainer, trained_values

RAN_OUT = (Status.MAX_STEPS, Status.INTERRUPTED)


def solve_form(
    form: AbstractForm,
    recipe: PinnRecipe,
    method: str,
    settings: Settings,
    monitor: Monitor,
    before: PinnFields | None = None,
) -> tuple[PinnFields, Minimisation]:
    """Return the fields of one network trained along the form's path, and how the training ended.

    Args:
        form: What to solve.
        recipe: Sizes, points, steps and the loss to reach.
        method: Name of the optimizer.
        settings: The caller's seed, dtype and device.
        monitor: Gets a row a step, and says when to stop.
        before: The answer to a similar form to begin with, in place of the path; of no use with other sizes.
    """
    network = form.network(recipe, settings.seed, settings.dtype or torch.float64).to(settings.device)
    trainer = Trainer(recipe, solver(method, atol=recipe.loss), monitor, settings.device)
    if before is None or before.network.widths != network.widths:
        minimisation = trainer.along(form, network)
    else:
        assign(network, before.network.layers)
        values = trained_values(form.scalars, before.raw)
        minimisation = trainer.train(form, network, values, recipe.max_steps)
    return PinnFields(form, network, minimisation.raw), minimisation


def samples(fields: PinnFields, quadrature: Quadrature) -> dict[str, Array]:
    """Return the fields on sampling points, with the points and their weights."""
    with torch.no_grad():
        values = fields(torch.as_tensor(quadrature.points, dtype=fields.dtype, device=fields.device))
    points = {"x": quadrature.points, "weights": quadrature.weights}
    return {**points, **{name: tensor.cpu().double().numpy() for name, tensor in values.items()}}


def verdict(
    minimisation: Minimisation, fault: str, monitor: Monitor, settings: Settings
) -> tuple[Status, str]:
    """Return the status and the sentence that explains it.

    A fault makes the answer INVALID, unless a limit of the caller's own cut the solve short.
    """
    status, spoken = _ending(minimisation, monitor)
    if status is Status.NONFINITE:
        return status, f"{blame(minimisation)}; {status.advice}"
    cut = status in RAN_OUT and (monitor.stop or settings.max_steps is not None)
    if fault and not cut:
        return Status.INVALID, f"{fault} ({spoken}); {Status.INVALID.advice}"
    so_far = f"; so far {fault}" if fault else ""
    return status, f"{spoken}{so_far}; {status.advice}"


def _ending(minimisation: Minimisation, monitor: Monitor) -> tuple[Status, str]:
    status, steps = minimisation.result.status, len(monitor.rows)
    state = f"loss {minimisation.result.loss:.1e} after {steps} steps"
    if status in RAN_OUT and monitor.interrupted:
        return Status.INTERRUPTED, f"interrupted at {state}"
    if status in RAN_OUT and monitor.out_of_time:
        return Status.MAX_STEPS, f"max_seconds = {monitor.max_seconds:g} reached at {state}"
    return status, state


def blame(minimisation: Minimisation) -> str:
    """Return which terms are not finite, in value or derivative, at the last parameters."""
    with torch.no_grad():
        rows, jacobian = minimisation.system.linearize(minimisation.result.theta)
    names = minimisation.system.names()
    for what, bad in (("", _bad(rows[:, None])), ("the derivative of ", _bad(jacobian))):
        terms = dict.fromkeys(names[row] for row in bad)
        if terms:
            return f"{what}{', '.join(map(repr, terms))} not finite in {len(bad)} of {len(names)} rows"
    return "the loss is not finite beside the last finite parameters"


def _bad(rows: Tensor) -> list[int]:
    return (~torch.isfinite(rows).all(1)).nonzero()[:, 0].tolist()
