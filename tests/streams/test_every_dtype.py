"""Whatever a column holds, the same data come out of a stream, or its name is in a refusal."""

import datetime as dt
import math
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from clsim.streams import Recorded
from clsim.types import NEVER_TIME
from helpers.examples import share

ROWS = 4
WORDS = (None, "None", "NA")  # of TEXT, those that say in a column of times that there is none
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
NEW_YORK = ZoneInfo("America/New_York")

WHOLE = {
    f"{sign}int{bits}": st.integers(-(2 ** (bits - 1)) if not sign else 0,
                                    2 ** (bits - 1 if not sign else bits) - 1)
    for bits in (8, 16, 32, 64)
    for sign in ("", "u")
}  # fmt: skip
FLOAT = {
    f"float{bits}": st.floats(width=bits, allow_nan=False, allow_infinity=False)
    for bits in (16, 32, 64)
}
TEXT = st.sampled_from(["a", "b", "ß", "None", "a b", "NA", "x,y", "1st"])
CENTS = st.decimals(-9999, 9999, places=2)
BOOL = st.booleans()
INSTANT = st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2069, 1, 1))
ZONED = st.datetimes(
    dt.datetime(1971, 1, 1), dt.datetime(2069, 1, 1), timezones=st.just(NEW_YORK)
).filter(lambda t: t == t.astimezone(dt.UTC).astimezone(NEW_YORK) and not t.fold)
DAY = st.dates(dt.date(1970, 1, 1), dt.date(2069, 1, 1))
LENGTH = st.timedeltas(dt.timedelta(0), dt.timedelta(999))


def pandas_like(dtype):
    return lambda values: pd.Series(values, dtype=dtype)


def sparse(values):
    return pd.Series(pd.arrays.SparseArray([np.nan if v is None else v for v in values]))


def periods(values):
    return pd.Series(pd.PeriodIndex([pd.NaT if v is None else v for v in values], freq="D"))


def intervals(values):
    bounds = [np.nan if v is None else (v, v + 1) for v in values]
    return pd.Series(pd.arrays.IntervalArray.from_tuples(bounds))


def arrow(type_):
    return lambda values: pd.Series(pd.arrays.ArrowExtensionArray(pa.array(values, type_)))


def encoded(values):
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.array(values).dictionary_encode()))


NUMBERS = {
    **{name: (values, pandas_like(name)) for name, values in (WHOLE | FLOAT).items()},
    **{name.replace("i", "I", 1).replace("uI", "UI"): (values, pandas_like(
        name.replace("int", "Int").replace("u", "U"))) for name, values in WHOLE.items()},
    "Float32": (FLOAT["float32"], pandas_like("Float32")),
    "Float64": (FLOAT["float64"], pandas_like("Float64")),
    "sparse": (FLOAT["float64"], sparse),
    "long double": (FLOAT["float64"], pandas_like(np.longdouble)),
    "objects": (st.one_of(WHOLE["int64"], FLOAT["float64"], CENTS), pandas_like(object)),
    "huge objects": (st.integers(-(10**400), 10**400), pandas_like(object)),
    **{f"arrow {name}": (values, arrow(getattr(pa, name)())) for name, values in WHOLE.items()},
    "arrow float16": (FLOAT["float16"], arrow(pa.float16())),
    "arrow float32": (FLOAT["float32"], arrow(pa.float32())),
    "arrow float64": (FLOAT["float64"], arrow(pa.float64())),
    "arrow decimal128": (CENTS, arrow(pa.decimal128(12, 2))),
    "arrow decimal256": (CENTS, arrow(pa.decimal256(50, 2))),
}  # fmt: skip
NAMES = {
    "str": (TEXT, pandas_like("str")),
    "string": (TEXT, pandas_like("string")),
    "text objects": (TEXT, pandas_like(object)),
    "category": (TEXT, pandas_like("category")),
    "bool": (BOOL, pandas_like("bool")),
    "boolean": (BOOL, pandas_like("boolean")),
    "bool objects": (BOOL, pandas_like(object)),
    "arrow bool": (BOOL, arrow(pa.bool_())),
    "arrow string": (TEXT, arrow(pa.string())),
    "arrow large_string": (TEXT, arrow(pa.large_string())),
    "arrow string_view": (TEXT, arrow(pa.string_view())),
    "arrow dictionary": (TEXT, encoded),
    "arrow category": (TEXT, lambda values: arrow(pa.string())(values).astype("category")),
}
TIMES = {
    "datetime64[us]": (INSTANT, pandas_like("datetime64[us]")),
    "datetime64[ns]": (INSTANT, pandas_like("datetime64[ns]")),
    "datetime64[ns, zone]": (ZONED, pandas_like("datetime64[ns, America/New_York]")),
    "datetimes": (INSTANT, pandas_like(object)),
    "datetimes with a zone": (ZONED, pandas_like(object)),
    "dates": (DAY, pandas_like(object)),
    "arrow timestamp": (INSTANT, arrow(pa.timestamp("us"))),
    "arrow timestamp with a zone": (ZONED, arrow(pa.timestamp("ns", "America/New_York"))),
    "arrow date32": (DAY, arrow(pa.date32())),
    "arrow date64": (DAY, arrow(pa.date64())),
}
NEITHER = {
    "timedelta64": (LENGTH, pandas_like("timedelta64[ns]")),
    "durations": (LENGTH, pandas_like(object)),
    "times of day": (st.times(), pandas_like(object)),
    "period": (DAY, periods),
    "interval": (st.integers(0, 9), intervals),
    "complex": (st.complex_numbers(max_magnitude=9), pandas_like(complex)),
    "bytes": (st.binary(min_size=1), pandas_like(object)),
    "lists": (st.lists(st.integers(0, 9)), lambda values: pd.Series([*values, None])[:ROWS]),
    "UUIDs": (st.uuids(), pandas_like(object)),
    "arrow duration": (LENGTH, arrow(pa.duration("us"))),
    "arrow time64": (st.times(), arrow(pa.time64("us"))),
    "arrow binary": (st.binary(min_size=1), arrow(pa.binary())),
    "arrow list": (st.lists(st.integers(0, 9)), arrow(pa.list_(pa.int64()))),
    "arrow struct": (st.fixed_dictionaries({"a": st.integers(0, 9)}),
                     arrow(pa.struct({"a": pa.int64()}))),
    "arrow map": (st.just([("a", 1)]), arrow(pa.map_(pa.string(), pa.int64()))),
}  # fmt: skip
CASES = NUMBERS | NAMES | TIMES | NEITHER
SOLID = ("bool", *WHOLE)  # of NumPy's types that know no missing value

