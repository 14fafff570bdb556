"""Trained wavefunctions as functions of position: one network with one output for each state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from sciml.contracts.answer import Fields
from sciml.errors import FileError
from sciml.numerics.derivatives import Jet
from sciml.numerics.networks import MLP, restore
from sciml.quantum.equation import WellEquation
from sciml.quantum.patches import KIND, Patches, restore_patches

Network = MLP | Patches  # what gives ψ of a state


class WellFields(Fields):
    """ψ_n(x) = (1 − t²) N_n(x) / √h, with N_n the n-th network."""

    def __init__(self, well: WellEquation, networks: Sequence[Network]) -> None:
        self.well = well
        self.networks = tuple(networks)

    @property
    def spec(self) -> Mapping[str, Any]:
        """Widths and activation of each network, or panels and degree of its local units."""
        return {
            "kind": "wavefunctions",
            "networks": [_spec(network) for network in self.networks],
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
        jets = {f"psi{n}": state_jet(self.well, network, x) for n, network in enumerate(self.networks)}
        if self.well.coordinate is None:
            return jets
        points = x.detach().cpu().numpy()
        rate = torch.from_numpy(self.well.kinetic_unit / self.well.kinetic_at(points))
        bend = torch.from_numpy(self.well.coordinate.bend(points))
        return {
            name: Jet(jet.value, rate * jet.first, rate**2 * jet.second + bend * jet.first)
            for name, jet in jets.items()
        }


def state_jet(well: WellEquation, network: Network, x: Tensor) -> Jet:
    """Return the jet (n,) of one state in the coordinate y, whose network has one output."""
    point = well.position(x)
    if isinstance(network, Patches):  # zero at both ends as it is
        return network.jet(point)
    return network.jet(well.inputs()(point))[:, 0] * well.boundary_factor(point)


def rescale(network: Network, factor: float) -> None:
    """Multiply ψ by a number, in place."""
    with torch.no_grad():
        for tensor in (
            [network.modes] if isinstance(network, Patches) else [network.weights[-1], network.biases[-1]]
        ):
            tensor.mul_(factor)


def _spec(network: Network) -> dict[str, Any]:
    if isinstance(network, Patches):
        return network.spec
    return {"widths": network.widths, "activation": network.activation}


def rebuild(well: WellEquation, model: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> WellFields:
    """Return the fields described by `model.json`, with their saved parameters."""
    networks: list[Network] = []
    for n, spec in enumerate(model["networks"]):
        prefix = f"psi{n}."
        own = {name[len(prefix) :]: tensor for name, tensor in tensors.items() if name.startswith(prefix)}
        networks.append(restore_patches(spec, own) if spec.get("kind") == KIND else restore(spec, own))
    shapes = [_ends(well, network) for network in networks]
    if shapes != [(well.inputs().count, 1)] * well.states:
        raise FileError(
            f"model: got networks of (inputs, outputs) {shapes}, expected {well.states} for this well"
        )
    return WellFields(well, networks)


def _ends(well: WellEquation, network: Network) -> tuple[int, int]:
    """Return how many inputs and outputs a network has; local units take x alone, in their own box."""
    if isinstance(network, MLP):
        return network.widths[0], network.widths[-1]
    ends = float(network.edges[0]), float(network.edges[-1])
    return (well.inputs().count, 1) if ends == (well.interval.left, well.interval.right) else (1, 1)
