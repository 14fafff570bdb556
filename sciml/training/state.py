"""A training's state as tensors and plain values, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING as REQUIRED
from dataclasses import fields
from typing import Any

import torch
from torch import Tensor

from sciml.contracts.monitor import Monitor, Row, Snapshot
from sciml.errors import FileError
from sciml.training.best import put_back, tensors_of
from sciml.training.loop import Loop
from sciml.training.plan import Minibatch
from sciml.training.rows import fingerprint
from sciml.training.snapshots import from_bytes, to_bytes

SHOWN = 6  # differences of two trainings in a message
MISSING = math.nan  # in a column of the history


def capture(loop: Loop, monitor: Monitor, first: int) -> Snapshot:
    """Return the state, with the history from row `first` on; it shares no memory with the training."""
    best, rows = loop.best, monitor.rows[first:]
    tensors = {
        **_weights(loop),
        **{f"optimizer.{key}": value for key, value in _slots(loop).items() if isinstance(value, Tensor)},
        **{f"history.{name}": _column(rows, name) for name in {name: 0 for row in rows for name in row}},
        "seen.steps": torch.tensor(list(best.seen), dtype=torch.int64),
        "seen.losses": torch.tensor(list(best.seen.values()), dtype=torch.float64),
        **_random(loop),
    }
    values = {
        **identity(loop),
        "optimizer": {key: value for key, value in _slots(loop).items() if not isinstance(value, Tensor)},
        "devices": {key: x.device.type for key, x in _slots(loop).items() if isinstance(x, Tensor)},
        "step": loop.step,
        "skipped": loop.skipped,
        "lowest": best.lowest,
        "best_step": best.step,
        "seconds": monitor.seconds,
    }
    return Snapshot({name: value.detach().cpu().clone() for name, value in tensors.items()}, values)


def take_up(loop: Loop, monitor: Monitor, name: str) -> None:
    """Bring the state of the last snapshot back, if there is one: under torchrun the first process's."""
    snapshot = None if monitor.keeper is None else monitor.keeper.newest(name)
    if loop.team.size > 1:
        snapshot = from_bytes(loop.team.share_bytes(to_bytes(snapshot), loop.device))
    if snapshot is None:
        return
    _refuse_others(loop, snapshot)
    try:
        _restore(loop, monitor, snapshot)
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise FileError(f"{snapshot.origin}: does not hold the state of a training ({error!r})") from None


def identity(loop: Loop) -> dict[str, Any]:
    """Return what a training is: its plan, its seed and its data."""
    plan = {item.name: _words(getattr(loop.plan, item.name)) for item in fields(loop.plan)}
    return {"plan": plan, "seed": loop.seed, "data": fingerprint(loop.source)}


def _words(value: object) -> str:
    """Return a value as text that is the same in another process."""
    return getattr(value, "__qualname__", None) or repr(value)


def _weights(loop: Loop) -> dict[str, Tensor]:
    sets = {"model": tensors_of(loop.model), "best": loop.best.weights}
    if loop.average is not None:
        sets["average"] = loop.average.weights
    return {f"{group}.{name}": value for group, weights in sets.items() for name, value in weights.items()}


def _slots(loop: Loop) -> dict[str, Any]:
    """Return what the optimizers remember, by the numbers of the parameter and the optimizer."""
    return {
        f"{number}.{place}.{key}": value
        for place, p in enumerate(loop.parameters)
        for number, optimizer in enumerate(loop.optimizers)
        if p in optimizer.state
        for key, value in optimizer.state[p].items()
    }


def _column(rows: list[Row], name: str) -> Tensor:
    return torch.tensor([row.get(name, MISSING) for row in rows], dtype=torch.float64)


def _random(loop: Loop) -> dict[str, Tensor]:
    """Return the states of torch's own generators, which dropout draws from."""
    states = {"random.cpu": torch.get_rng_state()}
    if loop.device.type == "cuda":
        states["random.cuda"] = torch.cuda.get_rng_state(loop.device)
    return states


