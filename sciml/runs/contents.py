"""What of an answer is written: sampled fields and the trained model; and what the manifest says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import safetensors.torch as tensorfile

from sciml.contracts.answer import Answer, Fields
from sciml.contracts.status import Status
from sciml.numerics.domains import Array
from sciml.runs.arrays import arrays_bytes
from sciml.runs.files import FIELDS, MODEL, TENSORS
from sciml.runs.origin import Origin
from sciml.runs.report import FORMAT_VERSION, versions
from sciml.runs.storage import to_json
from sciml.runs.threads import threads


def answer_files(answer: Answer, sampled: Mapping[str, Array]) -> dict[str, bytes]:
    """Return sampled fields and model by file name; a network that is not finite is not worth keeping."""
    files = {FIELDS: arrays_bytes(_finite(sampled) if answer.status is Status.NONFINITE else sampled)}
    if answer.fields is not None and answer.fields.finite:
        files[MODEL] = to_json(answer.fields.spec).encode()
        files[TENSORS] = tensorfile.save(_contiguous(answer.fields))
    return files


def manifest(answer: Answer, origin: Origin) -> dict[str, Any]:
    """Return what is known of how the answer was made."""
    return {
        "format_version": FORMAT_VERSION,
        "command": None,
        "problem": origin.name,
        "parameters": dict(origin.parameters),
        "seed": origin.seed,
        "quick": origin.quick,
        "versions": versions(),
        "device": "cpu" if answer.fields is None else str(answer.fields.device),
        "threads": threads(),
        "times": {name: answer.stats.get(name) for name in ("wall_s", "cpu_s")},
    }


def _contiguous(fields: Fields) -> dict[str, Any]:
    return {name: tensor.detach().cpu().contiguous() for name, tensor in fields.tensors.items()}


def _finite(sampled: Mapping[str, Array]) -> dict[str, Array]:
    return {name: values for name, values in sampled.items() if np.isfinite(values).all()}
