"""Electrons in stacks of semiconductor layers: materials, layers, heterostructures."""

from sciml.quantum.layers.heterostructure import Heterostructure
from sciml.quantum.layers.layer import Layer
from sciml.quantum.layers.stack import StackedWell

__all__ = [
    "Heterostructure",
    "Layer",
    "StackedWell",
]
