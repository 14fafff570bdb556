"""How far up the Fourier modes of a data set go, and how many of them a regression can take."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
import torch

from sciml.numerics.domains import Array
from sciml.operators.data import OperatorData
from sciml.operators.judge import as_field
from sciml.operators.spec import FrameSpec

ABSENT = 1e-14  # of the largest mode: smaller ones are rounding
MOST = 512  # modes of a regression, and at least
LEAST = 64  # where there are many samples, so that
WORK = 2e9  # samples times squared coefficients are no more, some seconds
SAID = 1e-3  # share of the functions' size above the regression's modes that is worth a word


class Content:
    """The sizes of the Fourier modes of inputs and outputs in a frame, each channel in its own scale."""

    def __init__(self, data: OperatorData, frame: FrameSpec) -> None:
        field, outputs = as_field(data, torch.float64, torch.device("cpu"))
        built = frame.build()
        inner = built.inward(field).values.numpy()
        self.samples = len(data)
        self.points: int = inner.shape[1]
        self.channels: int = max(data.inputs.shape[2], data.outputs.shape[2])
        self.sizes = {"inputs": _sizes(inner), "outputs": _sizes(built.inward_output(outputs, field).numpy())}

    @cached_property
    def modes(self) -> int:
        """The highest mode that the data have, or the highest that a regression of a few seconds takes."""
        most = math.isqrt(int(WORK / self.samples)) // (2 * self.channels)
        allowed = max(LEAST, min(MOST, most))
        return max(1, min(self.highest, allowed, self.points // 2))

    @property
    def highest(self) -> int:
        """The highest mode that is more than rounding."""
        seen = [np.flatnonzero(sizes > ABSENT * sizes.max()) for sizes in self.sizes.values()]
        return max(int(modes[-1]) if len(modes) else 0 for modes in seen)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is to be said where the data have much above the regression's modes."""
        return tuple(
            f"{name}: {share:.2g} of their size lies above mode {self.modes}, the highest that ridge "
            "regression looks at"
            for name, sizes in self.sizes.items()
            if (share := _above(sizes, self.modes)) > SAID
        )


def _sizes(values: Array) -> Array:
    """Return the root mean square of each mode over samples, of the channel in which it is largest."""
    fluctuation = values - values.mean(axis=(0, 1))
    scales = np.sqrt(np.square(fluctuation).mean(axis=(0, 1)))
    modes = np.abs(np.fft.rfft(fluctuation, axis=1, norm="forward"))
    sizes: Array = np.sqrt(np.square(modes).mean(0)) / np.where(scales > 0, scales, 1.0)
    worst: Array = sizes.max(1)
    return worst


def _above(sizes: Array, mode: int) -> float:
    energy = np.square(sizes)
    return float(np.sqrt(energy[mode + 1 :].sum() / energy.sum())) if energy.any() else 0.0
