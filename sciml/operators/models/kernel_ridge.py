"""Kernel ridge regression on Fourier modes that knows the operator's symmetries."""

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
from sciml.operators.models.ridge import complex_modes, from_complex
from sciml.operators.models.spec import ModelSpec, Signature
from sciml.operators.models.spectral import check_grid

SCALES = (1.0, 3.0, 10.0, 30.0)  # of the squared length in the kernel, in mean squared norms of the inputs
PENALTIES = (1e-12, 1e-10, 1e-8, 1e-6, 1e-4)  # times the kernel's mean diagonal
TRIED, JUDGED = 256, 128  # samples that choose among them
LEAST = 1e-30  # added to the diagonal of a matrix that is zero
ROUNDING = 1e-16  # of the mean diagonal, first added to a matrix that rounding made indefinite
RAISED = 10.0  # times that, until it is definite
BLOCK = 64  # inputs whose kernels are made at a time


class KernelRidge(NeuralOperator):
    r"""Kernel ridge regression of output modes on input modes, for operators that commute with shifts.

    With the polynomial kernel $k(a,b)=(1+\mathrm{Re}\sum_ka_k\bar b_k/\ell^2)^d$ of the modes, shifts
    $(T_sb)_k=e^{-2\pi iks}b_k$ and S of them in a period, mode m of the output is

    $$f_m(a)=\sum_jK_m(a,b_j)\alpha_{jm},\qquad K_m(a,b)=\frac1S\sum_sk(a,T_sb)\,e^{-2\pi ims},$$

    the same as kernel ridge on all S shifts of every sample, S² times the entries. Where the operator also
    commutes with u(x) → −u(−x), of modes $-\bar a$, the term $-K_m(a,-\bar b_j)\bar\alpha_{jm}$ is added.
    ℓ and the penalty are chosen on samples held out for that. One channel, float64.

    References:
        M. Reisert, H. Burkhardt, Learning equivariant functions with matrix valued kernels, JMLR 8 (2007).

    Args:
        samples: Number of samples that `fit` will be given.
        modes: Highest input mode in the kernel.
        output_modes: Highest output mode.
        degree: d.
        reflect: Whether the operator commutes with u(x) → −u(−x).
    """

    known: Tensor
    factors: Tensor
    length: Tensor

    def __init__(
        self, samples: int, *, modes: int = 8, output_modes: int = 16, degree: int = 7, reflect: bool = True
    ) -> None:
        super().__init__(1, 1)
        self.modes, self.output_modes = check_count("modes", modes), check_count("output_modes", output_modes)
        self.samples, self.degree, self.reflect = check_count("samples", samples), degree, reflect
        self.register_buffer("known", torch.zeros(samples, modes + 1, dtype=torch.complex128))
        self.register_buffer("factors", torch.zeros(output_modes + 1, samples, dtype=torch.complex128))
        self.register_buffer("length", torch.ones((), dtype=torch.float64))

    @property
    def shifts(self) -> int:
        """Shifts of a period, S: a power of two, at least four for each output mode's period."""
        return 1 << (2 * self.output_modes + 1).bit_length()

    def evaluate(self, field: Field) -> Tensor:
        """Return the output function at the field's points."""
        check_grid(field.values.shape[1], self.modes + 1)
        modes = self.predict(complex_modes(field, self.modes))
        return from_complex(modes, field.positions).to(field.values.dtype)

    def predict(self, modes: Tensor) -> Tensor:
        """Return output modes (B, output_modes+1) of input modes (B, modes+1)."""
        return torch.cat([_applied(self._kernels(rows), self.factors) for rows in modes.split(BLOCK)])

    @torch.no_grad()
    def fit(self, field: Field, outputs: Tensor) -> Self:
        """Find the factors from samples: input functions, and output functions (N, n, 1) at their points."""
        check_grid(field.values.shape[1], max(self.modes, self.output_modes) + 1)
        inputs = complex_modes(field, self.modes)
        target = complex_modes(field.replaced(outputs), self.output_modes)
        norm = float(inputs.abs().square().sum(1).mean()) or 1.0
        _, length, penalty = min(self._trials(inputs, target, norm))
        self.known, self.length = inputs, inputs.real.new_tensor(length)
        kernels = self._kernels(inputs)
        self.factors = _all_factors(kernels, target, penalty)
        return self

    def _trials(self, inputs: Tensor, target: Tensor, norm: float) -> list[tuple[float, float, float]]:
        """Return the error on samples held out, for each squared length and penalty."""
        tried = min(TRIED, len(inputs) - len(inputs) // 4)
        self.known, trials = inputs[:tried], []
        judged = slice(tried, tried + JUDGED)
        for scale in SCALES:
            self.length = inputs.real.new_tensor(scale * norm)
            kernels, across = self._kernels(self.known), self._kernels(inputs[judged])
            for penalty in PENALTIES:
                ours = _applied(across, _all_factors(kernels, target[:tried], penalty))
                trials.append((float((ours - target[judged]).abs().square().sum()), scale * norm, penalty))
        return trials

    def _kernels(self, a: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return K_m(a_i, b_j) and, where reflections count, K_m(a_i, −b̄_j), of the known b."""
        pieces = a.split(BLOCK)
        kernel = torch.cat([self._kernel(rows, self.known) for rows in pieces], 1)
        if not self.reflect:
            return kernel, None
        return kernel, torch.cat([self._kernel(rows, -self.known.conj()) for rows in pieces], 1)

    def _kernel(self, a: Tensor, b: Tensor) -> Tensor:
        """Return K_m(a_i, b_j) for m = 0, …, output_modes: (m, i, j)."""
        S = self.shifts
        k = torch.arange(a.shape[1], dtype=torch.float64, device=a.device)
        angle = 2 * torch.pi * torch.outer(torch.arange(S, dtype=torch.float64, device=a.device), k) / S
        moved = a[None] * torch.polar(torch.ones_like(angle), angle)[:, None]  # (s, i, k)
        left = torch.cat([moved.real, moved.imag], 2)
        right = torch.cat([b.real, b.imag], 1)
        values = _power(1 + left @ right.mT / self.length, self.degree)
        modes: Tensor = torch.fft.rfft(values, dim=0, norm="forward")[: self.output_modes + 1]
        return modes


def _applied(kernels: tuple[Tensor, Tensor | None], factors: Tensor) -> Tensor:
    """Return Σ_j K_m(a_i, b_j) α_jm − K_m(a_i, −b̄_j) ᾱ_jm, (i, m)."""
    kernel, turned = kernels
    out = torch.einsum("mij,mj->im", kernel, factors)
    return out if turned is None else out - torch.einsum("mij,mj->im", turned, factors.conj())


def _power(x: Tensor, degree: int) -> Tensor:
    """Return x to a whole power by squaring, many times faster than pow."""
    if degree == 1:
        return x
    half = _power(x, degree // 2)
    return half * half * x if degree % 2 else half * half


def _all_factors(kernels: tuple[Tensor, Tensor | None], target: Tensor, penalty: float) -> Tensor:
    """Return the factors of every output mode, (m, j)."""
    kernel, turned = kernels
    others = torch.zeros_like(kernel) if turned is None else turned
    factors = [_factors(K, R, c, penalty) for K, R, c in zip(kernel, others, target.T, strict=True)]
    return torch.stack(factors)


def _factors(K: Tensor, turned: Tensor, target: Tensor, penalty: float) -> Tensor:
    """Solve K α − R ᾱ = c, with the penalty on α: a symmetric real system of twice the size."""
    upper = torch.cat([K.real - turned.real, -K.imag - turned.imag], 1)
    lower = torch.cat([K.imag - turned.imag, K.real + turned.real], 1)
    both = torch.cat([upper, lower])
    both.diagonal().add_(penalty * float(K.real.diagonal().mean()))
    right = torch.cat([target.real, target.imag])
    solution = torch.cholesky_solve(right[:, None], _root((both + both.mT) / 2))[:, 0]
    return torch.complex(*solution.chunk(2))


def _root(matrix: Tensor) -> Tensor:
    """Return the Cholesky factor, of a matrix with a larger diagonal where rounding cost definiteness."""
    more = max(ROUNDING * float(matrix.diagonal().mean()), LEAST)
    root, info = torch.linalg.cholesky_ex(matrix)
    while int(info) and more < math.inf:
        more *= RAISED
        root, info = torch.linalg.cholesky_ex(matrix + more * torch.eye(len(matrix)).to(matrix))
    factor: Tensor = root
    return factor


@dataclass(frozen=True)
class KernelRidgeSpec(ModelSpec):
    """The sizes of `KernelRidge`; `samples` are those that it keeps."""

    name: ClassVar[str] = "kernel-ridge"
    solved: ClassVar[bool] = True
    modes: int = 16
    output_modes: int = 16
    samples: int = 1

    @classmethod
    def sized(cls, sizes: Mapping[str, Any]) -> Self:
        """Return the recipe's modes of a regression, for the samples that there are."""
        return cls(sizes["input_modes"], sizes["output_modes"], sizes["samples"])

    def build(self, maps: Signature) -> KernelRidge:
        """Return the model."""
        sizes = {"modes": self.modes, "output_modes": self.output_modes}
        return KernelRidge(self.samples, **sizes, reflect=maps.reflect)

    def least_parameters(self, maps: Signature) -> int:
        """Return what the samples' modes and factors take, complex numbers as two."""
        return 2 * self.samples * (self.modes + self.output_modes + 2)
