"""Maps of a periodic function of two variables through its Fourier modes, on any points."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from sciml.arguments import check_count
from sciml.errors import ArgumentError
from sciml.operators.check import rows
from sciml.operators.models.field import Field
from sciml.operators.models.spectral import SpectralConvolution, interpolate

SAME = 1e-6  # of a period: coordinates that differ by less are the same line of a grid
EVEN = 1e-2  # of a spacing, by which an even grid may be off: positions in float32 are
GRID = "x = a + i/n, y = b + j/m with i = 0, …, n - 1 and j = 0, …, m - 1"


def half_plane(modes: int) -> Tensor:
    """Return one wave number of each pair k, −k with |kx|, |ky| < modes, without zero: (2K(K−1), 2)."""
    every = torch.arange(1 - modes, modes)
    k = torch.cartesian_prod(every, every)
    return k[len(k) // 2 + 1 :]


def basis2d(positions: Tensor, modes: int) -> Tensor:
    r"""Return [1, √2 cos 2πk·x, √2 sin 2πk·x] for the k of `half_plane`, shape (B, n, (2K−1)²).

    With weights of sum one on an even grid of at least 2K − 1 points each way the columns are orthonormal,
    so that the transform is normalised "forward" and does not depend on n. Of positions that were expanded
    over the batch, with stride zero, the waves are made once, B = 1.

    Args:
        positions: x (B, n, 2), in periods.
        modes: K, the mean included.
    """
    own = _own(positions)
    angle = 2 * math.pi * (own @ half_plane(modes).to(own).T)
    waves = math.sqrt(2) * torch.cat([angle.cos(), angle.sin()], 2)
    return torch.cat([torch.ones_like(own[..., :1]), waves], 2)


class SpectralConvolution2d(SpectralConvolution):
    r"""A convolution of a periodic function of two variables, by a matrix for each of its lowest modes.

    $$(\kappa*v)(x)=\sum_{|k_x|,|k_y|<K}R_k\hat v_k\,e^{2\pi ik\cdot x},\qquad
    \hat v_k=\sum_jw_j\,v(x_j)\,e^{-2\pi ik\cdot x_j},\qquad R_{-k}=\bar R_k$$

    It has (2K − 1)² c² parameters, and takes O(n K² c) operations for each function.

    References:
        Z. Li et al., Fourier neural operator for parametric partial differential equations, ICLR 2021.

    Args:
        channels: Channels of v and of the result, c.
        modes: K.
    """

    def __init__(self, channels: int, modes: int) -> None:
        K = check_count("modes", modes, 2)
        super().__init__(channels, 2 * K * (K - 1) + 1)

    def forward(self, v: Tensor, waves: Tensor, weights: Tensor) -> Tensor:
        """Return the convolution (B, n, c).

        The weights multiply v, not the waves: of these all layers then keep the same tensor for the gradient.

        Args:
            v: (B, n, c).
            waves: `basis2d` of the points.
            weights: Quadrature weights (B, n).
        """
        return waves @ self.multiplied(waves.mT @ (v * weights[..., None]))


def check_points(field: Field, modes: int) -> None:
    """Refuse fewer points, or fewer of them in a direction, than the modes need.

    Raises:
        ArgumentError: If they are fewer than (2K − 1)², or have fewer than 2K − 1 abscissae or ordinates.
    """
    least, used = 2 * modes - 1, int((field.quadrature != 0).sum(1).min())
    if used < least**2:
        raise ArgumentError(
            f"values: got {used} points, expected at least {least**2} for {modes} modes each way; lower modes"
        )
    for name, lines in zip("xy", _lines(_own(field.positions)).amin(0).tolist(), strict=True):
        if lines < least:
            raise ArgumentError(
                f"positions: got {lines} values of {name}, expected at least {least} for {modes} modes "
                "each way; lower modes"
            )


def interpolate2d(field: Field, query: Tensor) -> Tensor:
    """Return a periodic function on other points, by the modes that its even grid of n × m points carries.

    Args:
        field: Values (B, nm, c) on an even grid, in any order.
        query: Points to evaluate at (B, q, 2).

    Raises:
        ArgumentError: If the points are not such a grid.
    """
    rows("query", query, 2)
    if len(query) != len(field.values):
        raise ArgumentError(f"query: got a batch of {len(query)}, expected {len(field.values)}, the field's")
    shape = tuple(_lines(field.positions[:1])[0].tolist())
    order, first = _arranged(field, shape), field.positions.amin(1)
    values = field.values.gather(1, order[..., None].expand_as(field.values)).unflatten(1, shape)
    along = [_matrix(size, first[:, i], query[..., i]) for i, size in enumerate(shape)]
    partial = (along[0] @ values.flatten(2)).unflatten(2, values.shape[2:])  # (B, q, m, c)
    at_query: Tensor = (partial * along[1][..., None]).sum(2)
    return at_query


def _own(positions: Tensor) -> Tensor:
    """Return the positions without the copies of an expanded batch."""
    return positions[:1] if positions.stride(0) == 0 else positions


def _lines(positions: Tensor) -> Tensor:
    """Return how many different values each coordinate has, (B, 2)."""
    return (positions.detach().sort(1).values.diff(dim=1) > SAME).sum(1) + 1


def _arranged(field: Field, shape: tuple[int, ...]) -> Tensor:
    """Return the order that sorts the points by i, then j, (B, nm), or refuse them."""
    sizes = field.positions.new_tensor(shape)
    places = (field.positions - field.positions.amin(1, keepdim=True)).detach() * sizes
    near = places.round()
    number = near[..., 0] * shape[1] + near[..., 1]
    order = number.argsort(1)
    every = torch.arange(shape[0] * shape[1], device=number.device)
    complete = number.shape[1] == len(every) and bool((number.gather(1, order) == every).all())
    if field.mask is not None or not complete or bool(((places - near).abs() > EVEN).any()):
        raise ArgumentError(
            f"query: expected the field on a whole even grid {GRID}, in any order and without a mask; "
            "else give the operator a field on the points wanted"
        )
    return order


def _matrix(points: int, first: Tensor, query: Tensor) -> Tensor:
    """Return the map from values at `first` + i/n, (B,), to those at `query`, (B, q): (B, q, n)."""
    steps = torch.arange(points, dtype=query.dtype, device=query.device) / points
    same = torch.eye(points, dtype=query.dtype, device=query.device).expand(len(query), -1, -1)
    grid, weights = (first[:, None] + steps)[..., None], torch.full_like(same[..., 0], 1 / points)
    return interpolate(same, grid, weights, query[..., None])
