"""Tables that were made by hand or filtered: rows are models, and not ticks."""

from dataclasses import replace

import numpy as np
import pytest

from clsim import Counterfactual, Prices
from clsim.analysis.cost.signal_worth import signal_worth
from clsim.hindsight.cuts import stretch
from clsim.hindsight.grids import Levels, run_all
from clsim.hindsight.losses import Table
from clsim.hindsight.optimum import optimum
from clsim.hindsight.rules import rehearse
from clsim.hindsight.schedules import costs_by_tick
from clsim.hindsight.signals import Signals
from clsim.strategy import Strategy
from clsim.strategy.triggers import Periodic
from clsim.types import NEVER

NAN = float("nan")
PRICES = Prices(retraining=5)
RULES = [Levels("loss", (0.5,))]


def whole(change=3):
    """Five ticks of ten events; models from before the change lose 9 in each tick from it on."""
    ticks = np.arange(5)
    models = np.append(ticks, -1)
    there = ticks >= models[:, None]
    old = there & (models[:, None] < change) & (ticks >= change)
    signals = Signals({"loss": {None: np.where(there, old, NAN)}}, np.arange(0, 60, 10),
                      models.clip(0), np.arange(10, 60, 10), timed=False)  # fmt: skip
    return Counterfactual(
        loss=np.where(there, np.where(old, 9.0, 1.0), NAN), ticks=models, serves=models.clip(0),
        rows=np.where(models < 0, 0, 7 + models), n=np.full(5, 10), held_out=np.zeros(6, int),
        seconds=np.zeros(6), failures={}, signals=signals,
    )  # fmt: skip


def without(tick, table=None):
    """The same without the model of a tick, its signals too."""
    table = whole() if table is None else table
    rows = table.ticks != tick
    of = table.signals
    kept = replace(of, ends=of.ends[rows], values={"loss": {None: of.values["loss"][None][rows]}})
    return replace(
        table, loss=table.loss[rows], ticks=table.ticks[rows], serves=table.serves[rows],
        rows=table.rows[rows], held_out=table.held_out[rows], seconds=table.seconds[rows],
        signals=kept,
    )  # fmt: skip


@pytest.mark.parametrize("tick", [0, 2, 4])
def test_rules_are_not_run_along_a_table_that_lacks_a_tick(tick):
    table = without(tick)
    paths = run_all(whole(), RULES)
    assert paths.starts.astype(int).tolist() == [[0, 0, 0, 1, 0]]
    lacks = rf"table: no model of it was trained at tick {tick}, and a rule may .*candidates=1"
    for refused in (
        lambda: run_all(table, RULES), lambda: paths.losses(table),
        lambda: paths.priced(table, PRICES), lambda: rehearse(table, Strategy(Periodic(2))),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=f"^{lacks}"):
            refused()
    for key, given in {
        "tuning": ([whole(2), table], [whole()], ()), "scored": ([whole(2)], [table], ()),
        "quiet": ([whole(2)], [whole()], [table]),
    }.items():  # fmt: skip
        with pytest.raises(ValueError, match=rf"^{key}\[\d\]: {lacks}"):
            signal_worth(*given[:2], {"loss": RULES}, PRICES, quiet=given[2])


def test_rules_are_not_run_where_models_were_scored_up_to_an_age():
    table = whole()
    table.loss[1, 4] = NAN
    with pytest.raises(ValueError, match=r"^table: it lacks what the model of tick 1 loses"):
        run_all(table, RULES)


def test_costs_are_looked_up_by_tick_and_not_by_row():
    # after tick 0 alone: 1 + 1 + 1 + (5 + 1) + 1; rows of the table are one less than ticks
    starts = np.array([[False, False, False, True, False]])
    for tick in (0, 2, 4):
        assert costs_by_tick(without(tick), starts, PRICES).tolist() == [[1, 1, 1, 6, 1]]
    by_row = Prices(row=1, retraining=0)  # that of tick 3 was trained on 10 rows
    assert costs_by_tick(without(0), starts, by_row).tolist() == [[1, 1, 1, 11, 1]]
    with pytest.raises(ValueError, match=r"^ticks: no model .* was trained at tick 3.*0, 1, 2, 4"):
        costs_by_tick(without(3), starts, PRICES)
    with pytest.raises(ValueError, match=r"^starts: 4 ticks; the table has 5"):
        costs_by_tick(whole(), starts[:, :4], PRICES)


