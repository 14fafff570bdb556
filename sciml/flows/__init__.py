"""Normalizing flows: invertible maps with an exact log-density."""

from typing import TYPE_CHECKING, Any

from sciml.flows.bases.base import AbstractBase
from sciml.flows.bases.box_uniform import BoxUniform
from sciml.flows.bases.mixture import GaussianMixture
from sciml.flows.bases.normal import StandardNormal
from sciml.flows.bases.student_t import StudentT
from sciml.flows.densities import TwoMoons
from sciml.flows.distribution import FlowDistribution
from sciml.flows.flow import Flow
from sciml.flows.nflows.convert import from_nflows
from sciml.flows.transforms.autoregressive import Autoregressive, autoregressive_flow
from sciml.flows.transforms.circular import CircularSpline, circular_flow
from sciml.flows.transforms.coupling import Coupling, coupling_flow
from sciml.flows.transforms.elementwise import AbstractElementwise, Additive, Affine
from sciml.flows.transforms.linear import LULinear
from sciml.flows.transforms.monotone import Log, Logit, SideBySide, YeoJohnson
from sciml.flows.transforms.parametrizations import (
    AbstractParametrization,
    NflowsParametrization,
    SoftClipped,
)
from sciml.flows.transforms.permutations import Permutation
from sciml.flows.transforms.rational_quadratic import RationalQuadratic
from sciml.flows.transforms.transform import AbstractTransform, Chain
from sciml.flows.transforms.whitening import Whitening
from sciml.flows.uses.calibration import Calibration
from sciml.flows.uses.energy import EnergyFit, fit_energy
from sciml.flows.uses.evidence import Evidence, log_evidence
from sciml.flows.uses.fit_posterior import fit_posterior
from sciml.flows.uses.posterior import Posterior
from sciml.flows.uses.scaling import ObservationWarning

if TYPE_CHECKING:
    from sciml.tables.density import FlowDensity

__all__ = [
    "AbstractBase",
    "AbstractElementwise",
    "AbstractParametrization",
    "AbstractTransform",
    "Additive",
    "Affine",
    "Autoregressive",
    "BoxUniform",
    "Calibration",
    "Chain",
    "CircularSpline",
    "Coupling",
    "EnergyFit",
    "Evidence",
    "Flow",
    "FlowDensity",
    "FlowDistribution",
    "GaussianMixture",
    "LULinear",
    "Log",
    "Logit",
    "NflowsParametrization",
    "ObservationWarning",
    "Permutation",
    "Posterior",
    "RationalQuadratic",
    "SideBySide",
    "SoftClipped",
    "StandardNormal",
    "StudentT",
    "TwoMoons",
    "Whitening",
    "YeoJohnson",
    "autoregressive_flow",
    "circular_flow",
    "coupling_flow",
    "fit_energy",
    "fit_posterior",
    "from_nflows",
    "log_evidence",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Load what needs scikit-learn and pandas only when it is asked for."""
    if name == "FlowDensity":
        from sciml.tables.density import FlowDensity

        return FlowDensity
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
