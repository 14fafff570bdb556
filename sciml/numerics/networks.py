"""Multilayer perceptrons that carry jets, with inputs that know where coefficients jump."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import torch
from torch import Tensor, nn

from sciml.arguments import check_count
from sciml.errors import FileError
from sciml.numerics.derivatives import Jet, sin_order2, stack, tanh_order2
from sciml.numerics.domains import Interval

Activation = Literal["tanh", "sin"]
_ORDER2 = {"tanh": tanh_order2, "sin": sin_order2}
_PLAIN = {"tanh": torch.tanh, "sin": torch.sin}


@dataclass(frozen=True)
class InterfaceInputs:
    """Network inputs (t, s₁, …, s_K) on an interval with interfaces a_k.

    t = (x − centre)/h and s_k = u|u| with u = (x − a_k)/h, h half the length. Each s_k is C¹ with a jump
    of 2·sign in its second derivative at a_k, so a smooth network of these inputs is exactly C¹ and smooth
    in every region: what a solution of −ψ'' + Vψ = Eψ is where V jumps.
    """

    interval: Interval

    @property
    def count(self) -> int:
        """Number of inputs."""
        return 1 + len(self.interval.interfaces)

    def __call__(self, x: Jet) -> Jet:
        """Return the inputs (n, count) at points (n,)."""
        half = 0.5 * self.interval.length
        t = (x - self.interval.centre) * (1 / half)
        signed = [((x - a) * (1 / half)).apply(_signed_square) for a in self.interval.interfaces]
        return stack([t, *signed])


def _signed_square(u: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    size = u.abs()
    return u * size, 2 * size, 2 * torch.sign(u)


class MLP(nn.Module):
    """Linear layers with one activation between them; evaluates tensors and jets.

    Args:
        inputs: Number of inputs.
        hidden: Widths of the hidden layers.
        outputs: Number of outputs.
        activation: "tanh" or "sin".
        scale: Factor on the first layer's first weights and biases.
        generator: Source of the first weights (Glorot normal) and biases (uniform in [-1, 1]: with zero
            biases an odd activation would make the network an odd function); the global one is not touched.
        dtype: Floating-point type.

    Raises:
        ArgumentError: if a width is below one.
    """

    def __init__(
        self,
        inputs: int,
        hidden: Sequence[int],
        outputs: int = 1,
        *,
        activation: Activation = "tanh",
        scale: float = 1.0,
        generator: torch.Generator | None = None,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        super().__init__()
        self.widths = (inputs, *hidden, outputs)
        for width in self.widths:
            check_count("width", width)
        self.activation: Activation = activation
        self.weights = nn.ParameterList(
            _glorot(rows, columns, generator, dtype)
            for columns, rows in zip(self.widths, self.widths[1:], strict=False)
        )
        self.biases = nn.ParameterList(_uniform(rows, generator, dtype) for rows in self.widths[1:])
        if scale != 1.0:
            with torch.no_grad():
                self.weights[0].mul_(scale)
                self.biases[0].mul_(scale)

    @property
    def layers(self) -> list[tuple[Tensor, Tensor]]:
        """(weight, bias) of each layer."""
        return list(zip(self.weights, self.biases, strict=True))

    def forward(self, inputs: Tensor) -> Tensor:
        """Map (n, inputs) to (n, outputs)."""
        hidden = inputs
        for weight, bias in self.layers[:-1]:
            hidden = _PLAIN[self.activation](torch.addmm(bias, hidden, weight.T))
        weight, bias = self.layers[-1]
        return torch.addmm(bias, hidden, weight.T)

    def jet(self, inputs: Jet) -> Jet:
        """Map a jet of (n, inputs) to a jet of (n, outputs)."""
        return propagate(self.layers, self.activation, inputs)[-1].output

    def features(self, inputs: Jet) -> Jet:
        """Return the last hidden layer's activations, a jet of (n, width)."""
        return propagate(self.layers, self.activation, inputs)[-1].input


def restore(spec: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> MLP:
    """Return the network with these widths, activation and saved parameters.

    Nothing is allocated before the parameters are known to have the shapes that the widths claim.

    Raises:
        FileError: if they have not, naming the first that differs.
    """
    widths, activation = [int(width) for width in spec["widths"]], spec["activation"]
    expected: dict[str, tuple[int, ...]] = {}
    expected |= {f"weights.{k}": (b, a) for k, (a, b) in enumerate(pairwise(widths))}
    expected |= {f"biases.{k}": (b,) for k, b in enumerate(widths[1:])}
    for name in sorted({*expected, *tensors}):
        shape = tuple(tensors[name].shape) if name in tensors else None
        if shape != expected.get(name) or activation not in _ORDER2:
            raise FileError(
                f"model: {name} has shape {shape}, expected {expected.get(name)} for {dict(spec)}"
            )
    inputs, *hidden, outputs = widths
    dtype = tensors["biases.0"].dtype
    network = MLP(inputs, hidden, outputs, activation=activation, generator=torch.Generator(), dtype=dtype)
    network.load_state_dict(dict(tensors))
    return network


@dataclass(frozen=True, slots=True)
class TapeEntry:
    """What went into a linear layer and what came out, for per-sample derivatives."""

    input: Jet
    output: Jet


def propagate(
    layers: Sequence[tuple[Tensor, Tensor]], activation: Activation, inputs: Jet
) -> list[TapeEntry]:
    """Return the tape of a forward pass: every linear layer's input and output jets."""
    tape: list[TapeEntry] = []
    current = inputs
    for weight, bias in layers:
        if tape:
            current = activate(tape[-1].output, activation)
        tape.append(TapeEntry(current, _affine(current, weight, bias)))
    return tape


def activate(jet: Jet, activation: Activation) -> Jet:
    """Apply the activation to a jet."""
    return jet.apply(_ORDER2[activation])


def _affine(jet: Jet, weight: Tensor, bias: Tensor) -> Jet:
    rows = weight.T
    return Jet(torch.addmm(bias, jet.value, rows), jet.first @ rows, jet.second @ rows, jet.along)


def _glorot(rows: int, columns: int, generator: torch.Generator | None, dtype: torch.dtype) -> nn.Parameter:
    scale = math.sqrt(2.0 / (rows + columns))
    return nn.Parameter(scale * torch.randn(rows, columns, generator=generator, dtype=dtype))


def _uniform(rows: int, generator: torch.Generator | None, dtype: torch.dtype) -> nn.Parameter:
    return nn.Parameter(2 * torch.rand(rows, generator=generator, dtype=dtype) - 1)