def test_rules_along_one_table_are_not_priced_on_one_of_other_ticks():
    with pytest.raises(ValueError, match=r"^table: it has 3 ticks, and the rules .* one of 5"):
        run_all(whole(), RULES).losses(stretch(whole(), 2))


def test_a_stretch_begins_with_the_newest_model_that_there_is():
    # the model of tick 3 lacks, so that of tick 1 or 2, which loses 9, or the one of tick 4
    assert stretch(without(3), 4).loss.tolist() == [[1.0], [9.0]]
    assert stretch(whole(), 4).loss.tolist() == [[1.0], [1.0]]


def plain(**other):
    given = {
        "loss": np.array([[NAN, 2.0], [1.0, 9.0]]), "ticks": np.array([1, -1]),
        "serves": np.array([1, 0]), "rows": np.array([5, 0]), "n": np.array([9, 9]),
    }  # fmt: skip
    return lambda: Table(**given | other)


@pytest.mark.parametrize(("make", "said"), [
    (plain(loss=np.array([1.0, 2])), r"^table.loss: 1 dimensions; must be \(models, ticks\)"),
    (plain(ticks=np.array([0, 1, -1])), r"^table.ticks: of shape \(3,\); must be \(2,\), as loss"),
    (plain(serves=np.array([1])), r"^table.serves: of shape \(1,\)"),
    (plain(n=np.array([9])), r"^table.n: of shape \(1,\); must be \(2,\)"),
    (plain(ticks=np.array([-1, 1])), r"^table.ticks: the last row must be the initial model"),
    (plain(serves=np.array([1, 1])), r"^table.ticks: the last row must be the initial model"),
    (plain(ticks=np.array([2, -1]), serves=np.array([NEVER, 0])),
     r"^table.ticks: 2 in row 0; trainings must be in ascending order at ticks from 0 to 1"),
    (plain(ticks=np.array([-1, -1])), r"^table.ticks: -1 in row 0; trainings must be in ascend"),
    (plain(loss=np.array([[NAN, 2], [NAN, 2], [1.0, 9]]), ticks=np.array([1, 0, -1]),
           serves=np.array([1, 1, 0]), rows=np.array([5, 5, 0])),
     r"^table.ticks: 0 in row 1; trainings must be in ascending order"),
    (plain(serves=np.array([0, 0])), r"^table.serves: 0 in row 0, whose model was trained at ti"),
    (lambda: replace(whole(), seconds=np.zeros(5)), r"^table.seconds: of shape \(5,\); must be"),
    (lambda: replace(whole(), variance=np.zeros((6, 4))), r"^table.variance: of shape \(6, 4\)"),
    (lambda: replace(without(0), signals=whole().signals), r"^table.signals.ends: of shape \(6,\)"),
    (lambda: replace(whole(), signals=without(0).signals), r"^table.signals.ends: of shape \(5,\)"),
    (lambda: replace(whole(), slices={"a": np.zeros((6, 4))}), r"^table.slices.a: of shape \(6, 4"),
    (lambda: replace(whole(), served=np.array([9] * 5)), "does not say which of its versions"),
])  # fmt: skip
def test_a_table_whose_parts_do_not_go_together_is_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_what_a_model_would_lose_before_it_serves_counts_as_none():
    """The model of tick 1 serves from then on: its 0 at tick 0 buys nobody anything."""
    early = plain(loss=np.array([[0.0, 2.0], [1.0, 9.0]]))()
    assert np.isnan(early.loss[0, 0])
    assert optimum(early, Prices(retraining=3)).cost == 1 + 2 + 3
