from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from clsim.analysis.behaviour.ticks import clock_units, scored_events, ticks_of
from clsim.runs.run import Run
from helpers.short_runs import DAY, run


def test_the_ticks_of_a_slice():
    one = run([1, 2, 3])
    assert ticks_of(one)["loss"].tolist() == [1, 2, 3]
    assert ticks_of(one, "group=a")["loss"].tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="did you mean 'group=a'"):
        ticks_of(one, "groep=a")


@pytest.mark.parametrize(("unanswered", "counted"), [("skip", [9, 0]), ("wrong", [10, 10])])
def test_unanswered_events_count_where_they_are_wrong(unanswered, counted):
    one = run([1, 0], answered=[9, 0])
    one = Run({"ticks": one.ticks}, replace(one.info, unanswered=unanswered))
    assert scored_events(one, ticks_of(one)).tolist() == counted


@pytest.mark.parametrize("unit", ["s", "ns"])
def test_times_are_in_microseconds_and_rows_as_they_are(unit):
    times = pd.Series(np.array(["1970-01-02", "1970-01-04"], dtype=f"datetime64[{unit}]"))
    assert clock_units(times).tolist() == [DAY, 3 * DAY]
    assert clock_units(pd.Series([0, 10])).tolist() == [0, 10]
