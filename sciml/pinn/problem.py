"""Residual problems: what quantum wells and flames have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from torch import Tensor

from sciml.contracts.answer import Answer, Fields
from sciml.contracts.monitor import Monitor
from sciml.contracts.parameters import parameters_of
from sciml.contracts.problem import AbstractProblem, Settings
from sciml.contracts.status import Status
from sciml.errors import ArgumentError
from sciml.numerics.domains import Quadrature
from sciml.pinn.fields import PinnFields, rebuild
from sciml.pinn.form import AbstractForm, ResidualForm
from sciml.pinn.recipe import PinnRecipe
from sciml.pinn.sensitivities import derivatives
from sciml.pinn.solve import samples, solve_form, verdict
from sciml.pinn.train import trained_values

UNTRAINED = "no step was made, so that this is where the solve began"


@dataclass(frozen=True)
class Evidence:
    """What can be said of a trained problem without its reference.

    Attributes:
        certificates: Numbers for the report, a mapping for each scalar.
        fault: Why this is not a solution of the problem asked for; empty where it is.
    """

    certificates: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    fault: str = ""


class AbstractResidualProblem(AbstractProblem, AbstractForm):
    """A problem given by its residual, on whatever domain: how it is trained, and what its answer is."""

    starts: ClassVar[tuple[str, ...]] = ("random",)
    methods: ClassVar[tuple[str, ...]] = ("lm", "lm-broyden", "broyden", "bfgs", "lbfgs", "adam")

    @abstractmethod
    def recipe(self, quick: bool = False) -> PinnRecipe:
        """Return the sizes, points, steps and tolerances that make the problem pass."""

    def completed(self, recipe: PinnRecipe) -> PinnRecipe:
        """Return the recipe with what follows from the problem itself filled in; by default as it is."""
        return recipe

    def sampling(self) -> Quadrature:
        """Return the points on which fields are saved and drawn: the reference's, where it has some."""
        return self.quadrature(self.recipe())

    def certify(self, fields: PinnFields) -> Evidence:
        """Return evidence for the trained `fields` that needs no reference; by default none."""
        return Evidence()

    def run(self, settings: Settings, monitor: Monitor) -> Answer:
        """Solve with one network; a family with an orchestration of its own overrides this."""
        return self.run_from(None, settings, monitor)

    def run_from(self, before: Fields | None, settings: Settings, monitor: Monitor) -> Answer:
        """Solve with one network, beginning with that of a similar problem where it is given.

        A family with an orchestration of its own, which it gives as `run`, begins afresh.
        """
        if type(self).run is not AbstractResidualProblem.run and before is not None:
            return self.run(settings, monitor)
        return self.answer(settings, monitor, before if isinstance(before, PinnFields) else None)

    def answer(self, settings: Settings, monitor: Monitor, before: PinnFields | None = None) -> Answer:
        """Return the answer of one network, trained and certified.

        Args:
            settings: What the caller chose instead of the recipe.
            monitor: Gets a row a step, and says when to stop.
            before: The answer to a similar problem to begin with: its network, and its scalars' raw numbers,
                which are changes from their guesses.
        """
        recipe = self.completed(self.recipe(settings.quick).within(settings.max_steps))
        began = len(monitor.rows)
        method = settings.method or self.methods[0]
        fields, minimisation = solve_form(self, recipe, method, settings, monitor, before)
        finite = minimisation.result.status is not Status.NONFINITE
        evidence = self.certify(fields) if finite else Evidence()
        status, message = verdict(minimisation, evidence.fault, monitor, settings)
        warm = before is not None and status is Status.CONVERGED
        scalars = trained_values(self.scalars, minimisation.raw)
        return Answer(
            status=status,
            message=message,
            scalars=scalars,
            units={name: self.scalars[name].unit for name in scalars},
            fields=fields,
            samples=samples(fields, self.sampling()),
            certificates=evidence.certificates,
            stats={"steps": len(monitor.rows)},
            doubts=() if len(monitor.rows) > began or warm else (UNTRAINED,),
        )

    @property
    def sensitive_to(self) -> Mapping[str, float]:
        """The constants that scalars are differentiated by, with their values: by default real parameters."""
        real = (item.name for item in parameters_of(self) if item.type is float)
        return {name: float(getattr(self, name)) for name in real}

    def changed(self, constant: str, value: float) -> AbstractForm:
        """Return the problem with one of the constants changed."""
        return replace(self, **{constant: value})

    def sensitivities(self, answer: Answer) -> Mapping[str, Mapping[str, tuple[float, float]]]:
        """Return each constant and the derivatives by it, from the trained network's implicit function."""
        fields = answer.fields
        if not isinstance(fields, PinnFields):
            raise ArgumentError("sensitivities: no trained network here; use sciml.load(folder, problem=...)")
        constants, recipe = self.sensitive_to, self.recipe()
        slopes = derivatives(self, self.changed, constants, fields.network, fields.raw, recipe)
        return {
            scalar: {name: (constants[name], by) for name, by in row.items()}
            for scalar, row in slopes.items()
        }

    def rebuild(self, model: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Fields:
        """Return the fields of a saved solution."""
        return rebuild(self, model, tensors)


class ResidualProblem(AbstractResidualProblem, ResidualForm):
    """A problem given by its residual on an interval: what quantum wells and flames have in common."""