INDEXES = {
    "rows": lambda table: table,
    "twice": lambda table: table.set_axis([7] * ROWS),
    "times": lambda table: table.set_axis(pd.date_range("2020", periods=ROWS, tz="UTC")),
    "levels": lambda table: table.set_axis(pd.MultiIndex.from_product([[0, 1], ["a", None]])),
}


def as_table(table, way):
    """As a frame, or as a table of Arrow where it has such types."""
    if way == "frame":
        return table
    try:
        return pa.Table.from_pandas(table, preserve_index=False)
    except (pa.ArrowException, TypeError, OverflowError):
        hypothesis.reject()


@pytest.mark.parametrize("name", CASES)
@hypothesis.settings(share(1 / 10), suppress_health_check=[*hypothesis.HealthCheck])
@hypothesis.given(data=st.data())
def test_the_same_data_or_a_refusal_by_column(name, data):
    values, build = CASES[name]
    role = data.draw(st.sampled_from(["feature", "label", "time", "label_time", "row", "slice"]))
    missing = st.just(False) if name in SOLID else st.booleans()
    given = [
        None if data.draw(missing) else value
        for value in data.draw(st.lists(values, min_size=ROWS, max_size=ROWS))
    ]
    if all(value is None for value in given):
        given[0] = data.draw(values)
    if name in TIMES and role == "time":
        given = sorted(given, key=lambda v: (v is None, v if v is not None else 0))
    table = pd.DataFrame({"x": [0.5, 1.5, 2.5, 3.5], "it": build(given), "y": [0, 1, 0, 1]})
    table["at"] = pd.Timestamp("1970-01-01")
    if name in TIMES and ("zone" in name):
        table["at"] = table["at"].dt.tz_localize("UTC")
    shape = data.draw(st.sampled_from(list(INDEXES)))
    way = data.draw(st.sampled_from(["frame", "table"]))
    source = as_table(INDEXES[shape](table), way)
    arguments, out, expected = EXPECT[role](name, given)
    if expected is None:
        with pytest.raises(ValueError, match="'it'"):
            Recorded(source, **arguments)
        return
    (batch,) = (stream := Recorded(source, **arguments)).blocks(0)
    assert same(out(stream, batch), expected)


def same(found, expected):
    """Equal by value and place; a missing value is one that pandas takes for such."""
    return len(found) == len(expected) and all(
        (b is None and pd.isna(a)) or (b is not None and a == b)
        for a, b in zip(found, expected, strict=True)
    )


