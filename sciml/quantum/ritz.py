"""Rayleigh–Ritz in a network's last layer: all low states at once, ordered, each an upper bound.

With basis functions φ_j = (boundary factor)·(hidden unit j) and the constant, the stationary points of the
Rayleigh quotient ∫(cψ'² + Vψ²)dx / ∫ψ²dx over their span are an eigenproblem. The basis is nearly dependent,
so it is whitened first by the singular value decomposition of √w·φ (values below a relative cut dropped).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from sciml.numerics.derivatives import Jet
from sciml.numerics.domains import Array, Quadrature
from sciml.numerics.networks import MLP
from sciml.quantum.equation import WellEquation

SIZES = 12  # of the basis in the curve of convergence


@dataclass(frozen=True)
class Basis:
    """Whitened basis on quadrature points: `values` (n, r) with √w, their `slopes`, and the way back."""

    values: Array
    slopes: Array
    back: Array
    singular: Array


@dataclass(frozen=True)
class RitzStates:
    """The lowest energies (K,), one more above them, and last-layer weights (K, width + 1)."""

    energies: Array
    next_energy: float
    coefficients: Array


def rayleigh_ritz(
    well: WellEquation, basis: Basis, quadrature: Quadrature, size: int | None = None
) -> RitzStates:
    """Return the lowest `well.states` states in the span of the (first `size`) basis functions."""
    values, slopes = basis.values[:, :size], basis.slopes[:, :size]
    excess = well.potential_energy(quadrature.points) - well.scales.floor
    stiffness = well.stiffness(quadrature.points)[:, None]
    matrix = slopes.T @ (stiffness * slopes) + (values * excess[:, None]).T @ values
    energies, vectors = np.linalg.eigh(0.5 * (matrix + matrix.T))
    energies = energies + well.scales.floor
    coefficients = basis.back[:, :size] @ vectors[:, : well.states]
    return RitzStates(energies[: well.states], float(energies[well.states]), coefficients.T)


def convergence(well: WellEquation, basis: Basis, quadrature: Quadrature) -> dict[str, list[float]]:
    """Return the energies against the number of (leading whitened) basis functions."""
    full = basis.values.shape[1]
    sizes = np.unique(np.geomspace(well.states + 1, full, SIZES).round().astype(int))
    levels = [rayleigh_ritz(well, basis, quadrature, int(size)).energies for size in sizes]
    curves: dict[str, list[float]] = {"basis": sizes.astype(float).tolist()}
    return curves | {f"E{n}": [float(energies[n]) for energies in levels] for n in range(well.states)}


def whitened(well: WellEquation, network: MLP, quadrature: Quadrature, cut: float) -> Basis:
    """Return the network's hidden units, times the boundary factor, as a whitened basis."""
    raw = basis_functions(well, network, quadrature.points)
    root = np.sqrt(quadrature.weights)[:, None]
    values, singular, transposed = np.linalg.svd(root * raw.value.numpy(), full_matrices=False)
    rank = int((singular > cut * singular[0]).sum())
    back = transposed[:rank].T / singular[:rank]
    return Basis(values[:, :rank], (root * raw.first.numpy()) @ back, back, singular)


def basis_functions(well: WellEquation, network: MLP, points: Array) -> Jet:
    """Return the jets (n, width + 1) of the hidden units and the constant, times the boundary factor."""
    x = well.position(torch.from_numpy(points))
    with torch.no_grad():
        hidden = network.features(well.inputs()(x))
        one = torch.ones(len(points), 1, dtype=torch.float64)
        none = torch.zeros_like(one)
        units = Jet(
            torch.cat([hidden.value, one], 1),
            torch.cat([hidden.first, none], 1),
            torch.cat([hidden.second, none], 1),
        )
        return units * well.boundary_factor(x).map(lambda part: part[:, None])
