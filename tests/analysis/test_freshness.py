import numpy as np
import pandas as pd
import pytest

from clsim.analysis.behaviour.freshness import freshness
from clsim.hindsight.losses import Table
from helpers.aged import N, table, wave


def test_a_season_alone_gives_a_flat_age_curve_and_no_half_life():
    found = freshness(table(lambda age, j: wave(j)), draws=50)
    assert found.age["effect"].to_numpy() == pytest.approx(0, abs=1e-12)
    assert found.age["high"].to_numpy() == pytest.approx(0, abs=1e-12)
    # the plain mean does not tell the two apart
    assert np.abs(found.age["raw"]).max() > 0.02
    assert found.season["loss"].to_numpy() == pytest.approx(wave(found.season["tick"]), abs=1e-12)
    assert not found.rises
    assert np.isnan(found.half_life)


def test_constant_speed_under_a_season_gives_a_line_of_that_slope():
    n = 50 + np.arange(60) % 7 * 30
    found = freshness(table(lambda age, j: wave(j) + 0.004 * age, n=n), draws=50)
    ages = found.age["age"].to_numpy()
    assert ages.tolist() == list(range(56))  # the four oldest rest on fewer than five models
    assert found.age["effect"].to_numpy() == pytest.approx(0.004 * ages, abs=1e-12)
    assert found.season["loss"].to_numpy() == pytest.approx(wave(found.season["tick"]), abs=1e-12)
    assert found.rises
    assert found.half_life == pytest.approx(55 / 2)
    assert (found.half_life_low, found.half_life_high) == pytest.approx((27.5, 27.5))


def test_half_life_of_an_exponential_approach():
    # 1 - exp(-age / 10), as good as done at age 99: half-life 10 ln 2 = 6.93, by chords 6.94
    found = freshness(table(lambda age, j: 1 - np.exp(-age / 10), ticks=104), draws=0, longest=99)
    assert found.half_life == pytest.approx(10 * np.log(2), abs=0.02)
    assert np.isnan(found.half_life_low)
    assert found.age["low"].isna().all()


def test_age_starts_where_the_first_can_serve():
    found = freshness(table(lambda age, j: 0.01 * age, duration=3), draws=0)
    assert found.age["age"].iloc[0] == 3
    assert found.age["effect"].iloc[1] == pytest.approx(0.01)


def test_the_oldest_age_is_included():
    found = freshness(table(lambda age, j: 0.01 * age), longest=7, draws=0)
    assert found.age["age"].tolist() == list(range(8))


def test_the_plain_mean_by_hand():
    # ages 0, 1, 2 in ticks 0 to 2, whose seasons are 0, 0 and .5: means .5/3, .6/2+.05 and .7
    found = freshness(table(lambda age, j: 0.1 * age + 0.5 * (j == 2), ticks=3), least=1, draws=0)
    first = 0.5 / 3
    assert found.age["raw"].to_numpy() == pytest.approx([0, (0.1 + 0.6) / 2 - first, 0.7 - first])
    assert found.season["raw"].to_numpy() == pytest.approx([0, 0.05, 0.6])


def test_what_is_drawn_again():
    # each tick has a speed of its own: resampled ticks give lines, and resampled models do not
    own = np.random.default_rng(8).normal(0, 0.1, 60)
    one = table(lambda age, j: own[j] * age, n=np.where(np.arange(60) < 8, 0, N))
    for over, lines in (("ticks", True), ("models", False)):
        high = freshness(one, longest=8, draws=50, over=over).age["high"].iloc[1:].to_numpy()
        assert (high / np.arange(1, 9) == pytest.approx(high[0])) == lines
    # a block as long as the series, closed to a circle, draws everything once
    found = freshness(one, longest=8, draws=1, block=60).age
    assert found["low"].to_numpy() == pytest.approx(found["effect"].to_numpy())


def test_the_initial_model_counts_where_asked():
    one = table(lambda age, j: 0.01 * age)
    one.loss[-1] = 77.0 * N
    without, with_it = freshness(one, draws=0), freshness(one, initial=True, draws=0)
    assert without.age["effect"].to_numpy() == pytest.approx(0.01 * without.age["age"])
    assert np.abs(with_it.age["effect"] - 0.01 * with_it.age["age"]).max() > 1


