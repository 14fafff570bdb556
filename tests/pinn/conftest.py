"""A residual problem without physics that uses everything a residual problem may use."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import torch
from torch import Tensor

from sciml.numerics.derivatives import Jet, exp, sin
from sciml.numerics.domains import Interval
from sciml.numerics.networks import MLP
from sciml.pinn import Anchored, Integral, Pointwise, ResidualForm, ResidualSystem, Scalar


class Everything(ResidualForm):
    """Two outputs, two anchors, an interface, four scalars, five places and two integrals."""

    interval = Interval(-1.0, 2.0, (0.5,))
    outputs = 2

    def __init__(self, anchors: tuple[float, ...] = (-0.25, 0.8)) -> None:
        self._anchors = anchors

    @property
    def anchors(self) -> tuple[float, ...]:
        return self._anchors

    @property
    def scalars(self) -> Mapping[str, Scalar]:
        return {
            "speed": Scalar(0.7, positive=True),
            "held": Scalar(1.3, trainable=False),
            "shift": Scalar(-0.4, scale=2.5),
            "debt": Scalar(-2.0, positive=True),
        }

    def coefficients(self, x: Tensor) -> Mapping[str, Tensor]:
        return {"V": torch.where(x > 0.5, 2.0, 1.0).to(x) * x.cos()}

    def ansatz(self, raw: Jet, anchored: Anchored, x: Jet, scalars: Mapping[str, Tensor]) -> dict[str, Jet]:
        bound = anchored.value[:, :, 0].sum(-1) + 0.5 * anchored.slope[:, :, 1].square().sum(-1)
        u = raw[:, 0] - bound + x * scalars["speed"]
        return {"u": u, "v": exp(raw[:, 1] * 0.3) * sin(x * scalars["debt"])}

    def terms(self):
        return (
            Pointwise("bulk", "interior", self._bulk),
            Pointwise("coupled", "interior", lambda s: s["u"].first * s["v"].value - s.scalars["held"], 0.5),
            Integral("norm", lambda s: s["u"].value.square() + s["v"].first, 1.0, 3.0),
            Pointwise("left", "left", lambda s: s["u"].first - s.scalars["shift"]),
            Pointwise("right", "right", lambda s: s["v"].second * s.scalars["speed"], 2.0),
            Pointwise("data", (-0.3, 0.1, 1.2), lambda s: s["u"].value - s.x.sin()),
            Integral("mean", lambda s: s["v"].value * s.coefficients["V"], 0.2),
        )

    @staticmethod
    def _bulk(s) -> Tensor:
        reaction = s.coefficients["V"] * s["u"].value * s.scalars["debt"]
        return s["u"].second - s.scalars["shift"] * s["v"].first + reaction


def system(form: ResidualForm, hidden=(6, 4), activation="tanh", seed=0, points=5):
    generator = torch.Generator().manual_seed(seed)
    network = MLP(form.inputs().count, hidden, form.outputs, activation=activation, generator=generator)
    return network, ResidualSystem(form, network, form.interval.quadrature(points))


@pytest.fixture
def everything():
    """Make the problem, with these anchors."""
    return Everything


@pytest.fixture
def built():
    """Make a network and its residual system."""
    return system
