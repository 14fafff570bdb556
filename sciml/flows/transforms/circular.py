"""Splines of the circle, and flows of angles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor

from sciml.arguments import check_count, check_number
from sciml.errors import ArgumentError
from sciml.flows import validate
from sciml.flows.bases.base import AbstractBase
from sciml.flows.bases.box_uniform import BoxUniform
from sciml.flows.flow import Flow
from sciml.flows.transforms.conditioner import Conditioner
from sciml.flows.transforms.coupling import Coupling, splits
from sciml.flows.transforms.elementwise import AbstractElementwise
from sciml.flows.transforms.spline import Bin, evaluate, invert
from sciml.flows.transforms.transform import Chain

FLOOR = 1e-2  # the smallest share of the circle that a bin may have


@dataclass(frozen=True)
class CircularSpline(AbstractElementwise):
    """A rational-quadratic spline of the circle [-bound, bound), then a rotation.

    The slopes at both ends of the interval are equal, so that densities are smooth across it, and values are
    wrapped: a point outside the interval is the same angle as one inside. Densities are those on the circle.

    Reference: Rezende, Papamakarios and others, Normalizing flows on tori and spheres, 2020.

    Attributes:
        bins: number of bins.
        bound: half the length of the circle; π for angles in radians.
    """

    bins: int = 8
    bound: float = math.pi

    def __post_init__(self) -> None:
        check_count("bins", self.bins, 2)
        if self.bins * FLOOR >= 1:
            raise ArgumentError(f"bins: got {self.bins}, expected fewer than {round(1 / FLOOR)}")
        check_number("bound", self.bound, above=0)

    @property
    def parameters(self) -> int:
        """One for each width, height and slope, and the angle of the rotation."""
        return 3 * self.bins + 1

    def forward(self, x: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Return the rotated spline at x and the logarithm of its slope."""
        x = self.wrap(x)
        left, _ = self._starts(parameters)
        y, log_slope = evaluate(x, self._bin(_index(x, left), parameters))
        return self.wrap(y + self._angle(parameters)), log_slope

    def inverse(self, y: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Return the inverse of the rotated spline at y and the logarithm of its slope."""
        y = self.wrap(self.wrap(y) - self._angle(parameters))
        _, bottom = self._starts(parameters)
        x, log_slope = invert(y, self._bin(_index(y, bottom), parameters))
        return self.wrap(x), log_slope

    def wrap(self, x: Tensor) -> Tensor:
        """Return the same angle in [-bound, bound)."""
        return torch.remainder(x + self.bound, 2 * self.bound) - self.bound

    def _angle(self, parameters: Tensor) -> Tensor:
        return self.bound * torch.tanh(parameters[-1] / self.bound)

    def _starts(self, parameters: Tensor) -> Tensor:
        """Return where the bins begin, and the values there, (2, bins, …)."""
        sizes = self._sizes(parameters)
        return sizes.cumsum(1) - sizes - self.bound

    def _sizes(self, parameters: Tensor) -> Tensor:
        """Return widths and heights of the bins, (2, bins, …)."""
        raw = _soft_clip(parameters[: 2 * self.bins]).unflatten(0, (2, self.bins))
        sizes: Tensor = 2 * self.bound * (FLOOR + (1 - self.bins * FLOOR) * raw.softmax(1))
        return sizes

    def _bin(self, index: Tensor, parameters: Tensor) -> Bin:
        sizes, starts = self._sizes(parameters), self._starts(parameters)
        slopes = (_soft_clip(parameters[2 * self.bins : -1]) * 2 / 3).exp()
        ends = slopes.roll(-1, 0)  # the last bin ends where the first begins
        left, bottom = (_at(index, values) for values in starts)
        width, height = (_at(index, values) for values in sizes)
        return Bin(left, width, bottom, height, torch.stack([_at(index, slopes), _at(index, ends)]))


class AngleConditioner(Conditioner):
    """A conditioner that sees angles by their cosine and sine, and so is periodic in them.

    Args:
        angles: size of the input.
        context_features: columns of the context.
        hidden: sizes of the hidden layers.
        outputs: size of the output.
        bound: half the length of the circle.
        generator: source of the first weights.
        dtype: of the parameters.
    """

    def __init__(
        self,
        angles: int,
        context_features: int,
        hidden: Sequence[int],
        outputs: int,
        *,
        bound: float,
        generator: torch.Generator,
        dtype: torch.dtype,
    ) -> None:
        super().__init__(2 * angles + context_features, hidden, outputs, generator, dtype)
        self.bound = bound

    def forward(self, rows: Tensor, context: Tensor | None = None) -> Tensor:
        """Return the parameters for angles, (angles, batch), and the `context` of each."""
        radians = rows * (math.pi / self.bound)
        return super().forward(torch.cat([radians.cos(), radians.sin()]), context)


def circular_flow(
    features: int,
    *,
    layers: int = 8,
    transform: CircularSpline | None = None,
    hidden: Sequence[int] = (128, 128),
    context_features: int = 0,
    base: AbstractBase | None = None,
    dtype: torch.dtype | None = None,
    seed: int = 0,
) -> Flow:
    """Return a flow of coupling layers for angles that starts at the identity.

    Args:
        features: columns of the data, all of them angles.
        layers: number of coupling layers.
        transform: family of the maps; by default `CircularSpline(bins=8, bound=π)`.
        hidden: sizes of the hidden layers of each conditioner.
        context_features: columns of the context, plain numbers; 0 means that there is none.
        base: density of the latent angles; by default the uniform density.
        dtype: of the parameters and so of the data; by default torch's default.
        seed: fixes the permutations and the first weights; torch's own random state is left alone.

    >>> flow = circular_flow(2, layers=2, hidden=(16,))
    >>> bool((flow.log_prob(torch.zeros(1, 2)) + 2 * math.log(2 * math.pi)).abs() < 1e-5)
    True
    """
    widths, generator = validate.flow_sizes(features, layers, context_features, hidden, seed)
    transform = CircularSpline() if transform is None else transform
    validate.instance("transform", transform, CircularSpline)
    dtype = validate.floating("dtype", dtype or torch.get_default_dtype())

    def layer(moved: Tensor, kept: Tensor) -> Coupling:
        conditioner = AngleConditioner(
            len(kept),
            context_features,
            widths,
            len(moved) * transform.parameters,
            bound=transform.bound,
            generator=generator,
            dtype=dtype,
        )
        return Coupling(moved, kept, transform, conditioner, context_features)

    if base is None:
        edge = torch.full((features,), transform.bound, dtype=dtype)
        base = BoxUniform(-edge, edge)
    return Flow(Chain([layer(*split) for split in islice(splits(features, generator), layers)]), base)


def _soft_clip(p: Tensor) -> Tensor:
    return p / (1 + p.abs() / 3)


def _index(x: Tensor, starts: Tensor) -> Tensor:
    """Return which of the bins that begin at `starts`, (bins, …), each x lies in."""
    return (x >= starts[1:]).sum(0)


def _at(index: Tensor, values: Tensor) -> Tensor:
    return values.expand(-1, *index.shape).gather(0, index[None])[0]
