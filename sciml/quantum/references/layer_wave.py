"""Wavefunctions over layers of constant potential: matched, normalised, stable in thick barriers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sciml.numerics.domains import Array
from sciml.quantum.references.layers import Layers, Shot, shoot

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)  # exact to rounding where ψ turns by less than 1 rad
_THIN = 1.0  # phase or decay of a layer below which its closed-form integral cancels
_STRAIGHT = 1e-8  # decay of a layer below which ψ is a straight line there to rounding


@dataclass(frozen=True)
class LayerWave:
    """One state: psi and c psi' at the edges of the layers, and how badly the two halves match."""

    layers: Layers
    energy: float
    psi: Array
    phi: Array
    mismatch: float

    def __call__(self, layer: int, s: Array) -> Array:
        """Return psi at the distances `s` from the left edge of a layer."""
        excess = (self.energy - self.layers.heights[layer]) / self.layers.kinetic[layer]
        k, width = math.sqrt(abs(excess)), self.layers.widths[layer]
        if excess <= 0.0:
            return _between(k, width, s, self.psi[layer], self.psi[layer + 1])
        slope = self.phi[layer] / self.layers.kinetic[layer]
        return np.asarray(self.psi[layer] * np.cos(k * s) + slope * s * np.sinc(k * s / math.pi))

    def norm(self) -> float:
        r"""Return $(\int\psi^2\,dx)^{1/2}$."""
        return math.sqrt(sum(self._square(layer) for layer in range(len(self.layers.widths))))

    def _square(self, layer: int) -> float:
        r"""Return $\int\psi^2\,dx$ over a layer: in closed form unless too thin for that."""
        width, kinetic = self.layers.widths[layer], self.layers.kinetic[layer]
        excess = (self.energy - self.layers.heights[layer]) / kinetic
        k = math.sqrt(abs(excess))
        if k * width < _THIN:
            values = self(layer, 0.5 * width * (1.0 + _NODES))
            return float(0.5 * width * (_WEIGHTS @ values**2))
        if excess > 0.0:
            return _square_wave(k, width, self.psi[layer], self.phi[layer] / (kinetic * k))
        return _square_decay(k, width, self.psi[layer], self.psi[layer + 1])


def match(layers: Layers, energy: float) -> LayerWave:
    """Return the unnormalised state at `energy`, from solutions shot from both ends.

    A solution shot across a barrier away from where the state lives picks up the growing exponential. The
    halves are therefore joined at the edge where their logarithmic derivatives agree best: where neither has.
    """
    left, right = shoot(layers, energy), _mirror(shoot(layers.reverse(), energy))
    scale = math.sqrt(max(energy, 1.0))
    mismatches = [_mismatch(a, b, scale) for a, b in zip(left.vectors, right.vectors, strict=True)]
    edge = int(np.argmin(mismatches))
    vectors = np.array(left.vectors[: edge + 1] + right.vectors[edge + 1 :])
    logs = np.array(left.logs)
    logs[edge + 1 :] = np.array(right.logs[edge + 1 :]) - right.logs[edge] + left.logs[edge]
    amplitudes = np.exp(logs - logs.max())
    amplitudes[edge + 1 :] *= np.dot(left.vectors[edge], right.vectors[edge])
    psi, phi = (vectors * amplitudes[:, None]).T
    return LayerWave(layers, energy, psi, phi, mismatches[edge])


def _mirror(shot: Shot) -> Shot:
    """Return a solution of the mirrored layers as one of the layers: reversed, with the slope negated."""
    vectors = tuple((psi, -phi) for psi, phi in reversed(shot.vectors))
    return Shot(vectors, shot.logs[::-1], shot.nodes)


def _mismatch(a: tuple[float, float], b: tuple[float, float], scale: float) -> float:
    """Return the sine of the angle between two vectors whose slopes are measured in `scale`."""
    cross = scale * abs(a[0] * b[1] - a[1] * b[0])
    return cross / (math.hypot(scale * a[0], a[1]) * math.hypot(scale * b[0], b[1])) if cross else 0.0


def _between(k: float, width: float, s: Array, start: float, end: float) -> Array:
    """Return the sum of exponentials with the given values at both ends of a layer."""
    if k * width < _STRAIGHT:
        return start + (end - start) * s / width
    whole = math.expm1(-2.0 * k * width)
    falling = np.exp(-k * s) * np.expm1(-2.0 * k * (width - s)) / whole
    rising = np.exp(-k * (width - s)) * np.expm1(-2.0 * k * s) / whole
    return np.asarray(start * falling + end * rising)


def _square_wave(k: float, width: float, cosine: float, sine: float) -> float:
    """Return the integral of (cosine cos ks + sine sin ks)^2 over the layer."""
    turn = math.sin(k * width)
    swing = (cosine**2 - sine**2) * turn * math.cos(k * width) + 2.0 * cosine * sine * turn**2
    return 0.5 * ((cosine**2 + sine**2) * width + swing / k)


def _square_decay(k: float, width: float, start: float, end: float) -> float:
    """Return the integral of the squared sum of exponentials with the given values at both ends."""
    damping = math.exp(-k * width)
    whole = -math.expm1(-2.0 * k * width)
    falling, rising = (start - damping * end) / whole, (end - damping * start) / whole
    return (falling**2 + rising**2) * whole / (2.0 * k) + 2.0 * falling * rising * damping * width
