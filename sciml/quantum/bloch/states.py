"""Bloch states: ψ of a phase θ as two functions of local units, found by Rayleigh-Ritz on one period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sciml.contracts.answer import Fields
from sciml.errors import FileError
from sciml.numerics.domains import Array, Quadrature
from sciml.quantum.equation import WellEquation
from sciml.quantum.fields import state_jet
from sciml.quantum.patch_ritz import PatchStates
from sciml.quantum.patches import Patches, restore_patches

Complex = NDArray[np.complex128]


@dataclass(frozen=True)
class Pair:
    """A complex ψ by its real and imaginary part."""

    real: Patches
    imag: Patches

    def parts(self, well: WellEquation, x: Array) -> tuple[Complex, Complex, Complex]:
        """Return ψ and its derivatives in the coordinate y at points of the box."""
        points = torch.from_numpy(x)
        with torch.no_grad():
            real, imag = (state_jet(well, part, points).parts for part in (self.real, self.imag))
        value, first, second = (a.numpy() + 1j * b.numpy() for a, b in zip(real, imag, strict=True))
        return value, first, second


def pairs_of(well: WellEquation, found: PatchStates) -> tuple[Pair, ...]:
    """Return the states in the gauge that makes ψ, or its slope, real and positive at the left end."""
    edges = torch.from_numpy(well.y(found.panels.edges))
    pairs = []
    for n in range(found.modes.shape[2]):
        modes = found.modes[..., n].astype(np.complex128)
        modes = modes * gauge(*_left(modes, float(edges[1] - edges[0]), 2 * well.scales.half))
        parts = (torch.from_numpy(part.copy()) for part in (modes.real, modes.imag))
        pairs.append(Pair(*(Patches(edges.clone(), part) for part in parts)))
    return tuple(pairs)


def _left(modes: Complex, width: float, length: float) -> tuple[complex, complex]:
    """Return ψ, and dψ/dy times the period, at the left end, where P_k is (−1)^k, P_k' −(−1)^k k(k + 1)/2."""
    k = np.arange(modes.shape[1])
    sign = (-1.0) ** k
    return complex(modes[0] @ sign), complex(modes[0] @ (-sign * k * (k + 1) / 2)) * 2 / width * length


def gauge(value: complex, slope: complex) -> complex:
    """Return the factor of size one that makes the larger of ψ and its slope real and positive."""
    larger = value if abs(value) >= 0.5 * abs(slope) / (2 * np.pi) else slope
    return complex(np.conj(larger) / abs(larger)) if larger else 1.0 + 0j


class BlochFields(Fields):
    """Real and imaginary parts of each ψ, on the whole line: ψ(x + period) = exp(iθ) ψ(x)."""

    def __init__(self, waves: Mapping[str, tuple[WellEquation, Pair]]) -> None:
        self.waves = dict(waves)

    @property
    def spec(self) -> Mapping[str, Any]:
        """Panels and degree of each part."""
        return {
            "kind": "bloch",
            "names": list(self.waves),
            "parts": [[pair.real.spec, pair.imag.spec] for _, pair in self.waves.values()],
        }

    @property
    def tensors(self) -> Mapping[str, Tensor]:
        """The parameters, named `psi0.real.modes` and so on."""
        return {
            f"{name}.{part}.{key}": tensor
            for name, (_, pair) in self.waves.items()
            for part in ("real", "imag")
            for key, tensor in getattr(pair, part).state_dict().items()
        }

    def __call__(self, x: Tensor) -> dict[str, Tensor]:
        """Return psi0, psi0_imag, … at `x` (n,)."""
        values: dict[str, Tensor] = {}
        for name, (well, pair) in self.waves.items():
            left, period = well.interval.left, well.interval.length
            cells = torch.floor((x - left) / period)
            inside = x - cells * period
            real, imag = (state_jet(well, part, inside).value for part in (pair.real, pair.imag))
            turn = cells * float(well.phase or 0.0)
            values[name] = real * turn.cos() - imag * turn.sin()
            values[f"{name}_imag"] = real * turn.sin() + imag * turn.cos()
        return values


def rebuild_bloch(
    wells: Sequence[tuple[str, WellEquation]], model: Mapping[str, Any], tensors: Mapping[str, Tensor]
) -> BlochFields:
    """Return the fields described by `model.json`, with their saved parameters.

    Raises:
        FileError: If these are not states of the well.
    """
    if model["names"] != [name for name, _ in wells]:
        raise FileError(f"model: got states {model['names']}, expected {[name for name, _ in wells]}")
    waves = {}
    for (name, well), specs in zip(wells, model["parts"], strict=True):
        parts = []
        for part, spec in zip(("real", "imag"), specs, strict=True):
            prefix = f"{name}.{part}."
            own = {key[len(prefix) :]: tensor for key, tensor in tensors.items() if key.startswith(prefix)}
            parts.append(restore_patches(spec, own))
        waves[name] = (well, Pair(*parts))
    return BlochFields(waves)


@dataclass(frozen=True)
class Moments:
    """What one quadrature says of a Bloch state."""

    norm: float
    rayleigh: float
    residual: float
    kinetic: float


def moments(well: WellEquation, pair: Pair, quadrature: Quadrature) -> Moments:
    """Return ∫|ψ|², the Rayleigh quotient, ‖Hψ − Eψ‖/‖ψ‖, and the kinetic energy."""
    w, x = quadrature.weights, quadrature.points
    psi, slope, curve = pair.parts(well, x)
    potential, stiffness = well.potential_energy(x), well.stiffness(x)
    norm = float(w @ np.abs(psi) ** 2)
    kinetic = float(w @ (stiffness * np.abs(slope) ** 2)) / norm
    energy = kinetic + float(w @ (potential * np.abs(psi) ** 2)) / norm
    left = (potential - energy) * psi - stiffness * curve
    return Moments(norm, energy, float(np.sqrt(w @ np.abs(left) ** 2 / norm)), kinetic)