@pytest.mark.slow
def test_noise_lies_within_the_intervals_and_is_no_rise():
    rng = np.random.default_rng(3)
    covered, rises = [], 0
    for k in range(20):
        one = table(lambda age, j: wave(j), ticks=80)
        noisy = one.loss + np.where(np.isnan(one.loss), np.nan, rng.normal(0, 2, one.loss.shape))
        found = freshness(
            Table(noisy, one.ticks, one.serves, one.rows, one.n), longest=20, draws=100, seed=k
        )
        covered.append(((found.age["low"] <= 0) & (found.age["high"] >= 0)).iloc[1:].mean())
        rises += found.rises
    assert 0.8 <= np.mean(covered) <= 1.0
    assert rises <= 3


@pytest.mark.parametrize("over", ["ticks", "models"])
def test_a_noisy_rise_is_found_and_its_slope_covered(over):
    rng = np.random.default_rng(4)
    one = table(lambda age, j: wave(j) + 0.005 * age)
    noisy = one.loss + rng.normal(0, 2, one.loss.shape)
    found = freshness(
        Table(noisy, one.ticks, one.serves, one.rows, one.n), longest=30, draws=100, over=over
    )
    assert found.rises
    assert 10 < found.half_life_low <= found.half_life <= found.half_life_high < 20
    assert np.mean((found.age["low"] <= 0.005 * found.age["age"])
                   & (found.age["high"] >= 0.005 * found.age["age"])) > 0.8  # fmt: skip
    again = freshness(
        Table(noisy, one.ticks, one.serves, one.rows, one.n), longest=30, draws=100, over=over
    )
    pd.testing.assert_frame_equal(found.age, again.age)


def test_a_coarse_grid_needs_bins_as_wide_as_its_steps():
    coarse = table(lambda age, j: wave(j // 4) + 0.01 * (age // 4), candidates=range(0, 60, 4))
    with pytest.raises(ValueError, match="fall into 4 groups"):
        freshness(coarse, width=1, draws=0)
    found = freshness(coarse, draws=0)
    steps = np.arange(len(found.age))
    assert found.age["effect"].to_numpy() == pytest.approx(0.01 * steps, abs=1e-12)
    assert found.age["age"].to_numpy() == pytest.approx(4 * steps + 1.5)


def test_equal_to_least_squares_with_dummies():
    rng = np.random.default_rng(6)
    one = table(lambda age, j: wave(j) + 0.01 * age, ticks=9, n=rng.integers(1, 50, 9))
    loss = one.loss + rng.normal(0, 3, one.loss.shape)
    loss[2, 5:] = np.nan
    found = freshness(Table(loss, one.ticks, one.serves, one.rows, one.n), least=1, draws=0)
    i, j = np.nonzero(~np.isnan(loss[:-1]))
    X = np.zeros((len(i), 9 + 9))
    X[np.arange(len(i)), j] = 1
    X[np.arange(len(i)), 9 + j - i] = 1
    root = np.sqrt(one.n[j])
    solution = np.linalg.lstsq(
        np.delete(X, 9, axis=1) * root[:, None], loss[i, j] / one.n[j] * root, rcond=None
    )[0]
    assert found.age["effect"].iloc[1:].to_numpy() == pytest.approx(solution[9:])
    assert found.season["loss"].to_numpy() == pytest.approx(solution[:9])


def test_ticks_without_events_and_failed_trainings_are_left_out():
    n = np.where(np.arange(60) % 6 == 0, 0, 50)
    one = table(lambda age, j: wave(j) + 0.01 * age, n=n)
    one.loss[7] = np.nan
    found = freshness(one, draws=0)
    assert found.age["effect"].to_numpy() == pytest.approx(0.01 * found.age["age"], abs=1e-12)
    assert len(found.season) == 50


@pytest.mark.parametrize(("changes", "message"), [
    ({"width": 0}, "width=0: must be at least 1"),
    ({"least": 0}, "least=0"),
    ({"over": "tick"}, "did you mean 'ticks'"),
    ({"longest": 0}, "longest=0"),
    ({"least": 1000}, "fewer than two ages"),
    ({"block": 0}, "block=0"),
])  # fmt: skip
def test_bad_input(changes, message):
    with pytest.raises(ValueError, match=message):
        freshness(table(lambda age, j: 0.01 * age), **changes)


def test_an_empty_table_is_refused():
    with pytest.raises(ValueError, match="no model"):
        freshness(table(lambda age, j: np.nan))
