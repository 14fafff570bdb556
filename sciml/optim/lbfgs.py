"""Limited-memory BFGS."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from sciml.optim.quasi_newton import Pair, QuasiNewton


@dataclass(frozen=True)
class LBFGS(QuasiNewton[tuple[Pair, ...]]):
    r"""BFGS that keeps the last pairs instead of a matrix, applied by the two-loop recursion.

    $$H_{+} = (I - \rho s y^T) H (I - \rho y s^T) + \rho s s^T, \qquad \rho = \frac{1}{y^T s}$$

    starting from `H = (y.s / y.y) I` of the newest pair.

    References:
        J. Nocedal, Math. Comput. 35, 773 (1980).
        D. C. Liu and J. Nocedal, Math. Program. 45, 503 (1989).

    Args:
        memory: most pairs to keep.
    """

    memory: int = 30

    def apply(self, memory: tuple[Pair, ...], gradient: Tensor) -> Tensor:
        """Return `H g` by the two-loop recursion."""
        vector, shares = gradient.clone(), []
        for pair in reversed(memory):
            shares.append(float(pair.step.dot(vector)) / pair.curvature)
            vector.add_(pair.change, alpha=-shares[-1])
        vector.mul_(memory[-1].scale)
        for pair, share in zip(memory, reversed(shares), strict=True):
            vector.add_(pair.step, alpha=share - float(pair.change.dot(vector)) / pair.curvature)
        return vector

    def update(self, memory: tuple[Pair, ...] | None, pair: Pair) -> tuple[Pair, ...]:
        """Append the pair and drop the oldest beyond the memory."""
        return (*(memory or ()), pair)[-self.memory :]
