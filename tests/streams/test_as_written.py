"""Files as people write them: decimal commas, thousands, formats of dates, folders of CSV."""

import numpy as np
import pandas as pd
import pytest

from clsim.streams import Recorded
from clsim.streams.delays import Empirical
from clsim.streams.tables.numerals import Numerals, ways


def read(path, label="y", **options):
    stream = Recorded(path, label, **options)
    (batch,) = stream.blocks(0)
    return stream.schema, batch


def put(path, text):
    path.write_text(text, encoding="utf-8")
    return path


COMMA = "a;b;y\n1;2,5;0\n3;4;1\n5;-,25;1\n"


def test_numbers_with_a_decimal_comma_are_read_if_told_and_else_refused(tmp_path):
    log = put(tmp_path / "log.csv", COMMA)
    with pytest.raises(ValueError, match=r"log.csv': column 'b' holds numbers with a decimal comma "
                       r"\('2,5'\), in all of 3 values; read the file with decimal=','; if it is a "
                       "category"):  # fmt: skip
        Recorded(log, "y", separator=";")
    assert read(log, separator=";", decimal=",")[1].X.tolist() == [[1, 2.5], [3, 4], [5, -0.25]]
    # what is no feature may be written as it likes
    assert read(log, separator=";", drop=["b"])[1].X.tolist() == [[1], [3], [5]]
    quoted = put(tmp_path / "quoted.csv", 'a,y\n"1,5",0\n2,1\n')
    assert read(quoted, decimal=",")[1].X.tolist() == [[1.5], [2]]
    with pytest.raises(ValueError, match=r"column 'a' .* read the file with decimal=','"):
        Recorded(quoted, "y")


@pytest.mark.parametrize(("text", "told", "numbers"), [
    (["1.234,5", "12", "-1.000.000"], {"decimal": ",", "thousands": "."}, [1234.5, 12, -1e6]),
    (["1.234", "12.000"], {"decimal": ",", "thousands": "."}, [1234, 12000]),
    (['"1,234.5"', "12"], {"thousands": ","}, [1234.5, 12]),
    (["1\u202f234,5", "7 000"], {"decimal": ",", "thousands": " "}, [1234.5, 7000]),
    (["1'234.5", "12\u2019000"], {"thousands": "'"}, [1234.5, 12000]),
    (["1 234", "NA", ""], {"thousands": " "}, [1234, np.nan, np.nan]),
])  # fmt: skip
def test_thousands_are_read_if_told(tmp_path, text, told, numbers):
    sign = "," if text[0].startswith('"') else ";"
    rows = "".join(f"{value}{sign}{k % 2}\n" for k, value in enumerate(text))
    log = put(tmp_path / "log.csv", f"a{sign}y\n{rows}")
    _, found = read(log, separator=sign, **told)
    np.testing.assert_array_equal(found.X[:, 0], numbers)


def test_what_is_no_number_stays_what_it_is_though_thousands_are_told(tmp_path):
    """pandas would read 01.02.2024 as 1,022,024, and 10.0.0.1 as 10,001."""
    log = put(tmp_path / "log.csv", "at;host;a;y\n01.02.2024;10.0.0.1;1.000;0\n"
              "13.02.2024;10.0.0.2;2.000;1\n")  # fmt: skip
    _, found = read(log, time="at", separator=";", decimal=",", thousands=".")
    assert found.X["a"].tolist() == [1000, 2000]
    assert found.X["host"].tolist() == ["10.0.0.1", "10.0.0.2"]
    assert (found.time[1] - found.time[0]) / 86_400e6 == 12


@pytest.mark.parametrize(("values", "remedy"), [
    (["1,5", "12", "0,25"], "decimal=','"),
    (["1.234,5", "12", "3"], "decimal=',' and thousands='.'"),
    (["1,234.5", "999.5", "1"], "thousands=','"),
    (["1 234", "12", "7"], "thousands=' '"),
    (["1,250", "12,000", "1,000"], "decimal=',' or with thousands=','"),
])  # fmt: skip
def test_the_remedy_is_what_reads_the_column(values, remedy):
    assert " or with ".join(map(str, ways(pd.Series(values)))) == remedy
    frame = pd.DataFrame({"a": values, "y": np.arange(len(values)) % 2})
    with pytest.raises(ValueError, match=rf"column 'a' .*read the file with {remedy};"):
        Recorded(frame, "y")


