"""Ridge regression on Fourier modes: what a network must beat to be worth training."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import torch
from torch import Tensor

from sciml.arguments import check_count
from sciml.operators.models.base import NeuralOperator
from sciml.operators.models.field import Field
from sciml.operators.models.spec import ModelSpec, Signature
from sciml.operators.models.spectral import basis, check_grid

LEAST = 1e-200  # stands for the largest eigenvalue where all inputs are zero
HELD = 5  # one sample in so many chooses the regularization
ROUNDING = 1e-13  # a mode that varies by less than this share of the functions' size is noise, and left out
SEEN = 1e-2  # of the inputs' size may be in modes that a grid to predict from does not hold
PENALTIES = tuple(10.0**power for power in range(-30, -1, 2))  # times the largest eigenvalue


class Ridge(NeuralOperator):
    r"""An affine map of Fourier modes, $\hat v=\hat v_0+W\hat u$.

    W and $\hat v_0$ minimise $\sum_i|\hat v_0+W\hat u_i-\hat v_i|^2+\lambda|W|^2$, each channel in units of
    its own. For each output channel λ is the one that does best on a fifth of the samples, which are then
    used too. Everything is float64. On an even number n of points the highest mode, n/2, is a cosine about
    the first point.

    Args:
        modes: Highest mode of inputs and outputs.
        in_channels: Channels of the input function.
        out_channels: Channels of the output function.
    """

    matrix: Tensor
    intercept: Tensor
    needed: Tensor

    def __init__(self, modes: int = 63, in_channels: int = 1, out_channels: int = 1) -> None:
        super().__init__(in_channels, out_channels)
        self.modes = check_count("modes", modes)
        rows, columns = (channels * (2 * modes + 1) for channels in (in_channels, out_channels))
        self.register_buffer("matrix", torch.zeros(rows, columns, dtype=torch.float64))
        self.register_buffer("intercept", torch.zeros(columns, dtype=torch.float64))
        self.register_buffer("needed", torch.tensor(modes))

    def evaluate(self, field: Field) -> Tensor:
        """Return the output function at the field's points; modes that they do not hold count as zero."""
        self._check_points(field, int(self.needed))
        waves = basis(field.positions.double(), self.modes + 1)
        modes = self.intercept + self._modes(field, waves) @ self.matrix
        out: Tensor = (waves @ modes.unflatten(1, (-1, self.out_channels))).to(field.values.dtype)
        return out

    @torch.no_grad()
    def fit(self, field: Field, outputs: Tensor) -> Self:
        """Find W from samples: input functions, and output functions (N, n, c) at the same points."""
        self._check_points(field, self.modes)
        self.scale_to(field.values, outputs)
        waves = basis(field.positions.double(), self.modes + 1)
        rounding = ROUNDING * field.values.square().mean((0, 1)).sqrt() / self.input_scale
        x = self._modes(field.replaced(self.scaled_input(field.values)), waves)
        y = self._modes(field.replaced(self.scaled_output(outputs)), waves)
        sizes = (x - x.mean(0)).square().mean(0).sqrt()
        x = torch.where(sizes > rounding.repeat(2 * self.modes + 1), x, 0.0)
        self.needed.fill_(_needed(sizes.unflatten(0, (-1, self.in_channels)).amax(1)))
        judged = torch.arange(len(x)) % HELD == 0
        trials = _affine(x[~judged], y[~judged], PENALTIES)
        errors = torch.stack([(a + x[judged] @ W - y[judged]).square().sum(0) for a, W in trials])
        best = errors.unflatten(1, (-1, self.out_channels)).sum(1).argmin(0)
        for channel, penalty in enumerate(PENALTIES[i] for i in best.tolist()):
            own = slice(channel, None, self.out_channels)
            self.intercept[own], self.matrix[:, own] = _affine(x, y[:, own], (penalty,))[0]
        return self

    def _check_points(self, field: Field, modes: int) -> None:
        """Refuse fewer points than the modes need; on 2 modes of them the highest is a cosine alone."""
        if field.values.shape[1] != 2 * modes:
            check_grid(field.values.shape[1], modes + 1)

    def _load_from_state_dict(self, state: dict[str, Any], prefix: str, *args: Any) -> None:  # noqa: ANN401
        """Read what was saved before there was an intercept, too."""
        if f"{prefix}matrix" in state and f"{prefix}intercept" not in state:
            state[f"{prefix}intercept"] = torch.zeros_like(self.intercept)
            state[f"{prefix}needed"] = torch.tensor(self.modes)
        super()._load_from_state_dict(state, prefix, *args)

    def _modes(self, field: Field, waves: Tensor) -> Tensor:
        """Return the coefficients (B, (2K+1) c), zero where the grid is too coarse for a mode."""
        n, modes = field.values.shape[1], self.modes
        k = torch.arange(1, modes + 1, device=waves.device).repeat(2)
        share = torch.where(2 * k < n, 1.0, torch.where(2 * k == n, 0.5, 0.0)).double()
        return (torch.cat([share.new_ones(1), share])[:, None] * _coefficients(field, waves)).flatten(1)


