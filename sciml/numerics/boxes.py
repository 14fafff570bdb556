"""Boxes: products of intervals with named axes, their faces and their quadrature."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sciml.arguments import check_choice, check_count, check_number, refusal
from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.numerics.domains import Array, Interval, Quadrature

LARGEST = 1_000_000  # points of a tensor grid: a gigabyte of jets and more beyond
SIDES = ("left", "right")


@dataclass(frozen=True, init=False)
class Box:
    """A product of intervals, one a named coordinate.

    >>> box = Box(x=(0, 2), t=(0, 1))
    >>> box.axes, box.volume
    (('x', 't'), 2.0)

    Args:
        **intervals: For each coordinate its ends, or an `Interval`.

    Raises:
        ArgumentError: If there is none, or if an interval is empty, reversed or not finite.
    """

    intervals: Mapping[str, Interval] = field(hash=False)

    def __init__(self, **intervals: Interval | tuple[float, float]) -> None:
        if not intervals:
            raise ArgumentError(refusal("Box", "no axis", "at least one", "write Box(x=(0, 1))"))
        axes = {name: _interval(name, ends) for name, ends in intervals.items()}
        object.__setattr__(self, "intervals", axes)

    @property
    def axes(self) -> tuple[str, ...]:
        """The names of the coordinates, in their order."""
        return tuple(self.intervals)

    @property
    def dimension(self) -> int:
        """The number of coordinates."""
        return len(self.intervals)

    @property
    def volume(self) -> float:
        """The product of the lengths."""
        return math.prod(interval.length for interval in self.intervals.values())

    @property
    def centre(self) -> Array:
        """The middle (d,)."""
        return np.array([interval.centre for interval in self.intervals.values()])

    @property
    def halves(self) -> Array:
        """Half the lengths (d,)."""
        return np.array([0.5 * interval.length for interval in self.intervals.values()])

    def quadrature(self, points: int | Mapping[str, int]) -> Quadrature:
        """Return a product of Gauss rules: points (n, d), exact for degree 2·points − 1 along each axis.

        Args:
            points: Nodes in each region of an axis; a mapping gives each axis its own.
        """
        counts = _counts(points, self.axes)
        rules = {name: interval.quadrature(counts[name]) for name, interval in self.intervals.items()}
        return product(list(rules.values()))

    def scattered(self, count: int, seed: int = 0) -> Quadrature:
        """Return `count` points of a scrambled Sobol sequence, each of the same weight."""
        lowest = self.centre - self.halves
        unit = sobol(self.dimension, count, seed)
        return Quadrature(lowest + 2 * self.halves * unit, np.full(count, self.volume / count))

    def face(self, place: str, points: int | Mapping[str, int]) -> Quadrature:
        """Return Gauss points on a face: "x=left", "t=0", or "boundary" for all of them.

        A value may also lie inside, for a plane through the box.

        Raises:
            ArgumentError: If there is no such axis, or if the value lies outside.
        """
        if place == "boundary":
            names = (f"{axis}={side}" for axis in self.axes for side in SIDES)
            return joined([self.face(name, points) for name in names])
        axis, value = self._plane(place)
        counts = _counts(points, self.axes)
        rules = {name: interval.quadrature(counts[name]) for name, interval in self.intervals.items()}
        return product(list({**rules, axis: Quadrature(np.array([value]), np.ones(1))}.values()))

    def _plane(self, place: str) -> tuple[str, float]:
        axis, _, text = place.partition("=")
        check_choice("axis of a face", axis, self.axes)
        interval = self.intervals[axis]
        ends = {"left": interval.left, "right": interval.right}
        try:
            value = ends[text] if text in ends else float(text)
        except ValueError:
            raise ArgumentError(
                refusal("face", place, f"'{axis}=left', '{axis}=right' or a number")
            ) from None
        return axis, check_number(f"face {place!r}", value, low=interval.left, high=interval.right)


def sobol(dimension: int, count: int, seed: int = 0) -> Array:
    """Return scrambled Sobol points (count, dimension) of the unit cube."""
    import torch  # here, so that boxes can be made without it

    check_count("count", count)
    engine = torch.quasirandom.SobolEngine(dimension, scramble=True, seed=seed)
    unit: Array = engine.draw(count, dtype=torch.float64).numpy()
    return unit


def product(rules: list[Quadrature]) -> Quadrature:
    """Return the product of rules on lines: points (n, d), weights (n,), the last axis the fastest."""
    size = math.prod(len(rule.points) for rule in rules)
    if size > LARGEST:
        advice = "take fewer along each axis, or scattered ones from four coordinates on"
        raise ArgumentError(refusal("points", size, f"at most {LARGEST} on a tensor grid", advice))
    points = np.meshgrid(*(rule.points for rule in rules), indexing="ij")
    weights = np.meshgrid(*(rule.weights for rule in rules), indexing="ij")
    flat = [np.stack([part.ravel() for part in parts], 1) for parts in (points, weights)]
    return Quadrature(flat[0], flat[1].prod(1))


def joined(rules: list[Quadrature]) -> Quadrature:
    """Return the points of several rules as one."""
    points, weights = [rule.points for rule in rules], [rule.weights for rule in rules]
    return Quadrature(np.concatenate(points), np.concatenate(weights))


def _interval(name: str, ends: object) -> Interval:
    if isinstance(ends, Interval):
        return ends
    if not isinstance(ends, tuple | list) or len(ends) != 2:
        raise ArgumentTypeError(refusal(f"axis {name!r}", ends, "two ends, as (0, 1), or an Interval"))
    return Interval(
        float(check_number(f"{name} left end", ends[0])), float(check_number(f"{name} right end", ends[1]))
    )


def _counts(points: int | Mapping[str, int], axes: tuple[str, ...]) -> dict[str, int]:
    if not isinstance(points, Mapping):
        return dict.fromkeys(axes, check_count("points", points))
    for name in points:
        check_choice("axis of points", name, axes)
    missing = [name for name in axes if name not in points]
    if missing:
        raise ArgumentError(refusal("points", dict(points), f"a number for {', '.join(missing)} too"))
    return {name: check_count(f"points along {name}", points[name]) for name in axes}