@pytest.mark.parametrize("values", [
    ["a", "b,5", "1,5"], ["10.0.0.1", "10.0.0.2"], ["1-2", "3"], ["01.02.2024", "1"],
    ["12,5 kg", "3,5 kg"], ["1,23,45", "1,23,46"],
])  # fmt: skip
def test_names_are_no_numbers(values):
    assert ways(pd.Series(values)) == []
    frame = pd.DataFrame({"a": values, "y": np.arange(len(values)) % 2})
    assert read(pd.concat([frame] * 2, ignore_index=True))[0].features == ("a",)


def test_a_few_words_or_two_ways_among_numbers_are_told_by_row(tmp_path):
    values = [f"{k},5" for k in range(19)]
    frame = pd.DataFrame({"a": [*values, "n.a.x"], "y": [0, 1] * 10})
    with pytest.raises(ValueError, match=r"comma \('0,5'\) in 19 of 20 values, and text in "
                       r"the others \('n.a.x' in row 19\); read the file with decima"):  # fmt: skip
        Recorded(frame, "y")
    frame.loc[10:, "a"] = "7.5"
    with pytest.raises(ValueError, match=r"a decimal comma \('0,5' in row 0\) and with a decimal "
                       r"point \('7.5' in row 10\)"):  # fmt: skip
        Recorded(frame, "y")
    log = put(tmp_path / "log.csv", "a;b;y\n1,5;1.5;0\n2,5;2.5;1\n")
    with pytest.raises(ValueError, match=r"column 'b' holds numbers written as text \(not with "
                       r"decimal=','\)"):  # fmt: skip
        Recorded(log, "y", separator=";", decimal=",")


@pytest.mark.parametrize(("given", "message"), [
    ({"decimal": ";"}, r"^decimal=';': expected '.' or ','"),
    ({"thousands": "x"}, r"^thousands='x': expected one of ',', '.', ' ', \"'\""),
    ({"thousands": "."}, r"^thousands='.': is the decimal sign too"),
    ({"thousands": ",", "decimal": ","}, r"^thousands=',': is the decimal sign too"),
])  # fmt: skip
def test_signs_that_cannot_be_are_refused(tmp_path, given, message):
    with pytest.raises(ValueError, match=message):
        Recorded(put(tmp_path / "log.csv", COMMA), "y", separator=";", **given)
    with pytest.raises(ValueError, match="only a CSV file has one"):
        Recorded(pd.DataFrame({"a": [1, 2], "y": [0, 1]}), "y", **given)


def test_numbers_by_hand():
    found = Numerals(",", ".").numbers(pd.Series(["1.234,5", None, "-7"]))
    np.testing.assert_array_equal(found, [1234.5, np.nan, -7])
    text = pd.Series(["1.23,5"])  # a group of two
    assert Numerals(",", ".").numbers(text) is text


# dates ------------------------------------------------------------------------------------------

DAY = 86_400e6


@pytest.mark.parametrize(("values", "code"), [
    (["31Jan2024", "01Feb2024"], "%d%b%Y"), (["20240131", "20240201"], "%Y%m%d"),
    ([20240131, 20240201], "%Y%m%d"), (["31.01.24", "01.02.24"], "%d.%m.%y"),
    (["2024-01-31", "2024-02-01"], "ISO8601"), (["2024 w05 3", "2024 w05 4"], "%G w%V %u"),
    (["31/01/2024 +0100", "01/02/2024 +0100"], "%d/%m/%Y %z"),
])  # fmt: skip
def test_dates_in_a_format(values, code):
    frame = pd.DataFrame({"at": values, "x": [1.0, 2.0], "y": [0, 1]})
    _, found = read(frame, time="at", date_format=code)
    offset = 3_600e6 if "%z" in code else 0
    assert found.time.tolist() == [pd.Timestamp("2024-01-31").value / 1e3 - offset + k * DAY
                                   for k in (0, 1)]  # fmt: skip
    _, same = read(frame, time="at", date_format={"at": code})
    assert same.time.tolist() == found.time.tolist()
    late = Empirical.of(frame.assign(known=values), time="at", label_time="known", date_format=code)
    assert late.times.tolist() == [0]


