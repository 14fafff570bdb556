"""Times: moments and days, and how long things last."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from sciml.errors import ArgumentError, DataError
from sciml.tables.arrays import Array, compressed
from sciml.tables.columns.bounded import Bounded
from sciml.tables.columns.degenerate import refuse_point_masses
from sciml.tables.columns.faults import ColumnFault
from sciml.tables.columns.kind import Cell, Coded, ColumnKind

if TYPE_CHECKING:
    import pandas as pd

MARGIN = 0.02  # of the range seen, by which draws may overrun it on either side
DAY = np.timedelta64(1, "D")
MICROSECONDS = 86_400e6  # of a day
EPOCH = np.datetime64("1970-01-01", "us")
NOON = 0.5  # a day stands for its middle
COMPACT = "%Y%m%d"
ISO = "ISO8601"
FORMS = (  # of texts, tried in this order
    (re.compile(r"\d{4}-\d{1,2}-\d{1,2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?"), (ISO,)),
    (re.compile(r"\d{4}/\d{1,2}/\d{1,2}"), ("%Y/%m/%d",)),
    (re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}"), ("%d.%m.%Y",)),
    (re.compile(r"\d{1,2}\.\d{1,2}\.\d{4} \d{1,2}:\d{2}"), ("%d.%m.%Y %H:%M",)),
    (re.compile(r"\d{1,2}/\d{1,2}/\d{4}"), ("%m/%d/%Y", "%d/%m/%Y")),
    (re.compile(r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}"), ("%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M")),
    (re.compile(r"\d{1,2}-[A-Za-z]{3}-\d{4}"), ("%d-%b-%Y",)),
    (re.compile(r"[A-Za-z]{3} \d{1,2}, \d{4}"), ("%b %d, %Y",)),
    (re.compile(r"\d{8}"), (COMPACT,)),
)
SAMPLE = 200  # different texts whose form is looked at before all are
YEARS = (1800, 2200)  # of days written as one number
LEAST = 5  # different days written as one number


@dataclass(frozen=True)
class Moment(ColumnKind):
    """A density over the range seen and a fiftieth of it on either side, per day.

    The number is the logit of the time within that range.

    Attributes:
        low: Days since 1970 that every time is after.
        high: Days since 1970 that every time is before.
        written: How texts write the time, as of strptime; "ISO8601", or empty where the cells are times.
    """

    name = form = "datetime"
    has_density = True
    context_size: ClassVar[int] = 1
    whole_days: ClassVar[bool] = False

    low: float = 0.0
    high: float = 1.0
    written: str = ""

    def __post_init__(self) -> None:
        if not -1e7 < self.low < self.high < 1e7 or not isinstance(self.written, str):
            raise ValueError(f"the times from {self.low} to {self.high} days are no range")

    @classmethod
    def detected(cls, cells: pd.Series) -> Self | None:
        """Return the kind for times, and for texts or whole numbers that write them."""
        found = times_of(cells)
        if found is None or _are_days(found[0]) is not cls.whole_days:
            return None
        return cls(written=found[1])

    def fit(self, cells: pd.Series) -> Self:
        """Return the kind with the range seen."""
        kind = self
        if not self.written and not _are_times(cells):
            found = times_of(cells)
            if found is None:
                raise ColumnFault(f"column {cells.name!r} holds no {self.name}s such as 2023-12-31")
            kind = replace(self, written=found[1])
        days = kind.days(cells)
        there = days[np.isfinite(days)]
        refuse_point_masses(str(cells.name), there)
        margin = MARGIN * float(there.max() - there.min())
        low, high = float(there.min()) - margin, float(there.max()) + margin
        if self.whole_days:
            low, high = float(np.floor(low)), float(np.ceil(high))
        return replace(kind, low=low, high=high)

    def days(self, cells: pd.Series) -> Array:
        """Return days since 1970, NaN where missing, half a day later for whole days."""
        if cells.dtype.kind == "f" and not self.written:
            return np.asarray(cells, dtype=float)
        times = self.plain(cells)
        days = np.asarray((_without_zone(times).to_numpy(dtype="datetime64[us]") - EPOCH) / DAY, dtype=float)
        return np.floor(days) + NOON if self.whole_days else days

    def plain(self, cells: pd.Series) -> pd.Series:
        """Return cells as times; DataError for a text that is none."""
        import pandas as pd

        if cells.dtype.kind == "f" and not self.written:
            return cells
        if _are_times(cells) or not len(cells) or cells.isna().all():
            return pd.to_datetime(cells)
        texts = cells.map(lambda cell: cell if pd.isna(cell) else _text(cell))
        form = self.written or ISO
        times = pd.to_datetime(texts, format=form, errors="coerce", utc=form == ISO or None)
        wrong = np.flatnonzero((times.isna() & cells.notna()).to_numpy())
        if len(wrong):
            raise DataError(
                f"column {cells.name!r} has {cells.iloc[wrong[0]]!r} in row {wrong[0]} (counting from 0;"
                f" {len(wrong)} such cells), expected a {self.name} written as {form}"
            )
        return times

    def encode(self, cells: pd.Series) -> Coded:
        """Return logits."""
        days, within = self.days(cells), Bounded(self.low, self.high)
        missing = ~np.isfinite(days)
        inside = missing | within.supported(days)
        there = inside & ~missing
        y, log_det = np.zeros_like(days), np.zeros_like(days)
        y[there], log_det[there] = within.unbounded(days[there])
        y[missing] = np.nan
        return Coded(missing, inside, y, log_det)

    def decode(self, number: Array | None, code: Array | None, dtype: str) -> pd.Series:
        """Return times as the training column had them."""
        import pandas as pd

        assert number is not None  # a kind with a density has numbers
        days = self.measured(number)
        if dtype == "float64" and not self.written:
            return pd.Series(days)
        if self.whole_days:
            days = np.floor(days)
        whole = np.rint(np.where(np.isfinite(days), days, 0.0) * MICROSECONDS).astype(np.int64)
        times = pd.Series(whole.astype("datetime64[us]"))
        if dtype.startswith("datetime64"):
            unit, zone = re.match(r"datetime64\[(\w+)(?:, (.+))?\]", dtype).groups()  # type: ignore[union-attr]
            times = times.astype(f"datetime64[{unit}]")
            return times.dt.tz_localize("UTC").dt.tz_convert(zone) if zone else times
        return self._as_written(times, dtype)

    def measured(self, number: Array) -> Array:
        """Return days since 1970."""
        return Bounded(self.low, self.high).bounded_again(number)

    def _as_written(self, times: pd.Series, dtype: str) -> pd.Series:
        form = "%Y-%m-%d" if self.whole_days else "%Y-%m-%d %H:%M:%S"
        texts = times.dt.strftime(form if self.written in ("", ISO) else self.written)
        return texts.astype("int64") if dtype.lower().startswith(("int", "uint", "float")) else texts

    def compared(self, cells: pd.Series) -> pd.Series:
        """Return days since 1970."""
        import pandas as pd

        return pd.Series(self.days(cells), index=cells.index, name=cells.name)

    def context(self, coded: Coded, center: float, scale: float) -> Array:
        """Return the logit standardised, compressed far out."""
        assert coded.number is not None
        z = (coded.number - center) / scale
        return compressed(np.where(np.isnan(z), 0.0, z))[:, None]

    def parse(self, text: str, column: str) -> Cell:
        """Return the text, where it is a time."""
        import pandas as pd

        try:
            pd.Timestamp(text)
        except (ValueError, TypeError):
            raise ArgumentError(f"given: column {column!r} got {text!r}, expected a {self.name}") from None
        return text

    def remark(self, cells: pd.Series) -> str:
        """Say how texts, or numbers, were read."""
        if not self.written or self.written == ISO:
            return ""
        return f"column {cells.name!r} is read as {self.name}s written as {self.written}"

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """Return the kind with the fields `values`, the bounds as numbers."""
        return cls(**values)


@dataclass(frozen=True)
class Day(Moment):
    """The same for days: the density of a day is that of its middle, so that a day's mass is nearly that."""

    name = form = "date"
    whole_days = True


