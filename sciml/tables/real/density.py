"""The density of the real columns of a table given all else: flows in standardised units, gaps filled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import torch
from scipy.special import logsumexp
from torch import Tensor, nn

from sciml.arguments import check_count
from sciml.flows.flow import Flow
from sciml.runs.described import check_saved, describing, name_of, numbers_in
from sciml.tables.arrays import Array, robust_scale
from sciml.tables.real.candidate import Candidate, described
from sciml.tables.real.fill import NODES, Fill

CHUNK = 2**13  # rows computed at a time, few enough for a cache


class Scale(nn.Module):
    """Median and spread of each column, in float64, whatever the flow computes in.

    Args:
        center: (features,).
        spread: (features,), positive.
    """

    center: Tensor
    spread: Tensor

    def __init__(self, center: Tensor, spread: Tensor) -> None:
        super().__init__()
        self.register_buffer("center", center.double())
        self.register_buffer("spread", spread.double())

    @classmethod
    def fit(cls, x: Array) -> Self:
        """Return median and half the width of the middle two thirds of each column, NaN left out."""
        center, spread = robust_scale(x)
        wide = np.nanmax(np.abs(x - center), axis=0)  # where two thirds of the cells are equal
        return cls(torch.from_numpy(center), torch.from_numpy(np.where(spread > 0, spread, wide)))

    def inward(self, x: Array) -> Array:
        """Return the columns centred and scaled."""
        return np.asarray((x - self.center.numpy()) / self.spread.numpy())

    def outward(self, z: Array) -> Array:
        """Undo `inward`."""
        return np.asarray(z * self.spread.numpy() + self.center.numpy())


class RealDensity(nn.Module):
    """The mean of the densities of one or more flows, all of rows x given a context.

    Args:
        candidates: What each flow is made of.
        flows: Of rows in standardised units.
        scale: From the rows' units to those.
        fill: Completes rows with missing cells; None where training had none.
    """

    def __init__(
        self, candidates: Sequence[Candidate], flows: Sequence[Flow], scale: Scale, fill: Fill | None
    ) -> None:
        super().__init__()
        self.candidates, self.scale, self.fill = tuple(candidates), scale, fill
        self.flows = nn.ModuleList(flows)

    @property
    def name(self) -> str:
        """What the first flow is called."""
        return self.candidates[0].name

    @property
    def flow(self) -> Flow:
        """The first flow."""
        flow = self.flows[0]
        assert isinstance(flow, Flow)
        return flow

    def log_prob(self, x: Array, context: Array) -> Array:
        """Return log p(observed cells | context), (n,), for rows (n, d) with NaN where missing."""
        pieces = [self._filled(x[i : i + CHUNK], context[i : i + CHUNK]) for i in range(0, len(x), CHUNK)]
        return np.concatenate([np.zeros(0), *pieces])

    def _filled(self, x: Array, context: Array) -> Array:
        z, gaps = self.scale.inward(x), np.isnan(x)
        jacobian = np.where(gaps, 0.0, np.log(self.scale.spread.numpy())).sum(1)
        whole, broken = ~gaps.any(1), gaps.any(1) & ~gaps.all(1)
        out: Array = np.zeros(len(x))  # of a row without any number
        out[whole] = self._log_mean_density(z[whole], context[whole])
        if broken.any():
            out[broken] = self._averaged(z[broken], context[broken])
        return np.asarray(out - jacobian)

    def _averaged(self, z: Array, context: Array) -> Array:
        """Return the log of the mean of p/q over the fills of rows with missing cells."""
        assert self.fill is not None  # a table without gaps in training admits none later
        terms = []
        for normal in self.fill.nodes(z.shape[1]):
            full, log_q = self.fill.draw(z, np.broadcast_to(normal, z.shape))
            terms.append(self._log_mean_density(full, context) - log_q)
        return np.asarray(logsumexp(terms, axis=0) - np.log(NODES))

    @torch.no_grad()
    def _log_mean_density(self, z: Array, context: Array) -> Array:
        """Return the log of the mean density of the flows at complete rows."""
        each = [self._log_density_of(flow, z, context) for flow in self.flows if isinstance(flow, Flow)]
        return np.asarray(logsumexp(each, axis=0) - np.log(len(each)))

    def _log_density_of(self, flow: Flow, z: Array, context: Array) -> Array:
        like = next(flow.buffers())
        most = torch.finfo(like.dtype).max
        rows = torch.from_numpy(np.clip(z, -most, most)).to(like)
        given = torch.from_numpy(context).to(like) if flow.context_features else None
        return flow.log_prob(rows, given).cpu().double().numpy()

    @torch.no_grad()
    def sample(self, context: Array, rng: np.random.Generator) -> Array:
        """Return one complete draw for each row of the context, (n, d)."""
        which = rng.integers(len(self.flows), size=len(context))
        out = np.empty((len(context), self.flow.features))
        for k, flow in enumerate(self.flows):
            assert isinstance(flow, Flow)
            rows, seed = np.flatnonzero(which == k), int(rng.integers(2**31))
            like = next(flow.buffers())
            given = torch.from_numpy(context[rows]).to(like) if flow.context_features else None
            out[rows] = flow.sample(len(rows), given, seed=seed).cpu().double().numpy()
        return self.scale.outward(out)

    def values(self) -> dict[str, Any]:
        """Return plain values for `model.json`."""
        dtypes = [name_of(next(flow.buffers()).dtype) for flow in self.flows]
        members = [
            {"candidate": candidate.values(), "dtype": dtype}
            for candidate, dtype in zip(self.candidates, dtypes, strict=True)
        ]
        return {
            "features": self.flow.features,
            "context_features": self.flow.context_features,
            "members": members,
            "filled": self.fill is not None,
        }

    @classmethod
    def rebuild(cls, values: Any, tensors: Mapping[str, Tensor]) -> Self:  # noqa: ANN401
        """Return the density that was saved; FileError where the values do not describe the tensors."""
        with describing("a density"):
            features, context = values["features"], values["context_features"]
            members = [described(member) for member in values["members"]]
            _check_sizes([candidate for candidate, _ in members], features, context, numbers_in(tensors))
            flows = [candidate.build(features, context, dtype) for candidate, dtype in members]
            scale = Scale(torch.zeros(features), torch.ones(features))
            fill = Fill.identity(features) if values["filled"] else None
            density = cls([candidate for candidate, _ in members], flows, scale, fill)
            density.load_state_dict(dict(tensors))
        return density.eval()


def _check_sizes(candidates: Sequence[Candidate], features: int, context: int, saved: int) -> None:
    """Refuse sizes of more parameters than were saved, before any is allocated."""
    for size in (features, context):
        check_count("features", size, 0)
        check_saved(size, saved)
    for candidate in candidates:
        check_saved(max(candidate.layers, candidate.components, *candidate.hidden, 0), saved)