def test_a_format_for_each_column_and_words_for_missing_times(tmp_path):
    log = put(tmp_path / "log.csv", "at,known,x,y\n02/01/2024,20240105,1,0\n03/01/2024,NA,2,1\n")
    given = {"time": "at", "label_time": "known"}
    each = {"at": "%d/%m/%Y", "known": "%Y%m%d"}
    _, found = read(log, **given, date_format=each)
    assert (found.label_time[0] - found.time[0]) / DAY == 3
    with pytest.raises(ValueError, match=r"^label_time='known': row 0 \('20240105.*'\) is not "
                       r"written as date_format='%d/%m/%Y' says.* date_format=\{'kn"):  # fmt: skip
        Recorded(log, "y", **given, date_format="%d/%m/%Y")


@pytest.mark.parametrize(("given", "message"), [
    ({"date_format": "%d/%m"}, "expected codes with a year"),
    ({"date_format": "mixed"}, "expected codes with a year"),
    ({"date_format": 5}, "give one, or one for each column"),
    ({"date_format": {"when": "%Y"}}, "unknown column of times 'when'"),
    ({"date_format": "%d/%m/%Y", "day_first": True}, "leave out day_first"),
    ({"date_format": "%m/%d/%Y"}, r"time='at': row 0 \('31/01/2024'\) is not written as"),
    ({"day_first": "yes"}, "day_first='yes': must be true or false"),
])  # fmt: skip
def test_formats_that_cannot_be_are_refused(given, message):
    frame = pd.DataFrame({"at": ["31/01/2024", "01/02/2024"], "x": [1, 2], "y": [0, 1]})
    with pytest.raises((TypeError, ValueError), match=message):
        Recorded(frame, "y", time="at", **given)


# folders ----------------------------------------------------------------------------------------


def folder(tmp_path, **files):
    tmp_path.joinpath("log").mkdir()
    for name, text in files.items():
        put(tmp_path / "log" / name.replace("_csv", ".csv"), text)
    return tmp_path / "log"


def test_a_folder_of_csv_files_is_one_table_in_the_order_of_names(tmp_path):
    log = folder(tmp_path, part_10_csv="x,who,y\n3,NA,0\n", part_2_csv="y,x,who\n1,NA,NA\n0,2,b\n",
                 _note="", **{".hidden": ""})  # fmt: skip
    schema, found = read(log)
    assert schema.features == ("x", "who")
    # by size of the numbers in names; columns by name; 'NA' is a name among names, in every file
    np.testing.assert_array_equal(found.X["x"], [np.nan, 2, 3])
    assert found.X["who"].tolist() == ["NA", "b", "NA"]
    assert found.y.tolist() == [1, 0, 0]
    assert Recorded(log, "y").files() == (log,)


def test_parts_with_a_decimal_comma_and_compressed_ones(tmp_path):
    log = folder(tmp_path, a_csv="x;y\n1.000,5;0\n", b_csv="x;y\n2;1\n")
    frame = pd.DataFrame({"x": ["3,5"], "y": [1]})
    frame.to_csv(log / "c.csv.gz", sep=";", index=False)
    _, found = read(log, separator=";", decimal=",", thousands=".")
    assert found.X[:, 0].tolist() == [1000.5, 2, 3.5]


@pytest.mark.parametrize(("files", "message"), [
    ({"a_csv": "x,y\n1,0\n", "b_csv": "x,z,y\n1,2,0\n"},
     r"log': column 'z' is in b.csv and not in a.csv"),
    ({"a_csv": "x,y\n1,0\n", "b_csv": "y\n0\n"}, r"log': column 'x' is in a.csv and not in b.csv"),
    ({"a_csv": "x,y\n1,0\n", "b_csv": "x,y\nlow,1\n"},
     r"log': column 'x' holds numbers in a.csv and text in b.csv"),
    ({"a_csv": 'x,y\n"1,5",0\n', "b_csv": "x,y\n2,1\n"},
     r"a.csv': column 'x' holds numbers with a decimal comma .* read the file with decimal=','"),
    ({"a_csv": "x,y\n1,0\n", "b_csv": "x;y\n1;0\n"}, r"b.csv': one column, 'x;y'"),
    ({"a_csv": "x,y\n1,0\n", "b_csv": ""}, r"b.csv': cannot be read"),
    ({"a_csv": "x,y\n1,0\n", "b.xlsx": ""}, r"holds 'b.xlsx' beside CSV files such as 'a.csv'"),
    ({"a_csv": "x,y\n1,0\n", "b_csv": "x,y\n1\n"}, r"b.csv': row 0 has 1 of 2 fields"),
])  # fmt: skip
def test_parts_that_differ_are_refused(tmp_path, files, message):
    with pytest.raises(ValueError, match=message):
        Recorded(folder(tmp_path, **files), "y")
