"""Normalizing flows: invertible maps with an exact log-density."""

from sciml.flows.base import AbstractBase, StandardNormal
from sciml.flows.coupling import Coupling, coupling_flow
from sciml.flows.densities import TwoMoons
from sciml.flows.elementwise import AbstractElementwise, Affine
from sciml.flows.flow import Flow
from sciml.flows.rational_quadratic import RationalQuadratic
from sciml.flows.transforms import AbstractTransform, Chain

__all__ = [
    "AbstractBase",
    "AbstractElementwise",
    "AbstractTransform",
    "Affine",
    "Chain",
    "Coupling",
    "Flow",
    "RationalQuadratic",
    "StandardNormal",
    "TwoMoons",
    "coupling_flow",
]
