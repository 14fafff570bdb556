"""Minimise a residual form along its path of continuation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from sciml.contracts.monitor import Monitor
from sciml.contracts.status import Status
from sciml.numerics.networks import MLP
from sciml.optim import Minimised, Solver, State, minimise
from sciml.pinn.form import AbstractForm
from sciml.pinn.packing import assign, pack, unpack
from sciml.pinn.recipe import PinnRecipe
from sciml.pinn.scalars import Scalar, raw_values, scalar_values
from sciml.pinn.system import ResidualSystem


@dataclass(frozen=True)
class Minimisation:
    """How the last minimisation of a path ended: its system, its result, and the raw scalars (T,)."""

    system: ResidualSystem
    result: Minimised
    raw: Tensor


@dataclass(frozen=True)
class Trainer:
    """How forms are trained: sizes and steps, the optimizer, who watches, and where."""

    recipe: PinnRecipe
    method: Solver[Any]
    monitor: Monitor
    device: str = "cpu"

    def along(
        self, form: AbstractForm, network: MLP, values: Mapping[str, float] | None = None
    ) -> Minimisation:
        """Train on each form of the path from the last one's answer; `network` gets the parameters.

        The first begins with the scalars' `values`, or else their guesses.
        """
        *before, last = form.path()
        values = values or {}
        for stage in before:
            minimisation = self.train(stage, network, values, self.recipe.stage_steps)
            if minimisation.result.status is Status.NONFINITE:
                return minimisation
            values = trained_values(stage.scalars, minimisation.raw)
        return self.train(last, network, values, self.recipe.max_steps)

    def train(
        self, form: AbstractForm, network: MLP, values: Mapping[str, float], max_steps: int
    ) -> Minimisation:
        """Train on one form, starting with the scalars' `values` or else their guesses."""
        quadrature = form.quadrature(self.recipe)
        system = ResidualSystem(form, network, quadrature, device=self.device)
        most = 0 if self.monitor.stop else max_steps
        return fit(system, network, values, self.method, most, self.monitor.record)


def fit(
    system: ResidualSystem,
    network: MLP,
    values: Mapping[str, float],
    method: Solver[Any],
    max_steps: int,
    record: Callable[..., bool],
) -> Minimisation:
    """Minimise a system from the network's parameters, which become the result.

    Args:
        system: The rows.
        network: Where to begin; gets the parameters found.
        values: Where the trained scalars begin; their guesses for those not named.
        method: The optimizer.
        max_steps: Most steps.
        record: Called after each step with the loss and the scalars by name; true stops.
    """
    scalars = system.problem.scalars
    raw = network.biases[0].detach().new_tensor(raw_values(scalars, values))

    def watch(_: int, now: State) -> bool:
        return record(now.loss, **trained_values(scalars, unpack(now.theta, network.widths)[1]))

    result = minimise(system, pack(network, raw), method, max_steps=max_steps, callback=watch)
    layers, raw = unpack(result.theta, network.widths)
    assign(network, layers)
    return Minimisation(system, result, raw.clone())


def trained_values(scalars: Mapping[str, Scalar], raw: Tensor) -> dict[str, float]:
    """Return the values of the scalars that are trained."""
    values = scalar_values(scalars, raw.detach())
    return {name: float(values[name]) for name, scalar in scalars.items() if scalar.trainable}
