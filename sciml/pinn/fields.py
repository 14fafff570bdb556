"""A trained residual problem as functions of position: one network and its scalars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from sciml.contracts.answer import Fields
from sciml.errors import FileError
from sciml.numerics.derivatives import Jet
from sciml.numerics.domains import Quadrature
from sciml.numerics.networks import MLP, restore
from sciml.pinn.form import AbstractForm, Anchored
from sciml.pinn.packing import pack
from sciml.pinn.scalars import scalar_values, trainable_count
from sciml.pinn.system import ResidualSystem, expand, no_anchors

SCALARS = "scalars"


class PinnFields(Fields):
    """The fields of `problem.ansatz` for a trained network.

    Args:
        problem: The problem that was solved.
        network: Its trained network.
        raw: The optimizer's unconstrained numbers (T,), one for each trainable scalar.
    """

    def __init__(self, problem: AbstractForm, network: MLP, raw: Tensor) -> None:
        self.problem = problem
        self.network = network
        self.raw = raw

    @property
    def spec(self) -> Mapping[str, Any]:
        """Widths and activation of the network."""
        return {"kind": "pinn", "widths": list(self.network.widths), "activation": self.network.activation}

    @property
    def tensors(self) -> Mapping[str, Tensor]:
        """The network's parameters as `weights.0`, `biases.0`, …, and the raw scalars."""
        return {**self.network.state_dict(), SCALARS: self.raw.detach()}

    @property
    def scalars(self) -> dict[str, float]:
        """Every scalar's value, trained or held."""
        return {name: float(value) for name, value in scalar_values(self.problem.scalars, self.raw).items()}

    def __call__(self, x: Tensor) -> dict[str, Tensor]:
        """Return every field at `x`, (n,) on a line and (n, d) in a box."""
        return {name: jet.value for name, jet in self.jet(x).items()}

    def jet(self, x: Tensor) -> dict[str, Jet]:
        """Return every field with its derivatives at `x`, differentiable by autograd."""
        point, inputs = self.problem.position(x), self.problem.inputs()
        raw = self.raw.expand(len(x), -1)
        scalars = scalar_values(self.problem.scalars, raw)
        fields = self.problem.ansatz(self.network.jet(inputs(point)), self._anchored(x), point, scalars)
        return {name: jet for name, jet in fields.items() if not name.startswith("_")}

    def residuals(self, quadrature: Quadrature, finer: int = 1) -> dict[str, float]:
        """Return the norm of each term's rows on other points: √∫f²dx in the interior and on faces, or |f|.

        Args:
            quadrature: The points in the interior.
            finer: How many times as many points are taken along each axis of a face.
        """
        system = ResidualSystem(self.problem, self.network, quadrature, device=str(self.device), finer=finer)
        with torch.no_grad():
            rows = system(pack(self.network, self.raw)).tolist()
        squares: dict[str, float] = {}
        for name, row in zip(system.names(), rows, strict=True):
            squares[name] = squares.get(name, 0.0) + row * row
        return {name: square**0.5 for name, square in squares.items()}

    def _anchored(self, x: Tensor) -> Anchored:
        anchors = torch.tensor(self.problem.anchors, dtype=x.dtype, device=x.device)
        if not len(anchors):
            return expand(no_anchors(x, self.problem.outputs), len(x))
        output = self.network.jet(self.problem.inputs()(self.problem.position(anchors)))
        return expand(Anchored(output.value, output.first), len(x))


def rebuild(problem: AbstractForm, model: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> PinnFields:
    """Return the fields described by `model.json`, with their saved parameters.

    Raises:
        FileError: If the network has not the inputs, outputs and scalars of the problem.
    """
    raw = tensors[SCALARS]
    network = restore(model, {name: tensor for name, tensor in tensors.items() if name != SCALARS})
    _check((network.widths[0], network.widths[-1], *raw.shape), problem)
    return PinnFields(problem, network, raw)


def _check(shape: tuple[int, ...], problem: AbstractForm) -> None:
    expected = (problem.inputs().count, problem.outputs, trainable_count(problem.scalars))
    if shape != expected:
        raise FileError(f"model: got (inputs, outputs, scalars) = {shape}, expected {expected}")