@dataclass(frozen=True)
class Duration(ColumnKind):
    """A density of how long things last, per second: of its logarithm where all last longer than nothing.

    Attributes:
        above: Whether none is 0 or less.
    """

    name = form = "duration"
    has_density = True
    context_size: ClassVar[int] = 1

    above: bool = False

    @classmethod
    def detected(cls, cells: pd.Series) -> Self | None:
        """Return the kind for differences of times."""
        return cls() if cells.dtype.kind == "m" else None

    def fit(self, cells: pd.Series) -> Self:
        """Return the kind, knowing whether all are above 0."""
        seconds = self._seconds(cells)
        there = seconds[np.isfinite(seconds)]
        refuse_point_masses(str(cells.name), there)
        return replace(self, above=bool(there.min() > 0))

    def _seconds(self, cells: pd.Series) -> Array:
        import pandas as pd

        if cells.dtype.kind in "iuf":
            return np.asarray(cells.to_numpy(dtype=float, na_value=np.nan))
        try:
            return np.asarray(pd.to_timedelta(cells).dt.total_seconds(), dtype=float)
        except ValueError as error:
            raise DataError(f"column {cells.name!r}: holds no durations ({error})") from None

    def encode(self, cells: pd.Series) -> Coded:
        """Return seconds, or their logarithm."""
        x = self._seconds(cells)
        missing = ~np.isfinite(x)
        inside = missing | (x > 0) | (not self.above)
        there = inside & ~missing
        y, log_det = np.zeros_like(x), np.zeros_like(x)
        y[there] = np.log(x[there]) if self.above else x[there]
        log_det[there] = -y[there] if self.above else 0.0
        y[missing] = np.nan
        return Coded(missing, inside, y, log_det)

    def decode(self, number: Array | None, code: Array | None, dtype: str) -> pd.Series:
        """Return durations, to the nanosecond."""
        import pandas as pd

        assert number is not None  # a kind with a density has numbers
        with np.errstate(over="ignore"):
            seconds = np.exp(number) if self.above else number
        if dtype.startswith("float"):
            return pd.Series(np.clip(seconds, np.finfo(float).tiny if self.above else None, 1e300))
        whole = np.rint(np.clip(seconds, -9e9, 9e9) * 1e9)
        least = np.maximum(whole, 1.0) if self.above else whole
        return pd.Series(least.astype("timedelta64[ns]"))

    def compared(self, cells: pd.Series) -> pd.Series:
        """Return seconds."""
        import pandas as pd

        return pd.Series(self._seconds(cells), index=cells.index, name=cells.name)

    def context(self, coded: Coded, center: float, scale: float) -> Array:
        """Return the number standardised, compressed far out."""
        assert coded.number is not None
        z = (coded.number - center) / scale
        return compressed(np.where(np.isnan(z), 0.0, z))[:, None]

    def parse(self, text: str, column: str) -> Cell:
        """Return the text, where it is a duration such as 1h 30min."""
        import pandas as pd

        try:
            pd.Timedelta(text)
        except (ValueError, TypeError):
            raise ArgumentError(
                f"given: column {column!r} got {text!r}, expected a duration such as 90min"
            ) from None
        return text


