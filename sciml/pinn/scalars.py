"""Trainable scalars: a bound state's energy and a flame's speed are the same mechanism."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Scalar:
    """A number that is trained beside the network, or held.

    Args:
        guess: The first value.
        positive: Keep the sign of the guess, by value = guess · exp(raw).
        trainable: Whether the optimizer may move it.
        unit: Its unit.
        scale: Size of a natural change, by value = guess + scale · raw; unused where `positive`.
        bound: Where `positive`, largest |log(value/guess)|, by value = guess · exp(bound · tanh(raw/bound)).
    """

    guess: float
    positive: bool = False
    trainable: bool = True
    unit: str = ""
    scale: float = 1.0
    bound: float = math.inf

    def value(self, raw: Tensor) -> Tensor:
        """Return the scalar for the optimizer's unconstrained number, which is zero at the guess."""
        if not self.positive:
            return self.guess + self.scale * raw
        bounded = raw if math.isinf(self.bound) else self.bound * torch.tanh(raw / self.bound)
        return self.guess * torch.exp(bounded)

    def raw(self, value: float) -> float:
        """Return the optimizer's number for a value: the inverse of `value`."""
        if not self.positive:
            return (value - self.guess) / self.scale
        change = math.log(value / self.guess)
        return change if math.isinf(self.bound) else self.bound * math.atanh(change / self.bound)

    def slope(self, raw: Tensor) -> float:
        """Return the derivative of `value` at the optimizer's number."""
        with torch.enable_grad():
            leaf = raw.detach().clone().requires_grad_()
            return float(torch.autograd.grad(self.value(leaf), leaf)[0])


def scalar_values(scalars: Mapping[str, Scalar], raw: Tensor) -> dict[str, Tensor]:
    """Return every scalar from the trainable raw numbers (..., T), in the order of the mapping."""
    columns = iter(raw.unbind(-1))
    zero = raw.new_zeros(raw.shape[:-1])
    return {
        name: scalar.value(next(columns) if scalar.trainable else zero) for name, scalar in scalars.items()
    }


def raw_values(scalars: Mapping[str, Scalar], values: Mapping[str, float]) -> list[float]:
    """Return the raw numbers of the trainable scalars; zero, their guess, for those not in `values`."""
    trainable = {name: scalar for name, scalar in scalars.items() if scalar.trainable}
    return [scalar.raw(values[name]) if name in values else 0.0 for name, scalar in trainable.items()]


def trainable_count(scalars: Mapping[str, Scalar]) -> int:
    """Return how many of the scalars the optimizer moves."""
    return sum(scalar.trainable for scalar in scalars.values())
