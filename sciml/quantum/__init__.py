"""Bound states of one-dimensional wells by physics-informed networks."""

from sciml.quantum.quantum_well import QuantumWell
from sciml.quantum.recipe import WellRecipe
from sciml.quantum.well import Well

__all__ = [
    "QuantumWell",
    "Well",
    "WellRecipe",
]
