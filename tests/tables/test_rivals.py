"""What a flow is compared with beside mixtures: a Gaussian copula, and a mixture for each level."""

import numpy as np
import pytest
import torch
from scipy import stats

from sciml.contracts.monitor import Monitor
from sciml.tables.real import mixtures
from sciml.tables.real.contenders import RealRows
from sciml.tables.real.copula import GaussianCopula
from sciml.tables.real.fitter import Fitter, folds
from sciml.tables.real.per_level import own_levels, telling_columns
from sciml.tables.real.search_space import SearchSpace

N, RHO = 4000, 0.7
PLACES, WIDTHS = np.array([-5.0, 0.0, 5.0]), np.array([0.1, 1.0, 2.0])


def copula_rows(n, seed):
    """Rows of a normal copula, one margin with a hole in its middle."""
    u = np.random.default_rng(seed).multivariate_normal([0, 0], [[1, RHO], [RHO, 1]], n)
    x = np.column_stack([u[:, 0], np.where(u[:, 1] > 0, u[:, 1] + 2, u[:, 1])])
    return x, stats.multivariate_normal([0, 0], [[1, RHO], [RHO, 1]]).logpdf(u)


def test_a_gaussian_copula_finds_the_density_of_one_and_has_mass_one():
    copula = GaussianCopula.fit(copula_rows(N, 0)[0], 0)
    fresh, log_p = copula_rows(N, 1)
    apart = log_p - copula.log_prob(torch.from_numpy(fresh)).numpy()
    assert -4 * apart.std() / np.sqrt(N) < apart.mean() < 0.1
    side = np.linspace(-6, 8, 281)
    grid = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    mass = np.exp(copula.log_prob(torch.from_numpy(grid)).numpy()).sum() * (side[1] - side[0]) ** 2
    assert mass == pytest.approx(1, abs=2e-3)
    assert torch.isfinite(copula.log_prob(torch.tensor([[60.0, -60.0]]).double())).all()


def levels(n, seed):
    """A number whose place and width belong to one category, beside another that tells nothing."""
    rng = np.random.default_rng(seed)
    level, other = rng.integers(0, 3, n), rng.integers(0, 4, n)
    x = PLACES[level] + WIDTHS[level] * rng.standard_normal(n)
    flags = [other[:, None] == np.arange(4), level[:, None] == np.arange(3)]
    rows = RealRows(x[:, None], np.concatenate(flags, 1).astype(float))
    return rows, stats.norm.logpdf(x, PLACES[level], WIDTHS[level])


def test_a_mixture_for_each_level_is_that_of_the_category_that_tells_most(monkeypatch):
    monkeypatch.setattr(mixtures, "COUNTS", (1, 2))
    rows, _ = levels(900, 0)
    assert telling_columns(rows) == [4, 5, 6]
    assert own_levels(rows.context, [4, 5, 6]).tolist() == [0, 1, 2]
    fitter = Fitter.of(rows, folds(len(rows), 0), SearchSpace(), Monitor())
    fitted, validation = fitter._split(0)
    (rival,) = fitter._levels(fitted, validation)
    fresh, log_p = levels(2000, 1)
    gap = (log_p - rival.log_prob(fresh.x, fresh.context)).mean()
    assert -0.01 < gap < 0.05
    assert rival.compared
    assert fitter._levels(RealRows(fitted.x, fitted.context[:, :0]), validation) == []
