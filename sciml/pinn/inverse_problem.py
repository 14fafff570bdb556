"""Inverse problems as problems: solved, checked against the classical fit, saved like any other."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from torch import Tensor

from sciml.contracts.answer import Answer, Fields
from sciml.contracts.checks import Comparison
from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import AbstractProblem, Settings
from sciml.contracts.reference import Reference
from sciml.errors import ArgumentError, DataError, ScimlError, did_you_mean
from sciml.pinn.anneal import Annealed, Annealer
from sciml.pinn.fields import PinnFields
from sciml.pinn.inference import Inference, compare_inference
from sciml.pinn.inverse import Classical, Inferable, Measurements, Scrutiny
from sciml.pinn.recipe import PinnRecipe
from sciml.pinn.solve import samples

UNTRAINED = "no step was made with the data, so that these are the first guesses"
STEPS = 400  # for the data, beyond those of the problem itself
FIELDS = 1e-4  # largest relative L2 difference of a field from the classical fit's


class InverseProblem(AbstractProblem):
    r"""Infer constants p of a problem from measurements of its fields.

    $$\min_p\ \chi^2=\sum_i\left[(f(x_i;p)-o_i)/\sigma_i\right]^2$$

    The problem is solved for the first guesses. Then network, scalars and ln(p/p₀) are trained together by
    Levenberg-Marquardt on the problem's rows and the whitened data, whose standard deviations are taken as
    20 %, 5 %, and then what they are. Error bars come from the Jacobian (`sciml.pinn.uncertainty`).

    A subclass gives `forward`, `measured` and `guesses`.
    """

    equation: ClassVar[str] = "min_p sum_i ((f(x_i; p) - o_i) / sigma_i)^2,  f solves the problem"
    starts: ClassVar[tuple[str, ...]] = ("random",)
    methods: ClassVar[tuple[str, ...]] = ("lm",)

    @property
    @abstractmethod
    def forward(self) -> Inferable:
        """The problem that the measured fields solve."""

    @property
    @abstractmethod
    def measured(self) -> Measurements:
        """The data."""

    @property
    @abstractmethod
    def guesses(self) -> Mapping[str, float]:
        """The unknowns, with first guesses."""

    def recipe(self, quick: bool = False) -> PinnRecipe:
        """Return the sizes of the problem, with steps for the data."""
        recipe = self.forward.recipe(quick)
        return replace(recipe, max_steps=recipe.max_steps + STEPS, field_tolerance=FIELDS)

    def freed(self, trainable: bool = True) -> Inferable:
        """Return the problem with the unknowns among its scalars, trained or held at the guesses."""
        constants = self.forward.constants
        return self.forward.freed(
            {
                name: replace(constants[name], guess=guess, trainable=trainable)
                for name, guess in self.guesses.items()
            }
        )

    def run(self, settings: Settings, monitor: Monitor) -> Answer:
        """Solve for the first guesses, then train on with the data."""
        check_inverse(self.forward, self.measured, self.guesses)
        recipe = self.recipe(settings.quick).within(settings.max_steps)
        first = self.freed(trainable=False).answer(settings, monitor)
        if not (first.status.usable and isinstance(first.fields, PinnFields)):
            return replace(first, message=f"for the first guesses: {first.message}")
        problem, network = self.freed(), first.fields.network
        began = len(monitor.rows)
        solved = monitor.rows[-1]["loss"] if monitor.rows else math.inf
        names = tuple(self.guesses)
        anneal = Annealer(problem, self.measured, names, recipe, solved, monitor, settings.device)
        annealed = anneal(network, {**self.guesses, **first.scalars})
        fields = PinnFields(problem, network, annealed.minimisation.raw)
        if len(monitor.rows) == began:
            first = replace(first, doubts=(UNTRAINED,))
        return problem.finish(self._answer(first, problem, fields, annealed, monitor))

    def _answer(
        self, first: Answer, problem: Inferable, fields: PinnFields, annealed: Annealed, monitor: Monitor
    ) -> Answer:
        scrutiny = Scrutiny() if annealed.uncertainty is None else self.scrutiny
        inference = Inference(problem, annealed, fields, self.guesses, monitor, scrutiny)
        return replace(
            first,
            status=inference.status,
            message=inference.message,
            scalars=inference.values,
            units={**first.units, **{name: scalar.unit for name, scalar in problem.scalars.items()}},
            stds=inference.stds,
            fields=fields,
            samples={**samples(fields, problem.sampling()), **inference.field_stds(), **self._data()},
            metrics=inference.metrics,
            certificates=inference.certificates(),
            stats={"steps": len(monitor.rows)},
            remarks=(*first.remarks, *scrutiny.remarks),
        )

    def _data(self) -> dict[str, Any]:
        """Return the measurements, for the file of sampled fields."""
        measured = self.measured
        values = {f"observed_{name}": array for name, array in measured.values.items()}
        sigma = {f"sigma_{name}": array for name, array in measured.sigma.items()}
        return {"x_observed": np.asarray(measured.x), **values, **sigma}

    @cached_property
    def _fit(self) -> Classical | ScimlError | None:
        """The classical fit, or why there is none; None without a method."""
        try:
            return self.forward.fitted(self.measured, self.guesses)
        except ScimlError as error:
            return error

    @property
    def classical(self) -> Classical | None:
        """The classical fit; None where there is no method, or where it fails on these data."""
        return self._fit if isinstance(self._fit, Classical) else None

    @cached_property
    def scrutiny(self) -> Scrutiny:
        """What the classical model says of error bars and data."""
        if isinstance(self._fit, ScimlError):
            return Scrutiny(remarks=(f"nothing to judge by, the classical fit failed: {self._fit}",))
        if self._fit is None:
            return Scrutiny()
        estimates = self._fit.reference.scalars
        return self.forward.scrutinised(self.measured, {name: estimates[name].value for name in self.guesses})

    def reference(self) -> Reference | None:
        """Return the classical fit of the same data."""
        return None if self.classical is None else self.classical.reference

    def compare(
        self, answer: Answer, *, quick: bool, start: str | None, reference: Reference | None
    ) -> Comparison:
        """Return the checks against the classical fit, in its standard errors."""
        if self.classical is None:
            return Comparison()
        return compare_inference(answer, self.classical, self.recipe(quick))

    def rebuild(self, model: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Fields:
        """Return the fields of a saved solution."""
        return self.freed().rebuild(model, tensors)


def check_inverse(problem: Inferable, measured: Measurements, guesses: Mapping[str, float]) -> None:
    """Raise unless the unknowns are constants of the problem, and the data enough and inside its domain.

    Raises:
        ArgumentError: For an unknown that is no constant of the problem, or a guess that is not positive.
        DataError: For too few values, or positions outside the domain.
    """
    if not guesses:
        raise ArgumentError(f"unknowns: got none, expected some of {', '.join(problem.constants)}")
    for name, guess in guesses.items():
        if name not in problem.constants:
            raise ArgumentError(f"unknowns: got {name!r}, {did_you_mean(name, problem.constants)}")
        if not (np.isfinite(guess) and guess > 0):
            raise ArgumentError(f"unknowns: got {name} = {guess!r}, expected a positive first guess")
    count = sum(len(values) for values in measured.values.values())
    if count <= len(guesses):
        raise DataError(f"observations: got {count} values, expected more than the {len(guesses)} unknowns")
    left, right = problem.interval.left, problem.interval.right
    outside = [value for value in measured.x if not left <= value <= right]
    if outside:
        raise DataError(
            f"observations: got x = {outside[0]:.6g}, expected positions from {left:g} to {right:g}"
        )
