"""Physics-informed networks: residual problems, their rows and their solution."""

from sciml.pinn.form import AbstractForm, Anchored, ResidualForm
from sciml.pinn.infer import Inverse, infer
from sciml.pinn.inverse import Inferable
from sciml.pinn.inverse_problem import InverseProblem
from sciml.pinn.problem import AbstractResidualProblem, Evidence, ResidualProblem
from sciml.pinn.recipe import PinnRecipe
from sciml.pinn.scalars import Scalar
from sciml.pinn.system import ResidualSystem
from sciml.pinn.terms import Integral, Pointwise, Sample

__all__ = [
    "AbstractForm",
    "AbstractResidualProblem",
    "Anchored",
    "Evidence",
    "Inferable",
    "Integral",
    "Inverse",
    "InverseProblem",
    "PinnRecipe",
    "Pointwise",
    "ResidualForm",
    "ResidualProblem",
    "ResidualSystem",
    "Sample",
    "Scalar",
    "infer",
]