def floats(given):
    """The values as floats; None if one is a whole number that no float holds."""
    values = []
    for value in given:
        try:
            number = None if value is None else float(value)
        except OverflowError:
            return None
        if number is not None and value == int(value) and int(number) != int(value):
            return None
        values.append(number)
    return values


def feature(name, given):
    def out(stream, batch):
        place = stream.schema.features.index("it")
        return list(batch.X["it"] if hasattr(batch.X, "columns") else batch.X[:, place])

    keep = {"label": "y", "drop": ["at"]}
    if name in NUMBERS:
        return keep, out, floats(given)
    return keep, out, given if name in NAMES else None


def hardly_meant(name, given):
    """Whether a class of these is written in two ways."""
    if name in NUMBERS:
        return False
    written = {str(value) for value in given}
    bare = {" ".join(one.casefold().split()) for one in written}
    truth = {"true": "1", "false": "0"}
    if bare <= {*truth, *truth.values()}:
        bare = {truth.get(one, one) for one in bare}
    return len(bare) < len(written)


def label(name, given):
    keep = {"label": "it", "drop": ["at", "y"]}

    def out(stream, batch):
        return batch.y.tolist()

    if None in given or name in TIMES or name in NEITHER or hardly_meant(name, given):
        return keep, out, None
    if name in NUMBERS:  # whole numbers are classes, and stay as they are
        numbers = floats(given)
        whole = all(value == int(value) for value in given)
        inside = whole and any(
            all(low <= v < high for v in given) for low, high in ((-(2**63), 2**63), (0, 2**64))
        )
        return keep, out, numbers if numbers is not None or not inside else given
    return keep, out, [v if isinstance(v, bool) and "objects" not in name else str(v)
                       for v in given]  # fmt: skip


def micros(value):
    if not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time())
    value = value if value.tzinfo is not None else value.replace(tzinfo=dt.UTC)
    return (value - EPOCH) // dt.timedelta(microseconds=1)


def time(name, given):
    keep = {"label": "y", "time": "it", "drop": ["at"]}
    times = name in TIMES and None not in given
    return keep, lambda s, b: b.time.tolist(), [micros(v) for v in given] if times else None


def label_time(name, given):
    keep = {"label": "y", "time": "at", "label_time": "it"}
    expected = [NEVER_TIME if v is None else micros(v) for v in given] if name in TIMES else None
    if all(v in WORDS for v in given):
        expected = [NEVER_TIME] * ROWS
    return keep, lambda s, b: b.label_time.tolist(), expected


def row(name, given):
    """A label time on a stream without times: a row number, not before its own row."""
    keep = {"label": "y", "label_time": "it", "drop": ["at"]}
    numbers = floats(given) if name in NUMBERS else None
    if numbers is not None:
        numbers = [NEVER_TIME if v is None else math.ceil(v) for v in numbers]
        if any(v < place or (v > 2**53 and v != NEVER_TIME) for place, v in enumerate(numbers)):
            numbers = None
    if all(v in WORDS for v in given):
        numbers = [NEVER_TIME] * ROWS
    return keep, lambda s, b: b.label_time.tolist(), numbers


def slice_(name, given):
    def out(stream, batch):
        return [stream.schema.slices["it"][code] for code in batch.slices["it"]]

    keep = {"label": "y", "slices": "it", "drop": ["at"]}
    fine = None not in given and (name in NAMES or (name in NUMBERS and floats(given)))
    if "float16" in name or name == "long double":
        fine = False  # pandas has no categories of them
    if fine and name in NUMBERS:
        short = "float32" in name.lower()  # which NumPy and pandas write with other digits
        read: Any = np.float32 if short else Decimal
        written = [read(v) if short else Decimal(str(v)) for v in given]
        return keep, lambda s, b: [read(text[3:]) for text in out(s, b)], written
    return keep, out, [f"it={v}" for v in given] if fine else None


EXPECT = {
    "feature": feature, "label": label, "time": time, "label_time": label_time, "row": row,
    "slice": slice_,
}  # fmt: skip


# a missing value in every row ---------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in CASES if n not in SOLID])
def test_a_column_in_which_all_is_missing(name):
    table = pd.DataFrame({"x": np.arange(ROWS) / 2, "it": CASES[name][1]([None] * ROWS)})
    table["y"] = [0, 1, 0, 1]
    try:
        (batch,) = Recorded(table, "y").blocks(0)
    except ValueError as error:
        assert "'it'" in str(error)  # noqa: PT017
    else:
        assert pd.isna(pd.DataFrame(batch.X).iloc[:, 1]).all()
