"""Data sets in files.

Our own layout, in .npz: `inputs` (N, n) or (N, n, c), `outputs` (N, n) or (N, n, d), `positions` (n,) or
(n, m), and if wanted `weights` (n,), `trajectory` (N,), the number of the trajectory that a pair is a step
of, and `metadata` (a text that holds a JSON object). Channels come last; all numbers are real.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sciml.errors import DataError, FileError, did_you_mean
from sciml.operators.data.dataset import OperatorData
from sciml.operators.files.names import UNNAMED, Names
from sciml.operators.files.pairs import Pairs, read_pairs
from sciml.runs.arrays import write_arrays
from sciml.runs.storage import to_json

FORMAT = 1
NEEDED, OPTIONAL = ("inputs", "outputs", "positions"), ("weights", "trajectory", "metadata")


def save_data(data: OperatorData, path: Path | str) -> None:
    """Write a data set as .npz, in one piece."""
    arrays = {name: getattr(data, name) for name in (*NEEDED, "weights")}
    if data.trajectory is not None:
        arrays["trajectory"] = data.trajectory
    text = to_json({**data.metadata, "format_version": FORMAT})
    write_arrays(Path(path), {**arrays, "metadata": np.array(text)})


def load_data(path: Path | str, names: Names = UNNAMED) -> OperatorData:
    """Return the data set in a file, ours or a user's own; nothing is unpickled.

    Args:
        path: An .npz with the arrays above, or a file of another kind: `sciml.operators.files`.
        names: Which of its arrays are inputs, outputs and positions; how they were found where that is left
            out stands in the metadata, under `reading`.

    Raises:
        FileError: If the file is missing, damaged, of a kind that is not read, or written by a newer version.
        DataError: If its arrays are not a data set, with the file and the array named.
    """
    place = Path(path)
    pairs = read_pairs(place, names)
    arrays = pairs.contents.arrays
    try:
        if pairs.native:
            _check_names(arrays, pairs)
        metadata = {**(_metadata(arrays) if pairs.contents.format == "npz" else {}), **pairs.reading}
        labels = pairs.chosen.trajectory
        data = OperatorData(
            pairs.inputs,
            pairs.outputs,  # type: ignore[arg-type]
            pairs.place.positions,
            arrays.get("weights") if pairs.native else None,
            metadata,
            arrays.get("trajectory") if labels is None else labels,
        )
    except DataError as error:
        raise DataError(f"{place}: {error}") from None
    version = data.metadata.get("format_version", FORMAT)
    if version != FORMAT:
        raise FileError(f"{place}: has format version {version!r}, this version of sciml reads {FORMAT}")
    return data


def _check_names(arrays: Mapping[str, Any], pairs: Pairs) -> None:
    taken = pairs.chosen.names
    if not taken.positions:
        names = ", ".join(sorted(arrays))
        raise DataError(
            f"no array 'positions' among {names}; on a periodic grid: positions=np.arange(n) / n; expected "
            f"{', '.join(NEEDED)}"
        )
    own = taken == Names(*NEEDED)
    unknown = sorted(set(arrays) - {*NEEDED, *OPTIONAL}) if own else []
    if unknown:
        raise DataError(f"unknown array {unknown[0]!r}: {did_you_mean(unknown[0], (*NEEDED, *OPTIONAL))}")


def _metadata(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON object in `metadata`, or nothing where there is none."""
    text = arrays.get("metadata")
    if text is None:
        return {}
    try:
        if text.shape != () or text.dtype.kind != "U":
            raise ValueError("not a text")
        value = json.loads(str(text), parse_constant=_refuse)
        if not isinstance(value, dict):
            raise ValueError("not an object")
    except (ValueError, RecursionError) as error:
        raise DataError(f"metadata: expected a text that holds a JSON object ({error})") from None
    return value


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")
