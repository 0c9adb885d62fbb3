"""Streams from a table."""

import datetime as dt
import warnings
from decimal import Decimal
from fractions import Fraction

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from clsim.streams import Recorded
from clsim.streams.tables.columns import as_numbers
from clsim.streams.tables.zones import check_zones
from clsim.types import NEVER_TIME


def frame(**columns):
    return pd.DataFrame({
        "at": ["2024-01-01 00:00", "2024-01-01 01:00", "2024-01-01 01:00", "2024-01-02 00:00"],
        "x": [1.0, 2.0, 3.0, 4.0], "who": ["b", "a", "b", "c"], "bought": ["no", "yes", "no", "no"],
        **columns,
    })  # fmt: skip


def batch(*args, **kwargs):
    stream = Recorded(*args, **kwargs)
    (found,) = stream.blocks(seed=0)
    return stream.schema, found


HOUR = 3_600_000_000


def test_a_table_with_times():
    schema, found = batch(frame(), "bought", time="at", drop=["who"])
    assert (schema.features, schema.task, schema.timed) == (("x",), "classification", True)
    assert schema.classes.tolist() == ["no", "yes"]
    assert (found.time - found.time[0]).tolist() == [0, HOUR, HOUR, 24 * HOUR]
    assert found.time[0] == np.datetime64("2024-01-01", "us").astype(int)
    assert found.X.tolist() == [[1], [2], [3], [4]]
    assert found.label_time is None


def test_without_times_the_clock_counts_rows():
    schema, found = batch(frame(), "bought", drop=["at", "who"])
    assert not schema.timed
    assert found.time.tolist() == [0, 1, 2, 3]


