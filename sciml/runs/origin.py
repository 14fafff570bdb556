"""Whose answer it is: the problem's name and parameters, and what the solve began with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What an answer answers.

    Attributes:
        name: The problem's name.
        kind: Its family: "quantum", "flame", "flow", "operator" or "pde".
        parameters: The problem's parameters.
        seed: The seed it was made with.
        quick: Whether the quick recipe made it.
        start: How the solve began, where the problem offers a choice.
    """

    name: str
    kind: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    quick: bool = False
    start: str | None = None
