"""Neural operators: maps between functions, learned from pairs of them, beside what they must beat."""

from sciml.operators.attention import GalerkinAttention
from sciml.operators.deeponet import DeepONet
from sciml.operators.field import Field
from sciml.operators.fno import FNO
from sciml.operators.galerkin import GalerkinTransformer1d
from sciml.operators.galerkin2d import GalerkinTransformer2d
from sciml.operators.kernel_ridge import KernelRidge
from sciml.operators.ridge import Ridge
