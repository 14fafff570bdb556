"""A chain of masses from what was saved: every size is checked before anything is allocated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from sciml.runs.described import describing, numbers_in
from sciml.tables.discrete.chain import DiscreteChain
from sciml.tables.discrete.counts import FAMILIES
from sciml.tables.discrete.expert import Expert, direct
from sciml.tables.discrete.features import DiscreteFeature
from sciml.tables.discrete.masses import LARGEST_INTEGER, AbstractMass
from sciml.tables.discrete.stack import Stack


def rebuild(values: Any, tensors: Mapping[str, Tensor]) -> DiscreteChain:  # noqa: ANN401
    """Return the chain with the description `DiscreteChain.values()` and the state `tensors`.

    Raises:
        FileError: If `values` describe no chain, or one of another size than the tensors.
    """
    with describing("a chain of masses"):
        chain = _built(values, numbers_in(tensors))
        chain.load_state_dict(dict(tensors))
    return chain


def _built(values: Mapping[str, Any], saved: int) -> DiscreteChain:
    context = _size(values["context_features"], 2**20)
    order = tuple(_size(place, saved) for place in values["order"])
    sources = tuple(_source(each, saved) for each in values["sources"])
    if sorted(order) != list(range(len(order))) or order != tuple(source.place for source in sources):
        raise ValueError(f"its order is {order}")
    widths = [context + sum(source.size for source in sources[:i]) for i in range(len(order))]
    stacks = [_stack(each, width, saved) for each, width in zip(values["stacks"], widths, strict=True)]
    return DiscreteChain(order, sources, stacks, context)


def _source(values: Mapping[str, Any], saved: int) -> DiscreteFeature:
    source = DiscreteFeature(**values)
    _size(source.levels, saved)
    if not 0 < source.scale < float("inf") or abs(source.center) == float("inf"):
        raise ValueError(f"a column has center {source.center} and scale {source.scale}")
    return source


def _stack(values: list[Mapping[str, Any]], width: int, saved: int) -> Stack:
    return Stack([_expert(each, width, saved) for each in values])


def _expert(values: Mapping[str, Any], width: int, saved: int) -> Expert:
    mass: AbstractMass = FAMILIES[values["family"]](**_constants(values["mass"], saved))
    features, hidden = _size(values["features"], width), _size(values["hidden"], saved)
    needed = mass.parameters * (1 + direct(features, mass) + hidden) + hidden * (1 + features)
    if (_size(mass.parameters, saved) and needed > saved) or features not in (0, width):
        raise ValueError(f"a mass of {needed} parameters, {saved} were saved")
    return Expert(mass, features, hidden)


def _constants(values: Mapping[str, Any], saved: int) -> dict[str, Any]:
    """Return a family's numbers, a list of whole numbers as a tuple."""
    constants = dict(values)
    if "support" in constants:
        support = constants["support"] = tuple(constants["support"])
        whole = all(isinstance(k, int) and abs(k) <= LARGEST_INTEGER for k in support)
        if not whole or len(support) > saved or list(support) != sorted(set(support)):
            raise ValueError("a support is not a list of increasing whole numbers")
    return constants


def _size(value: Any, most: int) -> int:  # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise ValueError(f"a size is {value!r}, expected an integer from 0 to {most}")
    return value
