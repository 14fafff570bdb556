"""The Galerkin transformer in two dimensions."""

from __future__ import annotations

from typing import Literal, get_args

from torch import Tensor

from sciml.errors import ArgumentError, did_you_mean
from sciml.operators.check import rows
from sciml.operators.models.attention import Kind
from sciml.operators.models.field import Field
from sciml.operators.models.galerkin import GalerkinTransformer, Sizes
from sciml.operators.models.layers import on_circle
from sciml.operators.models.spectral2d import SpectralConvolution2d, basis2d, check_points, interpolate2d

Boundary = Literal["periodic", "zero", "free"]
OUTSIDE = 1e-6  # by which a coordinate in a square with walls may round beyond them


class GalerkinTransformer2d(GalerkinTransformer):
    r"""Layers of Galerkin attention between spectral layers, for functions on the unit square.

    $$\mathcal G=P\circ S_D\circ\dots\circ S_1\circ E_L\circ\dots\circ E_1\circ S'_B\circ\dots\circ L,$$

    L and P point-wise, E encoder layers, S spectral layers; as published D = 2 and B = 0. The points may
    lie anywhere: sums over them are quadratures by `Field.weights`, so give those of your rule where the
    points are not evenly spread. On a grid with points on both walls of a direction, 0 and 1, that is the
    trapezoidal rule. There are no up- and downscaling convolutions, which would tie the model to a grid.

    At the boundary:

    - "periodic": the square is a torus, the position features of each coordinate are (cos 2πx, sin 2πx),
      and without positions the operator commutes with shifts.
    - "zero": the square has walls, the position features are x and y, and outputs are multiplied by
      16 x (1 − x) y (1 − y), so that they are exactly 0 at walls; the paper has a mask on a grid instead.
    - "free": the same without the factor.

    The waves of the spectral layers have period one at every boundary, as published. They are made once an
    evaluation, n (2 modes − 1)² numbers for every function, which all layers share: at 12 modes and 4096
    points in float32 8.7 MB; once for the whole batch where `positions` is one set of points, expanded. All
    else, the attention too, grows as n width for every function and layer: with the sizes below and those
    points, training keeps 36 MB a function.

    References:
        S. Cao, Choose a Transformer: Fourier or Galerkin, NeurIPS 2021.

    Args:
        in_channels: Channels of the input function.
        out_channels: Channels of the output function.
        width: Channels inside, d.
        layers: Number of encoder layers.
        heads: Heads of each attention.
        modes: Fourier modes of the spectral layers in each direction, |kx|, |ky| < modes.
        hidden: Width of the feed-forward networks; by default twice the width.
        kind: Which attention.
        before: Spectral layers before the encoder.
        decoder: Spectral layers after it.
        positions: Whether the lift and the attention are given the positions.
        boundary: "periodic", "zero" or "free".

    Raises:
        ArgumentError: Of the boundary or a size; when called, of points that are not in two dimensions, too
            few for the modes, or outside walls, and of a `query` where the points are no even periodic grid.
    """

    def __init__(
        self,
        in_channels: int = 1,
        out_channels: int = 1,
        *,
        width: int = 64,
        layers: int = 4,
        heads: int = 4,
        modes: int = 12,
        hidden: int | None = None,
        kind: Kind = "galerkin",
        before: int = 0,
        decoder: int = 2,
        positions: bool = True,
        boundary: Boundary = "periodic",
    ) -> None:
        if boundary not in get_args(Boundary):
            raise ArgumentError(
                f"boundary: got {boundary!r}, {did_you_mean(str(boundary), get_args(Boundary))}"
            )
        features = positions * (4 if boundary == "periodic" else 2)
        sizes = Sizes(width, layers, heads, modes, hidden, kind, before, decoder, features)
        super().__init__(in_channels, out_channels, sizes, SpectralConvolution2d)
        self.positions, self.boundary = positions, boundary

    def evaluate(self, field: Field) -> Tensor:
        """Return the output function at the field's points."""
        rows("positions", field.positions, 2)
        out = super().evaluate(field)
        return out * walled(field.positions) if self.boundary == "zero" else out

    def elsewhere(self, output: Field, query: Tensor) -> Tensor:
        """Return a periodic output, known on an even grid n × m in any order, at `query` (B, q, 2)."""
        if self.boundary != "periodic":
            raise ArgumentError(
                f'query: got points, but boundary "{self.boundary}" has no exact interpolation; '
                "give the operator a field on the points wanted"
            )
        return interpolate2d(output, query)

    def waves(self, field: Field) -> Tensor:
        """Return the Fourier basis (B or 1, n, (2 modes − 1)²)."""
        check_points(field, self.modes)
        if self.boundary != "periodic":
            _check_inside(field)
        return basis2d(field.positions, self.modes)

    def places(self, field: Field) -> Tensor:
        """Return the positions, on a torus where the square is periodic, or nothing."""
        if not self.positions:
            return field.positions[..., :0]
        return on_circle(field.positions) if self.boundary == "periodic" else field.positions


def walled(positions: Tensor) -> Tensor:
    """Return 16 x (1 − x) y (1 − y), 0 at walls and 1 in the middle, (B, n, 1)."""
    return 16 * (positions * (1 - positions)).prod(2, keepdim=True)


def _check_inside(field: Field) -> None:
    """Refuse points in use beyond the walls."""
    beyond = (field.positions < -OUTSIDE) | (field.positions > 1 + OUTSIDE)
    wrong = (beyond.any(2) & (field.quadrature != 0)).nonzero()
    if len(wrong):
        sample, point = wrong[0].tolist()
        place = ", ".join(f"{x:.6g}" for x in field.positions[sample, point].tolist())
        raise ArgumentError(
            f"positions: got ({place}), point {point} of sample {sample}, expected 0 to 1; "
            'rescale the points, or use boundary="periodic"'
        )
