"""What a caller may choose for a solve, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sciml.arguments import check_choice, refusal
from sciml.contracts.problem import AbstractProblem, Settings
from sciml.errors import ArgumentError, ArgumentTypeError

if TYPE_CHECKING:
    import torch

DEVICES = "'cpu', 'cuda', 'cuda:0' or 'mps'"


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
        advice = "sciml.load_problem makes one of a name or a file"
        raise ArgumentTypeError(refusal("problem", problem, "a problem", advice))
    return Settings(
        seed=seed,
        start=_choice("start", start, problem, problem.starts),
        method=_choice("method", method, problem, problem.methods),
        max_steps=max_steps,
        dtype=check_dtype(dtype),
        device=check_device(device),
        quick=quick,
    )


def check_dtype(dtype: Any) -> torch.dtype | None:  # noqa: ANN401
    """Return the torch.dtype of a name or a dtype; None stays None."""
    import torch

    from sciml.runs.described import dtype_named

    if dtype is None:
        return None
    return dtype_named(str(dtype).removeprefix("torch.") if isinstance(dtype, torch.dtype) else dtype)


def check_device(device: Any) -> str:  # noqa: ANN401
    """Return the name of a device that is there."""
    import torch

    if not isinstance(device, str | torch.device):
        raise ArgumentTypeError(refusal("device", device, DEVICES))
    try:
        place = torch.device(device)
    except RuntimeError:
        raise ArgumentError(refusal("device", device, DEVICES)) from None
    if (place.index or 0) >= _device_count(place.type):
        raise ArgumentError(
            f"device: got {str(device)!r}, but torch {torch.__version__} finds {_device_count(place.type)} "
            f"devices of type {place.type!r}; use 'cpu', or install a torch for this machine (pytorch.org)"
        )
    return str(place)


def _device_count(kind: str) -> int:
    import torch

    if kind == "cuda":
        return torch.cuda.device_count()
    return {"cpu": 1, "mps": int(torch.backends.mps.is_available())}.get(kind, 0)


def _choice(argument: str, value: Any, problem: AbstractProblem, choices: Sequence[str]) -> str | None:  # noqa: ANN401
    """Return `value` if it is None or one of `choices`."""
    if value is None:
        return None
    if not choices:
        expected = f"None, since {problem.name} has no choice of {argument}"
        raise ArgumentError(refusal(argument, value, expected, "leave it out"))
    return check_choice(argument, value, choices)
