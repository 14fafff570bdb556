r"""Propagation of $(\psi,\,\varphi = c\,\psi')$ through layers of constant potential, without overflow."""

from __future__ import annotations

import math
from dataclasses import dataclass

Vector = tuple[float, float]


@dataclass(frozen=True)
class Layers:
    """Layers from left to right: widths, heights and kinetic coefficients, all of order one."""

    widths: tuple[float, ...]
    heights: tuple[float, ...]
    kinetic: tuple[float, ...]

    def reverse(self) -> Layers:
        """Return the mirror image."""
        return Layers(self.widths[::-1], self.heights[::-1], self.kinetic[::-1])


@dataclass(frozen=True)
class Shot:
    """A solution at the edges: (psi, phi) there is `vectors[i] * exp(logs[i])`, with `nodes` zeros in all."""

    vectors: tuple[Vector, ...]
    logs: tuple[float, ...]
    nodes: int


def shoot(layers: Layers, energy: float) -> Shot:
    r"""Integrate $-(c\,\psi')' + V\psi = E\psi$ from $\psi = 0$, $c\,\psi' = 1$ at the left end.

    The zeros of $\psi$ in $(l, r]$ are counted. By Sturm's oscillation theorem their number is that of the
    energies at or below `energy`, so it brackets every state, however close two of them are.
    """
    vectors, logs, nodes = [(0.0, 1.0)], [0.0], 0
    for width, height, kinetic in zip(layers.widths, layers.heights, layers.kinetic, strict=True):
        step = _oscillate if energy > height else _tunnel
        (psi, phi), log, zeros = step(vectors[-1], width, abs(energy - height), kinetic)
        size = math.hypot(psi, phi)
        vectors.append((psi / size, phi / size))
        logs.append(logs[-1] + log + math.log(size))
        nodes += zeros
    return Shot(tuple(vectors), tuple(logs), nodes)


def _oscillate(start: Vector, width: float, excess: float, kinetic: float) -> tuple[Vector, float, int]:
    """Cross a layer that lies below the energy by `excess`; return the vector, its log and the zeros."""
    psi, phi = start
    k = math.sqrt(excess / kinetic)
    momentum, angle = k * kinetic, k * width
    sine, cosine = math.sin(angle), math.cos(angle)
    end = (psi * cosine + phi * sine / momentum, phi * cosine - psi * sine * momentum)
    turned = _phase(start, momentum) + angle - _phase(end, momentum)
    return end, 0.0, round(turned / math.pi)


def _phase(vector: Vector, momentum: float) -> float:
    """Return the Pruefer angle in [0, pi): zero where psi vanishes."""
    psi, phi = vector
    if psi == 0.0:
        return 0.0
    return math.atan2(momentum * abs(psi), phi if psi > 0.0 else -phi)


def _tunnel(start: Vector, width: float, deficit: float, kinetic: float) -> tuple[Vector, float, int]:
    """Cross a layer that lies above the energy by `deficit`, with its growth taken out as a logarithm."""
    k = math.sqrt(deficit / kinetic)
    grown = k * width
    end = (_expand if grown > 1.0 else _bend)(start, k, width, kinetic)
    return end, grown, int(_sign(start) != _sign(end))


def _expand(start: Vector, k: float, width: float, kinetic: float) -> Vector:
    """Cross a thick layer: a growing and a decaying part, so that neither loses its digits to the other."""
    psi, slope = start[0], start[1] / (k * kinetic)
    growing, decaying = 0.5 * (psi + slope), 0.5 * (psi - slope) * math.exp(-2.0 * k * width)
    return growing + decaying, (growing - decaying) * k * kinetic


def _bend(start: Vector, k: float, width: float, kinetic: float) -> Vector:
    """Cross a thin layer: hyperbolic functions, a straight line where the energy is the height."""
    psi, phi = start
    grown, damping = k * width, math.exp(-k * width)
    cosh, sinh = damping * math.cosh(grown), damping * math.sinh(grown)
    slope_to_value = sinh / (k * kinetic) if grown > 0.0 else width / kinetic
    return psi * cosh + phi * slope_to_value, phi * cosh + psi * sinh * k * kinetic


def _sign(vector: Vector) -> bool:
    """Return whether psi is positive just behind the point."""
    psi, phi = vector
    return phi > 0.0 if psi == 0.0 else psi > 0.0
