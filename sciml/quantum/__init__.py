"""Bound states of one-dimensional wells by physics-informed networks."""

from sciml.quantum.layers import Heterostructure, Layer
from sciml.quantum.quantum_well import QuantumWell
from sciml.quantum.recipe import WellRecipe
from sciml.quantum.well import Well

__all__ = [
    "Heterostructure",
    "Layer",
    "QuantumWell",
    "Well",
    "WellRecipe",
]
