"""Files that somebody broke, replaced or forged: named and left out, and never believed."""

import hashlib
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.hindsight import candidates
from clsim.hindsight.make import counterfactual
from clsim.hindsight.table import Counterfactual
from clsim.report.page import read
from clsim.runs.files import parse_json, parse_yaml, to_yaml
from clsim.runs.footer import packings
from clsim.runs.reading import is_done
from clsim.strategy import Strategy
from clsim.strategy.datasets import All
from clsim.strategy.triggers import Never, Periodic
from clsim.sweep.jobs import groups
from helpers.tables import assert_same, two_clouds
from test_runs import a_run

pytestmark = pytest.mark.xdist_group("damage")  # its fixtures are dear

WORDS, NUMBERS, ROWS = "0" * 12, "1" * 12, "2" * 12
RUNS = {
    WORDS: "words in time, with slices", NUMBERS: "regression, unanswered",
    ROWS: "rows, no warm-up, labels missing",
}  # fmt: skip
TABLES = ["ticks.parquet", "events.parquet", "confusion.parquet", "predictions.parquet"]
GIVEN = {"learner": GaussianNB(), "dataset": All(), "tick": 50, "warmup": 100}
FILES = ["run.json", "config.yaml", "done", *TABLES]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Three runs, of which one is broken in each test, and two tables of hindsight."""
    folder = tmp_path_factory.mktemp("whole")
    for key, kind in RUNS.items():
        run = a_run(kind)
        run.config = {"name": "it", "seed": 0, "strategy": {"name": kind}, "learner": key}
        run.save(folder / key)
    counterfactual(two_clouds(2_500), **GIVEN, path=folder / "counterfactual" / "in parts")
    table = counterfactual(two_clouds(400), **GIVEN, slices=True)
    table.save(folder / "counterfactual" / "whole.parquet")
    return folder


@pytest.fixture(scope="module")
def before(whole):
    return clsim.load(whole).runs


@pytest.fixture
def sweep(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "sweep")


def assert_as_before(runs, before):
    """These runs, and no others, are what they were."""
    assert set(runs) == set(before)
    for key, run in runs.items():
        assert_same(run, before[key])
        assert repr(run.info) == repr(before[key].info)
        assert run.config == before[key].config


def left_out(folder, key, file, before, why=""):
    """The run is left out and its file is named; all others are as they were."""
    runs = clsim.load(folder)
    assert set(runs.damaged) == {key}
    assert_as_before(runs.runs, {k: run for k, run in before.items() if k != key})
    named = (file,) if file != "done" else ("done", "run.json")
    assert runs.damaged[key].startswith(tuple(f"{folder / key / name}: " for name in named))
    assert runs.damaged[key].endswith("; the run is left out")
    assert why in runs.damaged[key]
    assert not is_done(folder / key) or why
    return runs.damaged[key]


def halved(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path):
    path.write_bytes(b"")


def of_another(path):
    shutil.copy(path.parent.parent / ROWS / path.name, path)


def text(path):
    path.write_text("a text <b>")


def a_folder(path):
    path.unlink()
    path.mkdir()


def a_link(path):
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def a_pipe(path):
    path.unlink()
    os.mkfifo(path)


def deleted(path):
    path.unlink()


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize(
    "damage", [halved, emptied, of_another, text, a_folder, a_link, a_pipe, deleted]
)
def test_a_broken_file_is_named_and_its_run_left_out(damage, file, sweep, before):
    damage(sweep / WORDS / file)
    if (damage, file) == (deleted, "done"):
        assert clsim.load(sweep).unfinished == [WORDS]
        return
    left_out(sweep, WORDS, file, before)
    with pytest.raises(ValueError, match="; run it again"):
        clsim.load(sweep / WORDS)


@pytest.mark.parametrize("file", FILES)
def test_no_byte_can_be_changed(file, sweep):
    path = sweep / WORDS / file
    data = bytearray(path.read_bytes())
    if file == "done":
        data = data[:-1]  # a last line needs no end
    for place in range(0, len(data), max(1, len(data) // 40)):
        changed = data.copy()
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        with pytest.raises(ValueError, match=r"^/.*/(run\.json|config\.yaml|\w+\.parquet): "):
            clsim.load(sweep / WORDS)
    path.write_bytes(data)
    clsim.load(sweep / WORDS)


# forged: with digests that fit -------------------------------------------------------------------


def forge(folder, change=None, **files):
    """Change run.json and files, and mend all digests."""
    info = json.loads((folder / "run.json").read_text())
    for name, content in files.items():
        name = "config.yaml" if name == "config" else f"{name}.parquet"
        known = info["contents"].setdefault(name, {})
        if isinstance(content, pa.Table):
            pq.write_table(content, folder / name)
            known |= {"rows": content.num_rows, "bytes": content.nbytes}
        else:
            (folder / name).write_bytes(content)
        known["sha256"] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    if change:
        change(info)
    data = json.dumps(info).encode()
    (folder / "run.json").write_bytes(data)
    (folder / "done").write_text(hashlib.sha256(data).hexdigest())


def put(*path, value):
    def change(info):
        *way, last = path
        for key in way:
            info = info[key]
        info[last] = value

    return change


def lost(*path):
    def change(info):
        *way, last = path
        for key in way:
            info = info[key]
        del info[last]

    return change


KEYS = [
    "versions", "seed", "source", "task", "timed", "labels", "classes", "loss", "threshold",
    "unanswered", "warmup_events", "warmup_labels", "drifts", "probabilities", "draw", "score",
    "totals", "made", "contents", "schema_version",
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_every_value_of_a_run_has_its_type(key, sweep, before):
    folder = sweep / WORDS
    saved = (folder / "run.json").read_bytes()
    fits = {
        "draw": ["<script>"], "score": [-1.5, None], "drifts": [[]], "versions": [{}, {"a": "b"}],
        "timed": [True], "made": [{}], "seed": [10**400], "totals": [{}],
        "threshold": [None], "probabilities": [True],
    }  # fmt: skip
    for value in ("<script>", -1.5, True, None, [], {}, [1], {"a": "b"}, [[[]]], 10**400):
        if value in fits.get(key, []):  # wrong only if it does not fit the tables
            continue
        (folder / "run.json").write_bytes(saved)
        forge(folder, put(key, value=value))
        with pytest.raises(ValueError, match=r"^/.*/run\.json: .*; run it again"):
            clsim.load(folder)
    (folder / "run.json").write_bytes(saved)
    forge(folder, lost(key))
    left_out(sweep, WORDS, "run.json", before, "schema version" if key[:3] == "sch" else key)


DRIFT = {"kind": "sudden", "start": 1, "end": 2, "target": "concept", "slice": None}


@pytest.mark.parametrize(("change", "file", "why"), [
    (put("drifts", value=[{**DRIFT, "start": "1"}]), "run.json", "drifts"),
    (put("drifts", value=[{**DRIFT, "more": 1}]), "run.json", "drifts"),
    (put("classes", value=["no"]), "predictions.parquet", "other columns than expected: 'p_yes'"),
    (put("probabilities", value=False), "predictions.parquet", "other columns than expected"),
    (put("threshold", value=1.5), "run.json", "threshold=1.5"),
    (put("classes", value=["no", 1]), "run.json", "classes"),
    (put("classes", value=["no", "no"]), "run.json", "classes"),
    (put("labels", value="<M8[us]"), "run.json", "labels"),
    (put("labels", value="(9999999999,)i8"), "run.json", "labels"),
    (put("labels", value="<i8"), "run.json", "classes"),
    (put("task", value="regression"), "run.json", "contents"),
    (put("timed", value=False), "ticks.parquet", "'start'"),
    (put("score", value=0.99), "ticks.parquet", "score"),
    (put("score", value=None), "ticks.parquet", "score"),
    (put("loss", value="squared"), "ticks.parquet", "score"),
    (put("totals", "loss", value=1.0), "ticks.parquet", "loss adds up to"),
    (put("totals", "errors", value=float("nan")), "ticks.parquet", "errors adds up to"),
    (put("totals", "labels", value=1), "events.parquet", "labels adds up to"),
    (put("totals", "waited", value=1e300), "events.parquet", "waited adds up to"),
    (put("totals", "retrainings", value="many"), "run.json", "totals"),
    (lost("totals", "votes"), "events.parquet", "other totals"),
    (lost("contents", "config.yaml"), "run.json", "contents"),
    (lost("contents", "ticks.parquet"), "run.json", "contents"),
    (lost("contents", "confusion.parquet"), "run.json", "contents"),
    (lost("contents", "ticks.parquet", "bytes"), "run.json", "contents"),
    (put("contents", "../../other", value={"sha256": ""}), "run.json", "contents"),
    (put("contents", "ticks.parquet", "rows", value=10**12), "ticks.parquet", "rows"),
    (put("contents", "ticks.parquet", "rows", value=1), "ticks.parquet", "rows"),
    (put("contents", "ticks.parquet", "bytes", value=9), "ticks.parquet", "rows cannot be 9 bytes"),
    (put("contents", "ticks.parquet", "bytes", value=1 << 60), "run.json", "contents"),
])  # fmt: skip
def test_what_a_run_says_fits_its_tables(change, file, why, sweep, before):
    forge(sweep / WORDS, change)
    left_out(sweep, WORDS, file, before, why)


def changed(table, name, change):
    """A table with other values in one column, of the same types."""
    column = change(np.array(table[name].to_pylist(), dtype=object))
    values = pa.array(column, type=table.schema.field(name).type)
    return table.set_column(table.schema.get_field_index(name), table.schema.field(name), values)


def first(value):
    def change(column):
        column[0] = value
        return column

    return change


@pytest.mark.parametrize(("table", "name", "change", "why"), [
    ("ticks", "loss", lambda v: v * 2, "loss adds up to"),
    ("ticks", "n", lambda v: v * 2, "n adds up to"),
    ("ticks", "answered", lambda v: v + 100, "more events are answered"),
    ("ticks", "tick", lambda v: v[::-1], "0, 1, 2"),
    ("ticks", "slice", lambda v: np.full(len(v), "all"), "0, 1, 2"),
    ("events", "rows", lambda v: v * 2, "adds up to"),
    ("events", "kind", first("strange"), "unknown kind"),
    ("events", "detail", first("{"), "not JSON"),
    ("events", "detail", first("[" * 9999), "not JSON"),
    ("events", "detail", first("[]"), "not a mapping"),
    ("confusion", "n", lambda v: v * 2, "events"),
    ("confusion", "y_pred", lambda v: v[::-1], "errors"),
    ("confusion", "y_pred", first("perhaps"), "no classes"),
    ("predictions", "tick", lambda v: v * 0, "events"),
    ("predictions", "y_pred", first(None), "answers"),
    ("predictions", "y_true", lambda v: v[::-1], "answers"),
])  # fmt: skip
def test_tables_add_up(table, name, change, why, sweep, before):
    file = sweep / WORDS / f"{table}.parquet"
    forge(sweep / WORDS, **{table: changed(pq.read_table(file), name, change)})
    left_out(sweep, WORDS, file.name, before, why)


@pytest.mark.parametrize("table", ["ticks", "events", "confusion", "predictions"])
@pytest.mark.parametrize(("change", "why"), [
    (lambda t: t.append_column("more", pa.array(range(t.num_rows))), "other columns than expected"),
    (lambda t: t.drop_columns("tick"), "other columns than expected: 'tick'"),
    (lambda t: t.select(t.column_names[::-1]), "other columns than expected: their order"),
    (lambda t: t.set_column(0, t.column_names[0], t[0].cast("float64")), "other columns"),
    (lambda t: t.set_column(0, t.column_names[0], pa.array([None] * len(t), t[0].type)), "other"),
    (lambda t: pa.concat_tables([t, t]), ""),
])  # fmt: skip
def test_tables_have_their_columns(table, change, why, sweep, before):
    file = sweep / WORDS / f"{table}.parquet"
    forge(sweep / WORDS, **{table: change(pq.read_table(file))})
    left_out(sweep, WORDS, file.name, before, why or "t")


@pytest.mark.parametrize(("config", "why"), [
    (b"- a list", "not a mapping"), (b"", "not a mapping"), (b"a: [", "not YAML"),
    (b"\xff\x00", "not YAML"), (b"a: !!timestamp b", "not YAML"), (b"prices: 5", "prices=5"),
    (b"prices: {error: many}", "prices.error"), (b"prices: {eror: 1}", "eror"),
    (b"strategy: a", "strategy"), (b"counterpart: {of: a}", "counterpart"),
    (b"a: &b 1\nc: *b", "aliases are refused"), (b"{a: 1, 2: 3}", "'<' not supported"),
    (b"a: " + b"[" * 2_000, "nested too deeply"),
    (b"a: !!python/object/apply:os.getcwd []", "could not determine a constructor"),
])  # fmt: skip
def test_a_configuration_is_plain(config, why, sweep, before):
    forge(sweep / WORDS, config=config)
    left_out(sweep, WORDS, "config.yaml", before, why)


def test_a_configuration_that_names_an_object_twice_comes_back(tmp_path):
    shared = {"a": [1, None]}
    assert parse_yaml(to_yaml({"x": shared, "y": shared}).encode(), tmp_path) == {
        "x": shared, "y": shared,
    }  # fmt: skip


# the whole -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_what_is_around_the_runs_may_be_anything(sweep, before):
    (sweep / ".planned").write_bytes(b"\xff\xfe garbage " + b"3" * 12)
    for name in ("multirun.yaml", "notes.txt"):
        (sweep / name).write_text("hydra: [1")
    (sweep / "some").mkdir()
    (sweep / WORDS / ".hydra").write_text("a file")
    (sweep / WORDS / "served.parquet").write_text("not listed, not read")
    os.mkfifo(sweep / "pipe")
    runs = clsim.load(sweep)
    assert_as_before(runs.runs, before)
    assert (runs.unfinished, runs.damaged) == ([], {})
    (sweep / ".planned").write_text(f"../.. garbage {'3' * 12}\n")
    assert clsim.load(sweep).unfinished == ["3" * 12]
    for given in ("[]", "hydra: 1", "hydra: {overrides: {task: 5}}", "a: &b 1", "[" * 2_000):
        (sweep / "multirun.yaml").write_text(given)
        assert read(sweep)[0].unfinished == ["3" * 12]


def test_a_folder_whose_runs_are_all_damaged_names_them(sweep):
    for key in RUNS:
        halved(sweep / key / "ticks.parquet")
    with pytest.raises(ValueError, match=r"no finished run.*0/ticks.*1/ticks.*2/ticks"):
        clsim.load(sweep)


def test_two_processes_read_what_one_does(sweep, before):
    file = sweep / WORDS / "ticks.parquet"
    file.write_bytes(file.read_bytes()[:-1])
    one, two = (clsim.load(sweep, n_jobs=number) for number in (1, 2))
    assert one.damaged == two.damaged != {}
    assert_as_before(two.runs, one.runs)


def test_a_report_goes_on_without_what_is_damaged(sweep):
    shutil.rmtree(sweep / "counterfactual" / "in parts")
    shutil.rmtree(sweep / NUMBERS)
    (sweep / "multirun.yaml").write_text("[" * 2_000)
    text(sweep / WORDS / "ticks.parquet")
    halved(sweep / "counterfactual" / "whole.parquet")
    runs, _, notes = read(sweep)
    said = " ".join(notes)
    assert f"{WORDS}/ticks.parquet: is not what run.json says of it; the run is left out." in said
    assert "whole.parquet: not a Parquet file" in said
    assert list(runs.runs) == [ROWS]


def test_a_sweep_replays_what_is_damaged(sweep):
    halved(sweep / WORDS / "events.parquet")
    (sweep / NUMBERS / "done").write_text("")  # as older versions left it
    configs = [{"strategy": key} for key in RUNS]
    folders = [sweep / key for key in RUNS]
    assert [group.folders for group in groups(configs, folders)] == [folders[:2]]


def test_two_runs_of_one_configuration_say_the_same_but_for_how_they_were_made(tmp_path):
    every, never = Strategy(Periodic(2)), Strategy(Never())
    setting = {"learner": GaussianNB(), "tick": 10, "warmup": 50, "record": "events"}
    made = []
    for name, others in (("alone", {}), ("together", {"never": never, "too": Strategy(Never())})):
        run = clsim.replay(two_clouds(200), {"it": every, **others}, **setting)["it"]
        info = json.loads((run.save(tmp_path / name) / "run.json").read_text())
        made.append(info.pop("made"))
        del info["contents"]["events.parquet"]["sha256"]
        assert "seconds" not in json.dumps(info)
        (tmp_path / name / "rest").write_text(json.dumps(info))
    assert (tmp_path / "alone" / "rest").read_text() == (tmp_path / "together" / "rest").read_text()
    assert [found["together"] for found in made] == [1, 3]
    assert set(made[0]) == {
        "wall_seconds", "fit_seconds", "predict_seconds", "train_seconds", "initial_seconds",
        "unique_fits", "together",
    }  # fmt: skip


# tables of hindsight ---------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["whole.parquet", "in parts/part-00000016.parquet"])
@pytest.mark.parametrize("damage", [halved, emptied, text, a_folder, a_link, a_pipe])
def test_a_damaged_table_is_named(damage, place, sweep):
    path = sweep / "counterfactual" / place
    damage(path)
    named = path if damage is not a_folder or path.parent.name == "in parts" else path.name
    with pytest.raises(ValueError, match=str(named)):
        Counterfactual.load(path if path.name == "whole.parquet" else path.parent)


@pytest.mark.parametrize("place", ["whole.parquet", "in parts/part-00000016.parquet"])
def test_no_byte_of_a_table_can_be_changed(place, sweep):
    path = sweep / "counterfactual" / place
    read_from = path if path.name == "whole.parquet" else path.parent
    before, data, reasons = Counterfactual.load(read_from), path.read_bytes(), []
    for number in range(0, len(data), max(1, len(data) // 120)):
        changed = bytearray(data)
        changed[number] ^= 1 << number % 8
        path.write_bytes(changed)
        try:
            after = Counterfactual.load(read_from)
        except ValueError as error:
            reasons.append(str(error))
            continue
        # a byte that says nothing, such as a statistic in the footer
        np.testing.assert_array_equal(after.loss, before.loss)
        assert (after.setting, after.failures) == (before.setting, before.failures)
    assert len(reasons) > 50
    assert all(reason.startswith(f"{path}: ") for reason in reasons)


def test_a_footer_says_the_same_to_us_as_to_arrow(sweep):
    for path in sweep.rglob("*.parquet"):
        footer = pq.read_metadata(path)
        groups = packings(path.read_bytes())
        assert len(groups) == footer.num_row_groups
        for number, columns in enumerate(groups):
            for i, column in enumerate(columns):
                known = footer.row_group(number).column(i)
                assert (column.codec, known.compression) == (1, "SNAPPY")
                assert len(column.encodings) == len(known.encodings)
                assert column.values == known.num_values
                assert column.size == known.total_uncompressed_size


@pytest.mark.parametrize("bit", range(1, 8))
def test_codes_that_no_reader_knows_end_no_process(bit, sweep):
    path = sweep / "counterfactual" / "whole.parquet"
    data = bytearray(path.read_bytes())
    codec = data.rindex(b"\x15\x02\x16") + 1  # of the last column
    data[codec] ^= 1 << bit
    path.write_bytes(data)
    with pytest.raises(ValueError, match=f"^{path}: "):
        Counterfactual.load(path)


def forge_table(path, **change):
    """A table that says something else of itself."""
    table = pq.read_table(path)
    about = json.loads(table.schema.metadata[b"clsim"]) | change
    pq.write_table(table.replace_schema_metadata({"clsim": json.dumps(about)}), path)


@pytest.mark.parametrize("change", [
    {"n": []}, {"n": "1"}, {"n": [1] * 99}, {"n": [1.5]}, {"slice_n": []}, {"slice_n": {"a": [1]}},
    {"setting": {}}, {"setting": None}, {"digest": ""}, {"digest": None}, {"bytes": 1},
    {"bytes": "1"}, {"bytes": 1 << 60}, {"format": 1}, {"format": [[]]}, {"info": 3},
])  # fmt: skip
def test_a_table_is_what_it_says(change, sweep):
    path = sweep / "counterfactual" / "whole.parquet"
    forge_table(path, **change)
    with pytest.raises(ValueError, match=f"^{path}: "):
        Counterfactual.load(path)


def test_parts_belong_together(sweep):
    folder = sweep / "counterfactual" / "in parts"
    other = counterfactual(two_clouds(2_500, seed=1), **GIVEN, path=sweep / "other")
    assert len(other.ticks) == 49
    shutil.copy(sweep / "other" / "part-00000016.parquet", folder)
    with pytest.raises(ValueError, match=r"part-00000016.parquet: is of another table"):
        Counterfactual.load(folder)
    shutil.copy(folder / "part-00000000.parquet", folder / "part-00000016.parquet")
    with pytest.raises(ValueError, match=r"part-00000016.parquet: its rows are not those"):
        Counterfactual.load(folder)


def test_a_damaged_part_is_made_again(sweep, monkeypatch):
    folder = sweep / "counterfactual" / "in parts"
    before = Counterfactual.load(folder)
    made, really = [], candidates._made
    monkeypatch.setattr(candidates, "_made", lambda f, p: made.append(p[0]) or really(f, p))
    text(folder / "part-00000000.parquet")
    halved(folder / "part-00000032.parquet")
    counterfactual(two_clouds(2_500), **GIVEN, path=folder)
    assert made == [-1, 31]
    np.testing.assert_array_equal(Counterfactual.load(folder).loss, before.loss)
    a_folder(folder / "part-00000000.parquet")
    with pytest.raises(ValueError, match=r"part-00000000.parquet: a folder is where a file belong"):
        counterfactual(two_clouds(2_500), **GIVEN, path=folder)


# bombs -----------------------------------------------------------------------------------------


def test_nesting_and_aliases_end_soon(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i + 1}: &a{i + 1} [{', '.join([f'*a{i}'] * 9)}]" for i in range(12)]
    with pytest.raises(ValueError, match="anchors and aliases are refused"):
        parse_yaml("\n".join(lines).encode(), tmp_path)
    for opened in (b"[" * 5_000, b'{"a":' * 5_000):
        with pytest.raises(ValueError, match="nested too deeply"):
            parse_json(opened, tmp_path)
        with pytest.raises(ValueError, match="nested too deeply"):
            parse_yaml(opened, tmp_path)


LIMITED = """
import resource, sys
import clsim, numpy, pandas, pyarrow.parquet
from clsim.hindsight.table import Counterfactual
now = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now + (400 << 20), resource.RLIM_INFINITY))
try:
    (Counterfactual.load if sys.argv[1].endswith("parquet") else clsim.load)(sys.argv[1])
