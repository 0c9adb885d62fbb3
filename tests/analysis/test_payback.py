import numpy as np
import pytest

from clsim.analysis.cost.payback import horizon
from clsim.hindsight.losses import Table
from clsim.runs.ledger import Prices
from clsim.types import NEVER

nan = float("nan")


def steady(count=10, saved=2.0, every=3):
    """Every training saves so much a tick over the model before it, for good."""
    ticks = np.arange(every, count, every)
    level = 100 - saved * np.arange(len(ticks) + 1)
    loss = np.repeat(np.append(level[1:], level[0])[:, None], count, axis=1)
    loss[np.arange(count) < np.append(ticks, 0)[:, None]] = nan
    return Table(loss, np.append(ticks, -1), np.append(ticks, 0),
                 np.append(np.ones(len(ticks), int), 0), np.full(count, 200))  # fmt: skip


def test_late_trainings_by_hand():
    # at 3, 6 and 9 of 10 ticks; each saves 2 a tick and costs 5: three ticks, and one is left
    found = horizon(steady(), Prices(error=1.0, retraining=5.0), [3, 6, 9])
    assert found.trainings["payback"].iloc[:2].tolist() == [3, 3]
    assert found.trainings["best"].tolist() == [14, 8, 2]
    assert found.trainings["left"].tolist() == [7, 4, 1]
    assert found.trainings["late"].tolist() == [False, False, True]
    assert found.without.ticks == (3, 6)
    # it saved 2 and cost 5
    assert found.schedule.cost - found.without.cost == pytest.approx(3.0)


def test_trainings_that_never_pay_are_not_called_late():
    found = horizon(steady(), Prices(error=1.0, retraining=500.0), [3, 6, 9])
    assert not found.trainings["pays_back"].any()
    assert not found.trainings["late"].any()
    assert found.without.cost == found.schedule.cost


def test_a_bad_training_in_the_middle_is_not_late():
    table = steady()
    table.loss[1, 6:] = table.loss[0, 6:] + 0.5  # worse than the one before
    found = horizon(table, Prices(error=1.0, retraining=5.0), [3, 6, 9])
    assert found.trainings["pays_back"].tolist() == [True, False, False]
    # the last saves 4.5 in the one tick left; the second had four ticks, more than the three needed
    assert found.trainings["late"].tolist() == [False, False, True]


def test_ticks_that_the_table_lacks_save_nothing():
    table = steady()
    table.loss[0, 5:] = nan  # beyond the largest age
    found = horizon(table, Prices(error=1.0, retraining=5.0), [3])
    assert found.trainings["best"].tolist() == [4.0]
    assert found.schedule.cost == np.inf


def test_failed_and_useless_trainings():
    table = steady()
    serves = table.serves.copy()
    serves[1] = NEVER
    failed = Table(table.loss, table.ticks, serves, table.rows, table.n)
    found = horizon(failed, Prices(error=1.0, retraining=5.0), [3, 6, 9])
    # the last is compared with the first: 4 saved in the one tick
    assert found.trainings["best"].tolist() == [14, 0, 4]
    assert found.trainings["late"].tolist() == [False, False, True]
    empty = horizon(table, Prices(), [])
    assert empty.trainings.empty
    assert empty.schedule.cost == empty.without.cost
    with pytest.raises(ValueError, match="no model of the table was trained at tick 4"):
        horizon(table, Prices(), [4])