def _needed(sizes: Tensor) -> int:
    """Return how many modes hold all but a hundredth of functions, by the sizes of [1, cos, sin] (2K+1,)."""
    cosine, sine = sizes[1:].square().chunk(2)
    above = (cosine + sine).flip(0).cumsum(0).flip(0)  # energy of mode k and those above, k = 1, …, K
    return int((above > SEEN**2 * sizes.square().sum()).sum())


def _affine(x: Tensor, y: Tensor, penalties: tuple[float, ...]) -> list[tuple[Tensor, Tensor]]:
    """Return intercept a and W that minimise |a + xW − y|² + λ|W|² for each λ."""
    centre, middle = x.mean(0), y.mean(0)
    return [(middle - centre @ W, W) for W in ridges(x - centre, y - middle, penalties)]


def ridges(x: Tensor, y: Tensor, penalties: tuple[float, ...]) -> list[Tensor]:
    """Return the minimiser of |xW − y|² + λ|W|² for each λ, a share of the largest eigenvalue of xᵀx."""
    U, s, V = torch.linalg.svd(x, full_matrices=False)
    projected = U.mT @ y
    top = s[0].square().clamp(min=LEAST)
    return [V.mT @ ((s / (s.square() + penalty * top))[:, None] * projected) for penalty in penalties]


def _coefficients(field: Field, waves: Tensor) -> Tensor:
    """Return the coefficients of [1, √2 cos, √2 sin], shape (B, 2K+1, c), float64."""
    return (waves * field.quadrature.double()[..., None]).mT @ field.values.double()


def complex_modes(field: Field, highest: int) -> Tensor:
    r"""Return $c_k=\int u\,e^{-2\pi ikx}dx$ of the first channel for k = 0, …, highest: (B, highest+1)."""
    waves = basis(field.positions.double(), highest + 1)
    mean, cosine, sine = _coefficients(field, waves)[..., 0].split([1, highest, highest], 1)
    return torch.cat([mean.to(torch.complex128), torch.complex(cosine, -sine) / math.sqrt(2)], 1)


def from_complex(modes: Tensor, positions: Tensor) -> Tensor:
    """Return the real function of modes (B, K+1) at positions (B, n, 1): (B, n, 1)."""
    highest = modes.shape[1] - 1
    rest = math.sqrt(2) * modes[:, 1:]
    coefficients = torch.cat([modes[:, :1].real, rest.real, -rest.imag], 1)
    return basis(positions.double(), highest + 1) @ coefficients[..., None]


@dataclass(frozen=True)
class RidgeSpec(ModelSpec):
    """The highest mode of `Ridge`."""

    name: ClassVar[str] = "ridge"
    solved: ClassVar[bool] = True
    modes: int = 16

    @classmethod
    def sized(cls, sizes: Mapping[str, Any]) -> Self:
        """Return the recipe's modes of a regression."""
        return cls(sizes["input_modes"])

    def build(self, maps: Signature) -> Ridge:
        """Return the model."""
        return Ridge(self.modes, maps.in_channels, maps.out_channels)

    def least_parameters(self, maps: Signature) -> int:
        """Return what the matrix takes."""
        return maps.in_channels * maps.out_channels * (2 * self.modes + 1) ** 2