def test_a_fixed_interval():
    schema, found = batch(frame(), "bought", start="1996-05-07", every="30min", drop=["at", "who"])
    assert schema.timed
    assert np.diff(found.time).tolist() == [HOUR // 2] * 3


def test_time_zones_become_utc():
    at = pd.to_datetime(["2024-01-01 01:00"] * 4).tz_localize("Europe/Paris")
    _, found = batch(frame(at=at), "bought", time="at", drop=["who"])
    assert found.time[0] == np.datetime64("2024-01-01 00:00", "us").astype(int)


def test_text_becomes_categories_and_learners_get_a_frame():
    schema, found = batch(frame(), "bought", time="at", slices="who")
    assert isinstance(found.X, pd.DataFrame)
    assert str(found.X["who"].dtype) == "category"
    assert schema.features == ("x", "who")
    assert schema.slices == {"who": ("who=a", "who=b", "who=c")}
    assert found.slices["who"].tolist() == [1, 0, 1, 2]


def test_rows_may_be_available_later_than_their_labels():
    later = pd.to_datetime(pd.Series(RIGHT))
    later.iloc[1] = None
    _, found = batch(
        frame(there=later), "bought", time="at", available="there", drop=["who"]
    )  # fmt: skip
    assert (found.available == NEVER_TIME).tolist() == [False, True, False, False]
    assert found.available[0] == found.time[0] + 2 * 86_400_000_000  # from the first to the third


def test_label_times_empty_is_never():
    known = ["2024-01-03 00:00", None, "2024-01-01 01:00", "2024-01-05 00:00"]
    _, found = batch(frame(known=known), "bought", time="at", label_time="known", drop=["who"])
    assert (found.label_time == NEVER_TIME).tolist() == [False, True, False, False]
    assert found.label_time[2] == found.time[2]
    _, rows = batch(
        frame(known=[3, np.nan, 2, 3]), "bought", label_time="known", drop=["at", "who"]
    )
    assert rows.label_time.tolist() == [3, NEVER_TIME, 2, 3]


def test_sorting_is_stable_and_on_request():
    table = frame().iloc[[3, 1, 2, 0]]
    with pytest.raises(
        ValueError, match=r"^time='at': row 1 is earlier .*sort the table, or say s"
    ):
        Recorded(table, "bought", time="at")
    _, found = batch(table, "bought", time="at", sort=True, drop=["who"])
    assert found.X[:, 0].tolist() == [1, 2, 3, 4]
    assert found.y.tolist() == ["no", "yes", "no", "no"]


@pytest.mark.parametrize(("y", "task", "classes"), [
    ([0, 1, 1, 0], "classification", [0, 1]),
    ([0.0, 1.0, 2.0, 0.0], "classification", [0, 1, 2]),
    ([True, False, True, True], "classification", [False, True]),
    ([0.5, 1.0, 2.0, 0.0], "regression", []),
])  # fmt: skip
def test_the_task_by_the_label(y, task, classes):
    schema, found = batch(frame(bought=y), "bought", drop=["at", "who"])
    assert (schema.task, schema.classes.tolist()) == (task, classes)
    assert found.y.tolist() == y


def test_task_and_classes_may_be_declared():
    schema, found = batch(
        frame(bought=[1, 2, 2, 1]), "bought", task="regression", drop=["at", "who"]
    )
    assert (schema.task, found.y.dtype) == ("regression", float)
    schema, _ = batch(frame(), "bought", classes=["yes", "no", "maybe"], drop=["at", "who"])
    assert schema.classes.tolist() == ["yes", "no", "maybe"]
    halves = frame(bought=[0.5, 1.5, 0.5, 1.5])  # without classes, these are values
    schema, _ = batch(halves, "bought", classes=[0.5, 1.5], drop=["at", "who"])
    assert (schema.task, schema.classes.tolist()) == ("classification", [0.5, 1.5])


def test_declared_classes_keep_their_names():
    schema, _ = batch(frame(), "bought", classes=["no", "yes", "yesterday"], drop=["at", "who"])
    assert schema.classes.tolist() == ["no", "yes", "yesterday"]


LEVELS = ["low", "mid", "high"]
GRADES = ["mid", "low", "mid", "mid"]


def ordered(values, order, *, is_ordered=True):
    return pd.Series(pd.Categorical(values, order, ordered=is_ordered))


@pytest.mark.parametrize("name", ["frame", "log.csv", "log.parquet"])
def test_classes_keep_the_order_in_which_they_are_declared(tmp_path, name):
    table = frame(bought=GRADES).drop(columns=["at", "who"])
    if name != "frame":
        (table.to_csv if name == "log.csv" else table.to_parquet)(tmp_path / name, index=False)
        table = tmp_path / name
    schema, found = batch(table, "bought", classes=LEVELS)
    assert schema.classes.tolist() == LEVELS
    assert found.y.tolist() == GRADES
    assert batch(table, "bought")[0].classes.tolist() == ["low", "mid"]


@pytest.mark.parametrize("name", ["frame", "log.parquet", "folder"])
def test_classes_keep_the_order_of_a_categorical(tmp_path, name):
    table = frame(bought=ordered(GRADES, LEVELS)).drop(columns=["at", "who"])
    if name == "log.parquet":
        table.to_parquet(tmp_path / name, index=False)
        table = tmp_path / name
    if name == "folder":
        table = parts(tmp_path / "log", table, table)
    schema, found = batch(table, "bought")
    assert schema.classes.tolist() == LEVELS
    assert found.y.tolist()[:4] == GRADES
    assert batch(table, "bought", classes=LEVELS[1::-1])[0].classes.tolist() == ["mid", "low"]
    with pytest.raises(ValueError, match=r"^classes: unknown label 'mid'; did you mean 'mild'"):
        Recorded(table, "bought", classes=["low", "mild", "high"])


@pytest.mark.parametrize(("labels", "classes", "expected"), [
    ([2.0, 0.0, 1.0, 0.0], [2, 1, 0], [2, 1, 0]),
    ([2, 0, 1, 0], [2.0, 0.0, 1.0, 7], [2, 0, 1, 7]),
    ([2, 0, 1, 0], ["2", "1", "0"], [2, 1, 0]),
    ([2, 0, 1, 0], np.array([1, 2, 0]), [1, 2, 0]),
    ([1, 0, 1, 0], [1, 0.5, 0], [1.0, 0.5, 0.0]),
    (np.array([1, 0, 1, 0], dtype=np.uint8), [1, -1, 0, 300], [1, -1, 0, 300]),
    (pd.array([2, 0, 1, 0], dtype="Int64"), [2, 1, 0], [2, 1, 0]),
    (pd.array([2, 0, 1, 0], dtype="Int64"), None, [0, 1, 2]),
    (pd.array([2, 0, 1, 0], dtype=pd.ArrowDtype(pa.int64())), [2, 1, 0], [2, 1, 0]),
    ([Decimal("2.0"), 0, Decimal(1), 0], [Decimal(2), 1, 0], [2, 1, 0]),
    ([True, False, True, True], [True, False], [True, False]),
    ([True, False, True, True], None, [False, True]),
    (pd.array([True, False, True, True], dtype="boolean"), [True, False], [True, False]),
    ([1, 0, 1, 0], [True, False], [1, 0]),
    (ordered([2, 0, 2, 0], [2, 1, 0]), None, [2, 1, 0]),
    (ordered([2.0, 0.0, 2.0, 0.0], [2.0, 1.0, 0.0]), None, [2, 1, 0]),
    (ordered([2, 0, 2, 0], [2, 1, 0]), [0, 1, 2], [0, 1, 2]),
    (ordered([2, 0, 2, 0], [2, 1, 0], is_ordered=False), None, [0, 2]),
    (ordered([2, 0, 2, 0], [2, 1, 0], is_ordered=False), [1, 2, 0], [1, 2, 0]),
    (ordered([True, False] * 2, [True, False]), None, [True, False]),
    (ordered(["1", "0"] * 2, ["1", "0"]), None, ["1", "0"]),
])  # fmt: skip
def test_classes_are_of_the_type_of_the_labels(labels, classes, expected):
    table = frame(bought=labels)
    schema, found = batch(
        table, "bought", classes=classes, drop=["at", "who"], task="classification"
    )
    assert schema.classes.tolist() == expected
    assert list(map(type, schema.classes.tolist())) == list(map(type, expected))
    assert found.y.tolist() == list(labels)
    assert found.y.dtype == schema.classes.dtype


@hypothesis.given(st.data())
def test_any_order_of_classes_is_kept(data):
    names = data.draw(st.lists(st.text("abc", min_size=1), min_size=1, unique=True))
    labels = data.draw(st.lists(st.sampled_from(names), min_size=1))
    table = pd.DataFrame({"x": np.arange(len(labels)), "y": labels})
    schema, found = batch(table, "y", classes=names)
    assert schema.classes.tolist() == names
    assert found.y.tolist() == labels
    schema, found = batch(table.assign(y=ordered(labels, names)), "y")
    assert schema.classes.tolist() == names
    assert found.y.tolist() == labels


@pytest.mark.parametrize("name", ["log.csv", "log.csv.gz", "log.parquet"])
def test_files(tmp_path, name):
    table = frame()
    write = table.to_parquet if name.endswith("parquet") else table.to_csv
    write(tmp_path / name, index=False)
    _, found = batch(str(tmp_path / name), "bought", time="at", drop=["who"])
    _, expected = batch(table, "bought", time="at", drop=["who"])
    assert found.X.tolist() == expected.X.tolist()
    assert found.y.tolist() == expected.y.tolist()
    assert found.time.tolist() == expected.time.tolist()


def twice():
    table = frame()
    table.columns = ["at", "x", "x", "bought"]
    return table


RIGHT = ["2024-01-03"] * 4
GIVEN = {"label": "bought", "time": "at"}


@pytest.mark.parametrize(("table", "given", "message"), [
    (frame(), {"label": "bouhgt"}, r"^data: unknown column 'bouhgt'; did you mean 'bought'\?"),
    (frame(), {**GIVEN, "time": "a"}, r"^data: unknown column 'a'; .*Allowed: at, x, who, bought"),
    (frame(), {**GIVEN, "drop": ["y"]}, r"^data: unknown column 'y'"),
    (frame(), {**GIVEN, "slices": "hwo"}, r"^data: unknown column 'hwo'; did you mean 'who'"),
    (twice(), GIVEN, r"^data: column 'x' occurs more than once"),
    (frame().iloc[:0], GIVEN, r"^data: the table has no rows"),
    (frame(bought=[1, 0, None, 1]), GIVEN, r"^label='bought': row 2 has no label \(NaN\)"),
    (frame(bought=["a", None, "b", "a"]), GIVEN, r"^label='bought': row 1 has no label"),
    (frame(bought=[0.5, 1, 2, np.inf]), GIVEN, r"^label='bought': row 3 is infinite"),
    (frame(at=["2024-01-01", None, "2024-01-01", "2024-01-02"]), GIVEN, r"^time='at': .*missing"),
    (frame(at=["2024-01-01", "soon", *RIGHT[2:]]), GIVEN, r"^time='at': .*timestamps"),
    (frame(at=[1, 2, 3, 4]), GIVEN, r"^time='at': a column of numbers; convert it to timestamps"),
    (frame(known=["2023-01-01", *RIGHT[1:]]), {**GIVEN, "label_time": "known"},
     r"^label_time='known': the label of row 0 "),
    (frame(there=["2023-01-01", *RIGHT[1:]]), {**GIVEN, "available": "there"},
     r"^available='there': row 0 is earlier than its event"),
    (frame(known=["soon", *RIGHT[1:]]), {**GIVEN, "label_time": "known"},
     r"^label_time='known': .*timestamps"),
    (frame(known=[1, 2, 3, 4]), {**GIVEN, "label_time": "known"},
     r"^label_time='known': expected timestamps, as the stream has time"),
    (frame(known=RIGHT), {"label": "bought", "label_time": "known", "drop": ["at"]},
     r"^label_time='known': expected row numbers: the stream has no time"),
    (frame(), {**GIVEN, "start": "2024-01-01", "every": "1h"}, r"^time='at': leave out start and"),
    (frame(), {"label": "bought", "drop": ["at"], "start": "2024-01-01"},
     r"^start and every: give both or neit"),
    (frame(), {**GIVEN, "task": "clasification"}, r"^task: .*did you mean 'classification'"),
    (frame(), {**GIVEN, "task": "regression"}, r"^label='bought': regression needs numbers"),
    (frame(bought=[1, 0, 1, 0]), {**GIVEN, "task": "regression", "classes": [0, 1]},
     r"^classes=\[0, 1\]: regression has none"),
    (frame(bought=[1, True, False, 0]), GIVEN, r"^label='bought': a value is written in two ways"),
    (frame(at=np.array(RIGHT, "datetime64[s]") + np.timedelta64(300_000 * 365, "D")), GIVEN,
     r"^time='at': .*Out of bounds"),
    (frame(), {**GIVEN, "classes": ["no", "maybe"]}, r"^classes: unknown label 'yes'"),
    (frame(), {**GIVEN, "classes": ["yes", "no", "yes"]}, r"^classes: 'yes' is given twice"),
    (frame(), {**GIVEN, "classes": ["yes", "no", None]}, r"^classes: number 2 is missing"),
    (frame(bought=[1, 0, 1, 0]), {**GIVEN, "classes": [0, 1, "1"]}, r"^classes: '1' is given tw"),
    (frame(bought=[1, 0, 1, 0]), {**GIVEN, "classes": ["no", "yes"]},
     r"^classes=\['no', 'yes'\]: the labels in 'bought' are int64; give such, or turn the"),
    (frame(bought=[1, 0, 2, 0]), {**GIVEN, "classes": [1, 0]}, r"^classes: unknown label '2'"),
    (frame(), {**GIVEN, "as_frame": False}, r"^as_frame=False: column 'who' is not a number"),
    (frame(), {**GIVEN, "drop": ["x", "who"]}, r"^data: no column is left as a feature"),
    (frame(day=pd.to_datetime(RIGHT)), GIVEN, r"^data: column 'day' holds times .*name it in drop"),
    (frame(who=["a", None, "b", "a"]), {**GIVEN, "slices": "who"}, r"^slices: column 'who' has"),
    ("nowhere.csv", GIVEN, r"^data='nowhere.csv': no such file"),
    (__file__, GIVEN, r"^data='.*\.py': expected a \.csv"),
])  # fmt: skip
def test_bad_tables_are_refused(table, given, message):
    with pytest.raises(ValueError, match=message):
        Recorded(table, **given)


@pytest.mark.parametrize("classes", ["no", {"no", "yes"}])
def test_classes_without_an_order_are_refused(classes):
    with pytest.raises(TypeError, match=r"^classes=.*: give a list, in the order"):
        Recorded(frame(), "bought", drop=["at"], classes=classes)


@pytest.mark.parametrize("every", ["-30min", "often"])
def test_bad_intervals_are_refused(every):
    with pytest.raises(ValueError, match=rf"^every='{every}': .*duration"):
        Recorded(frame(), "bought", drop=["at"], start="2024-01-01", every=every)


def test_a_start_that_is_no_time_is_refused():
    with pytest.raises(ValueError, match=r"^start='soon': .*timestamps"):
        Recorded(frame(), "bought", drop=["at"], start="soon", every="1h")


def test_a_table_of_openml_is_as_its_file(monkeypatch):
    """Numbers that were declared nominal come back as numbers; the label stays as it is."""
    import types

    import sklearn.datasets

    from clsim.streams import openml

    frame = pd.DataFrame(
        {
            "day": pd.Categorical(["2", "2", "3"]),
            "price": [0.1, 0.2, 0.3],
            "zone": pd.Categorical(["4", None, "5"]),
            "state": pd.Categorical(["NSW", "VIC", "NSW"]),
            "class": pd.Categorical(["UP", "DOWN", "UP"]),
        }
    )
    asked = {}

    def fetch_openml(**given):
        asked.update(given)
        return types.SimpleNamespace(frame=frame.copy())

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", fetch_openml)
    stream = openml(151, "class", start="1996-05-07", every="30min", drop=["state"])
    assert asked == {"data_id": 151, "as_frame": True}
    (batch,) = stream.blocks(0)
    np.testing.assert_array_equal(batch.X, [[2, 0.1, 4], [2, 0.2, np.nan], [3, 0.3, 5]])
    assert batch.y.tolist() == ["UP", "DOWN", "UP"]
    assert np.diff(batch.time).tolist() == [1_800_000_000] * 2
    assert openml(151, "class").schema.features == ("day", "price", "zone", "state")


@pytest.mark.parametrize(("sign", "name"), [(";", "log.csv"), ("\t", "log.csv"), (",", "log.tsv")])
def test_a_file_with_another_separator_is_read_if_told(tmp_path, sign, name):
    text = "a;b;y\n1;2;0\n3;;1\n".replace(";", sign)
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=r"'a.+b.+y'; if its fields .* say separator='.+'$"):
        Recorded(tmp_path / name, label="y")
    _, found = batch(tmp_path / name, label="y", separator=repr(sign)[1:-1])
    np.testing.assert_array_equal(found.X, [[1, 2], [3, np.nan]])
    (tmp_path / name).write_text(text + f"4{sign}5\n")  # a row that ends early
    with pytest.raises(ValueError, match=r"row 2 has 2 of 3 fields"):
        Recorded(tmp_path / name, label="y", separator=sign)


