"""Residual problems: what quantum wells and flames have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import torch
from torch import Tensor

from sciml.contracts.problem import AbstractProblem, Recipe, Settings
from sciml.numerics.derivatives import Jet
from sciml.numerics.domains import Interval, Quadrature
from sciml.numerics.networks import MLP, InterfaceInputs
from sciml.pinn.scalars import Scalar
from sciml.pinn.terms import Term

if TYPE_CHECKING:
    from sciml.contracts.monitor import Monitor
    from sciml.pinn.fields import PinnFields
    from sciml.runs.solution import Fields, Solution


@dataclass(frozen=True)
class PinnRecipe(Recipe):
    """Sizes of a physics-informed network.

    Attributes:
        hidden: Widths of the hidden layers.
        points: Quadrature points in each region.
        loss: The loss ½‖r‖² at which a solve has converged.
        stage_steps: Most steps for each problem of a path but the last, which has `max_steps`.
    """

    hidden: tuple[int, ...] = (20, 20)
    points: int = 96
    loss: float = 0.0
    stage_steps: int = 40


@dataclass(frozen=True)
class Evidence:
    """What can be said of a trained problem without its reference.

    Attributes:
        certificates: Numbers for the report, a mapping for each scalar.
        fault: Why this is not a solution of the problem asked for; empty where it is.
    """

    certificates: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    fault: str = ""


@dataclass(frozen=True)
class Anchored:
    """The raw network at the anchors: `value` and `slope`, both (..., anchors, outputs)."""

    value: Tensor
    slope: Tensor


class ResidualForm(ABC):
    """A differential equation with hard constraints and trainable scalars.

    The residual is the primitive: `ansatz` builds fields that meet the constraints exactly from the raw
    network, `terms` are the rows, and the loss is half their squared norm.
    """

    @property
    @abstractmethod
    def interval(self) -> Interval:
        """The domain, with the points where coefficients are not smooth."""

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

    def inputs(self) -> InterfaceInputs:
        """Return what the network is fed."""
        return InterfaceInputs(self.interval)


class ResidualProblem(AbstractProblem, ResidualForm):
    """A problem given by its residual: what quantum wells and flames have in common."""

    starts: ClassVar[tuple[str, ...]] = ("random",)
    methods: ClassVar[tuple[str, ...]] = ("lm", "lm-broyden", "broyden", "bfgs", "lbfgs", "adam")

    @abstractmethod
    def recipe(self, quick: bool = False) -> PinnRecipe:
        """Return the sizes, points, steps and tolerances that make the problem pass."""

    def path(self) -> Sequence[Self]:
        """Return the problems to solve in turn, each from the last one's answer, ending with this one."""
        return (self,)

    def start(self, network: MLP, seed: int) -> None:
        """Set the network's first parameters; the default leaves its random ones."""

    def network(self, recipe: PinnRecipe, seed: int, dtype: torch.dtype = torch.float64) -> MLP:
        """Return a network of the recipe's size with its first parameters."""
        generator = torch.Generator().manual_seed(seed)
        network = MLP(self.inputs().count, recipe.hidden, self.outputs, generator=generator, dtype=dtype)
        self.start(network, seed)
        return network

    def sampling(self) -> Quadrature:
        """Return the points on which fields are saved and drawn: the reference's, where it has some."""
        return self.interval.quadrature(self.recipe().points)

    def certify(self, fields: PinnFields) -> Evidence:
        """Return evidence for the trained `fields` that needs no reference; by default none."""
        return Evidence()

    def run(self, settings: Settings, monitor: Monitor) -> Solution:
        """Solve with one network; a family with an orchestration of its own overrides this."""
        from sciml.pinn.solve import solve_residual

        return solve_residual(self, settings, monitor)

    def rebuild(self, model: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Fields:
        """Return the fields of a saved solution."""
        from sciml.pinn.fields import rebuild

        return rebuild(self, model, tensors)