except ValueError as error:
    print(error)
"""


def refused(path):
    """Why a file is refused by a process that may take 400 MB more than its libraries do."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.slow
def test_a_table_with_far_more_rows_than_it_is_said_to_have(sweep):
    folder = sweep / ROWS
    table = pq.read_table(folder / "ticks.parquet")
    with pq.ParquetWriter(folder / "ticks.parquet", table.schema) as writer:
        large = pa.concat_tables([table.slice(0, 1)] * 100_000).combine_chunks()
        for _ in range(40):  # 4 million rows of 92 bytes
            writer.write_table(large)
    assert (folder / "ticks.parquet").stat().st_size < 1 << 20
    data = (folder / "ticks.parquet").read_bytes()
    forge(
        folder, put("contents", "ticks.parquet", "sha256", value=hashlib.sha256(data).hexdigest())
    )
    forge(folder, put("contents", "ticks.parquet", "bytes", value=1 << 24))
    assert "4000000 rows, and it is said to have" in refused(folder)
    forge(folder, put("contents", "ticks.parquet", "rows", value=4_000_000))
    with pytest.raises(ValueError, match="4000000 rows cannot be"):
        clsim.load(folder)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.slow
def test_a_text_that_stands_for_gigabytes(sweep):
    folder = sweep / ROWS
    table = pq.read_table(folder / "events.parquet")
    long = json.dumps({"how": "x" * 10_000_000})
    at = table.schema.get_field_index("detail")
    details = pa.DictionaryArray.from_arrays(np.zeros(len(table), np.int32), pa.array([long]))
    schema = table.schema.set(at, pa.field("detail", details.type))
    columns = [details if i == at else column for i, column in enumerate(table.columns)]
    assert len(table) * len(long) > 400 << 20
    pq.write_table(pa.table(columns, schema=schema), folder / "events.parquet", store_schema=False)
    data = (folder / "events.parquet").read_bytes()
    assert len(data) < 2 << 20
    known = {"sha256": hashlib.sha256(data).hexdigest(), "rows": len(table), "bytes": 20_000_000}
    forge(folder, put("contents", "events.parquet", value=known))
    assert "its text takes more memory than it is said to" in refused(folder)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.slow
def test_a_table_of_hindsight_with_far_more_rows_than_trainings(sweep):
    path = sweep / "counterfactual" / "whole.parquet"
    table = pq.read_table(path)
    with pq.ParquetWriter(path, table.schema) as writer:
        large = pa.concat_tables([table.slice(0, 1)] * 100_000).combine_chunks()
        for _ in range(20):
            writer.write_table(large)
    assert "2000000 rows, and it is said to have" in refused(path)