def test_tabs_are_what_a_tsv_has(tmp_path):
    (tmp_path / "log.tsv").write_text("a\ty\n1\t0\n")
    assert batch(tmp_path / "log.tsv", label="y")[1].X.tolist() == [[1]]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "cp1252", "utf-8", "utf-8-sig"])
def test_a_file_in_another_encoding_is_read_if_told(tmp_path, encoding):
    path = tmp_path / "log.csv"
    path.write_bytes("größe,y\nÄ,0\nß,1\n".encode(encoding))
    if not encoding.startswith("utf-8"):
        with pytest.raises(ValueError, match=r"log.csv': not written in UTF-8 .*encoding='latin-1"):
            Recorded(path, "y")
        schema, found = batch(path, "y", encoding=encoding)
    else:
        schema, found = batch(path, "y")
    assert (schema.features, found.X["größe"].tolist()) == (("größe",), ["Ä", "ß"])


@pytest.mark.parametrize(("given", "message"), [
    ({"encoding": "latin1-x"}, r"^encoding='latin1-x': no such encoding"),
    ({"separator": "::"}, r"^separator='::': expected one character"),
])  # fmt: skip
def test_strange_encodings_and_separators_are_refused(tmp_path, given, message):
    (tmp_path / "log.csv").write_text("a,y\n1,0\n")
    with pytest.raises(ValueError, match=message):
        Recorded(tmp_path / "log.csv", "y", **given)
    frame().to_parquet(tmp_path / "log.parquet")
    for table in (frame(), tmp_path / "log.parquet"):
        with pytest.raises(ValueError, match="only a CSV file has one"):
            Recorded(table, "bought", **given)


