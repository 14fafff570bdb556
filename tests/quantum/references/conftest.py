"""Wells that all reference solvers are tried on, and exact quadrature over their regions."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest


@dataclass(frozen=True)
class Layered:
    edges: tuple
    heights: tuple
    kinetic: tuple = field(default=(1.0,))

    def __call__(self, x):
        return np.asarray(self.heights, float)[np.searchsorted(self.edges[1:-1], x, side="right")]

    def coefficient(self, x):
        values = np.broadcast_to(np.asarray(self.kinetic, float), len(self.heights))
        return values[np.searchsorted(self.edges[1:-1], x, side="right")]

    @property
    def box(self):
        return self.edges[0], self.edges[-1]

    def quadrature(self, points=60):
        nodes, weights = np.polynomial.legendre.leggauss(points)
        pieces = list(zip(self.edges, self.edges[1:], strict=False))
        x = np.concatenate([a + (b - a) * (1 + nodes) / 2 for a, b in pieces])
        return x, np.concatenate([(b - a) * weights / 2 for a, b in pieces])


WELLS = {
    "infinite": Layered((0, 1), (0,)),
    "finite": Layered((-3, -1, 1, 3), (20, 0, 20)),
    "barrier": Layered((-1, -0.2, 0.2, 1), (0, 20, 0)),
    "step": Layered((-3, -1, 0, 1, 3), (30, 0, 8, 15)),
    "thin-barrier": Layered((0, 0.99, 1.01, 2), (0, 500, 0)),
    "very-thin-barrier": Layered((0, 1, 1.0004, 2), (0, 3e4, 0)),
    "off-centre": Layered((100, 101, 102.5, 103), (-40, -90, -20)),
    "masses": Layered((-3, -1, 1, 3), (20, 0, 20), (3.0, 1.0, 0.5)),
}


def random_wells(count, seed):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        layers = rng.integers(1, 7)
        edges = np.cumsum(np.append(rng.uniform(-3, 3), 10 ** rng.uniform(-3, 0.5, layers)))
        heights = rng.uniform(-1, 1, layers) * 10 ** rng.uniform(0, 3)
        kinetic = 10 ** rng.uniform(-1, 1, layers)
        yield Layered(tuple(edges.tolist()), tuple(heights.tolist()), tuple(kinetic.tolist()))


@pytest.fixture(params=WELLS)
def well(request):
    return WELLS[request.param]


@pytest.fixture
def finite_well():
    return WELLS["finite"]


@pytest.fixture(params=range(20))
def random_well(request):
    return next(random_wells(1, request.param))


@pytest.fixture
def layered():
    return Layered


def nodes_of(psi):
    """Count sign changes among the values that are not lost in rounding."""
    signs = np.sign(psi[np.abs(psi) > 1e-9 * np.abs(psi).max()])
    return int((signs[1:] != signs[:-1]).sum())


@pytest.fixture
def count_nodes():
    return nodes_of
