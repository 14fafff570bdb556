"""A trained flow as a function of position, as it is saved, and rebuilt from what was saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from sciml.errors import ArgumentError, ArgumentTypeError, FileError
from sciml.flows.coupling import coupling_flow
from sciml.flows.flow import Flow
from sciml.flows.rational_quadratic import RationalQuadratic
from sciml.solution import Fields

DTYPES = {"float32": torch.float32, "float64": torch.float64}


@dataclass(frozen=True)
class CouplingSpec:
    """What a flow of rational-quadratic coupling layers is made of, as plain values for `model.json`."""

    features: int
    layers: int
    hidden: tuple[int, ...]
    bins: int
    bound: float
    dtype: str = "float32"

    def build(self, seed: int = 0) -> Flow:
        """Return the flow, at the identity."""
        return coupling_flow(
            self.features,
            layers=self.layers,
            transform=RationalQuadratic(self.bins, self.bound),
            hidden=self.hidden,
            dtype=DTYPES[self.dtype],
            seed=seed,
        )


class FlowFields(Fields):
    """The field log p(x) of a flow."""

    def __init__(self, made_of: CouplingSpec, flow: Flow) -> None:
        self.made_of = made_of
        self.flow = flow

    @property
    def spec(self) -> Mapping[str, Any]:
        """What the flow is made of."""
        return {"kind": "coupling_flow", **asdict(self.made_of)}

    @property
    def tensors(self) -> Mapping[str, Tensor]:
        """The flow's parameters, and which features each layer moves."""
        return self.flow.state_dict()

    @property
    def dtype(self) -> torch.dtype:
        """The floating-point type of the parameters."""
        return next(self.flow.parameters()).dtype

    def __call__(self, x: Tensor) -> dict[str, Tensor]:
        """Return `log_prob` at `x` (n, features), in nats."""
        return {"log_prob": self.flow.log_prob(x)}


def rebuild(model: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> FlowFields:
    """Return the fields described by `model.json`, with their saved parameters.

    Raises:
        FileError: If `model` does not describe a flow.
    """
    values = {name: value for name, value in model.items() if name != "kind"}
    try:
        made_of = CouplingSpec(**{**values, "hidden": tuple(values["hidden"])})
        flow = made_of.build()
    except (ArgumentError, ArgumentTypeError, TypeError) as error:
        raise FileError(f"model.json: does not describe a flow ({error})") from None
    flow.load_state_dict(dict(tensors))
    return FlowFields(made_of, flow.eval())
