"""Label delays: by hand, against SciPy, and by their statistics on long draws."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from clsim import checks
from clsim.clock import UNITS, WEEKDAYS, Clock
from clsim.engine.knowledge import Knowledge
from clsim.randomness import BLOCK
from clsim.streams import Recorded, Synthetic
from clsim.streams.concepts import SEA
from clsim.streams.delays import (
    ByClass,
    BySlice,
    Capacity,
    Constant,
    Distributed,
    Empirical,
    Exponential,
    Lognormal,
    Missing,
    Uniform,
    Weibull,
)
from clsim.types import NEVER_TIME, Batch, Schema

ROWS = Clock(timed=False, tick=1, tick_in_rows=True)
TIME = Clock(timed=True, tick=1, tick_in_rows=False)
HOUR, DAY = UNITS["h"], UNITS["d"]
N = 50_000
CONF = Path(checks.__file__).parents[1] / "conf" / "delay"
MONDAY = int((dt.datetime(2024, 1, 1) - dt.datetime(1970, 1, 1)) / dt.timedelta(microseconds=1))


def events(time, y=None, **slices):
    time = np.asarray(time, dtype=np.int64)
    y = np.zeros(len(time), dtype=np.int64) if y is None else np.asarray(y)
    codes = {column: np.asarray(code) for column, code in slices.items()}
    return Batch(np.zeros((len(time), 1)), y, time, slices=codes)


def schema(classes=(0, 1), **slices):
    names = {c: tuple(f"{c}={value}" for value in values) for c, values in slices.items()}
    return Schema(("x0",), "classification", np.array(classes), False, names)


def label_times(delay, time, clock=ROWS, seed=0):
    return delay.label_times(events(time), schema(), clock, seed)


def waits(delay, clock=ROWS, n=N, seed=0):
    time = np.arange(n) * 7
    return label_times(delay, time, clock, seed) - time


def test_constant():
    assert waits(Constant(3), n=4).tolist() == [3, 3, 3, 3]
    assert waits(Constant("2h"), TIME, n=2).tolist() == [2 * HOUR] * 2
    assert waits(Constant(), TIME, n=2).tolist() == [0, 0]


def test_uniform():
    found = waits(Uniform(2, 10))
    assert (found.min(), found.max()) == (2, 10)
    assert abs(found.mean() - 6) < 0.05
    assert waits(Uniform("1h", "1h"), TIME, n=2).tolist() == [HOUR, HOUR]


# drawn from a distribution, in hours -----------------------------------------------------------

LONG = 200_000
DRAWN = {
    "uniform": (Uniform("2h", "10h"), scipy.stats.uniform(2, 8)),
    "exponential": (Exponential("10h"), scipy.stats.expon(scale=10)),
    "lognormal": (Lognormal("12h", 0.8), scipy.stats.lognorm(s=0.8, scale=12)),
    "weibull": (Weibull("20h", 0.7), scipy.stats.weibull_min(c=0.7, scale=20)),
    "weibull, rising": (Weibull("20h", 3), scipy.stats.weibull_min(c=3, scale=20)),
    "gamma": (
        Distributed(scipy.stats.gamma(a=2, scale=3), unit="2h"),
        scipy.stats.gamma(a=2, scale=6),
    ),
}


def errors(found, expected):
    """How many standard errors the sample quantiles lie from those of a distribution."""
    share = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
    quantile = expected.ppf(share)
    one = np.sqrt(share * (1 - share) / len(found)) / expected.pdf(quantile)
    return np.abs(np.quantile(found, share) - quantile) / one


@pytest.mark.parametrize(("delay", "expected"), DRAWN.values(), ids=DRAWN)
def test_quantiles_are_those_of_the_distribution(delay, expected):
    found = waits(delay, TIME, LONG, seed=3) / HOUR
    assert errors(found, expected).max() < 4
    # so precise that a scale which is wrong by 5 % does not pass
    assert errors(found * 1.05, expected).max() > 8


def test_quantiles_in_rows():
    found = waits(Lognormal(1_000, 0.5), n=LONG)
    assert found.dtype == np.int64
    assert abs(np.median(found) - 1_000) < 4 * 1_000 * 0.5 * np.sqrt(np.pi / 2 / LONG)


def test_named_distributions_are_those_of_scipy_draw_by_draw():
    lognormal = Distributed(scipy.stats.lognorm(s=0.8, scale=12), unit="1h")
    assert np.abs(waits(Lognormal("12h", 0.8), TIME) - waits(lognormal, TIME)).max() <= 1
    weibull = Distributed(scipy.stats.weibull_min(c=0.7, scale=20), unit="1h")
    assert np.abs(waits(Weibull("20h", 0.7), TIME) - waits(weibull, TIME)).max() <= 1
    assert np.array_equal(waits(Weibull("9h", 1), TIME), waits(Exponential("9h"), TIME))


def test_a_discrete_distribution_in_rows():
    found = waits(Distributed(scipy.stats.nbinom(3, 0.1)))
    share = np.bincount(found, minlength=200)[:40] / N
    expected = scipy.stats.nbinom(3, 0.1).pmf(np.arange(40))
    assert np.abs(share - expected).max() < 5 * np.sqrt(expected.max() / N)


def test_the_parameters_do_not_change_which_labels_are_late():
    order = np.argsort(waits(Exponential("900h"), TIME), kind="stable")
    for delay in (Exponential("90h"), Lognormal("5h", 1.0), Weibull("7d", 2.0)):
        assert (np.diff(waits(delay, TIME)[order]) >= 0).all()


def test_a_wait_beyond_any_clock_is_never():
    found = label_times(Lognormal("1d", 60.0), np.full(1_000, MONDAY), TIME)
    assert (found >= MONDAY).all()
    assert 0.2 < (found == NEVER_TIME).mean() < 0.5
    always = Distributed(scipy.stats.randint(3, 4), unit="200w")
    assert (label_times(always, [MONDAY], TIME) == MONDAY + 600 * 7 * DAY).all()


# as a log shows ----------------------------------------------------------------------------------


def test_kaplan_meier_by_hand():
    # of 6, one came at 1 (one was cut off then); of 4, two at 2 (one cut off at 3); of 1, one at 5
    delay = Empirical([2, 1, 5, 2], censored=[1, 3])
    assert delay.times.tolist() == [1, 2, 5]
    waiting = [5 / 6, 5 / 6 * 2 / 4, 0]
    assert delay.arrived.tolist() == pytest.approx([1 - w for w in waiting])
    found = waits(delay)
    for value, share in ((1, 1 / 6), (2, 5 / 12), (5, 5 / 12)):
        assert abs((found == value).mean() - share) < 4 * np.sqrt(share * (1 - share) / N)


def test_kaplan_meier_is_that_of_scipy():
    rng = np.random.default_rng(5)
    true, limit = np.ceil(rng.exponential(20, 400)), np.ceil(rng.uniform(0, 40, 400))
    seen, cut = true[true <= limit], limit[true > limit]
    data = scipy.stats.CensoredData(uncensored=seen, right=cut)
    expected = scipy.stats.ecdf(data).cdf
    delay = Empirical(seen, cut)
    assert np.allclose(delay.arrived, expected.evaluate(delay.times), atol=1e-12)


def test_the_estimate_recovers_delays_from_a_log_that_was_cut_off():
    n, end = LONG, 100 * DAY
    time = np.sort(np.random.default_rng(1).integers(0, end, n))
    when = label_times(Lognormal("12d", 0.6), time, TIME)
    waited = np.minimum(when, end) - time
    delay = Empirical(waited[when <= end], waited[when > end], unit="1us")
    found = waits(delay, TIME, LONG, seed=2) / DAY
    expected = scipy.stats.lognorm(s=0.6, scale=12)
    for share in (0.25, 0.5, 0.75):
        quantile = expected.ppf(share)
        # of the estimate and of the draws: each no more than twice that of a sample not cut off
        error = np.sqrt(share * (1 - share) / LONG) / expected.pdf(quantile)
        assert abs(np.quantile(found, share) - quantile) < 4 * np.sqrt(2) * 2 * error
        assert abs(np.quantile(waited / DAY, share) / quantile - 1) > 0.005  # else a weak test


def test_beyond_the_last_label_seen():
    # half came at 1; the others were awaited for longer
    never = waits(Empirical([1, 1], [2, 2]))
    late = never > 1
    assert abs(late.mean() - 0.5) < 0.01
    assert (label_times(Empirical([1, 1], [2, 2]), np.arange(N))[waits(Missing(0)) == 0] > 0).all()
    found = label_times(Empirical([1, 1], [2, 2]), np.zeros(N))
    assert np.unique(found).tolist() == [1, NEVER_TIME]
    last = label_times(Empirical([1, 4], [2, 9], beyond="last"), np.zeros(N))
    assert np.unique(last).tolist() == [1, 4]


def test_delays_as_durations_or_numbers():
    numbers = waits(Empirical([36, 12, 6], [24], unit="1h"), TIME)
    texts = waits(Empirical(["1d12h", "12h", "6h"], ["1d"]), TIME)
    lengths = np.array([36, 12, 6], dtype="timedelta64[h]")
    assert np.array_equal(numbers, texts)
    assert np.array_equal(numbers, waits(Empirical(lengths, [dt.timedelta(days=1)]), TIME))
    assert np.array_equal(waits(Empirical([1, 2])), waits(Empirical(pd.Series([1.0, 2.0]))))


LOG = pd.DataFrame({
    "sent": ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"],
    "paid": ["2024-01-02", None, "2024-01-06", None],
})  # fmt: skip


def test_a_log_in_time(tmp_path):
    # seen: 1 and 3 days; the log ends on January 6: awaited for 4 and 2 days
    expected = Empirical(["1d", "3d"], ["4d", "2d"])
    LOG.to_csv(tmp_path / "log.csv", index=False)
    LOG.to_parquet(tmp_path / "log.parquet")
    for data in (LOG, str(tmp_path / "log.csv"), tmp_path / "log.parquet"):
        found = Empirical.of(data, time="sent", label_time="paid")
        assert found.times.tolist() == expected.times.tolist() == [DAY, 3 * DAY]
        assert found.arrived.tolist() == expected.arrived.tolist()
    # at the end of January 3: one day seen; awaited for 1 and 0 days; the fourth is yet to come
    early = Empirical.of(LOG, time="sent", label_time="paid", end="2024-01-03")
    assert early.times.tolist() == [DAY]
    assert early.arrived.tolist() == pytest.approx([1 / 2])


def test_a_log_in_rows():
    # seen: 2 and 1 rows; the third and fourth awaited for 1 and 0 rows until row 3
    frame = pd.DataFrame({"x": 0, "known": [2, 2, np.nan, np.nan]})
    found = Empirical.of(frame, label_time="known")
    assert found.times.tolist() == [1, 2]
    assert found.arrived.tolist() == pytest.approx([1 / 3, 1])
    later = Empirical.of(frame, label_time="known", end=9)
    assert later.arrived.tolist() == pytest.approx([1 / 4, 1 / 2])


# some and others ---------------------------------------------------------------------------------


def test_missing():
    found = label_times(Missing(0.3, Constant(2)), np.arange(N))
    never = found == NEVER_TIME
    assert abs(never.mean() - 0.3) < 0.01
    assert np.array_equal(found[~never], np.arange(N)[~never] + 2)
    assert (label_times(Missing(), np.arange(9)) == NEVER_TIME).all()
    assert label_times(Missing(0.0), np.arange(3)).tolist() == [0, 1, 2]
    assert label_times(Missing(0.0, 2), np.arange(3)).tolist() == [2, 3, 4]


def test_missing_by_label():
    y = np.arange(N) % 3
    batch = events(np.zeros(N), y)
    found = Missing({0: 0.2, 1: 1.0}).label_times(batch, schema([0, 1, 2]), ROWS, 0)
    share = [(found[y == label] == NEVER_TIME).mean() for label in range(3)]
    assert abs(share[0] - 0.2) < 4 * np.sqrt(0.16 / (N / 3))
    assert share[1:] == [1.0, 0.0]


def test_which_labels_are_missing_does_not_depend_on_the_delay():
    one = label_times(Missing(0.5, Constant(2)), np.arange(N), seed=1) == NEVER_TIME
    two = label_times(Missing(0.5, Uniform(0, 9)), np.arange(N), seed=1) == NEVER_TIME
    assert np.array_equal(one, two)


def test_missing_of_missing_is_independent():
    for delay in (Missing(0.5, Missing(0.5)), Missing(0.5, ByClass({0: Missing(0.5)}, 0))):
        share = (label_times(delay, np.arange(N)) == NEVER_TIME).mean()
        assert abs(share - 0.75) < 4 * np.sqrt(0.75 * 0.25 / N)


def test_missing_labels_are_no_later_than_others():
    delay = Exponential(1_000)
    found = label_times(Missing(0.5, delay), np.zeros(LONG))
    there = found[found != NEVER_TIME]
    assert abs(there.mean() - 1_000) < 4 * 1_000 / np.sqrt(len(there))


def test_by_class():
    y = np.array(["no", "yes", "no", "maybe"])
    classes = schema(["maybe", "no", "yes"])
    batch = events([0, 1, 2, 3], y)
    delay = ByClass({"yes": 0, "no": Constant(30)}, default=Missing())
    assert delay.label_times(batch, classes, ROWS, 0).tolist() == [30, 1, 32, NEVER_TIME]
    delay = ByClass({"yes": 0, "no": 5, "maybe": 9})
    assert delay.label_times(batch, classes, ROWS, 0).tolist() == [5, 1, 7, 12]


def test_by_slice():
    batch = events([0, 1, 2, 3], region=[0, 2, 1, 0])
    slices = schema(region=["east", "north", "west"])
    delay = BySlice("region", {"east": 10, "west": 20}, default=0)
    assert delay.label_times(batch, slices, ROWS, 0).tolist() == [10, 21, 2, 13]


def test_labels_of_any_type_are_named_as_they_print():
    batch = events([0, 1], np.array([True, False]))
    assert ByClass({"True": 1, False: 2}).label_times(
        batch, schema([False, True]), ROWS, 0
    ).tolist() == [1, 3]  # fmt: skip


def test_groups_keep_the_random_numbers_of_their_rows():
    y = np.random.default_rng(0).integers(0, 2, N)
    batch, same = events(np.arange(N), y), Exponential(500)
    whole = same.label_times(batch, schema(), ROWS, 0)
    one = ByClass({0: same, 1: same}).label_times(batch, schema(), ROWS, 0)
    assert np.array_equal(one, whole)
    inner = ByClass({0: ByClass({0: same}, 0), 1: 0}).label_times(batch, schema(), ROWS, 0)
    assert np.array_equal(inner[y == 0], whole[y == 0])
    # so another label changes the delay of its own event alone
    flipped = y.copy()
    flipped[100] = 1 - y[100]
    delay = ByClass({0: same, 1: Lognormal(30, 1.0)})
    before = delay.label_times(batch, schema(), ROWS, 0)
    after = delay.label_times(events(np.arange(N), flipped), schema(), ROWS, 0)
    assert np.flatnonzero(before != after).tolist() == [100]


def test_delays_within_delays():
    y = np.arange(N) % 2
    delay = ByClass({0: Missing(0.4, Lognormal(100, 0.5)), 1: Missing({0: 1.0}, Uniform(3, 5))})
    found = delay.label_times(events(np.zeros(N), y), schema(), ROWS, 0)
    never = found == NEVER_TIME
    assert abs(never[y == 0].mean() - 0.4) < 4 * np.sqrt(0.24 / (N / 2))
    assert not never[y == 1].any()
    assert np.unique(found[y == 1]).tolist() == [3, 4, 5]
    median = np.median(found[(y == 0) & ~never])
    assert abs(median - 100) < 4 * 100 * 0.5 * np.sqrt(np.pi / 2 / (0.6 * N / 2))


# a team ------------------------------------------------------------------------------------------


def test_capacity_by_hand():
    # one label in 3 rows. Events 0, 1, 2 wait for each other: done at 3, 6, 9.
    # The team is idle until 20: done at 23, and at 26 with the event of 21; idle again until 40.
    found = label_times(Capacity(1, per=3), [0, 1, 2, 20, 21, 40])
    assert found.tolist() == [3, 6, 9, 23, 26, 43]


def test_capacity_of_a_part_of_a_unit():
    # 3 labels in 7 rows: one takes 7/3. From 0: 7/3, 14/3, 7, 28/3; from 50: 52 1/3.
    assert label_times(Capacity(3, per=7), [0, 0, 0, 0, 50]).tolist() == [3, 5, 7, 10, 53]
    # 24 a day: one in an hour
    assert waits(Capacity(24), TIME, n=3).tolist() == [HOUR, 2 * HOUR - 7, 3 * HOUR - 14]


def test_capacity_in_working_days():
    # one label takes half a day; the team works on Mondays and Fridays
    team = Capacity(2, per="1d", days=["monday", "friday"])
    friday = MONDAY + 4 * DAY
    time = MONDAY + np.array([0, 12 * HOUR, 13 * HOUR, 20 * HOUR, 2 * DAY, 5 * DAY])
    # Monday noon and midnight; Friday noon and midnight; next Monday noon and midnight
    monday = MONDAY + 7 * DAY
    expected = [MONDAY, MONDAY, friday, friday, monday, monday]
    half = np.array([12, 24] * 3) * HOUR
    assert label_times(team, time, TIME).tolist() == (np.array(expected) + half).tolist()
    # before 1970 too
    past = time - 5_000 * 7 * DAY
    assert np.array_equal(
        label_times(team, past, TIME) + 5_000 * 7 * DAY, np.array(expected) + half
    )


def slow_queue(arrival, labels, per):
    """The recursion as it is written, in whole numbers: times of ``labels`` to a unit."""
    done, free = [], None
    for time in arrival.tolist():
        begin = time * labels if free is None else max(time * labels, free)
        free = begin + per
        done.append(-(-free // labels))
    return done


@pytest.mark.parametrize(("labels", "per"), [(1, 1), (3, 7), (7, 3), (10, 9), (1, 40), (97, 1_000)])
def test_capacity_is_the_recursion(labels, per):
    arrival = np.sort(np.random.default_rng(per).integers(0, 20_000, 2_000))
    found = label_times(Capacity(labels, per=per), arrival)
    assert found.tolist() == slow_queue(arrival, labels, per)


def test_capacity_is_the_recursion_over_years_of_microseconds():
    arrival = MONDAY + np.sort(np.random.default_rng(0).integers(0, 1_000 * DAY, 70_000))
    found = label_times(Capacity(70), arrival, TIME)
    assert np.abs(found - np.array(slow_queue(arrival, 70, DAY))).max() <= 1


def test_capacity_conserves_labels():
    time = MONDAY + np.sort(np.random.default_rng(3).integers(0, 70 * DAY, 4_000))
    found = label_times(Capacity(50, days=WEEKDAYS[:5]), time, TIME)
    assert (found > time).all()
    assert (np.diff(found) > 0).all()  # first come, first served
    day = (found - 1 - MONDAY) // DAY
    made = np.bincount(day)
    assert made.sum() == 4_000
    assert (made <= 50).all()
    assert (made[np.arange(len(made)) % 7 >= 5] == 0).all()  # nobody works at weekends
    assert (made[:55][np.arange(55) % 7 < 5] >= 49).all()  # nor idles when there is work


def test_a_team_serves_what_reaches_it():
    # the slow class reaches the team at 100, after the others
    batch = events([0, 1, 2, 3], [1, 0, 0, 1])
    team = Capacity(1, per=10, delay=ByClass({0: 0, 1: 100}))
    assert team.label_times(batch, schema(), ROWS, 0).tolist() == [110, 11, 21, 120]
    # what never reaches it takes no time
    team = Capacity(1, per=10, delay=ByClass({0: 0, 1: Missing()}))
    expected = [NEVER_TIME, 11, 21, NEVER_TIME]
    assert team.label_times(batch, schema(), ROWS, 0).tolist() == expected
    assert (label_times(Capacity(1, per=1, delay=Missing()), [0, 1]) == NEVER_TIME).all()


def test_a_team_of_its_own_for_each_slice():
    batch = events([0, 0, 0, 0], region=[0, 1, 0, 1])
    delay = BySlice("region", {"a": Capacity(1, per=5), "b": Capacity(1, per=7)})
    found = delay.label_times(batch, schema(region=["a", "b"]), ROWS, 0)
    assert found.tolist() == [5, 7, 10, 14]
    # one team for all that have none of their own
    delay = BySlice("region", {}, default=Capacity(1, per=5))
    found = delay.label_times(batch, schema(region=["a", "b"]), ROWS, 0)
    assert found.tolist() == [5, 10, 15, 20]


def test_a_queue_longer_than_any_clock_is_never():
    found = label_times(Capacity(1, per="1000000w"), np.full(20, MONDAY), TIME)
    week = 7_000_000 * DAY
    assert found[:7].tolist() == [MONDAY + i * week for i in range(1, 8)]
    assert (found[8:] == NEVER_TIME).all()
    slow = Capacity(1, per="1000000w", days=["monday"])
    assert (label_times(slow, np.full(20, MONDAY), TIME)[8:] == NEVER_TIME).all()


# all of them -------------------------------------------------------------------------------------

EVERY = {
    "uniform": Uniform(0, 1000),
    "exponential": Exponential(50),
    "lognormal": Lognormal(50, 1.0),
    "weibull": Weibull(50, 0.5),
    "distributed": Distributed(scipy.stats.gamma(a=2, scale=9)),
    "empirical": Empirical([5, 9, 300], [20]),
    "missing": Missing(0.5),
    "by class": ByClass({0: Missing(0.2, Exponential(9))}, Uniform(0, 90)),
    "team": Capacity(1, per=3, delay=Missing(0.6)),
}


@pytest.mark.parametrize("delay", EVERY.values(), ids=EVERY)
def test_a_delay_depends_on_seed_and_row_alone(delay):
    long = waits(delay, n=2 * BLOCK + 9, seed=4)
    assert np.array_equal(long[: BLOCK + 5], waits(delay, n=BLOCK + 5, seed=4))
    assert np.array_equal(long, waits(delay, n=2 * BLOCK + 9, seed=4))
    assert not np.array_equal(long, waits(delay, n=2 * BLOCK + 9, seed=5))
    assert (long >= 0).all()


@pytest.mark.parametrize("path", sorted(CONF.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_delay_in_conf_passes_its_check(path):
    from omegaconf import OmegaConf

    from clsim.sweep import config as build

    config = OmegaConf.to_container(OmegaConf.load(path))
    build._check_node(config, "delay")
    delay = build.instance(config, "delay")
    assert (delay is None) == (path.stem == "recorded")
    if delay is not None:
        checks.check_delay(delay)


def test_a_log_by_configuration(tmp_path):
    from clsim.sweep import config as build

    LOG.to_csv(tmp_path / "log.csv", index=False)
    config = {
        "_target_": "clsim.streams.delays.Empirical.of",
        "data": str(tmp_path / "log.csv"),
        "time": "sent",
        "label_time": "paid",
    }
    build._check_node(config, "delay")
    checks.check_delay(build.instance(config, "delay"))


def test_slices_by_configuration():
    from clsim.sweep import config as build

    drawn = {"_target_": "clsim.streams.delays.Lognormal", "median": "5d", "sigma": 0.5}
    config = {"_target_": "clsim.streams.delays.BySlice", "column": "group"}
    config |= {"delays": {"b": drawn}, "default": "1d"}
    build._check_node(config, "delay")
    checks.check_delay(build.instance(config, "delay"))


def test_in_a_world():
    delay = ByClass({0: Capacity(30), 1: Missing(0.5, Lognormal("2d", 1.0))})
    world = Knowledge.of(Synthetic(SEA(), n=2_400, rate="48/d"), seed=0, tick="1d", delay=delay)
    assert (world.labels.time >= world.timeline.time).all()
    frame = pd.DataFrame({"x": [0.0] * 4, "g": list("abab"), "y": ["no", "yes"] * 2})
    log = Recorded(frame, label="y", slices="g")
    world = Knowledge.of(log, seed=0, tick=1, delay=BySlice("g", {"a": 1, "b": 2}))
    assert world.labels.time.tolist() == [1, 3, 3, 5]


def by(delay, y=(0, 1), task="classification"):
    kinds = Schema(("x0",), task, np.array([0, 1]), False, {"region": ("region=a", "region=b")})
    batch = events(np.arange(len(y)), y, region=np.arange(len(y)) % 2)
    return delay.label_times(batch, kinds, ROWS, 0)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Constant(-1), r"^delay=-1: must be at least 0"),
    (lambda: Constant("-1d"), r"^delay='-1d': a duration cannot be negative"),
    (lambda: Constant("a day"), r"^delay='a day': not a duration; write .* such as '7d'"),
    (lambda: waits(Constant(3), TIME), r"^delay=3: this stream has time; .* such as '3d'"),
    (lambda: waits(Constant("3d")), r"^delay='3d': this stream has no time; give a number of row"),
    (lambda: waits(Uniform(5, 2)), r"^high=2: must not be below low=5"),
    (lambda: Uniform(-5, 2), r"^low=-5: must be at least 0"),
    (lambda: Exponential(0), r"^mean=0: must be above 0"),
    (lambda: Lognormal(0, 1), r"^median=0: must be above 0"),
    (lambda: Lognormal("1d", 0), r"^sigma=0: must be above 0"),
    (lambda: waits(Lognormal("1d", 1)), r"^median='1d': this stream has no time"),
    (lambda: Weibull("1d", -1), r"^shape=-1: must be above 0"),
    (lambda: waits(Weibull(3, 1), TIME), r"^scale=3: this stream has time"),
    (lambda: Distributed(scipy.stats.norm(5)), r"^distribution: its values start at -inf, and a l"),
    (lambda: Distributed(scipy.stats.uniform(-1, 3)), r"^distribution: its values start at -1, "),
    (lambda: Distributed(scipy.stats.gamma(a=-2)), r"^distribution: SciPy does not allow"),
    (lambda: Distributed(scipy.stats.gamma(a=2), 0), r"^unit=0: must be above 0"),
    (lambda: waits(Distributed(scipy.stats.expon()), TIME), r"^unit=1: this stream has time"),
    (lambda: Empirical([]), r"^delays: no label ever arrived"),
    (lambda: Empirical([], [3]), r"^delays: no label ever arrived"),
    (lambda: Empirical([1, -2]), r"^delays\[1\]=-2: must be finite and at least 0"),
    (lambda: Empirical([1, np.nan]), r"^delays\[1\]=nan: must be finite .* belongs in censored"),
    (lambda: Empirical([1], [np.inf]), r"^censored\[0\]=inf: must be finite"),
    (lambda: Empirical(["1d", "soon"]), r"^delays\[1\]='soon': not a duration"),
    (lambda: Empirical(["1d"], [2]), r"^censored: give durations or numbers, as in delays"),
    (lambda: Empirical(["1d"], unit="1d"), r"^unit='1d': delays are durations; leave it out"),
    (lambda: Empirical([[1], [2]]), r"^delays: expected one dimension, not 2"),
    (lambda: Empirical([1], beyond="lost"), r"^beyond: unknown value 'lost'; did you mean 'last'"),
    (lambda: Empirical.of(LOG[:0], label_time="paid"), r"^data: the table has no rows"),
    (lambda: Empirical.of("no.csv", label_time="paid"), r"^data='no.csv': no such file"),
    (lambda: Empirical.of(LOG, time="sent", label_time="pay"),
     r"^data: unknown column 'pay'; Allowed: sent, paid"),
    (lambda: Empirical.of(LOG, time="paid", label_time="sent"), r"^time='paid': the column has"),
    (lambda: Empirical.of(LOG[1:2], time="sent", label_time="paid"), r"^delays: no label ever arr"),
    (lambda: Empirical.of(pd.DataFrame({"k": [0, 0]}), label_time="k"), r"^label_time='k': row 1 "),
    (lambda: Missing(1.5), r"^share=1.5: must be at most 1"),
    (lambda: Missing({0: -0.1}), r"^share\[0\]=-0.1: must be at least 0"),
    (lambda: by(Missing({"2": 0.1})), r"^share: unknown label '2'; .*Allowed: 0, 1"),
    (lambda: by(Missing({0: 0.1}), task="regression"), r"^share: by class, but the task of this s"),
    (lambda: by(ByClass({0: 1, "l": 1}, 0)), r"^delays: unknown class 'l'; .*Allowed: 0, 1"),
    (lambda: by(ByClass({0: 1})), r"^delays: no delay for class '1'; add it, or give default"),
    (lambda: by(ByClass({0: 1}, 2), task="regression"), r"^delays: by class, but the task of this"),
    (lambda: ByClass({0: -1}), r"^delays\[0\]=-1: must be at least 0"),
    (lambda: by(BySlice("regoin", {}, 0)), r"unknown slice column 'regoin'; did you mean 'region'"),
    (lambda: by(BySlice("region", {"c": 1}, 0)), r"^delays: unknown slice 'c'; .*Allowed: a, b"),
    (lambda: by(BySlice("region", {"a": 1})), r"^delays: no delay for slice 'b'"),
    (lambda: waits(BySlice("region", {}, 0)), r"^column='region': this stream has no slices"),
    (lambda: Capacity(0), r"^labels=0: must be at least 1"),
    (lambda: Capacity(-3), r"^labels=-3: must be at least 1"),
    (lambda: Capacity(3, per=0), r"^per=0: must be above 0"),
    (lambda: Capacity(3, days=["Mon"]), r"^days\[0\]: unknown value 'Mon'; did you mean 'monday'"),
    (lambda: Capacity(3, days=[]), r"^days=\[\]: give at least one"),
    (lambda: waits(Capacity(3)), r"^per='1d': this stream has no time; give a number of rows"),
    (lambda: waits(Capacity(3, per=5, days=["monday"])), r"^days=\['monday'\]: .* has no time"),
])  # fmt: skip
def test_bad_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_did_you_mean_a_class():
    delay = ByClass({"yess": 0}, default=1)
    with pytest.raises(ValueError, match=r"unknown class 'yess'; did you mean 'yes'\?"):
        delay.label_times(events([0], ["no"]), schema(["no", "yes"]), ROWS, 0)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Lognormal("1d", "wide"), r"^sigma='wide': expected a number"),
    (lambda: Distributed("gamma"), r"^distribution='gamma': expected a distribution of scipy"),
    (lambda: Distributed(scipy.stats.gamma), r"expected a distribution of scipy.stats with its"),
    (lambda: Distributed(scipy.stats.gamma([1, 2])), r"expected a distribution of scipy.stats"),
    (lambda: Empirical("1d"), r"^delays='1d': expected a sequence"),
    (lambda: Empirical([True]), r"^delays\[0\]=.*True.*: expected a duration or a number"),
    (lambda: ByClass([1, 2]), r"^delays=\[1, 2\]: expected a dict, such as"),
    (lambda: ByClass({0: 1.5}), r"^delays\[0\]=1.5: expected a delay, or a duration"),
    (lambda: Missing(0.5, [3]), r"^delay=\[3\]: expected a delay, or a duration such as '7d'"),
    (lambda: Capacity(2.5), r"^labels=2.5: expected a whole number"),
])  # fmt: skip
def test_wrong_types_are_refused(make, message):
    with pytest.raises(TypeError, match=message):
        make()


@pytest.mark.parametrize("zoned", ["at", "known", "end"])
def test_a_log_of_times_with_and_without_a_zone_is_refused(zoned):
    at = pd.Series(pd.date_range("2024-01-01", periods=6, freq="1h"))
    log, end = pd.DataFrame({"at": at, "known": at + pd.Timedelta("2h")}), "2024-01-02"
    before = Empirical.of(log, label_time="known", time="at", end=end)
    assert set(before.times) == {7_200_000_000}
    if zoned == "end":
        end += "T00:00Z"
    else:
        log[zoned] = log[zoned].dt.tz_localize("America/New_York")
    with pytest.raises(ValueError, match=r"has a time zone and .* has none"):
        Empirical.of(log, label_time="known", time="at", end=end)
