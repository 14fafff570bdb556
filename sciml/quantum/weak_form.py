"""The equation in weak form, from values of ψ alone: a certificate of V, c and ψ at once.

With hats v_i on nodes x_i, ∫cψ'v_i' dx is a difference of ψ at three nodes, exactly, whatever ψ is between
them; ∫(V − E)ψ v_i dx is taken by a quadrature of its own. No derivative of a network enters, and V and c are
the problem's own, so a solver that used others is found out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch

from sciml.numerics.domains import Array
from sciml.quantum.certificates import CertifiedState
from sciml.quantum.equation import WellEquation
from sciml.quantum.fields import Network, state_jet

POINTS = 21  # Gauss points between two nodes
HATS = 2  # nodes a panel
DEEP = 43  # halvings of the box towards an end where V is singular
SEEN = 3e-6  # of a state: a larger weak residual is no rounding; what is smaller cannot be seen
SEEN_RANDOM = 1e-2  # the same for a random start, whose ψ is good to 1e-3


def weak_residuals(well: WellEquation, states: tuple[CertifiedState, ...]) -> list[float]:
    """Return, for each state, sup |∫(cψ'v' + (V − E)ψv) dx| for hats v, ∫cv'² dx = 1, over √height."""
    edges = _toward_ends(well.local_panels.edges, well.look.singular)
    nodes = np.sort(
        np.concatenate([edges, *(edges[:-1] + np.diff(edges) * k / HATS for k in range(1, HATS))])
    )
    at, weights = np.polynomial.legendre.leggauss(POINTS)
    left, right, t = nodes[:-1, None], nodes[1:, None], 0.5 * (1 + at)
    x = np.clip(left + (right - left) * t, np.nextafter(left, right), np.nextafter(right, left))
    potential = well.potential_energy(x.ravel()).reshape(x.shape)
    measure = 0.5 * np.diff(nodes)[:, None] * weights
    rates = measure / well.kinetic_at(x.ravel()).reshape(x.shape)
    widths = rates.sum(axis=1)  # in the coordinate ∫dx/c
    shares = t if well.coordinate is None else _shares(rates)
    fluxes = [_flux(well, state, nodes, widths, x, potential, measure, shares) for state in states]
    heights = [max(state.height, 0.0) or math.nan for state in states]
    return [_size(widths, flux) / math.sqrt(size) for flux, size in zip(fluxes, heights, strict=True)]


def _toward_ends(edges: Array, singular: tuple[bool, bool]) -> Array:
    """Return the edges with ever closer ones to the ends where V is singular."""
    length, shares = edges[-1] - edges[0], 2.0 ** -np.arange(1.0, DEEP)
    more = [edges[0] + length * shares] if singular[0] else []
    more += [edges[-1] - length * shares] if singular[1] else []
    return np.unique(np.concatenate([edges, *more]))


def _shares(rates: Array) -> Array:
    """Return which share of ∫dx/c between two nodes lies to the left of each Gauss point, (m, POINTS)."""
    at, weights = np.polynomial.legendre.leggauss(POINTS)
    modes = np.linalg.inv(np.polynomial.legendre.legvander(at, POINTS - 1))
    to_left = np.polynomial.legendre.legval(at, np.polynomial.legendre.legint(modes, lbnd=-1)).T
    return np.asarray((rates / weights) @ to_left.T / rates.sum(axis=1, keepdims=True))


def _flux(
    well: WellEquation,
    state: CertifiedState,
    nodes: Array,
    widths: Array,
    x: Array,
    potential: Array,
    weights: Array,
    t: Array,
) -> Array:
    """Return the running sum of the residuals over the nodes, (m,): what is left of cψ' between them."""
    psi = _values(well, state.network, x.ravel()).reshape(x.shape)
    density = weights * (potential - state.certificate.rayleigh) * psi
    before, after = (density * (1 - t)).sum(axis=1), (density * t).sum(axis=1)
    rise = np.diff(_values(well, state.network, nodes)) / widths
    residual = rise[:-1] - rise[1:] + after[:-1] + before[1:]
    return np.concatenate([[0.0], np.cumsum(residual)])


def _size(widths: Array, flux: Array) -> float:
    """Return the dual norm of the residual: that of the flux without its mean."""
    mean = (widths @ flux) / widths.sum()
    return math.sqrt(float(widths @ (flux - mean) ** 2))


def _values(well: WellEquation, network: Network, x: Array) -> Array:
    with torch.no_grad():
        return np.asarray(state_jet(well, network, torch.from_numpy(x)).value.numpy())


def weak_doubts(residuals: list[float], random: bool) -> Iterator[str]:
    """Yield a sentence for each state whose weak residual is more than rounding."""
    for n, size in enumerate(residuals):
        if not size <= (SEEN_RANDOM if random else SEEN):
            yield f"psi{n} leaves {size:.1e} of the equation in weak form, with the problem's own V and c"
