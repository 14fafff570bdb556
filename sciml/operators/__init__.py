"""Neural operators: maps between functions, learned from pairs of them, beside what they must beat."""

from sciml.operators.models.attention import GalerkinAttention
from sciml.operators.models.deeponet import DeepONet
from sciml.operators.models.field import Field
from sciml.operators.models.fno import FNO
from sciml.operators.models.galerkin import GalerkinTransformer1d
from sciml.operators.models.galerkin2d import GalerkinTransformer2d
from sciml.operators.models.kernel_ridge import KernelRidge
from sciml.operators.models.ridge import Ridge
from sciml.operators.models.spectral_network import SpectralNetwork
from sciml.operators.user import DataOperator

__all__ = [
    "FNO",
    "DataOperator",
    "DeepONet",
    "Field",
    "GalerkinAttention",
    "GalerkinTransformer1d",
    "GalerkinTransformer2d",
    "KernelRidge",
    "Ridge",
    "SpectralNetwork",
]
