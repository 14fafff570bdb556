"""Trained wavefunctions as functions of position: one network with one output for each state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from sciml.contracts.answer import Fields
from sciml.errors import FileError
from sciml.numerics.derivatives import Jet, variable
from sciml.numerics.networks import MLP, restore
from sciml.quantum.equation import WellEquation


class WellFields(Fields):
    """ψ_n(x) = (1 − t²) N_n(x) / √h, with N_n the n-th network."""

    def __init__(self, well: WellEquation, networks: Sequence[MLP]) -> None:
        self.well = well
        self.networks = tuple(networks)

    @property
    def spec(self) -> Mapping[str, Any]:
        """Widths and activation of each network."""
        return {
            "kind": "wavefunctions",
            "networks": [{"widths": net.widths, "activation": net.activation} for net in self.networks],
        }

    @property
    def tensors(self) -> Mapping[str, Tensor]:
        """The networks' parameters, named `psi0.weights.0`, `psi0.biases.0` and so on."""
        return {
            f"psi{n}.{name}": tensor
            for n, network in enumerate(self.networks)
            for name, tensor in network.state_dict().items()
        }

    def __call__(self, x: Tensor) -> dict[str, Tensor]:
        """Return psi0, psi1, … at `x` (n,); zero outside the box."""
        interval = self.well.interval
        inside = (x >= interval.left) & (x <= interval.right)
        return {name: torch.where(inside, jet.value, 0.0) for name, jet in self.jet(x).items()}

    def jet(self, x: Tensor) -> dict[str, Jet]:
        """Return each ψ with ψ' and ψ'' at `x` (n,) inside the box."""
        return {f"psi{n}": state_jet(self.well, network, x) for n, network in enumerate(self.networks)}


def state_jet(well: WellEquation, network: MLP, x: Tensor) -> Jet:
    """Return the jet (n,) of one state, whose network has one output."""
    point = variable(x)
    return network.jet(well.inputs()(point))[:, 0] * well.boundary_factor(point)


def rebuild(well: WellEquation, model: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> WellFields:
    """Return the fields described by `model.json`, with their saved parameters."""
    networks = []
    for n, spec in enumerate(model["networks"]):
        prefix = f"psi{n}."
        own = {name[len(prefix) :]: tensor for name, tensor in tensors.items() if name.startswith(prefix)}
        networks.append(restore(spec, own))
    shapes = [(network.widths[0], network.widths[-1]) for network in networks]
    if shapes != [(well.inputs().count, 1)] * well.states:
        raise FileError(
            f"model: got networks of (inputs, outputs) {shapes}, expected {well.states} for this well"
        )
    return WellFields(well, networks)
