"""Physics-informed networks: residual problems, their rows and their solution."""

from sciml.pinn.infer import Inverse, infer
from sciml.pinn.inverse import Inferable
from sciml.pinn.inverse_problem import InverseProblem
from sciml.pinn.problem import Anchored, Evidence, PinnRecipe, ResidualForm, ResidualProblem
from sciml.pinn.scalars import Scalar
from sciml.pinn.system import ResidualSystem
from sciml.pinn.terms import Integral, Pointwise, Sample
