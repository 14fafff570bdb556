"""Optimizers for least-squares losses: pure functions of tensors; solvers, states and results are values."""

from __future__ import annotations

from sciml.optim.adam import Adam
from sciml.optim.chain import Chain
from sciml.optim.lbfgs import LBFGS
from sciml.optim.levenberg_marquardt import LevenbergMarquardt
from sciml.optim.line_search import StrongWolfe
from sciml.optim.minimise import Minimised, Solver, State, minimise
from sciml.optim.residual import FunctionResidual, Residual
from sciml.optim.self_scaled import SelfScaledBFGS, SelfScaledBroyden

__all__ = [
    "LBFGS",
    "Adam",
    "Chain",
    "FunctionResidual",
    "LevenbergMarquardt",
    "Minimised",
    "Residual",
    "SelfScaledBFGS",
    "SelfScaledBroyden",
    "Solver",
    "State",
    "StrongWolfe",
    "minimise",
]
