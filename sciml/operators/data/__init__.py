"""Data for operators: random fields, operators with known solutions, data sets and their files."""

from sciml.operators.data.burgers import Burgers
from sciml.operators.data.dataset import OperatorData
from sciml.operators.data.etdrk4 import burgers_by_steps
from sciml.operators.data.files import load_data, save_data
from sciml.operators.data.generate import DataSpec, generate
from sciml.operators.data.linear import Advection, Antiderivative, Heat, LinearOperator, Poisson
from sciml.operators.data.nonlinear import GroundState, KirchhoffHeat
from sciml.operators.data.operator import AbstractOperator
from sciml.operators.data.random_field import GaussianField
from sciml.operators.data.series import Series
from sciml.operators.data.timing import generation_seconds, reference_seconds, time_step_seconds

__all__ = [
    "AbstractOperator",
    "Advection",
    "Antiderivative",
    "Burgers",
    "DataSpec",
    "GaussianField",
    "GroundState",
    "Heat",
    "KirchhoffHeat",
    "LinearOperator",
    "OperatorData",
    "Poisson",
    "Series",
    "burgers_by_steps",
    "generate",
    "generation_seconds",
    "load_data",
    "reference_seconds",
    "save_data",
    "time_step_seconds",
]
