"""Fronts and flames as residual problems with an unknown speed."""

from sciml.flame.fronts import Front, FrontRecipe
from sciml.flame.mixture import Mixture
from sciml.flame.observations import Observations, read_csv, simulate
from sciml.flame.premixed import LENGTH, FreedFlame, PremixedFlame, PremixedRecipe
from sciml.flame.sweep import Sweep, sweep

__all__ = [
    "LENGTH",
    "FreedFlame",
    "Front",
    "FrontRecipe",
    "Mixture",
    "Observations",
    "PremixedFlame",
    "PremixedRecipe",
    "Sweep",
    "read_csv",
    "simulate",
    "sweep",
]
