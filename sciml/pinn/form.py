"""Residual forms: an equation with hard constraints and scalars, and the network that solves it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import torch
from torch import Tensor

from sciml.numerics.derivatives import Jet, variable
from sciml.numerics.domains import Interval, Quadrature
from sciml.numerics.networks import MLP, InterfaceInputs
from sciml.pinn.recipe import PinnRecipe
from sciml.pinn.scalars import Scalar
from sciml.pinn.terms import Term, Where


class Inputs(Protocol):
    """What a network is fed: a map from the position's jet to jets of (n, count)."""

    @property
    def count(self) -> int:
        """Number of inputs."""
        ...

    def __call__(self, x: Jet) -> Jet:
        """Return the inputs at points."""
        ...


@dataclass(frozen=True)
class Anchored:
    """The raw network at the anchors: `value` and `slope`, both (..., anchors, outputs)."""

    value: Tensor
    slope: Tensor


class AbstractForm(ABC):
    """A differential equation with hard constraints and trainable scalars, on whatever domain.

    The residual is the primitive: `ansatz` builds fields that meet the constraints exactly from the raw
    network, `terms` are the rows, and the loss is half their squared norm.
    """

    @abstractmethod
    def quadrature(self, recipe: PinnRecipe, finer: int = 1) -> Quadrature:
        """Return the points of the interior, and of `finer` times as many along each axis."""

    @abstractmethod
    def place(self, where: Where, finer: int = 1) -> Quadrature:
        """Return the points of a term that is not of the interior, as `quadrature` does."""

    @abstractmethod
    def position(self, x: Tensor) -> Jet:
        """Return the position itself as a jet, with the derivatives that are carried."""

    @abstractmethod
    def inputs(self) -> Inputs:
        """Return what the network is fed."""

    @property
    def anchors(self) -> tuple[float, ...]:
        """Points whose network value and slope the ansatz may use."""
        return ()

    @property
    def outputs(self) -> int:
        """Number of network outputs."""
        return 1

    @property
    @abstractmethod
    def scalars(self) -> Mapping[str, Scalar]:
        """The trainable scalars."""

    @abstractmethod
    def ansatz(self, raw: Jet, anchored: Anchored, x: Jet, scalars: Mapping[str, Tensor]) -> dict[str, Jet]:
        """Return the fields (n,) from the raw network (n, outputs), the hard constraints built in.

        A name that begins with an underscore is for the terms alone; solutions do not show it.
        """

    @abstractmethod
    def terms(self) -> tuple[Term, ...]:
        """Return the rows of the residual."""

    def coefficients(self, x: Tensor) -> Mapping[str, Tensor]:
        """Return known functions of position that the terms use, evaluated once at their points."""
        return {}

    def path(self) -> Sequence[Self]:
        """Return the problems to solve in turn, each from the last one's answer, ending with this one."""
        return (self,)

    def start(self, network: MLP, seed: int) -> None:  # noqa: B027
        """Set the network's first parameters; the default leaves its random ones."""

    def network(self, recipe: PinnRecipe, seed: int, dtype: torch.dtype = torch.float64) -> MLP:
        """Return a network of the recipe's size with its first parameters."""
        generator = torch.Generator().manual_seed(seed)
        network = MLP(
            self.inputs().count,
            recipe.hidden,
            self.outputs,
            activation=recipe.activation,
            scale=recipe.scale,
            generator=generator,
            dtype=dtype,
        )
        self.start(network, seed)
        return network


class ResidualForm(AbstractForm):
    """A differential equation on an interval."""

    @property
    @abstractmethod
    def interval(self) -> Interval:
        """The domain, with the points where coefficients are not smooth."""

    def quadrature(self, recipe: PinnRecipe, finer: int = 1) -> Quadrature:
        """Return Gauss points."""
        return self.interval.quadrature(recipe.points if finer == 1 else finer * recipe.points)

    def place(self, where: Where, finer: int = 1) -> Quadrature:
        """Return an end of the interval, or the points named, each of weight one."""
        ends = {"left": (self.interval.left,), "right": (self.interval.right,)}
        x = np.array(ends[where] if isinstance(where, str) else where)
        return Quadrature(x, np.ones_like(x))

    def position(self, x: Tensor) -> Jet:
        """Return (x, 1, 0)."""
        return variable(x)

    def inputs(self) -> InterfaceInputs:
        """Return position, and one input for each point where coefficients are not smooth."""
        return InterfaceInputs(self.interval)
