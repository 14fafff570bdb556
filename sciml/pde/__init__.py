"""Equations in several coordinates, and systems of ordinary ones, by their residual."""

from sciml.numerics.boxes import Box
from sciml.pde.conditions import Condition
from sciml.pde.field import Field
from sciml.pde.functions import cos, exp, log, sin, sqrt, tanh
from sciml.pde.problem import Pde
from sciml.pde.recipe import PdeRecipe
from sciml.pinn.scalars import Scalar

__all__ = [
    "Box",
    "Condition",
    "Field",
    "Pde",
    "PdeRecipe",
    "Scalar",
    "cos",
    "exp",
    "log",
    "sin",
    "sqrt",
    "tanh",
]
