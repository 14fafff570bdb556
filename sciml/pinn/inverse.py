"""Inverse problems: what a problem offers for its constants to be inferred, and the rows that data add."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, Self

import torch
from torch import Tensor

from sciml.contracts.answer import Answer
from sciml.contracts.reference import Reference
from sciml.numerics.derivatives import Jet
from sciml.numerics.domains import Array, Interval
from sciml.numerics.networks import MLP, InterfaceInputs
from sciml.pinn.fields import PinnFields
from sciml.pinn.form import Anchored, ResidualForm
from sciml.pinn.problem import ResidualProblem
from sciml.pinn.scalars import Scalar, scalar_values
from sciml.pinn.terms import Pointwise, Sample, Term

DOUBTFUL = 1e-3  # p-value of χ² below which model and data are said to disagree


class Measurements(Protocol):
    """Values of fields at points, with the standard deviation of each."""

    @property
    def x(self) -> Array:
        """Positions, shape (n,)."""

    @property
    def values(self) -> Mapping[str, Array]:
        """Each measured field at `x`, shape (n,)."""

    @property
    def sigma(self) -> Mapping[str, Array]:
        """Standard deviation of each value, in the same units and shapes."""


@dataclass(frozen=True)
class Classical:
    """What a classical fit of the same data found.

    Attributes:
        reference: Its estimates, and the fields that belong to them.
        stds: Standard errors of the estimates: the Cramér-Rao bound at them.
        chi_square: Reduced chi-square.
    """

    reference: Reference
    stds: Mapping[str, float]
    chi_square: float


@dataclass(frozen=True)
class Scrutiny:
    """What the classical model says of an inference, beyond its fit.

    Attributes:
        remarks: Sentences on error bars that do not hold.
        suspects: What alone would make the model fit data that it does not fit, the likeliest first.
    """

    remarks: tuple[str, ...] = ()
    suspects: tuple[str, ...] = ()


class Inferable(ResidualProblem):
    """A residual problem some of whose constants may be inferred from measurements of its fields."""

    @property
    @abstractmethod
    def constants(self) -> Mapping[str, Scalar]:
        """The constants that may be unknown, with their present values, units and bounds."""

    @abstractmethod
    def freed(self, unknowns: Mapping[str, Scalar]) -> Self:
        """Return the problem with `unknowns` among its scalars, trained or held, in place of constants."""

    def observed(self, at: Sample) -> Mapping[str, Tensor]:
        """Return the fields that can be measured, (n,) each; by default those of the ansatz."""
        return {name: jet.value for name, jet in at.fields.items() if not name.startswith("_")}

    def finish(self, answer: Answer) -> Answer:
        """Return the answer completed by what follows from its trained fields; by default as it is."""
        return answer

    def fitted(self, measured: Measurements, unknowns: Mapping[str, float]) -> Classical | None:
        """Return the classical fit from the same first guesses; None where there is no such method."""
        return None

    def scrutinised(self, measured: Measurements, estimates: Mapping[str, float]) -> Scrutiny:
        """Return what the classical model says of the error bars and the data at the classical estimates."""
        return Scrutiny()


@dataclass(frozen=True)
class Observed(ResidualForm):
    r"""A problem with rows of data: $w\,r(\theta)$ and, for each value, $(f(x_i)-o_i)/(s\,\sigma_i)$.

    Attributes:
        problem: The problem, its unknowns among its scalars.
        measured: The data.
        softness: s, by which standard deviations are multiplied.
        weight: w, by which the problem's own rows are.
    """

    problem: Inferable
    measured: Measurements
    softness: float = 1.0
    weight: float = 1.0

    @property
    def interval(self) -> Interval:
        """The problem's domain."""
        return self.problem.interval

    @property
    def anchors(self) -> tuple[float, ...]:
        """The problem's anchors."""
        return self.problem.anchors

    @property
    def outputs(self) -> int:
        """The problem's network outputs."""
        return self.problem.outputs

    @property
    def scalars(self) -> Mapping[str, Scalar]:
        """The problem's scalars."""
        return self.problem.scalars

    def inputs(self) -> InterfaceInputs:
        """Return what the problem's network is fed."""
        return self.problem.inputs()

    def coefficients(self, x: Tensor) -> Mapping[str, Tensor]:
        """Return the problem's coefficients."""
        return self.problem.coefficients(x)

    def ansatz(self, raw: Jet, anchored: Anchored, x: Jet, scalars: Mapping[str, Tensor]) -> dict[str, Jet]:
        """Return the problem's fields."""
        return self.problem.ansatz(raw, anchored, x, scalars)

    def terms(self) -> tuple[Term, ...]:
        """Return the problem's weighted rows, then those of the data, named `observed …`."""
        own = (replace(term, weight=self.weight * term.weight) for term in self.problem.terms())
        x = tuple(float(value) for value in self.measured.x)
        data = (Pointwise(observed(name), x, self._misfit(name)) for name in self.measured.values)
        return (*own, *data)

    def _misfit(self, name: str) -> Callable[[Sample], Tensor]:
        values, sigma = self.measured.values[name], self.measured.sigma[name]

        def rows(at: Sample) -> Tensor:
            field = self.problem.observed(at)[name]
            return (field - like(values, field)) / (self.softness * like(sigma, field))

        return rows


def observe(problem: Inferable, network: MLP, raw: Tensor, x: Array) -> Mapping[str, Tensor]:
    """Return the fields of a trained network that can be measured, at `x` (n,)."""
    points = like(x, raw)
    scalars = scalar_values(problem.scalars, raw.expand(len(x), -1))
    fields = PinnFields(problem, network, raw).jet(points)
    return problem.observed(Sample(points, fields, scalars, problem.coefficients(points)))


def observed(name: str) -> str:
    """Return what the rows of a measured field are called."""
    return f"observed {name}"


def like(values: Array, tensor: Tensor) -> Tensor:
    """Return an array as a tensor of the same type and device."""
    return torch.as_tensor(values, dtype=tensor.dtype, device=tensor.device)
