"""Training of one bound state: all parameters, E and the normalization together."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from sciml.contracts.monitor import Monitor
from sciml.numerics.domains import Quadrature
from sciml.numerics.networks import MLP
from sciml.optim import Solver
from sciml.pinn import ResidualSystem
from sciml.pinn.train import fit, trained_values
from sciml.quantum.state import BoundState


@dataclass(frozen=True)
class StateTrainer:
    """How states are trained: the points, the optimizer, its steps, and who watches."""

    quadrature: Quadrature
    solver: Solver[Any]
    max_steps: int
    monitor: Monitor

    def train(self, state: BoundState, network: MLP) -> tuple[MLP, float]:
        """Return a trained copy of the network and the trained E, from the state's guess of E."""
        copy, scalars = deepcopy(network), state.scalars

        def record(loss: float, **scalar: float) -> bool:
            energy = scalar.get("E", state.guess)
            return self.monitor.record(loss, state=float(state.index), energy=energy)

        system = ResidualSystem(state, copy, self.quadrature)
        raw = fit(system, copy, {}, self.solver, self.max_steps, record).raw
        return copy, trained_values(scalars, raw).get("E", state.guess)
