"""Label delays, by hand."""

import numpy as np
import pytest

from clsim.clock import Clock
from clsim.randomness import BLOCK
from clsim.streams.delays import Constant, Exponential, Missing, Uniform
from clsim.types import NEVER_TIME

ROWS = Clock(timed=False, tick=1, tick_in_rows=True)
TIME = Clock(timed=True, tick=1, tick_in_rows=False)
HOUR = 3_600_000_000
N = 50_000


def waits(delay, clock=ROWS, n=N, seed=0):
    time = np.arange(n) * 7
    return delay.label_times(time, clock, seed) - time


def test_constant():
    assert waits(Constant(3), n=4).tolist() == [3, 3, 3, 3]
    assert waits(Constant("2h"), TIME, n=2).tolist() == [2 * HOUR] * 2
    assert waits(Constant(), TIME, n=2).tolist() == [0, 0]


def test_uniform():
    found = waits(Uniform(2, 10))
    assert (found.min(), found.max()) == (2, 10)
    assert abs(found.mean() - 6) < 0.05
    assert waits(Uniform("1h", "1h"), TIME, n=2).tolist() == [HOUR, HOUR]


def test_exponential():
    found = waits(Exponential("10h"), TIME) / HOUR
    assert found.min() >= 0
    assert abs(found.mean() - 10) < 0.2
    assert abs((found > 10).mean() - np.exp(-1)) < 0.01


def test_missing():
    found = Missing(0.3, Constant(2)).label_times(np.arange(N), ROWS, 0)
    never = found == NEVER_TIME
    assert abs(never.mean() - 0.3) < 0.01
    assert np.array_equal(found[~never], np.arange(N)[~never] + 2)
    assert (Missing().label_times(np.arange(9), ROWS, 0) == NEVER_TIME).all()
    assert Missing(0.0).label_times(np.arange(3), ROWS, 0).tolist() == [0, 1, 2]


def test_which_labels_are_missing_does_not_depend_on_the_delay():
    one = Missing(0.5, Constant(2)).label_times(np.arange(N), ROWS, 1) == NEVER_TIME
    two = Missing(0.5, Uniform(0, 9)).label_times(np.arange(N), ROWS, 1) == NEVER_TIME
    assert np.array_equal(one, two)


@pytest.mark.parametrize("delay", [Uniform(0, 1000), Exponential(50), Missing(0.5)])
def test_a_delay_depends_on_seed_and_row_alone(delay):
    long = waits(delay, n=2 * BLOCK + 9, seed=4)
    assert np.array_equal(long[: BLOCK + 5], waits(delay, n=BLOCK + 5, seed=4))
    assert not np.array_equal(long, waits(delay, n=2 * BLOCK + 9, seed=5))


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Constant(-1), r"^delay=-1: must be at least 0"),
    (lambda: Constant("-1d"), r"^delay='-1d': a duration cannot be negative"),
    (lambda: Constant("a day"), r"^delay='a day': not a duration; write .* such as '7d'"),
    (lambda: waits(Constant(3), TIME), r"^delay=3: this stream has time; .* such as '3d'"),
    (lambda: waits(Constant("3d")), r"^delay='3d': this stream has no time; give a number of row"),
    (lambda: waits(Uniform(5, 2)), r"^high=2: must not be below low=5"),
    (lambda: Exponential(0), r"^mean=0: must be above 0"),
    (lambda: Missing(1.5), r"^share=1.5: must be at most 1"),
])  # fmt: skip
def test_bad_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
