"""A fitted density put to use: rows scored, and rows drawn in pieces, under constraints or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sciml.contracts.reference import Measured
from sciml.errors import ArgumentError, did_you_mean
from sciml.tables.columns.column import check_columns
from sciml.tables.conditional import sample_where
from sciml.tables.constraints.restrict import Constraints, mass_inside, restrict, sample_inside
from sciml.tables.constraints.where import Where
from sciml.tables.judging.reasons import reasons, told
from sciml.tables.model import TableDensity

if TYPE_CHECKING:
    from pandas import DataFrame

    from sciml.tables.columns.column import Column

PIECE = 2**16  # rows drawn at a time
STREAM = 0xF107  # of the seeds of the pieces


@dataclass(frozen=True)
class Wanted:
    """What is written of each row beside its score.

    Attributes:
        keep: Columns of the table that are copied.
        flag: The share of the training rows below which a row is unusual; None for no such column.
        inside: Constraints to which the density is restricted, and its probability that they hold.
    """

    keep: Sequence[str] = ()
    flag: float | None = None
    inside: tuple[Constraints, Measured] | None = None


def scores(
    density: TableDensity, rows: DataFrame, inside: tuple[Constraints, Measured] | None = None
) -> DataFrame:
    """Return for each row `log_density`, in nats and the units of the table, and `percentile`."""
    return scored(density, rows, Wanted(inside=inside))


def scored(density: TableDensity, rows: DataFrame, wanted: Wanted) -> DataFrame:
    """Return for each row what is kept of it, `log_density`, `percentile` and, if wanted, why it is flagged.

    The log density is in nats and the units of the table; the percentile is the share of training rows that
    have a lower one, in per cent, without constraints. The reason names the cells that fit least.
    """
    from pandas import DataFrame

    check_columns("keep", wanted.keep, [str(name) for name in rows.columns])
    log_density = density.log_prob(rows)
    percentile = density.percentiles(log_density, rows)
    columns: dict[str, Any] = {name: rows[name].reset_index(drop=True) for name in wanted.keep}
    flags = None if wanted.flag is None else log_density < density.thresholds(wanted.flag, rows)
    if wanted.inside is not None:
        log_density, _ = restrict(log_density, rows, *wanted.inside)
    columns |= {"log_density": log_density, "percentile": percentile}
    if flags is not None:
        reason = np.full(len(rows), "", dtype=object)
        if flags.any():
            reason[flags] = told(reasons(density, rows[flags].reset_index(drop=True)))
        columns |= {"flag": flags, "reason": reason}
    return DataFrame(columns)


def share_of(text: str) -> float:
    """Return the share that a text such as "1%" or "0.01" means."""
    try:
        value = float(text.strip().removesuffix("%")) / (100 if text.strip().endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0 < value <= 0.5:
        raise ArgumentError(f"flag: got {text!r}, expected a share of up to a half, such as 1% or 0.01")
    return value


def restriction(density: TableDensity, texts: Sequence[str], seed: int = 0) -> tuple[Constraints, Measured]:
    """Return constraints and the density's probability that they hold.

    Raises:
        ArgumentError: If a text is no linear inequality, or the density has given columns: the probability
            then depends on their values.
    """
    if density.schema.given:
        raise ArgumentError(
            "constrain: the density has given columns, and the probability of the constraints depends on "
            "their values; fit without --given to score under constraints"
        )
    rules = Constraints.parse(texts, density.sample(1, seed=seed))
    return rules, mass_inside(lambda n, at: density.sample(n, seed=at), rules, seed=seed)


def drawn(
    density: TableDensity,
    n: int,
    *,
    given: Mapping[str, Any] | None = None,
    constrain: Sequence[str] = (),
    seed: int = 0,
    piece: int = PIECE,
    complete: bool = False,
    where: Sequence[str] | Mapping[str, Any] = (),
) -> Iterator[DataFrame]:
    """Yield n rows in the table's own columns, a piece at a time; at least one piece, empty for n = 0.

    Args:
        density: The density.
        n: How many.
        given: A value for each given column.
        constrain: Linear inequalities that hold in every row, exactly.
        seed: The same seed gives the same rows.
        piece: Rows of a piece.
        complete: Whether gaps are filled.
        where: Conditions on single columns, which are fixed or bounded.
    """
    conditions = Where.parse(density.schema, where) if where else None

    def draw(count: int, at: int) -> DataFrame:
        if conditions is None:
            return density.sample(count, given or None, at, complete)
        return sample_where(density, conditions, count, given=given or None, seed=at, complete=complete).rows

    first = draw(1, 0)  # what is wrong shows before anything is written
    rules = Constraints.parse(constrain, first) if constrain else None
    for i, start in enumerate(range(0, max(n, 1), piece)):
        count, at = min(piece, n - start), _seed(seed, i)
        yield draw(count, at) if rules is None else sample_inside(draw, rules, count, seed=at)


def given_values(density: TableDensity, texts: Sequence[str]) -> dict[str, Any]:
    """Return the values written as "column=value", by the kinds of the given columns."""
    given = {column.name: column for column in density.schema.given}
    values = {}
    for text in texts:
        name, value = _pair(text, given)
        values[name] = _value(given[name], value)
    return values


def _pair(text: str, given: Mapping[str, Column]) -> tuple[str, str]:
    if not given:
        raise ArgumentError(
            f"given: got {text!r}, but the fit conditions on no column; fit again with --given"
        )
    if "=" not in text:
        raise ArgumentError(f"given: got {text!r}, expected column=value, such as {next(iter(given))}=1")
    fitting = [name for name in given if text.startswith(f"{name}=")]
    name = max(fitting, key=len, default=text.split("=")[0])
    if name not in given:
        raise ArgumentError(f"given: no given column {name!r}; {did_you_mean(name, given)}")
    return name, text[len(name) + 1 :]


def _value(column: Column, text: str) -> Any:  # noqa: ANN401
    """Return a cell; None for an empty one, where training rows had such."""
    if not text and column.gaps:
        return None
    return column.kind.parse(text, column.name)


def _seed(seed: int, piece: int) -> int:
    return int(np.random.default_rng([STREAM, seed, piece]).integers(2**31))
