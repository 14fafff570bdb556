"""What holds on the faces of a box."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Condition:
    """What holds on a face.

    Attributes:
        where: The face: "t=0", "x=left", "boundary" for all.
        rows: What is zero there, a function of coordinates, fields and scalars by their names.
        weight: Factor on the rows; large ones are met more closely than the equations.
    """

    where: str
    rows: Callable[..., Any]
    weight: float = 10.0
