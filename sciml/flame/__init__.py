"""Fronts and flames as residual problems with an unknown speed."""

from sciml.flame.fronts import Front, FrontRecipe
from sciml.flame.mixture import LENGTH, Mixture
from sciml.flame.observation_tables import read_csv
from sciml.flame.observations import Observations
from sciml.flame.premixed import FreedFlame, PremixedFlame, PremixedRecipe
from sciml.flame.simulation import simulate
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
