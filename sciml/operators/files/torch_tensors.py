"""PyTorch's .pt files of tensors; anything else in one is refused, and nothing else of it is run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from sciml.errors import FileError
from sciml.operators.files.contents import Contents, check_claim, damaged

KIND = "a PyTorch file (.pt)"
PAIR = ("x", "y")  # names of the two tensors of a file that gives none


def read_torch(path: Path) -> Contents:
    """Return the tensors of a file that holds a tensor, a pair of them, or a mapping of names to them."""
    with damaged(path, KIND):
        try:
            loaded = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:
            if "weights_only" not in str(error):
                raise
            raise FileError(
                f"{path}: {KIND} that holds more than tensors, expected a mapping of names to tensors; save "
                "it again where it was made: torch.save({'x': inputs, 'y': outputs}, 'new.pt')"
            ) from None
        arrays = {}
        for name, tensor in _tensors(loaded):
            check_claim(path, tensor.numel(), tensor.element_size())
            arrays[name] = tensor.detach().numpy()
    return Contents("PyTorch", arrays)


def _tensors(loaded: Any) -> Iterator[tuple[str, Tensor]]:  # noqa: ANN401
    if isinstance(loaded, list | tuple):
        loaded = dict(zip(PAIR, loaded, strict=False))
    items = loaded.items() if isinstance(loaded, dict) else [("tensor", loaded)]
    for name, item in items:
        if isinstance(item, Tensor) and item.layout is torch.strided and not item.is_quantized:
            yield str(name), item.float() if item.dtype is torch.bfloat16 else item
