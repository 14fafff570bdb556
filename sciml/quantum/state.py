"""One bound state as a residual: ψ_n by a network of its own, E_n trained beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sciml.numerics.derivatives import Jet
from sciml.numerics.domains import Interval
from sciml.numerics.networks import MLP, InterfaceInputs
from sciml.pinn import Anchored, ResidualForm, Scalar
from sciml.pinn.terms import Integral, Sample, Term
from sciml.quantum.equation import WellEquation
from sciml.quantum.fields import Network, state_jet


@dataclass(frozen=True, eq=False)
class BoundState(ResidualForm):
    """State `index` of a well, orthogonal to the `lower` ones, which are held."""

    well: WellEquation
    index: int
    guess: float
    lower: tuple[Network, ...] = ()

    @property
    def interval(self) -> Interval:
        """The well's box."""
        return self.well.interval

    def position(self, x: Tensor) -> Jet:
        """Return the well's coordinate."""
        return self.well.position(x)

    def inputs(self) -> InterfaceInputs:
        """Return the well's inputs."""
        return self.well.inputs()

    @property
    def scalars(self) -> Mapping[str, Scalar]:
        """The state's energy."""
        return {"E": self.well.energy_scalar(self.index, self.guess)}

    def coefficients(self, x: Tensor) -> Mapping[str, Tensor]:
        """Return the potential and the lower states."""
        with torch.no_grad():
            lower = {f"psi{n}": state_jet(self.well, net, x).value for n, net in enumerate(self.lower)}
        return {**self.well.coefficients(x), **lower}

    def ansatz(self, raw: Jet, anchored: Anchored, x: Jet, scalars: Mapping[str, Tensor]) -> dict[str, Jet]:
        """Return ψ, zero at both ends."""
        return {"psi": raw[:, 0] * self.well.boundary_factor(x)}

    def terms(self) -> tuple[Term, ...]:
        """Return the equation, the normalization, and the overlaps with the lower states."""
        overlaps = (self._overlap(f"psi{n}") for n in range(len(self.lower)))
        return (*self.well.state_terms("psi", "E"), *overlaps)

    @staticmethod
    def _overlap(lower: str) -> Integral:
        def product(sample: Sample) -> Tensor:
            return sample["psi"].value * sample.coefficients[lower]

        return Integral(f"overlap {lower}", product, 0.0)


def single(network: MLP, row: Sequence[float]) -> MLP:
    """Return a network of one output with the same hidden layers and (weights, bias) `row` as its last."""
    inputs, *hidden, _ = network.widths
    one = MLP(inputs, hidden, 1, activation=network.activation, generator=torch.Generator())
    last = torch.as_tensor(row, dtype=torch.float64)
    with torch.no_grad():
        for k in range(len(network.widths) - 2):
            one.weights[k].copy_(network.weights[k])
            one.biases[k].copy_(network.biases[k])
        one.weights[-1].copy_(last[None, :-1])
        one.biases[-1].copy_(last[-1:])
    return one
