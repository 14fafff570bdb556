"""What a caller may choose for a solve, checked before anything is computed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from sciml.contracts.problem import AbstractProblem, Settings
from sciml.errors import ArgumentError, ArgumentTypeError, did_you_mean

if TYPE_CHECKING:
    import torch

LARGEST_SEED = 2**63 - 1
DTYPES = ("float32", "float64")


def settings_for(
    problem: AbstractProblem,
    *,
    seed: int = 0,
    start: str | None = None,
    method: str | None = None,
    max_steps: int | None = None,
    dtype: torch.dtype | str | None = None,
    device: torch.device | str = "cpu",
    quick: bool = False,
) -> Settings:
    """Return the settings, or raise ArgumentError or ArgumentTypeError on the first that makes no sense."""
    if not isinstance(problem, AbstractProblem):
        raise ArgumentTypeError(
            f"problem: got {_short(problem)}, expected a problem; "
            "sciml.load_problem makes one of a name or a file"
        )
    return Settings(
        seed=check_seed(seed),
        start=_choice("start", start, problem, problem.starts),
        method=_choice("method", method, problem, problem.methods),
        max_steps=check_max_steps(max_steps),
        dtype=check_dtype(dtype),
        device=check_device(device),
        quick=check_flag("quick", quick),
    )


def check_seed(seed: Any) -> int:  # noqa: ANN401
    """Return `seed`, a whole number from 0 up to what torch takes."""
    _whole("seed", seed)
    if not 0 <= seed <= LARGEST_SEED:
        raise ArgumentError(f"seed: got {seed}, expected a whole number from 0 to {LARGEST_SEED}")
    return int(seed)


def check_max_steps(max_steps: Any) -> int | None:  # noqa: ANN401
    """Return `max_steps`, None or a whole number; zero leaves the start as it is."""
    if max_steps is None:
        return None
    _whole("max_steps", max_steps)
    if max_steps < 0:
        raise ArgumentError(f"max_steps: got {max_steps}, expected a whole number of at least 0")
    return int(max_steps)


def check_max_seconds(max_seconds: Any) -> float | None:  # noqa: ANN401
    """Return `max_seconds`, None or a finite number above zero."""
    if max_seconds is None:
        return None
    if isinstance(max_seconds, bool) or not isinstance(max_seconds, Real):
        raise ArgumentTypeError(f"max_seconds: got {_short(max_seconds)}, expected a number of seconds")
    if not 0 < float(max_seconds) < math.inf:
        raise ArgumentError(f"max_seconds: got {max_seconds}, expected a finite number above 0")
    return float(max_seconds)


def check_flag(name: str, value: Any) -> bool:  # noqa: ANN401
    """Return `value`, True or False."""
    if not isinstance(value, bool):
        raise ArgumentTypeError(f"{name}: got {_short(value)}, expected True or False")
    return value


def check_dtype(dtype: Any) -> torch.dtype | None:  # noqa: ANN401
    """Return the torch.dtype of a name or a dtype; None stays None."""
    import torch

    if dtype is None:
        return None
    known: dict[Any, torch.dtype] = {"float32": torch.float32, "float64": torch.float64}
    known |= {found: found for found in known.values()}
    if isinstance(dtype, str) and dtype not in known:
        raise ArgumentError(
            f"dtype: got {dtype!r}, expected float32 or float64; {did_you_mean(dtype, DTYPES)}"
        )
    if not isinstance(dtype, str | torch.dtype):
        raise ArgumentTypeError(f"dtype: got {_short(dtype)}, expected float32 or float64")
    if dtype not in known:
        raise ArgumentError(f"dtype: got {dtype}, expected float32 or float64")
    return known[dtype]


def check_device(device: Any) -> str:  # noqa: ANN401
    """Return the name of a device that is there."""
    import torch

    if not isinstance(device, str | torch.device):
        raise ArgumentTypeError(f"device: got {_short(device)}, expected 'cpu', 'cuda', 'cuda:0' or 'mps'")
    try:
        found = torch.device(device)
    except RuntimeError:
        raise ArgumentError(f"device: got {device!r}, expected 'cpu', 'cuda', 'cuda:0' or 'mps'") from None
    if (found.index or 0) >= _device_count(found.type):
        raise ArgumentError(
            f"device: got {str(device)!r}, but torch {torch.__version__} finds {_device_count(found.type)} "
            f"devices of type {found.type!r}; use 'cpu', or install a torch for this machine (pytorch.org)"
        )
    return str(found)


def _device_count(kind: str) -> int:
    import torch

    if kind == "cuda":
        return torch.cuda.device_count()
    return {"cpu": 1, "mps": int(torch.backends.mps.is_available())}.get(kind, 0)


def _choice(argument: str, value: Any, problem: AbstractProblem, known: Sequence[str]) -> str | None:  # noqa: ANN401
    """Return `value` if it is None or one of `known`."""
    if value is None or value in known:
        return value
    if not isinstance(value, str):
        raise ArgumentTypeError(f"{argument}: got {_short(value)}, expected one of: {', '.join(known)}")
    if not known:
        raise ArgumentError(
            f"{argument}: got {value!r}, but {problem.name} has no choice of {argument}; leave it out"
        )
    raise ArgumentError(
        f"{argument}: got {value!r}, expected one of {', '.join(known)}; {did_you_mean(value, known)}"
    )


def _whole(name: str, value: Any) -> None:  # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise ArgumentTypeError(f"{name}: got {_short(value)}, expected a whole number")


def _short(value: object) -> str:
    """Return a value's representation, cut where it is long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