@pytest.mark.parametrize(("name", "content"), [
    ("log.csv", b""), ("log.parquet", b"PAR1"), ("log.csv.gz", b"a,y\n1,0\n"),
    ("log.csv.zip", b"PK"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_is_named(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=rf"^data='.*{name}': cannot be read \(.+\)"):
        Recorded(tmp_path / name, "y")


def test_words_for_missing_values_are_names_in_text(tmp_path):
    """pandas takes 'None' and 'NA' for missing; a region may be called so."""
    path = tmp_path / "log.csv"
    path.write_text("at,known,x,who,ok,y\n2024-01-01,NaT,1,NA,True,0\n2024-01-02,None,NA,,NA,1\n"
                    "2024-01-03,2024-01-04,3,None,False,0\n2024-01-04,,4,b,True,1\n")  # fmt: skip
    given = {"time": "at", "label_time": "known", "slices": ()}
    _, found = batch(path, "y", **given)
    np.testing.assert_array_equal(found.X["x"], [1, np.nan, 3, 4])
    assert found.X["who"].tolist() == ["NA", np.nan, "None", "b"]
    assert found.X["ok"].tolist() == [True, np.nan, False, True]
    known = [NEVER_TIME, NEVER_TIME, found.time[2] + 24 * HOUR, NEVER_TIME]
    assert found.label_time.tolist() == known
    with pytest.raises(ValueError, match=r"^label='who': row 0 is 'NA': if that is a class, name"):
        Recorded(path, "who", drop=["at", "known", "ok", "x"])
    path.write_text(path.read_text().replace("NA,,NA", "NA,c,NA"))
    classes = ["b", "NA", "c", "None"]
    assert Recorded(path, "who", time="at", classes=classes).schema.classes.tolist() == classes


# ways in ------------------------------------------------------------------------------------


class Foreign:
    """A table of another library, such as polars, which gives Arrow's stream of batches."""

    def __init__(self, table):
        self.table = pa.Table.from_pandas(table, preserve_index=False)

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


WAYS = {
    "index": lambda table, folder: table.set_index("at"),
    "indexes": lambda table, folder: table.set_index(["at", "bought"]),
    "odd index": lambda table, folder: table.set_axis([7, 7, "a", None]),
    "pyarrow": lambda table, folder: pa.Table.from_pandas(table),
    "batch": lambda table, folder: pa.RecordBatch.from_pandas(table),
    "foreign": lambda table, folder: Foreign(table),
    "arrow types": lambda table, folder: table.convert_dtypes(dtype_backend="pyarrow"),
    "nullable": lambda table, folder: table.convert_dtypes(),
    "csv": lambda table, folder: table.to_csv(folder / "a.csv", index=False) or folder / "a.csv",
    "parquet": lambda table, folder: table.to_parquet(folder / "a.parquet") or folder / "a.parquet",
    "parquet with an index": lambda table, folder: (
        table.set_index("at").to_parquet(folder / "a.parquet") or str(folder / "a.parquet")
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_table_comes_in_by_any_way(tmp_path, way):
    table = frame(x=[1.5, None, 3.0, 4.0], n=[1, 2, 3, 4])
    table["at"] = pd.to_datetime(table["at"])
    table["known"] = table["at"] + pd.to_timedelta([1, 2, None, 3], unit="D")
    given = {"label": "bought", "time": "at", "label_time": "known", "slices": "who"}
    schema, expected = batch(table, **given)
    other, found = batch(WAYS[way](table, tmp_path), **given)
    assert other.features == schema.features
    assert (other.classes.tolist(), other.slices) == (schema.classes.tolist(), schema.slices)
    assert found.X.astype({"who": object}).equals(expected.X.astype({"who": object}))
    for key in ("y", "time", "label_time"):
        np.testing.assert_array_equal(getattr(found, key), getattr(expected, key))


def test_an_index_is_a_column_only_where_it_is_named():
    table = frame().set_index("who")
    assert Recorded(table, "bought", time="at").schema.features == ("x",)
    assert Recorded(table, "bought", time="at", slices="who").schema.features == ("who", "x")
    with pytest.raises(ValueError, match=r"unknown column 'when'.* name it so, by rename_axis"):
        Recorded(frame().set_index("at").rename_axis(None), "bought", time="when")


@pytest.mark.parametrize("data", [np.eye(3), {"y": [1]}, [1], pd.Series([1]), pd.DataFrame, 5])
def test_what_is_no_table_is_refused(data):
    with pytest.raises(TypeError, match=r"^data: expected a pandas DataFrame, a table of pyarrow"):
        Recorded(data, "y")


def test_names_with_levels_are_refused():
    table = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("x", "a"), ("y", "b")]))
    with pytest.raises(ValueError, match=r"^data: the names of the columns have 2 levels"):
        Recorded(table, "y")


# files whose schema changes half way ---------------------------------------------------------


@pytest.mark.parametrize(("text", "message"), [
    ("x,y\n1,0\n2,1\nlow,0\nhigh,1\n",
     r"log.csv': column 'x' holds numbers, and from row 2 on text \('low'\); correct it, "),
    ("x,y\nlow,0\n,1\n3,0\n4,1\n",
     r"log.csv': column 'x' holds text, and from row 2 on numbers \('3'\)"),
    ("x,y\n1,0\n2,1\n3,yes\n4,no\n", r"column 'y' holds numbers, and from row 2 on text"),
    ("x,y\n1,0\n2,1\nx,y\n3,0\n", r"row 2 repeats the header; leave it out where"),
    ("x,y\n1,0\n2,1\n3,4,0\n", r"log.csv': rows differ in length .*Expected 2 fields in line 4"),
    ("x,z,y\n1,2,0,5\n3,4,1,5\n", r"log.csv': row 0 has more fields than the header"),
    ("y,x,z\n0,1,7\n1,2,8\n0,3\n1,4\n", r"log.csv': row 2 has 2 of 3 fields; write all columns"),
])  # fmt: skip
def test_a_csv_whose_schema_changes_half_way_is_refused(tmp_path, text, message):
    (tmp_path / "log.csv").write_text(text)
    with pytest.raises(ValueError, match=message):
        Recorded(tmp_path / "log.csv", "y")


@pytest.mark.slow
def test_a_change_late_in_a_large_csv_is_found_too(tmp_path):
    """Pandas reads in chunks, and would keep numbers in one and text in another."""
    rows = [f"{k % 10},0\n" for k in range(300_000)] + ["low,1\n", "high,0\n"] * 50_000
    (tmp_path / "log.csv").write_text("x,y\n" + "".join(rows))
    with pytest.raises(ValueError, match=r"column 'x' holds numbers, and from row 300000 on text"):
        Recorded(tmp_path / "log.csv", "y")
    (tmp_path / "log.csv").write_text("x,y\n" + "".join([*rows, "3,1\n"]))
    _, found = batch(tmp_path / "log.csv", "y")  # now and then: a category, with each name once
    assert found.X["x"].cat.categories.tolist() == [*"0123456789", "high", "low"]


@pytest.mark.parametrize(("text", "kinds"), [
    ("x,y\n1,0\nA,1\n3,0\n", ["1", "A", "3"]),
    ("x,y\na1,0\n7,1\na2,0\n8,1\n", ["a1", "7", "a2", "8"]),
    ("x,y\n+,0\n-,1\n+,0\n", ["+", "-", "+"]),
])  # fmt: skip
def test_a_category_whose_names_may_be_numbers_stays_one(tmp_path, text, kinds):
    (tmp_path / "log.csv").write_text(text)
    _, found = batch(tmp_path / "log.csv", "y")
    assert found.X["x"].tolist() == kinds


def test_missing_values_and_dropped_columns_are_no_change_of_schema(tmp_path):
    (tmp_path / "log.csv").write_text('y,note,x\n0,1,1.5\n1,2,\n0,"a\nb","2.5"\n1,later,\n')
    _, found = batch(tmp_path / "log.csv", "y", drop=["note"])
    np.testing.assert_array_equal(found.X[:, 0], [1.5, np.nan, 2.5, np.nan])


def parts(folder, *tables):
    folder.mkdir()
    for number, columns in enumerate(tables):
        pd.DataFrame(columns).to_parquet(folder / f"part-{number}.parquet")
    return folder


FIRST = {"x": [1.0, 2.0], "y": [0, 1]}


@pytest.mark.parametrize("more", [{}, {"g": ["a", "b"]}])
def test_parts_come_in_the_order_of_their_numbers(tmp_path, monkeypatch, more):
    """Without a time column, the order of rows is the order of time."""
    log = parts(tmp_path / "log", *({"x": [k, k + 0.5], "y": [0, 1], **more} for k in range(12)))
    (log / "year=2024").mkdir()
    (log / "part-11.parquet").rename(log / "year=2024" / "part-11.parquet")
    monkeypatch.chdir(tmp_path)
    for given in (log, "log"):  # also what is in a folder that says a value
        stream = Recorded(given, "y", drop=["year"])
        X = pd.DataFrame(stream.whole().X).iloc[:, 0]
        assert X.tolist() == [k / 2 for k in range(24)]


def test_a_folder_of_parquet_files(tmp_path):
    later = {"y": [1, 0], "x": [3.0, 4.0]}  # their order does not matter
    _, found = batch(parts(tmp_path / "log", FIRST, later), "y")
    assert found.X[:, 0].tolist() == [1, 2, 3, 4]
    assert found.y.tolist() == [0, 1, 1, 0]
    _, found = batch(parts(tmp_path / "gap", FIRST, {"x": [None, None], "y": [1, 0]}), "y")
    np.testing.assert_array_equal(found.X[:, 0], [1, 2, np.nan, np.nan])


@pytest.mark.parametrize(("tables", "message"), [
    ([FIRST, FIRST, {**FIRST, "z": [1, 2]}], r"column 'z' is in part-2.parquet and not in part-0"),
    ([FIRST, {"y": [0, 1]}], r"column 'x' is in part-0.parquet and not in part-1.parquet"),
    ([FIRST, {**FIRST, "x": ["a", "b"]}], r"column 'x' is double in part-0.parquet and \w*string"),
    ([], r"log': a folder without .csv or .parquet files"),
])  # fmt: skip
def test_parts_that_differ_are_refused(tmp_path, tables, message):
    with pytest.raises(ValueError, match=message):
        Recorded(parts(tmp_path / "log", *tables), "y")


# times with and without a zone ----------------------------------------------------------------

NAIVE = pd.Series(pd.date_range("2024-01-01 10:00", periods=4, freq="h"))
AWARE = NAIVE.dt.tz_localize("America/New_York")
WITHOUT = {
    "pandas": NAIVE,
    "arrow": NAIVE.astype(pd.ArrowDtype(pa.timestamp("us"))),
    "text": NAIVE.dt.strftime("%Y-%m-%dT%H:%M"),
    "days": pd.Series(["2024-01-01"] * 4),
    "objects": pd.Series(NAIVE.dt.to_pydatetime(), dtype=object),
}
WITH = {
    "pandas": AWARE,
    "arrow": AWARE.dt.tz_convert("UTC").astype(pd.ArrowDtype(pa.timestamp("us", "UTC"))),
    "Z": NAIVE.dt.strftime("%Y-%m-%d %H:%M:%SZ"),
    "+02:00": NAIVE.dt.strftime("%Y-%m-%dT%H:%M:%S.5+02:00"),
    "+0200": NAIVE.dt.strftime("%Y-%m-%dT%H:%M+0200"),
    "-05": NAIVE.dt.strftime("%Y-%m-%dT%H:%M-05"),
    "UTC": NAIVE.dt.strftime("%d %b %Y %H:%M UTC"),
    "objects": AWARE.astype(object),
    "offsets": AWARE.map(str).where(NAIVE.index < 2, NAIVE.map("{}+01:00".format)),
}


@pytest.mark.parametrize("without", WITHOUT.values(), ids=WITHOUT)
@pytest.mark.parametrize("with_", WITH.values(), ids=WITH)
@pytest.mark.parametrize("other", ["label_time", "available"])
def test_times_with_and_without_a_zone_do_not_mix(with_, without, other):
    given = {"label": "bought", "time": "at", "drop": ["who"], other: "k"}
    remedy = "say of which zone the latter is, by tz_localize .*, by tz_convert and then"
    with pytest.raises(ValueError, match=rf"^{other}='k' has a .* time='at' has none; {remedy}"):
        Recorded(frame(at=without, k=with_), **given)
    with pytest.raises(ValueError, match=rf"^time='at' has a .* {other}='k' has none; {remedy}"):
        Recorded(frame(at=with_, k=without), **given)


@pytest.mark.parametrize("with_", WITH.values(), ids=WITH)
def test_zones_that_differ_are_instants(with_):
    later = pd.Series(pd.date_range("2024-01-03", periods=4, tz="Asia/Tokyo"))
    later[2] = None
    _, found = batch(frame(at=with_, k=later), "bought", time="at", label_time="k", sort=True)
    instants = pd.to_datetime(with_.astype(str), utc=True, format="mixed")
    first = instants.min().tz_localize(None)
    assert found.time[0] == np.datetime64(first, "us").astype(int)
    known = found.label_time[found.label_time != NEVER_TIME]
    assert known.min() == np.datetime64("2024-01-02T15:00", "us").astype(int)
    assert len(known) == 3


def test_a_start_and_label_times_agree_on_a_zone():
    table = frame(k=WITH["Z"]).drop(columns=["at", "who"])
    given = {"label": "bought", "every": "1h", "label_time": "k"}
    with pytest.raises(ValueError, match=r"^label_time='k' has a .* and start='2024-01-01' has n"):
        Recorded(table, start="2024-01-01", **given)
    _, found = batch(table, start="2024-01-01T01:00+01:00", **given)
    assert (found.label_time - found.time).tolist() == [10 * HOUR] * 4
    with pytest.raises(ValueError, match=r"^start='2024-01-01T00Z' has a .* and label_time='k' h"):
        Recorded(table.assign(k=NAIVE), start="2024-01-01T00Z", **given)


def test_all_of_the_times_are_compared():
    table = frame(at=NAIVE, k=[None, None, *NAIVE[2:]], there=[None, *AWARE[1:]], never=None)
    given = {"label": "bought", "time": "at", "available": "there"}
    with pytest.raises(ValueError, match=r"^available='there' has a .* and time='at' has no"):
        Recorded(table, label_time="k", **given)
    Recorded(table, "bought", time="at", label_time="never", drop=["who", "k", "there"])


@pytest.mark.parametrize("name", ["frame", "log.csv", "log.parquet"])
@pytest.mark.parametrize("key", ["time", "label_time"])
def test_one_column_has_a_zone_in_all_rows_or_in_none(tmp_path, name, key):
    mixed = WITHOUT["text"].where(NAIVE.index < 3, WITHOUT["text"] + "-05:00")
    mixed[1] = None if key == "label_time" else mixed[1]
    table = frame(at=NAIVE, k=NAIVE).assign(**{"at" if key == "time" else "k": mixed})
    if name != "frame":
        (table.to_csv if name == "log.csv" else table.to_parquet)(tmp_path / name, index=False)
        table = tmp_path / name
    message = (
        r"row 3 has a time zone \('2024-01-01T13:00-05:00'\) and row 0 has none "
        rf"\('2024-01-01T10:00'; none in {3 if key == 'time' else 2} of "
    )
    with pytest.raises(ValueError, match=message):
        Recorded(table, "bought", time="at", label_time="k")


def test_objects_of_one_column_have_a_zone_or_not():
    mixed = pd.Series([NAIVE[0].to_pydatetime(), *AWARE[1:]], dtype=object)
    with pytest.raises(ValueError, match=r"^time='at': row 1 has a time zone .* row 0 has none"):
        Recorded(frame(at=mixed), "bought", time="at")


@hypothesis.given(
    st.datetimes(dt.datetime(1970, 1, 2), dt.datetime(2100, 1, 1)),
    st.sampled_from(["%Y-%m-%dT%H:%M", "%Y%m%dT%H%M%S", "%d.%m.%Y %H:%M", "%m/%d/%Y %I:%M:%S %p",
                     "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d", "%d-%m-%Y", "%b %d, %Y"]),
    st.sampled_from(["", "Z", "+02:00", "-0530", " -05", " UTC"]),
)  # fmt: skip
def test_a_zone_is_seen_in_text_as_pandas_sees_it(when, written, zone):
    text = when.strftime(written)
    text += (zone if "%H" in written else zone.replace("Z", " Z")) * ("%M" in written)
    times = pd.Series(["2024-01-01 00:00", text])
    if pd.Timestamp(text).tz is None:
        check_zones({"time": ("at", times)})
    else:
        with pytest.raises(ValueError, match="row 1 has a time zone"):
            check_zones({"time": ("at", times)})


# numbers and categories ----------------------------------------------------------------------

NUMBERS = {
    "Decimal": [Decimal("1.5"), Decimal("2"), Decimal("-3e2"), Decimal("4")],
    "missing": [Decimal("1.5"), None, Decimal("NaN"), pd.NA],
    "Fraction": [Fraction(1, 2), 2, np.nan, 4.5],
    "scalars": [np.float32(1.5), np.int8(2), 3, Decimal("4")],
    "integers": [1, None, 3, 4],
}


@pytest.mark.parametrize("values", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize("as_frame", [None, True])
def test_objects_that_are_all_numbers_are_numbers(values, as_frame):
    table = pd.DataFrame({"x": pd.Series(values, dtype=object), "y": [0, 1, 1, 0]})
    table.index = [7] * 4
    _, found = batch(table, "y", as_frame=as_frame)
    expected = [np.nan if pd.isna(v) else float(v) for v in values]
    np.testing.assert_array_equal(np.asarray(found.X, dtype=float)[:, 0], expected)
    assert table["x"].dtype == object  # the table that was given is as it was


def test_decimals_of_a_parquet_file_are_numbers(tmp_path):
    cents = [Decimal("1.50"), None, Decimal("-2.25"), Decimal("0.10")]
    pd.DataFrame({"x": cents, "y": [0, 1, 1, 0]}).to_parquet(tmp_path / "log.parquet")
    _, found = batch(tmp_path / "log.parquet", "y", sort=True)
    np.testing.assert_array_equal(found.X[:, 0], [1.5, np.nan, -2.25, 0.1])


@pytest.mark.parametrize(("labels", "task", "classes"), [
    ([Decimal("1.25"), Decimal("2"), Decimal("0.5"), Decimal("4")], "regression", []),
    ([Decimal("1.00"), Decimal("0"), Decimal("2"), Decimal("0")], "classification", [0, 1, 2]),
    ([Fraction(4, 2), 1, 1.0, np.int64(2)], "classification", [1, 2]),
    ([2**53 + 1, 2**53, 5, 5], "classification", [5, 2**53, 2**53 + 1]),
])  # fmt: skip
def test_the_task_by_labels_that_are_objects(labels, task, classes):
    schema, found = batch(
        frame(bought=pd.Series(labels, dtype=object)), "bought", drop=["at", "who"]
    )
    assert (schema.task, schema.classes.tolist()) == (task, classes)
    assert found.y.tolist() == labels
    assert found.y.dtype == (float if task == "regression" else np.int64)


def test_slices_may_be_objects_that_are_numbers():
    who = [Decimal("1.50"), Decimal("2"), Decimal("1.5"), 3]
    schema, found = batch(frame(who=who), "bought", time="at", slices="who")
    assert found.slices["who"].tolist() == [0, 1, 0, 2]
    assert schema.slices["who"] == ("who=1.50", "who=2", "who=3")
    assert found.X[:, 1].tolist() == [1.5, 2, 1.5, 3]


def test_objects_that_are_booleans_are_no_numbers():
    x = pd.Series([True, None, False], dtype=object)
    _, found = batch(pd.DataFrame({"x": x, "y": [0, 1, 0]}), "y")
    assert [str(kind) for kind in found.X.dtypes] == ["category"]


ODD = [str(v / 8) for v in range(499)]


@pytest.mark.parametrize("where", ["x", "y"])
@pytest.mark.parametrize("name", ["frame", "log.csv", "log.parquet"])
@pytest.mark.parametrize(("values", "message"), [
    ([*ODD[:7], "?", *ODD[7:]], r"numbers in 499 of 500 values, and text in the others \('\?' in "
     r"row 7\); correct it, by pd.to_numeric .*na_values=\['\?'\]; .*dtype is 'category'"),
    (["-" if k % 7 == 3 else v for k, v in enumerate(ODD)], r"428 of 499 values.*\('-' in row 3\)"),
    ([None, "4", "n/k", "5"] * 2 + ["1", "2", "3", "4", "5"] * 4, r"24 of 26 .*\('n/k' in row 2\)"),
    (["unknown" if k % 3 == 0 else v for k, v in enumerate(ODD)], r"332 of 499 .*'unknown' in r"),
    (["1", "?", "2", "?", "?", "1"], r"3 of 6 values, .* \('\?' in row 1\)"),
])  # fmt: skip
def test_text_that_is_nearly_all_numbers_is_refused(tmp_path, values, message, name, where):
    table = pd.DataFrame({"x": np.arange(len(values)) / 2, "y": np.arange(len(values)) % 2})
    table[where] = values
    if where == "y":
        table = table.dropna().reset_index(drop=True)
        message = message.replace("in row 2", "in row 1")
    if name != "frame":
        (table.to_csv if name == "log.csv" else table.to_parquet)(tmp_path / name, index=False)
        table, message = tmp_path / name, f"^data='.*{name}': column '{where}' .*{message}"
    else:
        message = f"^data: column '{where}' holds .*{message}"
    with pytest.raises(ValueError, match=message):
        Recorded(table, "y")


DAYS = pd.date_range("2024-01-31", periods=30)


@pytest.mark.parametrize("name", ["frame", "log.csv"])
@pytest.mark.parametrize(("values", "what"), [
    ([f"{v}%" for v in ODD], r"numbers with a sign beside them \('0.0%'\), in all of 499 values;"),
    ([f"${v}" for v in ODD], r"numbers with a sign beside them"),
    ([f"1.{k:03},50\u00a0€" for k in range(30)], r"numbers with a sign beside them"),
    ([f"({v})" for v in ODD], r"numbers with a sign beside them"),
    ([f"\u2212{v}" if float(v) % 2 else v for v in ODD], r"numbers with a sign beside them"),
    (DAYS.strftime("%Y-%m-%d"), r"dates written as text \(such as '2024-01-31'\), which are nei"),
    (DAYS.strftime("%Y-%m-%dT%H:%M:%SZ"), r"dates written as text"),
    (DAYS.strftime("%d.%m.%Y %H:%M"), r"dates written as text"),
    (pd.to_timedelta(np.arange(30), unit="h").astype(str), r"durations written as text"),
])  # fmt: skip
def test_numbers_and_dates_as_text_are_no_categories_unless_told(tmp_path, values, what, name):
    table = pd.DataFrame({"x": values, "y": np.arange(len(values)) % 2})
    given = table if name == "frame" else tmp_path / name
    if name == "log.csv":
        table.to_csv(given, index=False)
    with pytest.raises(ValueError, match=rf"column 'x' holds {what}.*dtype is 'category'"):
        Recorded(given, "y")
    told = table.assign(x=table["x"].astype("category"))
    assert batch(told, "y")[1].X["x"].nunique() == len(values)


@pytest.mark.parametrize("values", [
    ["10.1.24", "10.2.24", "11.0.1"], ["5kg", "6kg", "7kg"], ["08:00", "09:00", "10:30"],
    ["2024-01", "2024-02", "2024-03"], ["10%", "20%"], ["1/2", "3/4", "5/6"], ["#1", "#2", "#3"],
])  # fmt: skip
def test_what_only_begins_like_a_number_or_a_date_is_a_name(values):
    table = pd.DataFrame({"x": values * 2, "y": np.arange(2 * len(values)) % 2})
    assert str(batch(table, "y")[1].X["x"].dtype) == "category"


def test_a_column_of_a_file_that_has_no_name_is_a_feature_only_if_it_is_given_one(tmp_path):
    frame(x=[1.0, 2.0, 3.0, 4.0]).to_csv(tmp_path / "log.csv")  # with its index
    with pytest.raises(ValueError, match=r"^data: column 'Unnamed: 0' has no name in the file's"):
        Recorded(tmp_path / "log.csv", "bought", drop=["at", "who"])
    dropped = Recorded(tmp_path / "log.csv", "bought", drop=["at", "who", "Unnamed: 0"])
    assert dropped.schema.features == ("x",)


@pytest.mark.parametrize("where", ["x", "y"])
def test_numbers_written_as_text_are_refused(where):
    table = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [0, 1, 0]})
    table[where] = ["1", "2.5", "1e3"]
    message = rf"^data: column '{where}' holds numbers written as text, in all of 3 .*\(such as '1'"
    for text in (table, table.astype({where: object}), table.astype({where: "string"})):
        with pytest.raises(ValueError, match=message + r".*pd\.to_numeric, or .*'category'"):
            Recorded(text, "y")
    Recorded(table.astype({where: "category"}), "y")


def test_text_of_dropped_columns_and_of_declared_classes_is_not_looked_at():
    table = pd.DataFrame({"x": [1.0, 2.0, 3.0], "note": ["1", "2", "?"], "y": ["1", "2", "1"]})
    schema, _ = batch(table, "y", drop=["note"], classes=["1", "2"])
    assert (schema.features, schema.classes.tolist()) == (("x",), ["1", "2"])


def test_numbers_and_a_sign_in_a_column_of_objects_are_refused():
    x = pd.Series([1.5, 2, "?", 4], dtype=object)
    with pytest.raises(ValueError, match=r"column 'x' holds numbers in 3 of 4 .*\('\?' in row 2\)"):
        Recorded(frame(x=x), "bought", time="at")


@pytest.mark.parametrize(("times", "message"), [
    (["03/04/2024", "05/06/2024"], r"dates such as '03/04/2024' can be read in two ways"),
    (["12.12.2024 10:00", "05.06.2025 10:00"], r"dates such as '12.12.2024 10:00' can be read in"),
    (["24-01-03", "24-01-05"], r"row 0 \('24-01-03'\) has a year of two digits"),
    (["10:00", "11:00"], r"row 0 \('10:00'\) has no date"),
    (pd.Series([1, 2], dtype=object), r"a column of numbers"),
    (pd.Series([Decimal(1), Decimal(2)]), r"a column of numbers"),
    (pd.period_range("2024-01", periods=2, freq="M"), r"not timestamps"),
    (pd.to_timedelta([1, 2], unit="h"), r"not timestamps"),
    (pd.Series([[1], [2]]), r"not timestamps"),
    ([True, False], r"a column of numbers"),
])  # fmt: skip
def test_what_is_no_time_or_may_be_two_is_refused(times, message):
    table = pd.DataFrame({"at": times, "x": [1.0, 2.0], "y": [0, 1]})
    with pytest.raises(ValueError, match=rf"^time='at': {message}"):
        Recorded(table, "y", time="at")
    table["first"] = ["2024-01-01", "2024-01-02"]
    wrong = message.replace("a column of numbers", "expected timestamps")
    for key in ("label_time", "available"):
        with pytest.raises(ValueError, match=rf"^{key}='at': {wrong}"):
            Recorded(table, "y", time="first", **{key: "at"})


@pytest.mark.parametrize(("times", "hours"), [
    (["2024-01-01 00:00:00", "2024-01-01 01:00:00.5", "2024-01-01T02", "2024-01-02"],
     [0, 1 + 0.5 / 3600, 2, 24]),
    (["2024-01-01T00:00:00Z", "2024-01-01T03:00:00.25+02:00"], [0, 1 + 0.25 / 3600]),
    (["01/01/2024", "13/01/2024"], [0, 288]), (["13/01/2024", "14/01/2024"], [288, 312]),
    (["01/01/2024", "01/13/2024"], [0, 288]), ([dt.date(2024, 1, 1), dt.date(2024, 1, 2)], [0, 24]),
])  # fmt: skip
def test_times_that_are_written_in_several_ways(times, hours):
    table = pd.DataFrame({"at": times, "x": np.arange(len(times)), "y": np.arange(len(times)) % 2})
    begin = pd.Timestamp("2024-01-01").value // 1000
    assert ((batch(table, "y", time="at")[1].time - begin) / HOUR).tolist() == hours


@pytest.mark.parametrize("key", ["label_time", "available"])
def test_a_row_number_that_is_infinite_is_never(key):
    table = pd.DataFrame({"x": [1.0, 2.0, 3.0], "k": [np.inf, 2, np.nan], "y": [0, 1, 0]})
    for kind in (float, object, "Float64"):
        _, found = batch(table.astype({"k": kind}), "y", **{key: "k"})
        assert getattr(found, key).tolist() == [NEVER_TIME, 2, NEVER_TIME]
    for wrong in (-np.inf, 1e300):
        table.loc[0, "k"] = wrong
        with pytest.raises(ValueError, match=rf"^{key}='k': row 0 is .* no row number"):
            Recorded(table, "y", **{key: "k"})


@pytest.mark.parametrize("values", [
    ["no", "yes"], ["1st", "2nd", "3rd"], ["A1", "B2", "17"], ["0-9", "10-19", "20+"], ["1", "A"],
    ["0", "1", "2", "3+"], ["+", "-"], ["?"], ["True", "False"], ["1,2", "2,3"],
    ["nan", "inf", "x", "y"], [True, False, "no"],
])  # fmt: skip
@pytest.mark.parametrize("times", [1, 50])
def test_names_stay_categories(values, times):
    size = len(values) * times
    table = pd.DataFrame({"x": values * times, "y": np.arange(size) % 2})
    _, found = batch(table, "y")
    assert found.X["x"].tolist() == values * times
    table = pd.DataFrame({"x": np.arange(size), "y": values * times})
    assert Recorded(table, "y").schema.classes.tolist() == sorted(map(str, values))


def test_an_explicit_category_stays_one():
    x = pd.Categorical([3, 1, 3, 2])
    _, found = batch(frame(x=x), "bought", time="at", drop=["who"])
    assert found.X["x"].tolist() == [3, 1, 3, 2]
    assert str(found.X["x"].dtype) == "category"
    x = pd.Categorical(["3", "?", "3", "2"])
    _, found = batch(frame(x=x), "bought", time="at", drop=["who"])
    assert found.X["x"].cat.categories.tolist() == ["2", "3", "?"]


@hypothesis.given(
    st.lists(
        st.none() | st.integers(-99, 99) | st.decimals(-99, 99, places=2) | st.floats(-9, 9),
        min_size=1,
    )
)
def test_a_column_of_objects_is_a_column_of_floats(values):
    column = pd.Series(values, dtype=object)
    expected = [np.nan if v is None else float(v) for v in values]
    if all(v is None for v in values):
        assert as_numbers(column) is column
    else:
        np.testing.assert_array_equal(as_numbers(column).to_numpy(dtype=float), expected)


# words --------------------------------------------------------------------------------------


def test_describe():
    known = ["2024-01-03 00:00", None, "2024-01-01 01:00", "2024-01-05 00:00"]
    stream = Recorded(frame(known=known), "bought", time="at", label_time="known", slices="who")
    assert stream.describe().splitlines() == [
        "Recorded: 4 events over 1 days, 2 features, 2 classes",
        "- slices of who: a, b, c",
        "- the time of the label is recorded; 75.0% have one",
    ]
    many = pd.DataFrame({"g": np.arange(20), "y": np.arange(20) / 3})
    assert Recorded(many, "y", slices="g").describe().splitlines() == [
        "Recorded: 20 events, 1 features, regression",
        "- slices of g: 0, 1, 2, 3, 4, 5, 6, 7, 12 more",
    ]


def test_a_file_joined_with_one_of_another_order_is_refused(tmp_path):
    path = tmp_path / "joined.csv"
    path.write_text("a,b,y\n1,2,0\n3,4,1\nb,a,y\n2,1,0\n4,3,1\n")
    with pytest.raises(ValueError, match=r"row 2 repeats the header; .* one order"):
        Recorded(path, label="y")


def test_a_stretch_without_events_that_is_most_of_the_time_is_named():
    times = [*pd.date_range("1970-01-01", periods=2), *pd.date_range("2024-01-01", periods=18)]
    table = pd.DataFrame({"at": times, "x": np.arange(20.0), "y": np.arange(20) % 2})
    with pytest.warns(UserWarning, match=r"^time='at': no event from 1970-01-02 to 2024-01-01"):
        Recorded(table, "y", time="at")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Recorded(table.iloc[2:], "y", time="at")


# dates in two ways, rows without a label ----------------------------------------------------------


def dated(*dates):
    return pd.DataFrame({"at": dates, "x": 1.0, "y": np.arange(len(dates)) % 2})


@pytest.mark.parametrize(("dates", "day_first", "expected"), [
    (["01/02/2024", "13/02/2024"], None, "2024-02-01"),
    (["01/02/2024", "02/13/2024"], None, "2024-01-02"),
    (["01/02/2024", "02/03/2024"], True, "2024-02-01"),
    (["01/02/2024", "02/03/2024"], False, "2024-01-02"),
    (["1.2.24 10:30", "2.3.24 11:00"], True, "2024-02-01T10:30"),
    (["01-02-2024T10:30+01:00", "13-02-2024T10:30+01:00"], None, "2024-02-01T09:30"),
])  # fmt: skip
def test_dates_are_read_as_said_or_as_they_say_themselves(dates, day_first, expected):
    stream = Recorded(dated(*dates), "y", time="at", day_first=day_first)
    assert next(stream.blocks(0)).time[0] == np.datetime64(expected, "us").astype(int)


@pytest.mark.parametrize(("dates", "day_first", "message"), [
    (["01/02/2024", "02/03/2024"], None, r"time='at': dates such as '01/02/2024' can be read in"),
    (["13/02/2024", "02/13/2024"], None, r"time='at': in row 0 the day comes first"),
    (["01/02/2024", "02/13/2024"], True, r"time='at': day_first=True, and row 1 says otherwise"),
])  # fmt: skip
def test_dates_that_say_nothing_or_two_things_are_refused(dates, day_first, message):
    with pytest.raises(ValueError, match=message):
        Recorded(dated(*dates), "y", time="at", day_first=day_first)


def test_rows_without_a_label_are_left_out_if_asked():
    log = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "y": [0, None, 1, None]})
    stream = Recorded(log, "y", unlabelled="leave out")
    assert next(stream.blocks(0)).X.ravel().tolist() == [1.0, 3.0]
    assert stream.schema.classes.tolist() == [0, 1]
    assert stream.describe().endswith("- 2 rows without a label are left out")
    with pytest.raises(ValueError, match="unlabelled: unknown value 'drop'"):
        Recorded(log, "y", unlabelled="drop")
    with pytest.raises(ValueError, match="label='y': no row has a label"):
        Recorded(log.assign(y=None), "y", unlabelled="leave out")


