"""Equations in several coordinates as residual forms: functions that are given what they name."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import Any, ClassVar

import torch
from torch import Tensor

from sciml.numerics.derivatives import Jet
from sciml.numerics.directions import Directions
from sciml.numerics.domains import Quadrature
from sciml.pde.conditions import Condition
from sciml.pde.field import Field, Note, ignore
from sciml.pde.naming import called, named, rows_by_name
from sciml.pde.recipe import ROWS, PdeRecipe
from sciml.pde.trace import Trace, traced
from sciml.pinn import Anchored, Pointwise, Sample, Scalar
from sciml.pinn.box_form import BoxForm
from sciml.pinn.fields import PinnFields
from sciml.pinn.packing import sizes
from sciml.pinn.recipe import PinnRecipe
from sciml.pinn.scalars import raw_values
from sciml.pinn.terms import Term


class PdeForm(BoxForm):
    """Equations on a box: `Pde` says how they are given."""

    unknowns: ClassVar[tuple[str, ...]] = ("u",)

    @property
    def scalars(self) -> Mapping[str, Scalar]:
        """The numbers that are trained too: by default none."""
        return {}

    def trial(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Return the fields from coordinates and the raw network; unless overridden the network itself."""
        return args or tuple(kwargs.values())

    @abstractmethod
    def equations(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Return what is zero in the interior: one tensor, several, or several by name."""

    def conditions(self) -> tuple[Condition, ...]:
        """Return what holds on faces and is not built into `trial`."""
        return ()

    @property
    def outputs(self) -> int:
        """A network output for each unknown."""
        return len(self.unknowns)

    @cached_property
    def trace(self) -> Trace:
        """What equations and conditions take."""
        return traced(self)

    @cached_property
    def directions(self) -> Directions:
        """The derivatives that the equations take."""
        return Directions.of(self.domain.axes, self.trace.seconds)

    def ansatz(self, raw: Jet, anchored: Anchored, x: Jet, scalars: Mapping[str, Tensor]) -> dict[str, Jet]:
        """Return the fields."""
        return self.trial_fields(raw, x, scalars)

    def trial_fields(self, raw: Jet, x: Jet, scalars: Mapping[str, Tensor]) -> dict[str, Jet]:
        """Return the trial solution from the raw network (n, outputs) at a position (n, d)."""
        outputs = {name: raw[:, k] for k, name in enumerate(self.unknowns)}
        if type(self).trial is PdeForm.trial:
            return outputs
        axes = {name: x[:, k] for k, name in enumerate(self.domain.axes)}
        return named(called(self.trial, {**axes, **scalars, **outputs}), self.unknowns, "trial")

    def written(
        self,
        function: Callable[..., Any],
        x: Tensor,
        fields: Mapping[str, Jet],
        scalars: Mapping[str, Tensor],
        note: Note = ignore,
    ) -> Any:  # noqa: ANN401
        """Return a function's value where its arguments are coordinates, fields and scalars by name."""
        axes = {name: x[:, k] for k, name in enumerate(self.domain.axes)}
        views = {name: Field(jet, note) for name, jet in fields.items()}
        return called(function, {**axes, **scalars, **views})

    def terms(self) -> tuple[Term, ...]:
        """Return a row a point for each equation, and for each condition on its face."""
        trace = self.trace
        inside = [
            Pointwise(name, "interior", partial(self._row, self.equations, "equation", name))
            for name in trace.equations
        ]
        return (*inside, *self._faces(trace))

    def _faces(self, trace: Trace) -> list[Pointwise]:
        terms = []
        for item, names in zip(self.conditions(), trace.conditions, strict=True):
            what = f"condition at {item.where}"
            for name in names:
                row = partial(self._row, item.rows, what, name)
                terms.append(Pointwise(name, item.where, row, item.weight))
        return terms

    def _row(self, function: Callable[..., Any], what: str, name: str, at: Sample) -> Tensor:
        row: Tensor = rows_by_name(self.written(function, at.x, at.fields, at.scalars), what)[name]
        return row

    def quadrature(self, recipe: PinnRecipe, finer: int = 1) -> Quadrature:
        """Return the points of the interior: a product of Gauss rules, or scattered ones."""
        scattered = isinstance(recipe, PdeRecipe) and recipe.scattered
        count = recipe.points or self._needed(recipe, scattered)
        if scattered:
            return self.domain.scattered(finer * count, seed=finer)
        return self.domain.quadrature(finer * count)

    def _needed(self, recipe: PinnRecipe, scattered: bool) -> int:
        """Return how many points give `ROWS` rows a parameter."""
        rows = ROWS * self.parameter_count(recipe) / len(self.trace.equations)
        return math.ceil(rows if scattered else rows ** (1 / self.domain.dimension))

    def trivial(self, recipe: PinnRecipe, finer: int = 1) -> float:
        """Return the norm of all rows for the trial solution alone, its network zero."""
        network = self.network(recipe, 0)
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.zero_()
        raw = network.biases[0].new_tensor(raw_values(self.scalars, {}))
        return total(PinnFields(self, network, raw).residuals(self.quadrature(recipe, finer), finer))

    def parameter_count(self, recipe: PinnRecipe) -> int:
        """Return the number of parameters of the recipe's network."""
        return sum(sizes((self.inputs().count, *recipe.hidden, self.outputs)))


def total(norms: Mapping[str, float]) -> float:
    """Return the norm of all rows together."""
    return math.sqrt(sum(norm * norm for norm in norms.values()))
