"""A mass whose parameters follow from features: linearly, or through one hidden layer."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor, nn

from sciml.tables.discrete.masses import AbstractMass, Levels, Points
from sciml.training.light import light

PENALTY = 1.0  # weights have a standard normal prior over standardised features
STEPS = 40  # of L-BFGS, from a start near the maximum
HISTORY = 20  # of its pairs
TOLERANCE = 1e-8  # change of weights or likelihood at which it ends
MOST_DIRECT = 20_000  # more weights than that go through the hidden layer only


def direct(features: int, mass: AbstractMass) -> int:
    """Return how many features enter the parameters linearly: all, or none where they are very many."""
    return features if features * mass.parameters <= MOST_DIRECT else 0


class Expert(nn.Module):
    """The mass with parameters θ = b + f W + tanh(f U + c) V of the features f.

    Args:
        mass: A family of masses.
        features: Columns of f; 0 for the same mass in every row.
        hidden: Width of the hidden layer; 0 for none.
        seed: Of the first weights.
    """

    def __init__(self, mass: AbstractMass, features: int, hidden: int = 0, seed: int = 0) -> None:
        super().__init__()
        self.mass, self.features, self.hidden = mass, features, hidden
        generator = torch.Generator().manual_seed(seed)

        def weights(*shape: int, size: float) -> nn.Parameter:
            return nn.Parameter(size * torch.randn(*shape, generator=generator, dtype=torch.float64))

        self.bias = weights(mass.parameters, size=0.0)
        self.linear = weights(direct(features, mass), mass.parameters, size=0.0)
        self.inner = weights(features, hidden, size=0.5)
        self.offset = weights(hidden, size=0.5)
        self.outer = weights(hidden, mass.parameters, size=0.1)

    @property
    def sizes(self) -> dict[str, int]:
        """The number of features and the width of the hidden layer."""
        return {"features": self.features, "hidden": self.hidden}

    def parameters_of(self, f: Tensor) -> Tensor:
        """Return θ for the features (n, features): (n, parameters)."""
        theta = self.bias + f[:, : len(self.linear)] @ self.linear
        if self.hidden:
            theta = theta + torch.tanh(f[:, : self.features] @ self.inner + self.offset) @ self.outer
        return theta

    def forward(self, f: Tensor, values: Tensor) -> Tensor:
        """Return log P(value | f), (n,)."""
        return self.mass.log_mass(values, self.parameters_of(f))

    def fit(self, f: Tensor, values: Tensor, steps: int = STEPS) -> None:
        """Find the weights of highest penalised likelihood near the start, by L-BFGS."""
        with torch.no_grad():
            self.bias.copy_(self.mass.start(values))
        counted = isinstance(self.mass, Levels | Points) and not self.features
        if self.mass.parameters and not counted:
            self._improve(f, values, steps)

    def _improve(self, f: Tensor, values: Tensor, steps: int) -> None:
        before = deepcopy(self.state_dict())
        optimizer: torch.optim.Optimizer = light(torch.optim.LBFGS)(
            self.parameters(),
            max_iter=steps,
            history_size=HISTORY,
            tolerance_change=TOLERANCE,
            line_search_fn="strong_wolfe",
        )

        def closure() -> float:
            optimizer.zero_grad()
            loss: Tensor = self._penalty() / len(values) - self(f, values).mean()
            torch.autograd.backward(loss)
            return loss.item()

        optimizer.step(closure)
        if not all(weights.isfinite().all() for weights in self.parameters()):
            self.load_state_dict(before)

    def _penalty(self) -> Tensor:
        weights = (self.linear, self.inner, self.outer)
        return sum((0.5 * PENALTY * weight.square().sum() for weight in weights), torch.zeros(()))
