"""What was saved, described by plain values: a wrong description is a FileError before memory is taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

import safetensors.torch as tensorfile
import torch
from safetensors import SafetensorError
from torch import Tensor

from sciml.arguments import check_choice, check_count, check_flag
from sciml.errors import ArgumentError, FileError
from sciml.runs.storage import read_bytes


class Dataclass(Protocol):
    """A dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


T = TypeVar("T", bound=Dataclass)

DESCRIPTION = "model.json"
DTYPES: Mapping[str, torch.dtype] = {"float32": torch.float32, "float64": torch.float64}

# What plain values of another type, shape or size than expected end in when something is built of them.
WRONG = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@contextmanager
def describing(thing: str, source: str | Path = DESCRIPTION) -> Iterator[None]:
    """Raise FileError where what is rebuilt within is not described by what was saved.

    A FileError raised within passes: it names its file already.

    Args:
        thing: What should be described, as "a flow".
        source: The file that describes it.

    >>> with describing("a flow"):
    ...     {}["layers"]
    Traceback (most recent call last):
        ...
    sciml.errors.FileError: model.json: does not describe a flow ('layers')
    """
    try:
        yield
    except WRONG as error:
        raise FileError(f"{source}: does not describe {thing} ({error})") from None
    except RuntimeError as error:  # torch's, of a state that does not fit; the last line says where
        reason = str(error).split("\n\t")[-1].strip()
        raise FileError(f"{source}: does not fit model.safetensors ({reason})") from None


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a .safetensors file."""
    data = read_bytes(path)
    try:
        return tensorfile.load(data)
    except SafetensorError as error:
        raise FileError(f"{path}: not a safetensors file ({error})") from None


def dtype_named(name: object) -> torch.dtype:
    """Return the floating-point type of a name in a description."""
    return DTYPES[check_choice("dtype", name, tuple(DTYPES))]


def name_of(dtype: torch.dtype) -> str:
    """Return the name of a floating-point type in a description."""
    return str(dtype).removeprefix("torch.")


def check_saved(least: int, saved: int) -> None:
    """Refuse a description of more parameters than were saved, before any is allocated."""
    if least > saved:
        raise ArgumentError(f"it has at least {least} parameters, but {saved} were saved")


def numbers_in(tensors: Mapping[str, Tensor]) -> int:
    """Return how many numbers were saved."""
    return sum(tensor.numel() for tensor in tensors.values())


class Kind(Protocol):
    """A dataclass that describes one kind of model, base, …, by its sizes."""

    __dataclass_fields__: ClassVar[dict[str, Any]]
    name: ClassVar[str]


K = TypeVar("K", bound=Kind)


def registered(*kinds: type[K], reserved: Set[str] = frozenset()) -> dict[str, type[K]]:
    """Return kinds by their names, or raise TypeError for one that does not say all about itself.

    Args:
        *kinds: Dataclasses with a `name`, nothing abstract, and a default for every field.
        reserved: What no field may be called.
    """
    for kind in kinds:
        missing = sorted(getattr(kind, "__abstractmethods__", ()))
        if missing or not isinstance(getattr(kind, "name", None), str):
            raise TypeError(f"{kind.__name__}: has no {', '.join(missing) or 'name'}")
        for item in fields(kind):
            if item.default is MISSING or item.name in reserved:
                raise TypeError(f"{kind.__name__}.{item.name}: needs a default, and a name of its own")
    names = {kind.name: kind for kind in kinds}
    if len(names) < len(kinds):
        raise TypeError("two kinds have one name")
    return names


def check_sizes(kind: Dataclass, most: int | None = None) -> None:
    """Refuse fields that are no whole numbers from 0 to `most`, or no flags where the default is one."""
    for item in fields(kind):
        value = getattr(kind, item.name)
        if isinstance(item.default, bool):
            check_flag(item.name, value)
        elif isinstance(item.default, int):
            check_count(item.name, value, 0, most)


def picked(kind: type[T], values: Mapping[str, Any]) -> T:
    """Return a dataclass from those of the values that it has fields for; the others keep their defaults."""
    names = {item.name for item in fields(kind)}
    return kind(**{name: value for name, value in values.items() if name in names})
