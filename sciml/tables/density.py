"""The density of a table in scikit-learn's vocabulary."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, DensityMixin
from sklearn.utils.validation import check_is_fitted

from sciml.arguments import check_number
from sciml.contracts.monitor import Monitor
from sciml.errors import ArgumentError, DataError
from sciml.tables.arrays import Array
from sciml.tables.columns.encode import chosen
from sciml.tables.columns.frames import as_frame, is_polars
from sciml.tables.columns.kind import ColumnKind
from sciml.tables.columns.schema import Schema
from sciml.tables.conditional import Conditional, conditional, impute, sample_where
from sciml.tables.constraints.where import Where
from sciml.tables.fitting import fit_table
from sciml.tables.judging.reasons import reasons
from sciml.tables.real.search_space import SearchSpace
from sciml.tables.stored import read_density, write_density


class FlowDensity(DensityMixin, BaseEstimator):
    """An exact density of the rows of a table, in the units of the table.

    A flow is trained and compared with simple baselines on a quarter of the rows, kept back for that; the
    best is kept. Categories and integers have exact masses, the other columns a density given these.

    Args:
        kind: Kind of flow: "auto", "autoregressive" or "coupling".
        base: "auto", "normal", "student-t" or "mixture".
        columns: Kinds of columns by name, such as "integer" or "bounded(0,1)"; those not named are found.
        missing: What to do about missing cells: "error", "drop" their rows, or "impute": densities are then
            of the observed cells, given which are missing.
        given: Columns that are only conditioned on.
        ensemble: Flows to average, each with another quarter of the rows kept back.
        max_seconds: Most seconds of training; none by default, since such a fit cannot be repeated.
        random_state: Seed of everything random.

    Attributes:
        density_: The `TableDensity`.
        flow_: That with the flow, where a baseline won; else the same.
        winner_: What won on the rows kept back.
        validation_: Mean log density of the real columns there, by name of flow or baseline, nats.

    References:
        Papamakarios, Nalisnick, Rezende, Mohamed and Lakshminarayanan, Normalizing flows for probabilistic
        modeling and inference, 2021; Durkan, Bekasov, Murray and Papamakarios, Neural spline flows, 2019.
    """

    def __init__(
        self,
        kind: str = "auto",
        base: str = "auto",
        columns: Mapping[str, str | ColumnKind] | Iterable[str] | None = None,
        missing: str = "error",
        given: Iterable[str] = (),
        ensemble: int = 1,
        max_seconds: float | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.kind = kind
        self.base = base
        self.columns = columns
        self.missing = missing
        self.given = given
        self.ensemble = ensemble
        self.max_seconds = max_seconds
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ANN401
        """Fit to the rows of a data frame, or of an array (rows, columns).

        Raises:
            ArgumentError: For an unknown kind, base, column or policy.
            DataError: For a table that no density can be fitted to, naming rows or columns.
        """
        space = SearchSpace(self.kind, self.base, self.ensemble, seed=_seed(self.random_state))
        schema = Schema.infer(X, self.columns, self.given, self.missing)
        fitted = fit_table(X, schema, space, Monitor(max_seconds=self.max_seconds))
        self.density_, self.flow_ = fitted.density, fitted.flow
        portfolio = fitted.portfolio
        self.winner_ = "masses" if portfolio is None else portfolio.best.name
        rivals = () if portfolio is None else (portfolio.flow, *portfolio.baselines)
        self.validation_ = {rival.name: rival.validation for rival in rivals}
        return self._know(X)

    def score_samples(self, X: Any) -> Array:  # noqa: ANN401
        """Return the log density of each row, (n,), nats, in the units of the table.

        A row with a level or a value that training ruled out has −∞.
        """
        check_is_fitted(self, "density_")
        self._same_features(X)
        return self.density_.log_prob(X)

    def score(self, X: Any, y: Any = None) -> float:  # noqa: ANN401
        """Return the sum of the rows' log densities, as scikit-learn's densities do."""
        return float(self.score_samples(X).sum())

    def percentiles(self, X: Any) -> Array:  # noqa: ANN401
        """Return the percentage of training rows with a lower log density than each row: low is unusual."""
        return self.density_.percentiles(self.score_samples(X), X)

    def decision_function(self, X: Any, contamination: float = 0.01) -> Array:  # noqa: ANN401
        """Return by how much each row's log density is above what the least likely training rows have, (n,).

        Args:
            X: Rows.
            contamination: The share of the training rows, of the same gaps, that count as unusual.
        """
        share = check_number("contamination", contamination, above=0, high=0.5)
        scores = self.score_samples(X)
        with np.errstate(invalid="ignore"):
            return np.asarray(scores - self.density_.thresholds(share, X))

    def predict(self, X: Any, contamination: float = 0.01) -> Array:  # noqa: ANN401
        """Return -1 for unusual rows and 1 for others, (n,), as scikit-learn's outlier detectors do."""
        return np.where(self.decision_function(X, contamination) < 0, -1, 1)

    def reasons(self, X: Any) -> Any:  # noqa: ANN401
        """Return why rows are unusual: by how much, in nats, redrawing each cell raises the log density."""
        check_is_fitted(self, "density_")
        return reasons(self.density_, chosen(X, self.density_.schema))

    def sample(
        self,
        n_samples: int = 1,
        given: Any = None,  # noqa: ANN401
        random_state: int | None = None,
        complete: bool = False,
        where: Mapping[str, Any] | Iterable[str] | None = None,
    ) -> Any:  # noqa: ANN401
        """Return draws as a data frame with the table's own columns, order and types, and its gaps.

        Args:
            n_samples: How many.
            given: Values of the given columns, one each by name, or a frame of n_samples rows.
            random_state: The same seed gives the same rows; by default that of the fit.
            complete: Fill the gaps.
            where: Conditions on single columns: {"age": ">60", "smoker": "yes"}, or ["60 < age <= 70"].

        Raises:
            ArgumentError: If the density hardly knows rows that satisfy the conditions.
        """
        check_is_fitted(self, "density_")
        seed = _seed(self.random_state) if random_state is None else _seed(random_state)
        if not where:
            return self._as_fitted(self.density_.sample(n_samples, given, seed, complete))
        rules = self._where(where)
        drawn = sample_where(self.density_, rules, n_samples, given=given, seed=seed, complete=complete)
        return self._as_fitted(drawn.rows)

    def conditional(
        self,
        where: Mapping[str, Any] | Iterable[str],
        given: Any = None,  # noqa: ANN401
        random_state: int | None = None,
    ) -> Conditional:
        """Return what each column is like given conditions: moments and quantiles, or shares of levels.

        By 20,000 draws; their effective sample size, as a share, is told, and refused below 1 %.
        """
        check_is_fitted(self, "density_")
        seed = _seed(self.random_state) if random_state is None else _seed(random_state)
        return conditional(self.density_, self._where(where), given=given, seed=seed)

    def impute(self, X: Any, random_state: int | None = None) -> Any:  # noqa: ANN401
        """Return rows whose missing cells are draws given the others; those of given columns stay missing."""
        check_is_fitted(self, "density_")
        self._same_features(X)
        seed = _seed(self.random_state) if random_state is None else _seed(random_state)
        rows = X if hasattr(X, "columns") else chosen(X, self.density_.schema)
        return impute(self.density_, rows, seed)

    def _where(self, where: Mapping[str, Any] | Iterable[str]) -> Where:
        texts = where if isinstance(where, Mapping | str) else list(where)
        return Where.parse(self.density_.schema, texts)

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write the density to a new folder; see `load`."""
        check_is_fitted(self, "density_")
        return write_density(self.density_, Path(folder), self.winner_)

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> Self:
        """Return what was saved, or the density of a run folder of `sciml flow fit`; no code in it is run."""
        density, winner = read_density(Path(folder))
        estimator = cls(missing=density.schema.missing, given=tuple(c.name for c in density.schema.given))
        estimator.density_ = estimator.flow_ = density
        estimator.winner_, estimator.validation_ = winner, {}
        names = [column.name for column in density.schema.columns]
        estimator.n_features_in_ = len(names)
        estimator.feature_names_in_ = np.array(names, dtype=object)
        return estimator

    def _same_features(self, X: Any) -> None:  # noqa: ANN401
        """Refuse an array of another number of columns; those of a frame are found by name."""
        shape = np.shape(X)
        if not hasattr(X, "columns") and len(shape) == 2 and shape[1] != self.n_features_in_:
            raise DataError(
                f"X has {shape[1]} features, but {type(self).__name__} is expecting {self.n_features_in_} "
                "features as input, in the order of the fit"
            )

    def _as_fitted(self, rows: Any) -> Any:  # noqa: ANN401
        """Return rows as a frame of polars, where the fit had one."""
        if not getattr(self, "polars_", False):
            return rows
        import polars  # type: ignore[import-not-found, unused-ignore]

        return polars.from_pandas(rows)

    def _know(self, X: Any) -> Self:  # noqa: ANN401
        """Remember the columns as scikit-learn's estimators do."""
        self.n_features_in_, self.polars_ = as_frame(X).shape[1], is_polars(X)
        if hasattr(X, "columns"):
            self.feature_names_in_ = np.array([str(name) for name in X.columns], dtype=object)
        return self


def _seed(state: Any) -> int:  # noqa: ANN401
    if isinstance(state, np.random.RandomState | np.random.Generator):
        numbers = state.integers if isinstance(state, np.random.Generator) else state.randint
        return int(numbers(2**31 - 1))
    if state is None:
        return int(np.random.default_rng().integers(2**31))
    if isinstance(state, bool) or not isinstance(state, int | np.integer) or state < 0:
        raise ArgumentError(f"random_state: got {state!r}, expected a whole number of at least 0, or None")
    return int(state)
