"""The density of the rows of a table: exact masses times a density, in the units of the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from sciml.errors import ArgumentError, DataError, FileError
from sciml.runs.arrays import part_of
from sciml.tables.arrays import Array
from sciml.tables.columns.decode import decode
from sciml.tables.columns.encode import Encoded, chosen, encode
from sciml.tables.columns.given import encode_given
from sciml.tables.columns.schema import Schema
from sciml.tables.discrete.chain import DiscreteChain
from sciml.tables.discrete.rebuild import rebuild as rebuild_chain
from sciml.tables.patterns import GapPatterns, gap_places
from sciml.tables.real.density import RealDensity

if TYPE_CHECKING:
    import pandas as pd

QUANTILES = 10_001  # of the training rows' log density, kept for percentiles: a hundredth of a per cent
SAVED_QUANTILES = "levels"  # their name in model.safetensors
PATTERN_DRAWS = 500  # that a row of a rare pattern of gaps is compared with
MOST_PATTERNS = 100  # rare patterns of one table that are drawn
CHUNK = 2**16  # rows drawn or scored at a time


class TableDensity(nn.Module):
    r"""The density $p(\text{row}) = P(c \mid g)\, p(x \mid c, g)\, |\partial x/\partial\text{row}|$.

    c are the categorical and integer columns, g the given ones and where cells are missing, x the real
    columns without their bounds. A row's density is that of its observed cells.

    Args:
        schema: The columns.
        chain: P; None where there are no such columns.
        real: p; None where there are none.
        log_density_quantiles: Of the training rows, increasing; empty where not known.
        patterns: Of gaps; None where there are none, or of a folder of before: draws are then complete.
    """

    def __init__(
        self,
        schema: Schema,
        chain: DiscreteChain | None,
        real: RealDensity | None,
        log_density_quantiles: Array | None = None,
        patterns: GapPatterns | None = None,
    ) -> None:
        super().__init__()
        if chain is None and real is None:
            raise ArgumentError("a density needs at least one column")
        self.schema, self.chain, self.real, self.patterns = schema, chain, real, patterns
        self._keep(np.zeros(0) if log_density_quantiles is None else log_density_quantiles)

    @property
    def log_density_quantiles(self) -> Array:
        """Quantiles of the log density of the training rows, increasing; empty where not known."""
        return np.asarray(self.get_buffer(SAVED_QUANTILES).numpy())

    def _keep(self, log_density_quantiles: Array) -> None:
        self.register_buffer(SAVED_QUANTILES, torch.from_numpy(log_density_quantiles).double())

    def log_prob(self, table: Any, unseen: str = "mark") -> Array:  # noqa: ANN401
        """Return the log density of each row, (n,), in nats and in the units of the table.

        Args:
            table: A data frame with the columns by name, in any order, or an array of them in order.
            unseen: "mark" gives −∞ to rows with a level or a value that training ruled out; "error" refuses.

        Raises:
            DataError: For a column that is not there, texts among numbers, and missing cells unless the
                fit imputed them.
        """
        frame = chosen(table, self.schema)
        pieces = range(0, max(len(frame), 1), CHUNK)
        try:
            rows = (encode(frame.iloc[start : start + CHUNK], self.schema, unseen) for start in pieces)
            return np.concatenate([self.log_prob_of(piece) for piece in rows])
        except DataError:
            encode(frame, self.schema, unseen)  # says where in the whole table
            raise

    def log_prob_of(self, rows: Encoded) -> Array:
        """Return the log density of encoded rows, (n,)."""
        total = rows.log_det.copy()
        if self.chain is not None:
            total += self.chain.log_prob(rows.discrete, rows.missing_discrete, rows.context)
        if self.real is not None:
            total += self.real.log_prob(rows.x, conditions(self.chain, rows.discrete, rows.context))
        return np.where(rows.supported, total, -np.inf)

    def percentiles(self, log_density: Array, table: Any = None) -> Array:  # noqa: ANN401
        """Return the percentage of training rows with a lower log density, (n,).

        Args:
            log_density: Of rows.
            table: The rows, by which each is compared with rows of its own pattern of gaps alone: rows of
                other patterns have densities in other units. A pattern of few training rows is compared
                with draws of it.
        """
        shares = np.empty(len(log_density))
        for rows, quantiles in self._quantiles_for(table, len(log_density)):
            shares[rows] = _share_below(quantiles, log_density[rows])
        return shares

    def thresholds(self, share: float, table: Any) -> Array:  # noqa: ANN401
        """Return for each row the log density that a share of like training rows lies below, (n,)."""
        n = len(chosen(table, self.schema))
        limits = np.empty(n)
        for rows, quantiles in self._quantiles_for(table, n):
            limits[rows] = np.quantile(quantiles, share, method="inverted_cdf") if len(quantiles) else -np.inf
        return limits

    def _quantiles_for(self, table: Any, n: int) -> list[tuple[Array, Array]]:  # noqa: ANN401
        """Return which rows are compared with which log densities, increasing."""
        if table is None or self.patterns is None or not len(gap_places(self.schema)):
            return [(np.ones(n, dtype=bool), self.log_density_quantiles)]
        kinds, which, counts = np.unique(
            self._missing(table), axis=0, return_inverse=True, return_counts=True
        )
        found = []
        for rank, i in enumerate(np.argsort(-counts)):
            quantiles = self.patterns.of(kinds[i])
            if quantiles is None and rank < MOST_PATTERNS and not self.schema.given:
                quantiles = self._drawn_quantiles(kinds[i])
            own = self.log_density_quantiles if quantiles is None else quantiles
            found.append((np.asarray(which.reshape(-1) == i), own))
        return found

    def _missing(self, table: Any) -> Array:  # noqa: ANN401
        """Return which cells of free columns with gaps are missing, (n, columns)."""
        frame = chosen(table, self.schema)
        columns = [column for column in self.schema.gaps if not column.given]
        return np.stack([column.encode(frame[column.name]).missing for column in columns], axis=1)

    def _drawn_quantiles(self, pattern: Array) -> Array:
        """Return log densities of draws of one pattern of gaps, increasing."""
        context = np.zeros((PATTERN_DRAWS, self.schema.context_features))
        context[:, gap_places(self.schema)] = pattern
        draws = self._drawn(context, None, np.random.default_rng(PATTERN_DRAWS), complete=False)
        return np.sort(self.log_prob(draws))

    def remember(self, log_density: Array, missing: Array | None = None) -> None:
        """Keep the quantiles of the training rows' log density, in all and by pattern of gaps."""
        if self.patterns is not None and missing is not None:
            self.patterns.remember(missing, log_density)
        quantiles = np.sort(log_density)
        if len(quantiles) > QUANTILES:
            quantiles = np.quantile(quantiles, np.linspace(0, 1, QUANTILES), method="inverted_cdf")
        self._keep(quantiles)

    def sample(
        self,
        n: int,
        given: Any = None,  # noqa: ANN401
        seed: int | None = None,
        complete: bool = False,
    ) -> pd.DataFrame:
        """Return n rows in the table's own columns, order and types, with gaps as the training rows had.

        Args:
            n: How many; 0 gives an empty table.
            given: Values of the given columns: one each by name, or a table of n rows.
            seed: The same seed gives the same rows.
            complete: Fill the gaps, too.
        """
        n = _count(n)
        rng, cells = np.random.default_rng(seed), self._given_cells(n, given)
        context = (
            _zeros(n, self.schema.context_features, float)
            if cells is None
            else encode_given(cells, self.schema)
        )
        if self.patterns is not None:
            context = self.patterns.sample(self.schema, context, rng)
        return self._drawn(context, cells, rng, complete)

    def _drawn(
        self, context: Array, given: pd.DataFrame | None, rng: np.random.Generator, complete: bool
    ) -> pd.DataFrame:
        """Return a row for each of the context, in which it stands which cells are missing."""
        n = len(context)
        x = _zeros(n, len(self.schema.real), float)
        discrete = _zeros(n, len(self.schema.discrete), np.int64)
        for start in range(0, n, CHUNK):
            rows = slice(start, start + CHUNK)
            if self.chain is not None:
                discrete[rows] = self.chain.sample(context[rows], rng)
            if self.real is not None:
                x[rows] = self.real.sample(conditions(self.chain, discrete[rows], context[rows]), rng)
        table = decode(x, discrete, self.schema, given)
        return table if complete else self._with_gaps(table, context)

    def _with_gaps(self, table: pd.DataFrame, context: Array) -> pd.DataFrame:
        """Return the rows without the cells that their context says are missing."""
        free = [column for column in self.schema.gaps if not column.given]
        missing = context[:, gap_places(self.schema)] > 0
        gone = {c.name: table[c.name].mask(missing[:, j]) for j, c in enumerate(free) if missing[:, j].any()}
        return table.assign(**gone)

    def _given_cells(self, n: int, given: Any) -> pd.DataFrame | None:  # noqa: ANN401
        """Return a table of the given columns, n rows."""
        import pandas as pd

        names = [column.name for column in self.schema.given]
        if not names:
            if given is not None and len(given):
                raise ArgumentError(
                    "given: this density was fitted without given columns; fit again with them"
                )
            return None
        if given is None:
            raise ArgumentError(
                f"given: expected a value for {', '.join(names)}, which the fit conditions on"
            )
        if isinstance(given, Mapping):
            unknown = sorted(set(given) - set(names))
            if unknown or set(given) != set(names):
                raise ArgumentError(f"given: got {', '.join(map(str, given))}, expected {', '.join(names)}")
            return pd.DataFrame({name: [given[name]] * n for name in names}, index=range(n))
        if len(given) != n:
            raise ArgumentError(f"given: got {len(given)} rows, expected n = {n}")
        return given.reset_index(drop=True)

    def values(self) -> dict[str, Any]:
        """Return what the density is made of, as plain values; the numbers are in `state_dict()`."""
        return {
            "kind": "table_density",
            "schema": self.schema.values(),
            "chain": None if self.chain is None else self.chain.values(),
            "real": None if self.real is None else self.real.values(),
            **({} if self.patterns is None else {"patterns": self.patterns.values()}),
        }

    @classmethod
    def rebuild(cls, values: Any, tensors: Mapping[str, Tensor]) -> Self:  # noqa: ANN401
        """Return the density that was saved.

        Raises:
            FileError: If `values` do not describe one, or not one of the size of the tensors.
        """
        if not isinstance(values, Mapping) or values.get("kind") != "table_density":
            raise FileError("model.json: does not describe the density of a table")
        if SAVED_QUANTILES not in tensors:
            raise FileError(f"model.safetensors: has no {SAVED_QUANTILES}; it is not a density of a table")
        chain, real, patterns = (values.get(part) for part in ("chain", "real", "patterns"))
        schema = Schema.from_values(values.get("schema"))
        density = cls(
            schema,
            None if chain is None else rebuild_chain(chain, part_of(tensors, "chain")),
            None if real is None else RealDensity.rebuild(real, part_of(tensors, "real")),
            tensors[SAVED_QUANTILES].numpy(),
            patterns and GapPatterns.rebuild(patterns, part_of(tensors, "patterns"), schema),
        )
        density._agree()
        return density.eval()

    def _agree(self) -> None:
        """Refuse parts that do not fit the schema."""
        features = 0 if self.real is None else self.real.flow.features
        discrete = 0 if self.chain is None else len(self.chain.order)
        if (features, discrete) != (len(self.schema.real), len(self.schema.discrete)):
            raise FileError(
                f"model.json: describes {features} real and {discrete} discrete columns, its schema "
                f"{len(self.schema.real)} and {len(self.schema.discrete)}"
            )


def conditions(chain: DiscreteChain | None, discrete: Array, context: Array) -> Array:
    """Return all that the real columns are conditioned on, as numbers (n, c)."""
    return context if chain is None else chain.features(discrete, context)


def _share_below(quantiles: Array, log_density: Array) -> Array:
    return np.asarray(100 * np.searchsorted(quantiles, log_density) / max(len(quantiles), 1))


def _zeros(n: int, columns: int, dtype: type) -> Array:
    try:
        return np.zeros((n, columns), dtype=dtype)
    except (MemoryError, ValueError, OverflowError):  # the last two for more than any array holds
        raise ArgumentError(f"n: {n} rows do not fit in memory; draw fewer at a time") from None


def _count(n: int) -> int:
    if isinstance(n, bool) or not isinstance(n, int | np.integer):
        raise ArgumentError(f"n: got {n!r}, expected a whole number of at least 0")
    if n < 0:
        raise ArgumentError(f"n: got {n}, expected a whole number of at least 0")
    return int(n)