def times_of(cells: pd.Series) -> tuple[Array, str] | None:
    """Return cells as times and how they are written; None where they are none."""
    if _are_times(cells):
        return _without_zone(cells).to_numpy(dtype="datetime64[us]"), ""
    filled = cells.dropna()
    if not len(filled) or cells.dtype.kind in "bfmc":
        return None
    if cells.dtype == object and not all(isinstance(cell, str) for cell in filled):
        return None
    distinct = filled.unique()
    if cells.dtype.kind in "iu" or str(cells.dtype).lower().startswith(("int", "uint")):
        return _compact(np.asarray(distinct))
    texts = [str(each).strip() for each in distinct]
    for pattern, forms in FORMS:
        if all(pattern.fullmatch(text) for text in texts[:SAMPLE]):
            return next((found for form in forms if (found := _read(texts, form)) is not None), None)
    return None


def _read(texts: list[str], form: str) -> tuple[Array, str] | None:
    import pandas as pd

    times = pd.to_datetime(pd.Series(texts), format=form, errors="coerce", utc=form == ISO or None)
    if times.isna().any():
        return None
    return _without_zone(times).to_numpy(dtype="datetime64[us]"), form


def _compact(values: Array) -> tuple[Array, str] | None:
    """Return whole numbers such as 20231231 as days; None where one is none, or they are few."""
    values = values.astype(float)
    years = values // 10_000
    if len(values) < LEAST or not ((YEARS[0] < years) & (years < YEARS[1])).all():
        return None
    return _read([str(int(value)) for value in values], COMPACT)


def _text(cell: object) -> str:
    whole = isinstance(cell, int | float | np.integer | np.floating) and float(cell).is_integer()
    return str(int(cell)) if whole else str(cell).strip()  # type: ignore[call-overload]


def _are_times(cells: pd.Series) -> bool:
    return str(cells.dtype.kind) == "M"


def _without_zone(times: pd.Series) -> pd.Series:
    """Return times in UTC, without saying so."""
    return times.dt.tz_convert("UTC").dt.tz_localize(None) if times.dt.tz is not None else times


def _are_days(times: Array) -> bool:
    there = times[~np.isnat(times)]
    return bool((there.astype("datetime64[D]") == there).all())
