"""Tables of versions that were trained elsewhere: by hand, there and back, and what is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import clsim
from clsim import Counterfactual, Prices
from clsim.analysis.cost.calendars import calendars
from clsim.hindsight.frames import NO_MODEL
from clsim.hindsight.looked_up import run_of, run_served
from clsim.hindsight.regret import of_run
from clsim.strategy import Strategy
from clsim.strategy.datasets import All
from clsim.strategy.triggers import Periodic
from clsim.types import NEVER
from helpers.tabled import GIVEN
from helpers.tables import two_clouds

LOST = {"first": (-1, {0: 2, 1: 4, 2: 6, 3: 8}), "b": (1, {1: 1, 2: 3, 3: 5}), "c": (3, {3: 1})}
"""Three versions on four ticks of ten events: ages cost two errors a tick."""


def lost(**columns):
    rows = [(name, trained, tick, loss, 10) for name, (trained, by_tick) in LOST.items()
            for tick, loss in by_tick.items()]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["version", "trained_at", "tick", "loss", "n"])
    return frame.assign(**columns)


def answered():
    """Events whose answers make the same losses: of each tick the first so many are wrong."""
    frame = lost().loc[lambda f: f.index.repeat(10)].reset_index(drop=True)
    number = frame.groupby(["version", "tick"]).cumcount()
    wrong = (number < frame["loss"]).to_numpy()
    truth = np.where(number % 2 == 0, "yes", "no")
    answer = np.where(wrong, np.where(truth == "yes", "no", "yes"), truth)
    frame = frame.assign(y_true=truth, y_pred=answer, row=number + 10 * frame["tick"])
    return frame.drop(columns=["loss", "n"])


def same(one, other):
    """Whether two tables give the same answers, to the bit."""
    for name in ("loss", "ticks", "serves", "n"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for prices in (Prices(retraining=3), Prices(error=2, retraining=1)):
        pd.testing.assert_frame_equal(
            one.frontier(prices), other.frontier(prices), check_exact=True
        )
        assert one.best_schedule(prices).ticks == other.best_schedule(prices).ticks
        known = [calendars({0: table}, prices) for table in (one, other)]
        pd.testing.assert_frame_equal(*known, check_exact=True)


# by hand ----------------------------------------------------------------------------------------


def test_three_versions_on_four_ticks():
    """Never loses 20; b alone 2 + 1 + 3 + 5 = 11; c alone 2 + 4 + 6 + 1 = 13; both 7."""
    table = Counterfactual.from_frame(lost())
    for ticks, loss in [([], 20), ([1], 11), ([3], 13), ([1, 3], 7)]:
        assert table.cost_of(ticks, Prices(retraining=5)) == loss + 5 * len(ticks)
    assert table.best_schedule(Prices(retraining=5)).ticks == (1,)
    assert table.best_schedule(Prices(retraining=5)).cost == 16
    # 11 + p against 7 + 2 p, and 20 against 11 + p
    for price, best in [(3.9, (1, 3)), (4.1, (1,)), (8.9, (1,)), (9.1, ())]:
        assert table.best_schedule(Prices(retraining=price)).ticks == best
    assert table.frontier()["loss"].tolist() == [20, 11, 7]
    assert table.versions == ["b", "c", "first"]
    assert table.best_schedule(Prices(retraining=5), floor=0.5).ticks == (1,)


@pytest.mark.parametrize("how", ["tick", "row", "time"])
def test_predictions_make_the_same_table(how):
    frame, tick = answered(), None
    if how == "row":  # versions were trained after so many rows
        frame, tick = frame.assign(trained_at=10 * frame["trained_at"]), 10
    if how == "time":
        day = pd.Timestamp("2024-05-01")
        frame = frame.assign(
            time=day + pd.to_timedelta(2.4 * frame["row"], unit="h"),
            trained_at=day + pd.to_timedelta(frame["trained_at"], unit="D"),
        )
        tick = "1d"
    gone = {"tick", "row", "time"} - {how}
    table = Counterfactual.from_frame(frame.drop(columns=gone & {*frame}), tick=tick)
    same(table, Counterfactual.from_frame(lost()))


def test_losses_of_predicted_numbers():
    frame = pd.DataFrame({"version": "a", "trained_at": -1, "tick": [0, 0, 1],
                          "y_true": [1.0, 2.0, 3.0], "y_pred": [1.5, 2.0, 1.0]})  # fmt: skip
    for loss, expected in {"absolute": [[0.5, 2.0]], "squared": [[0.25, 4.0]]}.items():
        assert Counterfactual.from_frame(frame, loss=loss).loss.tolist() == expected


def test_a_version_serves_from_the_first_tick_that_starts_when_it_is_ready():
    """Trained on a Wednesday it counts from the next Monday on; ready 8 days later, from the one
    after that."""
    monday = pd.Timestamp("2024-01-01")
    weeks = [monday + pd.Timedelta(days=7 * k) for k in range(4)]
    rows = [("a", "2023-12-20", "2023-12-20", w, 5) for w in weeks]
    rows += [("b", "2024-01-03", "2024-01-11", w, 1) for w in weeks]  # too early ones do not count
    names = ["version", "trained_at", "ready_at", "tick", "loss"]
    frame = pd.DataFrame(rows, columns=names).assign(n=9)
    table = Counterfactual.from_frame(frame)
    assert (table.ticks.tolist(), table.serves.tolist()) == ([1, -1], [2, 0])
    np.testing.assert_array_equal(table.loss[0], [np.nan, np.nan, 1, 1])
    assert np.diff(table.info["edges"]).tolist() == [7 * 86_400_000_000] * 4
    zoned = frame.assign(**{k: pd.to_datetime(frame[k]).dt.tz_localize("Asia/Tokyo")
                            for k in names[1:4]})  # fmt: skip
    same(Counterfactual.from_frame(zoned), table)
    text = frame.assign(tick=frame["tick"].dt.strftime("%Y-%m-%d"))
    same(Counterfactual.from_frame(text), table)


def test_what_cannot_serve_is_not_used():
    extra = pd.DataFrame({
        "version": ["b", "late", "late"], "trained_at": [1, 9, 9], "tick": [0, 2, 3],
        "loss": [np.nan, 99, -1], "n": [3, 4, 5],
    })  # fmt: skip
    table = Counterfactual.from_frame(pd.concat([lost(), extra]))
    same(table, Counterfactual.from_frame(lost()))
    assert table.info["too_late"] == ["late"]


def test_a_training_without_a_model_is_paid_for_and_never_serves():
    failed = pd.DataFrame({"version": ["f"], "trained_at": [2]})
    table = Counterfactual.from_frame(pd.concat([lost(), failed]))
    assert table.serves.tolist() == [1, NEVER, 3, 0]
    assert table.cost_of([1, 2], Prices(retraining=5)) == 11 + 10
    assert table.failures == {2: NO_MODEL}


def test_a_tick_without_events_needs_one_row():
    empty = pd.DataFrame({"version": ["b"], "trained_at": [1], "tick": [4], "loss": [0], "n": [0]})
    last = lost().query("tick == 3").assign(tick=5)
    table = Counterfactual.from_frame(pd.concat([lost(), empty, last]))
    assert table.n.tolist() == [10, 10, 10, 10, 0, 10]
    assert table.cost_of([], Prices()) == 28


def test_each_seed_is_a_table():
    frame = pd.concat([lost(seed=1), lost(seed=2).assign(loss=lambda f: f["loss"] + 1)])
    assert [Counterfactual.from_frame(frame, seed=s).loss[-1, 0] for s in (1, 2)] == [2, 3]
    with pytest.raises(ValueError, match="column 'seed' has 1, 2; choose one with seed=1"):
        Counterfactual.from_frame(frame)
    with pytest.raises(ValueError, match="seed=3: the frame has 1, 2"):
        Counterfactual.from_frame(frame, seed=3)


def test_rows_have_a_price_only_where_they_are_known():
    with pytest.raises(ValueError, match=r"does not say how many rows.*column 'rows'"):
        Counterfactual.from_frame(lost()).best_schedule(Prices(row=1))
    frame = lost().assign(rows=lambda f: f["version"].map({"first": 7, "b": 2, "c": 3}))
    assert Counterfactual.from_frame(frame).cost_of([1, 3], Prices(retraining=0, row=1)) == 7 + 5


# there and back ---------------------------------------------------------------------------------


def made(**given):
    return clsim.counterfactual(two_clouds(400), **{**GIVEN, **given})


@pytest.mark.parametrize("given", [
    {}, {"candidates": 2}, {"largest_age": 3}, {"duration": 75}, {"seed": 3, "loss": "log"},
])  # fmt: skip
def test_a_table_comes_back_from_its_frame_and_files(tmp_path, given):
    table = made(**given)
    frame = table.to_frame()
    options = {"loss": table.setting.loss, "largest_age": given.get("largest_age")}
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    table.save(tmp_path / "saved.parquet")
    for data in (frame, tmp_path / "t.csv", tmp_path / "t.parquet"):
        back = Counterfactual.from_frame(data, **options)
        same(back, table)
        assert back.setting.seed == table.setting.seed
        np.testing.assert_array_equal(back.rows, table.rows)
    same(Counterfactual.load(back.save(tmp_path / "again.parquet")), table)
    again = Counterfactual.load(tmp_path / "saved.parquet").to_frame()
    same(Counterfactual.from_frame(again, **options), table)


def test_estimates_are_not_given_as_a_frame():
    with pytest.raises(ValueError, match="estimates"):
        made(sample=0.5).to_frame()


@pytest.mark.parametrize("given", [{}, {"duration": 75}])
def test_a_schedule_that_is_looked_up_is_the_run_that_is_replayed(given):
    table = made(**given)
    trigger = Periodic(2)
    how = clsim.strategy.training.Stateless(**given)
    runs = clsim.replay(
        two_clouds(400), {"every 2": Strategy(trigger, All(), training=how)},
        **{k: v for k, v in GIVEN.items() if k != "dataset"},
    )  # fmt: skip
    run = runs["every 2"]
    trained = run.events[run.events["kind"] == "train"]
    found = run_of(table, trained["tick"].tolist(), {})
    for name in ("tick", "start", "end", "n", "answered", "errors", "loss", "score", "model"):
        theirs = run.ticks[name].to_numpy(float, na_value=np.nan)
        if name in ("start", "end"):  # counted from the first event that is served
            theirs = theirs - run.ticks["start"].iloc[0]
        np.testing.assert_array_equal(found.ticks[name].to_numpy(float, na_value=np.nan), theirs)
    kinds = ["train", "deploy"]
    for column in ("tick", "model", "rows"):
        mine, theirs = (r.events[r.events["kind"].isin(kinds)] for r in (found, run))
        rows = theirs["kind"] == "train" if column == "rows" else np.ones(len(theirs), bool)
        assert mine[column][rows.tolist()].tolist() == theirs[column][rows].tolist()
    same_regret = [of_run(r, table, Prices(retraining=3)) for r in (found, run)]
    assert same_regret[0] == same_regret[1]
    assert same_regret[0].regret is not None


# refusals ---------------------------------------------------------------------------------------


def changed(column, row, value):
    frame = lost().astype({"loss": object, "n": object, "tick": object, "trained_at": object})
    frame.loc[row, column] = value
    return frame


def told(column, row, value):
    frame = answered().drop(columns="row").astype(object)
    frame.loc[row, column] = value
    return frame


REFUSED = [
    (lambda: lost().drop(columns="n"), "column 'n' is missing; .* losses are sums"),
    (lambda: lost().rename(columns={"trained_at": "trained"}), "'trained'; did you mean 'trained_"),
    (lambda: lost().assign(note="x"), "unknown column 'note'.*leave it out"),
    (lambda: lost().head(0), "there are no rows"),
    (lambda: lost(n=0, loss=0), "there are no events in any tick"),
    (lambda: changed("loss", 4, 0.3), "'loss', row 4: 0.3; it counts wrong.*error rate by n"),
    (lambda: changed("loss", 4, 11), "column 'loss', row 4: 11; .*more than the events"),
    (lambda: changed("loss", 4, -1), "column 'loss', row 4: -1; a loss cannot be below 0"),
    (lambda: changed("loss", 4, "two"), "column 'loss', row 4: 'two'; expected a number"),
    (lambda: changed("loss", 4, None), "column 'loss', row 4: it is missing; expected a number"),
    (lambda: changed("n", 4, 2.5), "column 'n', row 4: 2.5; expected a whole number"),
    (lambda: changed("n", 5, 9), "'b' was scored on 9 events of tick 2, and version 'first"),
    (lambda: changed("tick", 5, "soon"), "row 5: 'soon'; expected a whole number or a time"),
    (lambda: changed("tick", 5, 1), "column 'tick', row 5: 1; row 4 scores the same version"),
    (lambda: changed("trained_at", 6, 2), "'trained_at', row 6: 2; row 4 has 1 for the same"),
    (lambda: changed("trained_at", 6, None), "column 'trained_at', row 6: it is missing"),
    (lambda: lost().drop(index=5), "version 'b' was not scored on tick 2, which it may serve"),
    (lambda: lost().drop(index=6), "version 'b' was not scored on tick 3.*say largest_age"),
    (lambda: lost().drop(index=[3]), "version 'first' was not scored on tick 3"),
    (lambda: lost().query("tick != 2"), "1 is followed by 3, so no row is of tick 2"),
    (lambda: lost().query("version != 'first'"), "no version was trained before the first tick"),
    (lambda: lost().replace({"trained_at": {3: -2}}), "versions 'first' and 'c' were both trained"),
    (lambda: lost().replace({"trained_at": {3: 1}}), "'b' and 'c' were both .* for tick 1"),
    (lambda: lost(ready_at=-2), "column 'ready_at', row 0: -2; a model is not ready before"),
    (lambda: lost(ready_at=pd.Timestamp("2024-01-01")), "'ready_at' has times, and column 'tick'"),
    (lambda: lost(tick="03/04/2024", trained_at="2024-01-01"), "row 0: '03/04/2024'; .*2024-01-31"),
    (lambda: lost(tick="2024-01-01 00:00Z", trained_at="2023-01-01"), "'tick' has time zones, and"),
    (lambda: told("y_pred", 7, None), "column 'y_pred', row 7: it is missing; .*without an answer"),
    (lambda: answered().assign(y_pred=1), "'y_pred', row 0: 1; the column 'y_true' has text"),
    (lambda: answered().assign(y_pred="maybe"), "no such truth is in 'y_true'"),
    (lambda: answered().assign(y_true=1, y_pred=0.7), "answers.*and not their probabilities"),
    (lambda: answered().drop(columns=["row", "tick"]), "one column of 'tick'.*'time'.*or 'row'"),
    (lambda: told("y_true", 46, "no"), "version 'b' was scored on other events"),
    (lambda: answered().drop(columns=["row"]).drop(index=47), "'b' was scored on other events"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "said"), REFUSED, ids=range(len(REFUSED)))
def test_what_makes_no_table_is_refused(make, said):
    frame = make()
    if {"row", "tick"} <= {*frame}:
        frame = frame.drop(columns="row")
    with pytest.raises(ValueError, match=said):
        Counterfactual.from_frame(frame)


def test_options_that_do_not_fit_are_refused(tmp_path):
    for options, said in [
        ({"loss": "sqared"}, "did you mean 'squared'"),
        ({"tick": "7d"}, "tick='7d': the column 'tick' says"),
        ({"largest_age": -1}, "largest_age"),
    ]:
        with pytest.raises(ValueError, match=said):
            Counterfactual.from_frame(lost(), **options)
    by_row = answered().drop(columns="tick").assign(trained_at=lambda f: 10 * f["trained_at"])
    with pytest.raises(ValueError, match=r"tick: say how long one is.*a number of rows"):
        Counterfactual.from_frame(by_row)
    with pytest.raises(ValueError, match="tick='7d': the column 'row' needs a number of rows"):
        Counterfactual.from_frame(by_row, tick="7d")
    with pytest.raises(ValueError, match="of predictions zero_one, absolute, squared"):
        Counterfactual.from_frame(by_row, tick=10, loss="log")
    path = tmp_path / "t.csv"
    changed("loss", 4, 0.3).to_csv(path, index=False)
    with pytest.raises(ValueError, match=r"t\.csv: column 'loss', row 4"):
        Counterfactual.from_frame(path)
    changed("loss", 4, "two").to_csv(path, index=False)
    with pytest.raises(ValueError, match=r"t\.csv: column 'loss', row 4: 'two'; expected a num"):
        Counterfactual.from_frame(path)
    with pytest.raises(ValueError, match=r"none\.csv: no such file"):
        Counterfactual.from_frame(tmp_path / "none.csv")
    saved = Counterfactual.from_frame(lost()).save(tmp_path / "saved.parquet")
    with pytest.raises(ValueError, match="read it with clsim"):
        Counterfactual.from_frame(saved)


def test_sums_of_another_loss_may_be_any_number():
    frame = changed("loss", 4, 0.3).astype({"loss": float})
    assert Counterfactual.from_frame(frame, loss="squared").loss[0, 1] == 0.3


@pytest.mark.parametrize(("loss", "task"), [
    ("zero_one", "classification"), ("amount", "classification"), ("matrix", "classification"),
    ("squared", "regression"),
])  # fmt: skip
def test_a_schedule_that_is_looked_up_is_of_the_task_of_its_loss(loss, task):
    run = run_of(Counterfactual.from_frame(lost(), loss=loss), [1], {})
    assert run.info.task == task


# slices, events without an answer, and what really served -----------------------------------------


def sliced():
    """Of the ten events of a tick four are in slice r=a, which has at most three of the errors."""
    frame = lost()
    of_a = frame.assign(slice="r=a", n=4, loss=frame["loss"].clip(upper=3))
    of_b = frame.assign(slice="r=b", n=6, loss=frame["loss"] - of_a["loss"])
    return pd.concat([of_a, of_b], ignore_index=True)


def test_slices_add_up_to_all():
    table = Counterfactual.from_frame(sliced())
    same(table, Counterfactual.from_frame(lost()))
    assert table.slices["r=a"][-1].tolist() == [2, 3, 3, 3]
    assert table.slices["r=b"][-1].tolist() == [0, 1, 3, 5]
    assert {name: n.tolist() for name, n in table.slice_n.items()} == {
        "r=a": [4] * 4, "r=b": [6] * 4,
    }  # fmt: skip
    assert table.of_slice("r=b").loss[0, 3] == 2
    both = pd.concat([sliced(), lost(slice="all")])
    same(Counterfactual.from_frame(both), table)
    some = pd.concat([sliced().query("slice == 'r=a'"), lost(slice=None)])  # not all slices
    assert Counterfactual.from_frame(some).slices["r=a"][-1].tolist() == [2, 3, 3, 3]


def test_slices_of_answers_are_those_of_losses():
    """The first four of the ten events of a tick are in slice r=a; so it has up to four errors."""
    frame = answered().drop(columns="tick").assign(trained_at=lambda f: 10 * f["trained_at"])
    frame = frame.assign(slice=np.where(frame["row"] % 10 < 4, "r=a", None))
    table = Counterfactual.from_frame(frame, tick=10)
    same(table, Counterfactual.from_frame(lost()))
    assert table.slices["r=a"][-1].tolist() == [2, 4, 4, 4]
    assert table.slice_n["r=a"].tolist() == [4] * 4
    moved = frame.assign(slice=frame["slice"].mask(frame.index == 45, "r=c"))
    with pytest.raises(ValueError, match=r"'b' was scored on other events.*same truth and slice"):
        Counterfactual.from_frame(moved, tick=10)


@pytest.mark.parametrize(("how", "loss"), [("skip", [2, 3, 5, 7]), ("wrong", [2, 4, 6, 8])])
def test_events_without_an_answer(how, loss):
    """The first model does not answer one event of ticks 1, 2 and 3 that it would have missed."""
    without = lost().assign(unanswered=lambda f: (f["version"].eq("first") & (f["tick"] > 0)) * 1)
    frame = without.assign(loss=without["loss"] - (without["unanswered"] * (how == "skip")))
    table = Counterfactual.from_frame(frame, unanswered=how)
    told = answered().drop(columns="row")
    number = told.groupby(["version", "tick"]).cumcount()
    gone = told["version"].eq("first") & (told["tick"] > 0) & (number == 0)
    told["y_pred"] = told["y_pred"].mask(gone)
    for found in (table, Counterfactual.from_frame(told, unanswered=how)):
        assert found.loss[-1].tolist() == loss
        assert found.unanswered[-1].tolist() == [0, 1, 1, 1]
        assert found.setting.unanswered == how
    ticks = run_of(table, [3], {}).ticks
    assert ticks["answered"].tolist() == [10, 9, 9, 10]
    counted = np.array([10, 9, 9, 10]) if how == "skip" else np.full(4, 10)
    assert ticks["score"].tolist() == (1 - np.array([*loss[:3], 1]) / counted).tolist()
    with pytest.raises(ValueError, match=r"'unanswered', row 1: 1; say how.*unanswered='skip'"):
        Counterfactual.from_frame(frame)
    with pytest.raises(ValueError, match=r"'y_pred', row 10: it is missing; .*unanswered='skip'"):
        Counterfactual.from_frame(told)


SERVED = {"first": [0], "c": [3], "b": [1, 2]}


@pytest.mark.parametrize("how", ["column", "mapping", "answers"])
def test_what_really_served_is_a_run_that_pays_for_its_versions(how):
    """First, b, b, c: they lose 2 + 1 + 3 + 1, and b and c were trained."""
    at = {"first": 0, "b": 1, "c": 3}
    frame, given = lost() if how != "answers" else answered().drop(columns="row"), {}
    if how == "mapping":
        given = {"served": {place: name for name, place in at.items()}}
    else:
        pairs = zip(frame["version"], frame["tick"], strict=True)
        frame["served"] = [tick in SERVED[name] for name, tick in pairs]
    table = Counterfactual.from_frame(frame, **given)
    assert table.served.tolist() == [2, 0, 0, 1]
    run = run_served(table, {})
    assert run.ticks["loss"].tolist() == [2, 1, 3, 1]
    assert run.ticks["model"].tolist() == [0, 1, 1, 2]
    assert (run.totals["retrainings"], run.totals["deployments"]) == (2, 2)
    assert (run.info.source, run.says_trainings) == ("production", True)
    prices = Prices(retraining=5)
    judged = of_run(run, table, prices)
    # 7 lost and 10 paid; the best schedule trains b alone, for 11 and 5
    assert (judged.regret.cost, judged.regret.best, judged.regret.total) == (17, 16, 1)


def test_a_version_that_serves_late_or_again():
    """b was ready for tick 1 and served from 2 on, and in tick 3 the first one came back."""
    table = Counterfactual.from_frame(lost(), served={0: "first", 2: "b", 3: "first"})
    run = run_served(table, {})
    assert run.ticks["loss"].tolist() == [2, 4, 3, 8]
    told = run.events[["tick", "kind", "model", "parent"]].fillna(-1).to_numpy().tolist()
    assert told == [[-1, "initial", 0, -1], [1, "train", 1, -1], [2, "deploy", 1, -1],
                    [3, "rollback", 0, 1]]  # fmt: skip
    assert run.totals["rollbacks"] == 1
    late = run_served(Counterfactual.from_frame(lost(), served={-5: "first", 2: "b"}), {})
    found = of_run(late, table, Prices()).regret
    assert found.path == 3, "in tick 1 the first model lost 4, and b would have lost 1"
    assert "went back" in of_run(run, table, Prices()).reason


def test_slices_and_what_served_come_back_to_the_bit(tmp_path):
    rng = np.random.default_rng(0)
    frame = sliced().assign(loss=lambda f: f["loss"] + rng.random(len(f)))
    frame = frame.assign(unanswered=lambda f: (f["tick"] == 2) * 1)
    options = {"loss": "squared", "unanswered": "skip"}
    table = Counterfactual.from_frame(frame, served={0: "first", 1: "b"}, **options)
    table.to_frame().to_csv(tmp_path / "t.csv", index=False)
    for back in (
        Counterfactual.from_frame(tmp_path / "t.csv", **options),
        Counterfactual.load(table.save(tmp_path / "t.parquet")),
    ):
        same(back, table)
        assert back.served.tolist() == table.served.tolist() == [2, 0, 0, 0]
        np.testing.assert_array_equal(back.unanswered, table.unanswered)
        for name in ("slices", "slice_n", "slice_unanswered"):
            mine, theirs = getattr(back, name), getattr(table, name)
            assert [*mine] == [*theirs] == ["r=a", "r=b"]
            for key in mine:
                np.testing.assert_array_equal(mine[key], theirs[key])
    groups = np.random.default_rng(1).integers(0, 2, 400)
    made = clsim.counterfactual(two_clouds(400, group=groups), **GIVEN, slices=True)
    back = Counterfactual.from_frame(made.to_frame(), loss=made.setting.loss)
    same(back, made)
    for key in made.slices:
        np.testing.assert_array_equal(back.slices[key], made.slices[key])


def bad_slice(column, where, value):
    frame = pd.concat([sliced(), lost(slice="all")], ignore_index=True).astype({column: object})
    frame.loc[where, column] = value
    return frame


REFUSED_PARTS = [
    (lambda: sliced().drop(index=12), {}, "'r=b': version 'b' was scored on 0 events of tick 1"),
    (lambda: bad_slice("n", 3, 5), {}, "'r=a': version 'b' was scored on 4 events of tick 3.* 5"),
    (lambda: bad_slice("loss", 4, 0), {}, "slices of 'r' have all events of tick 1.*to 0, not 1"),
    (lambda: bad_slice("loss", 4, 2), {}, "column 'loss': .*'b' has 2 in slice 'r=a' of tick 1"),
    (lambda: sliced().assign(slice=lambda f: f["slice"].replace("r=b", "s=b")), {},
     "slices of 'r' and of 's' share events, so they do not add up"),
    (lambda: pd.concat([sliced(), sliced().head(1)], ignore_index=True), {},
     "column 'tick', row 16: 0; row 0 scores the same version on the same tick"),
    (lambda: lost(unanswered=11), {"unanswered": "skip"}, "row 0: 11; more than the events"),
    (lambda: lost(unanswered=9), {"unanswered": "skip"}, "'loss', row 0: 2; .*that have an answer"),
    (lambda: lost(unanswered=3), {"unanswered": "wrong"}, "'loss', row 0: 2; each event without"),
    (lambda: lost(), {"unanswered": "wrng"}, "did you mean 'wrong'"),
    (lambda: lost(), {"unanswered": "wrong", "loss": "log"}, "needs the zero-one loss, not log"),
    (lambda: lost(served="yes"), {}, "column 'served', row 0: 'yes'; expected true or false"),
    (lambda: lost(served=True), {}, "row 4: True; tick 1 was served by version 'first'"),
    (lambda: lost(served=[1, 1, 1, 0, 0, 0, 0, 0]), {}, "no version served tick 3"),
    (lambda: sliced().assign(served=[True] * 4 + [False] * 12), {}, "row 8: False; other rows of"),
    (lambda: lost(served=True), {"served": {0: "first"}}, "the column 'served' says it already"),
    (lambda: lost(), {"served": {0: "frist"}}, "served: unknown version 'frist'; did you mean"),
    (lambda: lost(), {"served": {1: "b"}}, "no version that it served the first tick"),
    (lambda: lost(), {"served": {0: "b"}}, "'b' is said to have served tick 0, and by"),
    (lambda: lost(), {"served": {"2024-01-01": "b"}}, "ticks are numbers, and its keys times"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "options", "said"), REFUSED_PARTS, ids=range(len(REFUSED_PARTS)))
def test_parts_that_do_not_fit_are_refused(make, options, said):
    with pytest.raises(ValueError, match=said):
        Counterfactual.from_frame(make(), **options)


def test_a_saved_table_that_says_wrongly_who_served_is_refused(tmp_path):
    table = Counterfactual.from_frame(lost(), served={0: "first"})
    for wrong in ([9, 2, 2, 2], [0, 2, 2, 2], [2, 2]):
        with pytest.raises(ValueError, match="does not say which of its versions"):
            replace(table, served=np.array(wrong))
        other = replace(table)
        object.__setattr__(other, "served", np.array(wrong))  # as a file may say
        path = other.save(tmp_path / "t.parquet")
        with pytest.raises(ValueError, match=r"t\.parquet: does not say which of its versions"):
            Counterfactual.load(path)
    with pytest.raises(TypeError, match="give a mapping from when each version began"):
        Counterfactual.from_frame(lost(), served="b")
