"""The functions of a file: read, named, and put on their points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sciml.errors import DataError
from sciml.operators.files.contents import Contents
from sciml.operators.files.kinds import read_contents
from sciml.operators.files.layouts import layout
from sciml.operators.files.names import NATIVE, UNNAMED, Chosen, Names, Values, chosen
from sciml.operators.files.placing import Place, place


@dataclass(frozen=True)
class Pairs:
    """Functions of a file as arrays (N, n, c) or (N, n), not yet checked.

    Attributes:
        contents: All that is in the file.
        chosen: Which of it was taken.
        place: Where the functions live.
        inputs: Input functions.
        outputs: Output functions, or None where the file has none.
        notes: What is to be said of how they were found.
    """

    contents: Contents
    chosen: Chosen
    place: Place
    inputs: Values
    outputs: Values | None
    notes: tuple[str, ...] = ()

    @property
    def native(self) -> bool:
        """Whether the file is an .npz whose arrays have our names."""
        names = self.chosen.names
        return self.contents.format == "npz" and names.inputs == NATIVE[0]

    @property
    def assumed(self) -> bool:
        """Whether the file has no positions."""
        return self.chosen.axes is None

    @property
    def reading(self) -> Mapping[str, Any]:
        """How the file was understood, as plain values; nothing of an .npz with our names."""
        if self.native and not self.notes:
            return {}
        units = dict(self.contents.units)
        return {
            "reading": {
                "format": self.contents.format,
                "names": asdict(self.chosen.names),
                "again": asdict(self.chosen.again),
                "assumed": self.assumed,
                "notes": list(self.notes),
                **({"units": units} if units else {}),
            }
        }


def read_pairs(path: Path, names: Names = UNNAMED, outputs_needed: bool = True) -> Pairs:
    """Return the functions of a file of any kind.

    Args:
        path: The file.
        names: Of the arrays; what is left out is found by the custom, and said.
        outputs_needed: Whether a file without outputs is refused.

    Raises:
        DataError: If nothing says which array is what, or an array is not there; with the file's name.
        FileError: If the file is missing, damaged or of another kind.
    """
    contents = read_contents(path)
    try:
        taken = layout(contents) if not names.inputs else None
        taken = taken or chosen(contents, names, outputs_needed)
        like = taken.inputs if taken.outputs is None else taken.outputs
        where, assumed = place(taken.axes, like)
        inputs = where.functions("inputs", taken.inputs)
        outputs = None if taken.outputs is None else where.functions("outputs", taken.outputs)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None
    return Pairs(contents, taken, where, inputs, outputs, (*taken.notes, *assumed))