def _refuse_others(loop: Loop, snapshot: Snapshot) -> None:
    """Raise FileError with the differences if a snapshot is that of another training."""
    here, there = identity(loop), snapshot.values
    pairs = [
        *((name, there.get(name), here[name]) for name in ("seed", "data")),
        *_compared(_completed(there.get("plan"), loop.plan), here["plan"]),
        *_compared(_shapes(snapshot.tensors), _shapes(_weights(loop))),
    ]
    differences = [f"{name}: {old} there, {new} here" for name, old, new in pairs if old != new]
    if differences:
        more = f" and {len(differences) - SHOWN} more" if len(differences) > SHOWN else ""
        raise FileError(
            f"{snapshot.origin}: holds another training ({'; '.join(differences[:SHOWN])}{more}); "
            "begin again with --overwrite, or choose another folder"
        )


def _completed(there: object, plan: Minibatch) -> object:
    """Return a plan as it was kept, and the defaults of what was not there yet when it was."""
    defaults = {item.name: _words(item.default) for item in fields(plan) if item.default is not REQUIRED}
    return {**defaults, **there} if isinstance(there, Mapping) else there


def _compared(there: object, here: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    old = there if isinstance(there, Mapping) else {}
    return [(name, old.get(name), here.get(name)) for name in {**here, **old}]


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, str]:
    """Return type and shape of the weights."""
    weights = {name: x for name, x in tensors.items() if name.split(".")[0] in ("model", "best", "average")}
    return {name: f"{str(x.dtype).removeprefix('torch.')} {tuple(x.shape)}" for name, x in weights.items()}


def _restore(loop: Loop, monitor: Monitor, snapshot: Snapshot) -> None:
    tensors, values, best = snapshot.tensors, snapshot.values, loop.best
    put_back(loop.model, _group(tensors, "model"))
    best.weights = {name: value.to(loop.device) for name, value in _group(tensors, "best").items()}
    if loop.average is not None:
        loop.average.weights = {k: v.to(loop.device) for k, v in _group(tensors, "average").items()}
    _remember(loop, {**_group(tensors, "optimizer"), **values["optimizer"]}, values["devices"])
    losses = tensors["seen.losses"].tolist()
    best.seen = dict(zip(tensors["seen.steps"].tolist(), losses, strict=True))
    best.lowest, best.step = float(values["lowest"]), int(values["best_step"])
    loop.step, loop.skipped = int(values["step"]), int(values["skipped"])
    monitor.take_up(_rows(_group(tensors, "history")), float(values["seconds"]))
    torch.set_rng_state(tensors["random.cpu"])
    if loop.device.type == "cuda" and "random.cuda" in tensors:
        torch.cuda.set_rng_state(tensors["random.cuda"], loop.device)


def _remember(loop: Loop, slots: Mapping[str, Any], devices: Mapping[str, str]) -> None:
    """Give the optimizers back what they remembered, bit by bit: no cast to the parameters' type."""
    for key, value in slots.items():
        number, place, name = key.split(".", 2)
        p = loop.parameters[int(place)]
        state = loop.optimizers[int(number)].state[p]
        state[name] = _placed(value, p, devices[key]) if isinstance(value, Tensor) else value


def _placed(value: Tensor, p: Tensor, device: str) -> Tensor:
    """Return an optimizer's tensor where it was: counters may stay on the CPU."""
    if not set(value.shape) <= {1, p.numel(), *p.shape}:
        raise ValueError(f"a state of shape {tuple(value.shape)} for a parameter of shape {tuple(p.shape)}")
    return value.to(p.device if device == p.device.type or value.ndim else device)


def _group(tensors: Mapping[str, Tensor], group: str) -> dict[str, Tensor]:
    return {name.partition(".")[2]: x for name, x in tensors.items() if name.split(".")[0] == group}


def _rows(columns: Mapping[str, Tensor]) -> list[Row]:
    lists = {name: column.tolist() for name, column in columns.items()}
    rows = zip(*lists.values(), strict=True)
    return [{k: v for k, v in zip(lists, row, strict=True) if not math.isnan(v)} for row in rows]