@pytest.mark.parametrize(("y", "message"), [
    (["yes", "no", "yes "], r"^label='y': 'yes' and 'yes ' are one class written in two ways; wr"),
    (["No", "yes", "no"], r"^label='y': 'No' and 'no' are one class written in two ways"),
    (["TRUE", "1", "FALSE"], r"^label='y': '1' and 'TRUE' are one class written in two ways"),
])  # fmt: skip
def test_classes_that_can_hardly_be_meant_are_refused_unless_declared(y, message):
    table = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": y})
    with pytest.raises(ValueError, match=message):
        Recorded(table, "y")
    declared = sorted({*y})
    assert Recorded(table, "y", classes=declared).schema.classes.tolist() == declared


def test_of_one_class_alone_it_is_said_that_all_are_right():
    table = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": 0})
    with pytest.warns(UserWarning, match=r"label='y': every row is 0, so every model is right"):
        assert Recorded(table, "y").schema.classes.tolist() == [0]
    assert Recorded(table, "y", classes=[0, 1]).schema.classes.tolist() == [0, 1]


@pytest.mark.parametrize("key", ["label_time", "available"])
@pytest.mark.parametrize("sign", ["9999-12-31", "2262-01-01"])
def test_a_date_that_stands_for_never_is_refused(key, sign):
    table = pd.DataFrame({"x": 1.0, "y": [0, 1], "at": ["2024-01-01", "2024-01-02"],
                          "known": ["2024-02-01", sign]})  # fmt: skip
    with pytest.raises(ValueError, match=rf"^{key}='known': row 1 has .*100 years after its event"):
        Recorded(table, "y", time="at", **{key: "known"})
    empty = table.assign(known=["2024-02-01", None])
    assert next(Recorded(empty, "y", time="at", label_time="known").blocks(0)).label_time[1] > 9e18


def test_messages_say_how_rows_are_counted_where_the_table_has_them_otherwise():
    days = ["2024-01-03", "2024-01-02", "2024-01-04", "2024-01-05"]
    log = pd.DataFrame(
        {"x": 1.0, "at": days, "y": [None, "a", "b", "a"], "said": ["a"] * 3 + ["c"]}
    )
    given = {"time": "at", "served": "said", "unlabelled": "leave out"}
    with pytest.raises(ValueError, match=r"row 2 has 'c'.* \(rows counted without those that have"):
        Recorded(log, "y", **given)
    late = log.assign(y=["b", "a", "b", "a"], said=list("caaa"))
    with pytest.raises(ValueError, match=r"row 1 has 'c'.* \(rows counted in the order of time\)"):
        Recorded(late, "y", sort=True, **given)
    with pytest.raises(ValueError, match=r"row 1 is earlier than the row before it.*sort=True$"):
        Recorded(late, "y", **given)
