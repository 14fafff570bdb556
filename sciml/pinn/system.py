"""A residual problem on points: rows, and their Jacobian by one reverse pass a term.

Row i of a term sees point i, the scalars and the anchors only, so the gradient of Σ_i row_i yields each row's
own derivatives (see `sciml.pinn.jacobian`). Each row is given a copy of its own of scalars and anchors, so
the same sum yields their columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sciml.numerics.derivatives import Jet
from sciml.numerics.domains import Quadrature
from sciml.numerics.networks import MLP, TapeEntry, propagate
from sciml.optim import Residual
from sciml.pinn.form import AbstractForm, Anchored
from sciml.pinn.jacobian import gradients, output_rows, taped, weight_rows
from sciml.pinn.packing import sizes, unpack
from sciml.pinn.scalars import scalar_values
from sciml.pinn.terms import Integral, Pointwise, Sample, Term, Where


@dataclass(frozen=True)
class Group:
    """The terms that share points, with the network inputs there."""

    x: Tensor
    weights: Tensor
    position: Jet
    inputs: Jet
    coefficients: Mapping[str, Tensor]
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Graph:
    """A forward pass with its leaves: the layers' tape, and each row's own scalars and anchors."""

    tape: list[TapeEntry]
    raw: Tensor
    anchored: Anchored
    sample: Sample


class ResidualSystem(Residual):
    """The residual r(θ) of a problem, or of other terms, on points; θ = (network parameters, raw scalars)."""

    def __init__(
        self,
        problem: AbstractForm,
        network: MLP,
        quadrature: Quadrature,
        *,
        device: str = "cpu",
        finer: int = 1,
        terms: Sequence[Term] | None = None,
    ) -> None:
        self.problem = problem
        self.widths = network.widths
        self.activation = network.activation
        self._like = torch.empty(0, dtype=network.biases[0].dtype, device=device)
        self._finer = finer
        self._inside = (self._tensor(quadrature.points), self._tensor(quadrature.weights))
        anchors = self._tensor(problem.anchors)
        self._anchors = problem.inputs()(problem.position(anchors)) if len(anchors) else None
        self.groups = self._grouped(problem.terms() if terms is None else terms)

    def names(self) -> list[str]:
        """Return the term of each row, in the order of the rows."""
        return [
            term.name
            for group in self.groups
            for term in group.terms
            for _ in range(1 if isinstance(term, Integral) else len(group.x))
        ]

    def __call__(self, theta: Tensor) -> Tensor:
        """Return r (n,)."""
        layers, raw = unpack(theta, self.widths)
        anchored = self._anchored(layers)
        rows: list[Tensor] = []
        for group in self.groups:
            output = propagate(layers, self.activation, group.inputs)[-1].output
            size = len(group.x)
            sample = self._sample(group, output, raw.expand(size, -1), expand(anchored, size))
            rows += [self._rows(term, sample, group.weights) for term in group.terms]
        return torch.cat(rows)

    def linearize(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """Return r (n,) and J (n, P)."""
        layers, raw = unpack(theta.detach(), self.widths)
        anchored, anchor_jacobian = self._anchor_pass(layers)
        values, blocks = [], []
        for group in self.groups:
            graph = self._graph(group, layers, raw, anchored)
            for term in group.terms:
                value, block = self._linearize(term, group, graph, anchor_jacobian)
                values.append(value)
                blocks.append(block)
        return _joined(values, 0), _joined(blocks, 0)

    def _linearize(
        self, term: Term, group: Group, graph: Graph, anchor_jacobian: Tensor
    ) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            rows = self._rows(term, graph.sample, group.weights)
            leaves = [part for layer in graph.tape for part in layer.output.parts]
            tail = [graph.raw, graph.anchored.value, graph.anchored.slope]
            cotangents = gradients(rows.sum(), [*leaves, *tail])
        reduce = isinstance(term, Integral)
        jacobian = weight_rows(graph.tape, cotangents[: len(leaves)], reduce)
        by_raw, by_value, by_slope = (_reduced(part, reduce) for part in cotangents[len(leaves) :])
        if len(anchor_jacobian):
            jacobian += torch.cat([by_value.flatten(1), by_slope.flatten(1)], 1) @ anchor_jacobian
        return rows.detach(), _joined([jacobian, *([by_raw] if by_raw.shape[1] else [])], 1)

    def _graph(
        self, group: Group, layers: Sequence[tuple[Tensor, Tensor]], raw: Tensor, anchored: Anchored
    ) -> Graph:
        size = len(group.x)
        with torch.enable_grad():
            tape = taped(layers, self.activation, group.inputs)
            own = raw.expand(size, -1).clone().requires_grad_()
            each = expand(anchored, size)
            each = Anchored(each.value.clone().requires_grad_(), each.slope.clone().requires_grad_())
            return Graph(tape, own, each, self._sample(group, tape[-1].output, own, each))

    def _sample(self, group: Group, output: Jet, raw: Tensor, anchored: Anchored) -> Sample:
        scalars = scalar_values(self.problem.scalars, raw)
        fields = self.problem.ansatz(output, anchored, group.position, scalars)
        return Sample(group.x, fields, scalars, group.coefficients)

    def _rows(self, term: Term, sample: Sample, weights: Tensor) -> Tensor:
        if isinstance(term, Integral):
            total = (weights * term.integrand(sample)).sum() - term.target
            return (term.weight * total).reshape(1)
        return term.weight * weights.sqrt() * term.f(sample)

    def _anchored(self, layers: Sequence[tuple[Tensor, Tensor]]) -> Anchored:
        if self._anchors is None:
            return no_anchors(self._like, self.problem.outputs)
        return self._anchor(propagate(layers, self.activation, self._anchors)[-1].output)

    def _anchor_pass(self, layers: Sequence[tuple[Tensor, Tensor]]) -> tuple[Anchored, Tensor]:
        """Return values and slopes at the anchors, and the Jacobian (2·anchors·outputs, P) of both."""
        if self._anchors is None:
            return self._anchored(layers), self._like.new_zeros(0, sum(sizes(self.widths)))
        with torch.enable_grad():
            tape = taped(layers, self.activation, self._anchors)
        output = tape[-1].output
        jacobians = [output_rows(tape, part) for part in (output.value, output.first)]
        return self._anchor(output.map(Tensor.detach)), torch.cat(jacobians)

    @staticmethod
    def _anchor(output: Jet) -> Anchored:
        return Anchored(output.value, output.first)

    def _grouped(self, terms: Sequence[Term]) -> tuple[Group, ...]:
        places: dict[Where, list[Term]] = {}
        for term in terms:
            where = term.where if isinstance(term, Pointwise) else "interior"
            places.setdefault(where, []).append(term)
        return tuple(self._group(where, tuple(members)) for where, members in places.items())

    def _group(self, where: Where, terms: tuple[Term, ...]) -> Group:
        x, weights = self._points(where)
        position = self.problem.position(x)
        return Group(
            x, weights, position, self.problem.inputs()(position), self.problem.coefficients(x), terms
        )

    def _points(self, where: Where) -> tuple[Tensor, Tensor]:
        if where == "interior":
            return self._inside
        place = self.problem.place(where, self._finer)
        return self._tensor(place.points), self._tensor(place.weights)

    def _tensor(self, values: object) -> Tensor:
        return torch.as_tensor(values, dtype=self._like.dtype, device=self._like.device)


def no_anchors(like: Tensor, outputs: int) -> Anchored:
    """Return the values and slopes of no anchors."""
    return Anchored(like.new_empty(0, outputs), like.new_empty(0, outputs))


def expand(anchored: Anchored, size: int) -> Anchored:
    """Give each of `size` rows the anchors' values and slopes."""
    return Anchored(anchored.value.expand(size, -1, -1), anchored.slope.expand(size, -1, -1))


def _joined(parts: list[Tensor], dim: int) -> Tensor:
    """Return the parts as one tensor, without a copy where there is one only: a Jacobian is large."""
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim)


def _reduced(part: Tensor, reduce: bool) -> Tensor:
    return part.sum(0, keepdim=True) if reduce else part
