"""Levels so close that training finds a mixture of their states: solved together, in its span.

The residual of a mixture of two states is at most half their distance, so that a random start ends in any of
them. What lies in the span of the trained states is turned into the states themselves, each a network that
holds those it is made of.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from scipy.linalg import block_diag, eigh

from sciml.numerics.domains import Array
from sciml.numerics.networks import MLP
from sciml.quantum.certificates import CertifiedState, Meter
from sciml.quantum.fields import state_jet

CLOSE = 0.01  # of a state's height: levels nearer than this are turned together


def turned(meter: Meter, states: tuple[CertifiedState, ...]) -> tuple[CertifiedState, ...]:
    """Return the states with the last ones, where their energies are close, turned in their span."""
    first = len(states) - 1
    energies = [state.certificate.rayleigh for state in states]
    while first > 0 and abs(energies[first - 1] - energies[-1]) < CLOSE * states[-1].height:
        first -= 1
    group = states[first:]
    if len(group) < 2 or not all(isinstance(state.network, MLP) for state in group):
        return states
    levels, mixing = _in_span(meter, group)
    networks = [state.network for state in group if isinstance(state.network, MLP)]
    new = [
        meter.state(merged(networks, row), float(level)) for level, row in zip(levels, mixing.T, strict=True)
    ]
    return (*states[:first], *new)


def _in_span(meter: Meter, group: tuple[CertifiedState, ...]) -> tuple[Array, Array]:
    """Return the stationary energies in the span of some states, and their coefficients in columns."""
    x, weights = torch.from_numpy(meter.fine.points), meter.fine.weights[:, None]
    with torch.no_grad():
        jets = [state_jet(meter.well, state.network, x) for state in group]
    psi, slope = (np.column_stack([jet.parts[m].numpy() for jet in jets]) for m in (0, 1))
    potential = meter.well.potential_energy(meter.fine.points)[:, None]
    stiffness = meter.well.stiffness(meter.fine.points)[:, None]
    energy = slope.T @ (weights * stiffness * slope) + psi.T @ (weights * potential * psi)
    levels, mixing = eigh(energy, psi.T @ (weights * psi))
    return levels, mixing


def merged(networks: Sequence[MLP], coefficients: Array) -> MLP:
    """Return one network that is the sum of several of the same depth, each with a coefficient."""
    first = networks[0]
    inputs, depth = first.widths[0], len(first.weights)
    hidden = tuple(sum(network.widths[k] for network in networks) for k in range(1, depth))
    whole = MLP(inputs, hidden, 1, activation=first.activation, generator=torch.Generator())
    with torch.no_grad():
        for k in range(depth):
            parts = [network.weights[k].numpy() for network in networks]
            biases = [network.biases[k].numpy() for network in networks]
            if k == depth - 1:
                parts = [coefficient * part for coefficient, part in zip(coefficients, parts, strict=True)]
                joined = np.hstack(parts)
                bias = sum(c * b for c, b in zip(coefficients, biases, strict=True))
            else:
                joined = np.vstack(parts) if k == 0 else block_diag(*parts)
                bias = np.concatenate(biases)
            whole.weights[k].copy_(torch.from_numpy(joined))
            whole.biases[k].copy_(torch.from_numpy(np.asarray(bias)))
    return whole
