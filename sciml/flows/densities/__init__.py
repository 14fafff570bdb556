"""Densities known exactly, to measure flows against."""

from sciml.flows.densities.banana import Banana
from sciml.flows.densities.checkerboard import Checkerboard
from sciml.flows.densities.copula import MixedTails
from sciml.flows.densities.density import AbstractDensity
from sciml.flows.densities.funnel import Funnel
from sciml.flows.densities.ring import Ring
from sciml.flows.densities.rosenbrock import Rosenbrock
from sciml.flows.densities.student_t import CorrelatedStudentT
from sciml.flows.densities.two_moons import TwoMoons

__all__ = [
    "AbstractDensity",
    "Banana",
    "Checkerboard",
    "CorrelatedStudentT",
    "Funnel",
    "MixedTails",
    "Ring",
    "Rosenbrock",
    "TwoMoons",
]
