"""Normalizing flows: invertible maps with an exact log-density."""

from typing import TYPE_CHECKING, Any

from sciml.flows._from_nflows import from_nflows
from sciml.flows.autoregressive import Autoregressive, autoregressive_flow
from sciml.flows.base import AbstractBase, StandardNormal
from sciml.flows.box_uniform import BoxUniform
from sciml.flows.circular import CircularSpline, circular_flow
from sciml.flows.coupling import Coupling, coupling_flow
from sciml.flows.densities import TwoMoons
from sciml.flows.distribution import FlowDistribution
from sciml.flows.elementwise import AbstractElementwise, Additive, Affine
from sciml.flows.flow import Flow
from sciml.flows.linear import LULinear
from sciml.flows.mixture import GaussianMixture
from sciml.flows.monotone import Log, Logit, SideBySide, YeoJohnson
from sciml.flows.parametrizations import AbstractParametrization, NflowsParametrization, SoftClipped
from sciml.flows.permutations import Permutation
from sciml.flows.rational_quadratic import RationalQuadratic
from sciml.flows.student_t import StudentT
from sciml.flows.transforms import AbstractTransform, Chain
from sciml.flows.whitening import Whitening

if TYPE_CHECKING:
    from sciml.flows.tables.density import FlowDensity

__all__ = [
    "AbstractBase",
    "AbstractElementwise",
    "AbstractParametrization",
    "AbstractTransform",
    "Additive",
    "Affine",
    "Autoregressive",
    "BoxUniform",
    "Chain",
    "CircularSpline",
    "Coupling",
    "Flow",
    "FlowDensity",
    "FlowDistribution",
    "GaussianMixture",
    "LULinear",
    "Log",
    "Logit",
    "Permutation",
    "NflowsParametrization",
    "RationalQuadratic",
    "SoftClipped",
    "SideBySide",
    "StandardNormal",
    "StudentT",
    "TwoMoons",
    "Whitening",
    "YeoJohnson",
    "autoregressive_flow",
    "circular_flow",
    "coupling_flow",
    "from_nflows",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Load what needs scikit-learn and pandas only when it is asked for."""
    if name == "FlowDensity":
        from sciml.flows.tables.density import FlowDensity

        return FlowDensity
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
