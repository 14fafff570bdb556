"""What a density of the real columns of a table is made of, as plain values for `model.json`."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self, TypeAlias

import torch
from torch import Tensor

from sciml.arguments import check_choice, check_count
from sciml.flows.bases.base import AbstractBase
from sciml.flows.bases.mixture import GaussianMixture
from sciml.flows.bases.normal import StandardNormal
from sciml.flows.bases.student_t import StudentT
from sciml.flows.flow import Flow
from sciml.flows.transforms.autoregressive import autoregressive_flow
from sciml.flows.transforms.coupling import coupling_flow
from sciml.flows.transforms.elementwise import AbstractElementwise, Affine
from sciml.flows.transforms.monotone import YeoJohnson
from sciml.flows.transforms.rational_quadratic import RationalQuadratic
from sciml.flows.transforms.transform import AbstractTransform, Chain
from sciml.flows.transforms.whitening import Whitening
from sciml.runs.described import describing, dtype_named
from sciml.tables.real.mixtures import fitted_mixture
from sciml.tables.real.regression import Regression

BOUND = 5.0  # half the length of the interval where splines act, in units of the whitened columns
MOST = 10_000  # of anything that a saved description may ask for
Mixtures: TypeAlias = dict[tuple[bool, bool], GaussianMixture]  # by `bend` and `whiten`
KINDS: Mapping[str, Callable[..., Flow]] = {"coupling": coupling_flow, "autoregressive": autoregressive_flow}


@dataclass(frozen=True)
class Candidate:
    """A density of rows x given a context: columns made normal, shifted, whitened; layers; and a base.

    Attributes:
        name: What it is called in reports.
        bend: Whether each column goes through a Yeo-Johnson map, whose exponents a flow trains further.
        whiten: Decorrelate the columns, with shrinkage; else only standardise them.
        kind: "none", "coupling" or "autoregressive".
        transform: "affine" or "spline".
        layers: How many.
        hidden: Widths of each conditioner.
        bins: Bins of a spline.
        base: "normal", "student-t" or "mixture" (of Gaussians, their number by BIC).
        components: Of the mixture, once it is fitted.
        decay: How strongly training draws the layers' weights to the identity.
    """

    name: str
    bend: bool = True
    whiten: bool = True
    kind: str = "none"
    transform: str = "affine"
    layers: int = 0
    hidden: tuple[int, ...] = ()
    bins: int = 8
    base: str = "normal"
    components: int = 1
    decay: float = 0.0

    @property
    def trained(self) -> bool:
        """Whether it is a flow, trained by gradients."""
        return self.kind != "none"

    @property
    def slug(self) -> str:
        """The name as a part of file names."""
        return re.sub(r"[^a-z0-9]+", "-", self.name)

    def build(
        self, features: int, context_features: int, dtype: torch.dtype = torch.float64, seed: int = 0
    ) -> Flow:
        """Return the density with nothing fitted yet, to be filled from a saved state."""
        steps: list[AbstractTransform] = []
        steps += [YeoJohnson(torch.ones(features, dtype=dtype))] if self.bend else []
        steps += [Regression.identity(features, context_features, dtype)] if context_features else []
        steps += [Whitening.identity(features, dtype)]
        return self._on_top(steps, self._base(features, dtype), context_features, dtype, seed)

    def start(
        self, x: Tensor, context: Tensor, seed: int, mixtures: Mixtures | None = None
    ) -> tuple[Self, Flow]:
        """Return the density with maps and base fitted to rows, and layers at the identity.

        The values returned differ from these by the number of components found.

        Args:
            x: Rows (n, features), float64, each column of order one.
            context: (n, context_features), float64; no columns where there is none.
            seed: Of first weights, and of the mixture.
            mixtures: Those already fitted to these rows by this seed, to which a new one is added.
        """
        steps, z = self._fitted_steps(x, context)
        candidate, base = self, self._base(x.shape[1], x.dtype)
        if self.base == "mixture":
            base = self._mixture(z, seed, {} if mixtures is None else mixtures)
            candidate = replace(self, components=len(base.logits))
        return candidate, self._on_top(steps, base, context.shape[1], x.dtype, seed)

    def _mixture(self, z: Tensor, seed: int, mixtures: Mixtures) -> GaussianMixture:
        """Return the mixture for rows behind the maps: that of a make with the same maps, if there is one."""
        maps = self.bend, self.whiten
        if maps not in mixtures:
            mixtures[maps] = fitted_mixture(z, seed)
        return copy.deepcopy(mixtures[maps])

    @torch.no_grad()
    def _fitted_steps(self, x: Tensor, context: Tensor) -> tuple[list[AbstractTransform], Tensor]:
        steps: list[AbstractTransform] = []

        def add(step: AbstractTransform) -> None:
            nonlocal x
            steps.append(step)
            x = step.forward_and_log_det(x, context if step.context_features else None)[0]

        if self.bend:
            add(YeoJohnson.fit(x))
        if context.shape[1]:
            add(Regression.fit(x, context))
        add(Whitening.fit(x, None if self.whiten else 1.0))
        return steps, x

    def _on_top(
        self,
        steps: list[AbstractTransform],
        base: AbstractBase,
        context_features: int,
        dtype: torch.dtype,
        seed: int,
    ) -> Flow:
        """Return the flow of these steps, and of layers after them where there are any."""
        if not self.trained:
            return Flow(Chain(steps), base)
        layers = KINDS[self.kind](
            base.features,
            layers=self.layers,
            transform=self._family(),
            hidden=self.hidden,
            context_features=context_features,
            dtype=dtype,
            seed=seed,
        )
        return Flow(Chain([*steps, layers.transform]), base)

    def _family(self) -> AbstractElementwise:
        return RationalQuadratic(self.bins, BOUND) if self.transform == "spline" else Affine()

    def _base(self, features: int, dtype: torch.dtype) -> AbstractBase:
        if self.base == "student-t":
            return StudentT(features, dtype=dtype)
        if self.base == "mixture":
            return GaussianMixture(features, self.components, dtype=dtype)
        return StandardNormal(features)

    def values(self) -> dict[str, Any]:
        """Return plain values for `model.json`."""
        return {**asdict(self), "hidden": list(self.hidden)}

    @classmethod
    def from_values(cls, values: Any) -> Self:  # noqa: ANN401
        """Return the candidate that `values` describes; FileError where they describe none."""
        with describing("a density"):
            candidate = cls(**{**values, "hidden": tuple(values["hidden"])})
            candidate._check()
        return candidate

    def _check(self) -> None:
        check_choice("kind", self.kind, ("none", *KINDS))
        check_choice("transform", self.transform, ("affine", "spline"))
        check_choice("base", self.base, ("normal", "student-t", "mixture"))
        for name in ("layers", "bins", "components"):
            check_count(name, getattr(self, name), 0, MOST)
        for width in self.hidden:
            check_count("hidden", width, 0, MOST)


def described(values: Mapping[str, Any]) -> tuple[Candidate, torch.dtype]:
    """Return what a saved density is made of, and its floating-point type."""
    with describing("a density"):
        return Candidate.from_values(values["candidate"]), dtype_named(values["dtype"])
