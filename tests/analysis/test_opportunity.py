import numpy as np
import pandas as pd
import pytest

from clsim.analysis.cost.opportunity import curve, mean_curve, opportunity_cost, same_events

N = [10, 20, 0, 10]
A, B, C = [5.0, 4.0, 0.0, 1.0], [2.0, 6.0, 0.0, 1.0], [1.0, 1.0, 0.0, 9.0]


def ticks(loss, n=N, timed=True):
    start = np.arange(len(n) + 1)
    if timed:
        start = np.datetime64("2024-01-01", "us") + start * np.timedelta64(12, "h")
    table = pd.DataFrame({"tick": range(len(n)), "start": start[:-1], "end": start[1:], "n": n})
    table = table.assign(slice="all", loss=loss)
    # slices overlap, and must not be counted twice
    return pd.concat([table, table.assign(slice="group=a", loss=99.0)], ignore_index=True)


def test_total_positive_part_and_rates_by_hand():
    cost = opportunity_cost(ticks(A), ticks(B))
    assert (cost.total, cost.positive, cost.events, cost.days) == (1.0, 3.0, 40, 2.0)
    assert (cost.per_event, cost.per_day) == (1 / 40, 0.5)


def test_no_days_without_time():
    cost = opportunity_cost(ticks(A, timed=False), ticks(B, timed=False))
    assert (cost.total, cost.days, cost.per_day) == (1.0, None, None)


def test_antisymmetric_and_additive():
    def oc(a, b):
        return opportunity_cost(ticks(a), ticks(b)).total

    assert oc(A, B) == -oc(B, A)
    assert oc(A, A) == 0
    assert oc(A, C) == oc(A, B) + oc(B, C)


def test_curve_adds_up():
    table = curve(ticks(A), ticks(B))
    assert table["difference"].tolist() == [3.0, -2.0, 0.0, 0.0]
    assert table["cumulative"].tolist() == [3.0, 1.0, 1.0, 1.0]
    assert table["events"].tolist() == [10, 30, 30, 40]


@pytest.mark.parametrize("per_bin", [1, 2, 3, 10])
def test_the_area_between_the_curves_is_the_mean_cost_whatever_the_bins(per_bin):
    pairs = [(ticks(A), ticks(B)), (ticks(C), ticks(B, n=N))]
    steps = mean_curve(pairs, per_bin)
    area = ((steps["a"] - steps["b"]) * (steps["events_end"] - steps["events_start"])).sum()
    assert area == pytest.approx(np.mean([opportunity_cost(a, b).total for a, b in pairs]))
    assert steps["events_end"].iloc[-1] == 40


def test_the_area_is_exact_where_seeds_have_different_numbers_of_events():
    other = [30, 5, 5, 1]
    pairs = [(ticks(A), ticks(B)), (ticks(C, n=other), ticks(A, n=other))]
    steps = mean_curve(pairs)
    area = ((steps["a"] - steps["b"]) * (steps["events_end"] - steps["events_start"])).sum()
    assert area == pytest.approx((1.0 + 1.0) / 2)


def test_bins_without_events_are_left_out():
    assert len(mean_curve([(ticks(A), ticks(B))])) == 3


@pytest.mark.parametrize(
    "other",
    [ticks(A[:3], n=N[:3]), ticks(A, n=[10, 20, 1, 10]), ticks(A, timed=False)],
    ids=["ticks", "n", "start"],
)
def test_other_events_are_refused(other):
    assert not same_events(ticks(A), other)
    with pytest.raises(ValueError, match="same events"):
        opportunity_cost(ticks(A), other)
