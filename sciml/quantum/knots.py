"""First parameters of a one-layer network whose hidden units form a good basis for a well.

Unit j is tanh(z_j) with z_j = 0 at a knot x_j and slope there of either sign; knots are spread by the
panels' need, slopes scale with the local density of knots. The interface inputs s_k = u|u| enter with
weights that keep their slope at the knot comparable to that of t.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from sciml.numerics.domains import Array
from sciml.numerics.networks import MLP
from sciml.quantum.equation import WellEquation
from sciml.quantum.panels import Panels

UNIFORM = 0.25  # share of the knots that is spread evenly, so that no part of the box is without
UNITS = 160  # width for which `steepness` is given
SLOPES = (0.3, 1.0)  # least and largest slope of a unit, as shares of the steepest


@dataclass(frozen=True)
class Spread:
    """How a Ritz basis is drawn.

    Attributes:
        width: Hidden units.
        steepness: Slope of the steepest unit at a width of `UNITS`, over twice the density of the knots.
        cut: Singular values of the basis below this share of the largest are dropped.
    """

    width: int
    steepness: float = 7.0
    cut: float = 1e-11


def hidden_network(well: WellEquation, panels: Panels, spread: Spread, seed: int) -> MLP:
    """Return a network with one hidden layer, its units placed for the well, and one output a state."""
    rng = np.random.default_rng(seed)
    network = MLP(well.inputs().count, (spread.width,), well.states, generator=torch.Generator())
    weight, bias = _place(well, panels, spread, rng)
    with torch.no_grad():
        network.weights[0].copy_(torch.from_numpy(weight))
        network.biases[0].copy_(torch.from_numpy(bias))
    return network


def _place(
    well: WellEquation, panels: Panels, spread: Spread, rng: np.random.Generator
) -> tuple[Array, Array]:
    edges = well.y(panels.edges)
    along_y = replace(panels, edges=edges, need=panels.need * panels.widths / np.diff(edges))
    knots, density = _knots(along_y, spread.width, rng)
    half, centre = well.scales.half, well.interval.centre
    slope = spread.steepness * 2 * density * half * (spread.width / UNITS)
    along = rng.choice([-1.0, 1.0], spread.width) * rng.uniform(*SLOPES, spread.width) * slope
    offsets = (knots[:, None] - np.array(well.inputs().interval.interfaces)) / half
    across = _across(offsets, slope, rng)
    bias = -along * (knots - centre) / half - (across * offsets * np.abs(offsets)).sum(1)
    return np.column_stack([along, across]), bias


def _across(offsets: Array, slope: Array, rng: np.random.Generator) -> Array:
    """Return the weights of the interface inputs: only the nearest to each knot is used.

    A second zero of z lies about as far beyond the interface as the knot lies before it, where the panels
    are as fine; weights on far interfaces would put steep units anywhere.
    """
    across = np.zeros_like(offsets)
    if offsets.shape[1]:
        rows, nearest = np.arange(len(slope)), np.abs(offsets).argmin(1)
        reach = np.maximum(2 * np.abs(offsets[rows, nearest]), 1 / slope)
        signs = rng.choice([-1.0, 1.0], len(slope))
        across[rows, nearest] = signs * rng.uniform(*SLOPES, len(slope)) * slope / reach
    return across


def _knots(panels: Panels, width: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return knots by stratified draws from the needed density, and that density at each."""
    length = panels.edges[-1] - panels.edges[0]
    need = np.concatenate([[0.0], np.cumsum(panels.need * panels.widths)])
    even = (panels.edges - panels.edges[0]) / length
    cumulative = (1 - UNIFORM) * need / need[-1] + UNIFORM * even
    knots = np.interp((np.arange(width) + rng.uniform(size=width)) / width, cumulative, panels.edges)
    middles = 0.5 * (panels.edges[1:] + panels.edges[:-1])
    log_density = np.interp(knots, middles, np.log(np.diff(cumulative) / panels.widths))
    return knots, np.exp(log_density)
