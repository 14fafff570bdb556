"""Equations in several coordinates, given as papers write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from sciml.contracts.answer import Answer
from sciml.contracts.checks import Comparison
from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import Settings
from sciml.contracts.reference import Reference, Sampled
from sciml.numerics.domains import Array, Quadrature
from sciml.pde.form import PdeForm
from sciml.pde.judge import judged, with_residual
from sciml.pde.naming import called, named
from sciml.pde.recipe import PdeRecipe
from sciml.pinn import AbstractResidualProblem, PinnRecipe

ROUNDING = 1e-14  # of a closed form
SAMPLES = {1: 200, 2: 48, 3: 16}  # Gauss points along each axis where fields are compared and drawn
ODES = PdeRecipe(hidden=(16, 16), scale=4.0)  # one coordinate, along which more happens
SCATTERED = 4096  # such points from four coordinates on

ALONE = (
    "no reference: judged by its residual on fresh points alone, which bounds no error; hold it against a "
    "classical solver where there is one"
)


class Pde(AbstractResidualProblem, PdeForm):
    """Equations in several coordinates; a subclass says what a paper would say.

    It gives a `domain`, its `unknowns` (u unless it says otherwise) and the `equations`, whose values are to
    be zero. Functions get what they name: coordinates, unknowns, scalars.

    A `trial` solution meets conditions exactly: it gets the coordinates and, by the unknowns' names, the raw
    network, and returns the fields. What it does not meet are `conditions`. Where a solution is known,
    `exact` gives it on arrays.

    >>> from sciml.pde import Box
    >>> class Heat(Pde):
    ...     domain = Box(x=(0, 1), t=(0, 1))
    ...
    ...     def trial(self, x, t, u):
    ...         return x * (1 - x) * (1 + t * u)
    ...
    ...     def equations(self, u):
    ...         return u.t - 0.1 * u.xx
    >>> Heat().directions.seconds
    ((('x', 'x'),),)
    """

    kind: ClassVar[str] = "pde"
    methods: ClassVar[tuple[str, ...]] = ("lm", "lm-broyden", "broyden", "bfgs", "lbfgs", "adam")

    def exact(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Return the exact fields at coordinates given as arrays, where a closed form is known."""
        raise NotImplementedError

    def recipe(self, quick: bool = False) -> PdeRecipe:
        """Return the sizes."""
        dimension = self.domain.dimension
        recipe = ODES if dimension == 1 else PdeRecipe(scattered=dimension > 3)
        return replace(recipe, max_steps=40, residual=1e-2, field_tolerance=5e-2) if quick else recipe

    def completed(self, recipe: PinnRecipe) -> PinnRecipe:
        """Return the recipe with the loss at which a solve has converged, where it gives none."""
        if recipe.loss > 0 or not isinstance(recipe, PdeRecipe):
            return recipe
        return replace(recipe, loss=0.5 * (recipe.goal * recipe.residual * self.trivial(recipe)) ** 2)

    def sampling(self) -> Quadrature:
        """Return the points on which fields are saved, compared and drawn; (n,) for one coordinate."""
        dimension = self.domain.dimension
        if dimension not in SAMPLES:
            return self.domain.scattered(SCATTERED, seed=0)
        grid = self.domain.quadrature(SAMPLES[dimension])
        return Quadrature(grid.points[:, 0], grid.weights) if dimension == 1 else grid

    @property
    def has_reference(self) -> bool:
        """Whether there is something to compare with; computes nothing."""
        return type(self).exact is not Pde.exact or type(self).reference is not Pde.reference

    def reference(self) -> Reference | None:
        """Return the exact fields where `exact` gives them; None where nothing is known."""
        if type(self).exact is Pde.exact:
            return None
        grid = self.sampling()
        values = self.exact_fields(grid.points)
        fields = {name: Sampled(grid.points, u, grid.weights, ROUNDING) for name, u in values.items()}
        return Reference(fields=fields, kind="analytic", method="closed form")

    def sampled_reference(
        self, fields: Mapping[str, Array], coarse: Mapping[str, Array], *, method: str, citation: str
    ) -> Reference:
        """Return computed fields on the sampling points; their error is the distance of coarser ones."""
        grid, found = self.sampling(), {}
        for name, u in fields.items():
            exact = Sampled(grid.points, u, grid.weights)
            found[name] = replace(exact, error=exact.relative_l2(coarse[name]))
        return Reference(fields=found, method=method, citation=citation)

    def exact_fields(self, x: Array) -> dict[str, Array]:
        """Return the exact fields at points (n, d), or (n,) of one coordinate."""
        points = x[:, None] if x.ndim == 1 else x
        axes = {name: points[:, k] for k, name in enumerate(self.domain.axes)}
        values = named(called(self.exact, axes), self.unknowns, "exact")
        return {name: np.broadcast_to(np.asarray(u, float), len(points)) for name, u in values.items()}

    def run(self, settings: Settings, monitor: Monitor) -> Answer:
        """Solve with one network, and look at its residual on fresh points."""
        answer = judged(self, self.answer(settings, monitor), self.recipe(settings.quick))
        return answer if self.has_reference else replace(answer, remarks=(*answer.remarks, ALONE))

    def compare(
        self, answer: Answer, *, quick: bool, start: str | None, reference: Reference | None
    ) -> Comparison:
        """Return the checks against the reference, where there is one, and the check of the residual."""
        checks = super().compare(answer, quick=quick, start=start, reference=reference)
        return with_residual(checks, answer, self.recipe(quick))
