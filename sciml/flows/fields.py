"""A trained flow as a function of position, as it is saved, and rebuilt from what was saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from sciml.contracts.answer import Fields
from sciml.flows.flow import Flow
from sciml.flows.spec import FlowSpec
from sciml.runs.described import describing, numbers_in

SUFFIX = "_flow"


class FlowFields(Fields):
    """The field log p(x) of a flow."""

    def __init__(self, made_of: FlowSpec, flow: Flow) -> None:
        self.made_of = made_of
        self.flow = flow

    @property
    def spec(self) -> Mapping[str, Any]:
        """What the flow is made of."""
        return {**asdict(self.made_of), "kind": self.made_of.kind + SUFFIX}

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
        FileError: If `model` does not describe a flow, or one of another size than the parameters.
    """
    with describing("a flow"):
        kind = model["kind"].removesuffix(SUFFIX)
        made_of = FlowSpec(**{**model, "kind": kind, "hidden": tuple(model["hidden"])})
        made_of.check(numbers_in(tensors))
        flow = made_of.build()
        flow.load_state_dict(dict(tensors))
    return FlowFields(made_of, flow.eval())
