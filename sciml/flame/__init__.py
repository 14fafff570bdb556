"""Fronts and flames as residual problems with an unknown speed."""

from sciml.flame.fronts import Front, FrontRecipe
