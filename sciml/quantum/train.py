"""Training of one bound state: all parameters, E and the normalization together."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from sciml.domains import Quadrature
from sciml.monitor import Monitor
from sciml.networks import MLP
from sciml.optim import Minimised, Solver, State, minimise
from sciml.pinn import ResidualSystem
from sciml.pinn.packing import assign, pack, unpack
from sciml.quantum.state import BoundState


@dataclass(frozen=True)
class Trained:
    """A trained state: its network, its energy and how the optimizer ended."""

    network: MLP
    energy: float
    result: Minimised


@dataclass(frozen=True)
class Trainer:
    """How states are trained: the points, the optimizer, its steps, and who watches."""

    quadrature: Quadrature
    solver: Solver
    max_steps: int
    monitor: Monitor

    def train(self, state: BoundState, network: MLP) -> Trained:
        """Train a copy of the network from the state's guess of E."""
        system = ResidualSystem(state, network, self.quadrature)
        scalar = state.scalars["E"]
        raw = torch.zeros(int(scalar.trainable), dtype=torch.float64)

        def energy(theta: torch.Tensor) -> float:
            return float(scalar.value(theta[-1])) if scalar.trainable else scalar.guess

        def watch(_: int, now: State) -> bool:
            return self.monitor.record(now.loss, state=float(state.index), energy=energy(now.theta))

        result = minimise(system, pack(network, raw), self.solver, max_steps=self.max_steps, callback=watch)
        return Trained(with_parameters(network, result.theta), energy(result.theta), result)


def with_parameters(network: MLP, theta: torch.Tensor) -> MLP:
    """Return a copy of the network with other parameters."""
    inputs, *hidden, outputs = network.widths
    copy = MLP(inputs, hidden, outputs, activation=network.activation, generator=torch.Generator())
    assign(copy, unpack(theta, network.widths)[0])
    return copy
