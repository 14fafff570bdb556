r"""Derivatives of trained scalars by a problem's constants, by the implicit function theorem.

A trained problem is r(w, p) = 0, the parameters w of the network and the raw scalars a function of the
constants p: dw/dp = −(∂r/∂w)⁺ ∂r/∂p. The rows are formulas of p, so that ∂r/∂p is taken by differences of the
rows at fixed w, whose error is some 1e-8; no flame is solved again.

References:
    S. G. Krantz and H. R. Parks, The implicit function theorem, Birkhäuser (2002).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from copy import deepcopy

import torch
from torch import Tensor

from sciml.errors import ArgumentError
from sciml.numerics.networks import MLP
from sciml.pinn.form import AbstractForm
from sciml.pinn.packing import pack
from sciml.pinn.recipe import PinnRecipe
from sciml.pinn.scalars import raw_values, scalar_values
from sciml.pinn.system import ResidualSystem

EXCESS = 2.0  # least rows in a parameter, by finer points than those of the training where it takes them
RIDGE = 1e-9  # of the largest singular value
STEP = 1e-4  # of a constant, or of one where it is zero

Changed = Callable[[str, float], AbstractForm]


def derivatives(
    form: AbstractForm,
    changed: Changed,
    constants: Mapping[str, float],
    network: MLP,
    raw: Tensor,
    recipe: PinnRecipe,
) -> dict[str, dict[str, float]]:
    """Return ds/dp for every trained scalar s and every constant p.

    Args:
        form: The form that was solved.
        changed: Returns the form with one constant changed; raises ArgumentError where it may not be.
        constants: The constants by name, with their values.
        network: The trained network.
        raw: The trained scalars' raw numbers (T,).
        recipe: The sizes of the training.
    """
    rows = Rows(form, network, raw, recipe)
    trained = {name: scalar for name, scalar in form.scalars.items() if scalar.trainable}
    if not trained or not constants:
        return {name: {} for name in trained}
    by_constants = torch.stack(
        [_slope(rows.along(changed, name), value) for name, value in constants.items()], 1
    )
    moved = -_pseudo_solve(rows.jacobian(), by_constants)[-len(trained) :]
    return {
        name: {constant: scalar.slope(at) * float(by) for constant, by in zip(constants, row, strict=True)}
        for (name, scalar), at, row in zip(trained.items(), rows.raw, moved, strict=True)
    }


class Rows:
    """The rows of a form and of similar ones at a trained network and the values of its scalars."""

    def __init__(self, form: AbstractForm, network: MLP, raw: Tensor, recipe: PinnRecipe) -> None:
        self.form = form
        self.network = deepcopy(network).double().cpu()
        self.raw = raw.detach().double().cpu()
        self.recipe = recipe
        self.finer = 1
        parameters = pack(self.network, self.raw).numel()
        self.finer = math.ceil(EXCESS * parameters / len(self._system(form).names()))
        scalars = scalar_values(form.scalars, self.raw)
        self.values = {name: float(value) for name, value in scalars.items()}

    def __call__(self, form: AbstractForm) -> Tensor:
        """Return the rows of a similar form, on points that lie in its domain as these do in theirs."""
        raw = self.raw.new_tensor(raw_values(form.scalars, self.values))
        with torch.no_grad():
            return self._system(form)(pack(self.network, raw))

    def along(self, changed: Changed, constant: str) -> Callable[[float], Tensor]:
        """Return the rows as a function of one constant."""
        return lambda value: self(changed(constant, value))

    def jacobian(self) -> Tensor:
        """Return the Jacobian of the form's own rows by the network's parameters and the raw scalars."""
        return self._system(self.form).linearize(pack(self.network, self.raw))[1]

    def _system(self, form: AbstractForm) -> ResidualSystem:
        return ResidualSystem(form, self.network, form.quadrature(self.recipe, self.finer))


def _slope(rows: Callable[[float], Tensor], value: float) -> Tensor:
    """Return the derivative of the rows: central, or of second order from one side at the end of a range."""
    h = STEP * (abs(value) or 1.0)
    try:
        return (rows(value + h) - rows(value - h)) / (2 * h)
    except ArgumentError:
        pass
    try:
        return _one_sided(rows, value, h)
    except ArgumentError:
        return _one_sided(rows, value, -h)


def _one_sided(rows: Callable[[float], Tensor], value: float, h: float) -> Tensor:
    return (4 * rows(value + h) - rows(value + 2 * h) - 3 * rows(value)) / (2 * h)


def _pseudo_solve(matrix: Tensor, right: Tensor) -> Tensor:
    """Return A⁺B, without the directions that A hardly sees."""
    left, singular, other = torch.linalg.svd(matrix, full_matrices=False)
    damped = singular / (singular.square() + (RIDGE * singular[0]) ** 2)
    solved: Tensor = other.T @ (damped[:, None] * (left.T @ right))
    return solved
