"""Fronts and flames as residual problems with an unknown speed."""

from sciml.flame.fronts import Front, FrontRecipe
from sciml.flame.premixed import PremixedFlame, PremixedRecipe
from sciml.flame.sweep import Sweep, sweep
