"""Does every rule keep its calibrated rate of false alarms, on draws that it did not see?"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from river.drift import ADWIN
from scipy.special import stdtrit
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.engine.calibration import Calibrated
from clsim.monitoring import Corrected, FeatureDistribution, Score
from clsim.randomness import integer
from clsim.statistics.intervals import Interval, mean_interval
from clsim.strategy import Strategy, rules
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import OnLosses, OnSignal
from clsim.streams import Synthetic, concepts, drift

RESULTS = Path(__file__).parents[2] / "results" / "false_alarms"
ROWS = 2000
"""In so many rows without drift, one training is the most that is wanted."""

SETTING = {"learner": GaussianNB(), "tick": 50, "warmup": 500}

Rated = tuple[Callable[[float], object], list[float]]


def on_losses(rule: Callable[[float], rules.Rule], grid: list[float]) -> Rated:
    return lambda value: OnLosses(rule(value)), grid


def on_score(rule: Callable[[float], rules.Rule], grid: list[float]) -> Rated:
    """Over the score of the last 100 labels."""
    return lambda value: OnSignal(Score(100, 50), rule(value)), grid


def p_values() -> Corrected:
    return Corrected(FeatureDistribution("kolmogorov_smirnov", window=200, p_value=True))


RULES: dict[str, Rated] = {
    "AvoidableErrors": on_losses(lambda v: rules.AvoidableErrors(v), [10, 20, 40, 80, 160]),
    "Confirmed": on_losses(
        lambda v: rules.Confirmed(rules.Level(above=v), 2), [0.16, 0.18, 0.2, 0.25, 0.3]
    ),
    "ConformalMartingale": on_losses(
        lambda v: rules.ConformalMartingale(v), [0.5, 0.3, 0.2, 0.1, 0.01]
    ),
    "Cusum": on_losses(lambda v: rules.Cusum(v, learn=200), [3, 5, 8, 12, 20]),
    "Detected": on_losses(lambda v: rules.Detected(ADWIN(delta=v)), [0.9, 0.5, 0.2, 0.05, 0.002]),
    "Ewma": on_losses(lambda v: rules.Ewma(v, weight=0.02, learn=200), [1.5, 2, 2.5, 3, 4]),
    "Forecast": on_score(
        lambda v: rules.Forecast(1, periods=4, width=v, at_least=5), [1.5, 2, 2.5, 3, 5]
    ),
    "HarmfulDrift": on_losses(
        lambda v: rules.HarmfulDrift(0.0, v, reference=200), [0.5, 0.3, 0.2, 0.1, 0.05]
    ),
    "LearningDebt": on_losses(lambda v: rules.LearningDebt(v, memory=100), [1, 2, 4, 8, 16]),
    "Level": on_losses(lambda v: rules.Level(above=v), [0.2, 0.22, 0.25, 0.28, 0.35]),
    "Quantile": on_score(
        lambda v: rules.Quantile(v, window=20, side="below"), [0.5, 0.2, 0.1, 0.05, 0.01]
    ),
    "Range": on_losses(lambda v: rules.Range(0.0, v), [0.2, 0.22, 0.25, 0.28, 0.35]),
    "ReturnOnInvestment": on_losses(
        lambda v: rules.ReturnOnInvestment(20, 1_000, wanted=v), [0, 0.5, 1, 2, 4]
    ),
    "RollingAverage": on_score(
        lambda v: rules.RollingAverage(v, window=4, side="below"), [0.02, 0.05, 0.08, 0.12, 0.2]
    ),
    "ScoreLevel": on_losses(
        lambda v: rules.ScoreLevel(None, v, 200, at_least=100), [0.01, 0.03, 0.05, 0.08, 0.12]
    ),
    "Shewhart": on_score(lambda v: rules.Shewhart(v, learn=10, way="down"), [1, 2, 3, 4, 6]),
    "Significant": (
        lambda v: OnSignal(p_values(), rules.Significant(v)), [0.2, 0.05, 0.01, 0.001, 0.0001]
    ),
    "Sprt": on_losses(lambda v: rules.Sprt(alpha=v, learn=200), [0.2, 0.05, 0.01, 0.001, 0.00001]),
    "Trend": on_score(lambda v: rules.Trend(6, below=v), [-0.01, -0.02, -0.03, -0.04, -0.06]),
}  # fmt: skip
"""Every rule that ships: the trigger of a threshold, and thresholds, the loosest first."""


def world(rows: int) -> Synthetic:
    """A drift that a twin never sees, in the middle of what is scored."""
    shift = drift.Sudden(concepts.Sine(1), at=rows // 2)
    return Synthetic(concepts.Sine(0), [shift], n=rows, noise=0.1)


def strategy(name: str, value: float) -> Strategy:
    """A rule with a threshold, as it runs."""
    return Strategy(RULES[name][0](value), SlidingWindow(500))


def found(name: str, *, rows: int, twins: int) -> Calibrated:
    """The threshold of a rule."""
    return clsim.calibrate(
        world(rows), lambda value: strategy(name, value), RULES[name][1],
        false_alarms=f"1/{ROWS}", twins=twins, **SETTING,
    )  # fmt: skip


def fresh(values: dict[str, float], *, rows: int, twins: int) -> dict[str, np.ndarray]:
    """The rates of rules with their thresholds, in twins of which no calibration knew."""
    strategies = {name: strategy(name, value) for name, value in values.items()}
    quiet, trainings = world(rows).quiet(500, seed=0), []
    for twin in range(twins):
        runs = clsim.replay(quiet, strategies, seed=integer(1, "fresh", twin), **SETTING)
        trainings.append([run.totals["retrainings"] for run in runs.values()])
    each = np.array(trainings) * ROWS / (rows - 500)
    return dict(zip(strategies, each.T, strict=True))


def difference(calibrated: np.ndarray, drawn: np.ndarray, level: float = 0.95) -> Interval:
    """How much more often it trains in fresh twins than in those of its calibration (Welch)."""
    errors = [x.var(ddof=1) / len(x) for x in (drawn, calibrated)]
    more, error = float(drawn.mean() - calibrated.mean()), float(np.sqrt(sum(errors)))
    if error == 0:
        return Interval(more, more, more)
    freedom = sum(errors) ** 2 / sum(
        e**2 / (len(x) - 1) for e, x in zip(errors, (drawn, calibrated), strict=True)
    )
    half = float(stdtrit(freedom, (1 + level) / 2)) * error
    return Interval(more, more - half, more + half)


def kept(calibrated: np.ndarray, drawn: np.ndarray) -> bool:
    """Whether fresh draws keep the wanted rate of 1, within the interval of both sets of draws."""
    more = difference(calibrated, drawn)
    return bool(drawn.mean() <= 1 + (more.high - more.mean))


def own_rates(one: Calibrated) -> np.ndarray:
    """The rate at the threshold that was found, in each twin that it was found on."""
    return one.table.loc[one.table["value"] == one.value, "rate"].to_numpy()


def table(*, rows: int, twins: int) -> pd.DataFrame:
    """For each rule its threshold, and its rates on both sets of twins."""
    results = {name: found(name, rows=rows, twins=twins) for name in RULES}
    drawn = fresh({name: one.value for name, one in results.items()}, rows=rows, twins=twins)
    lines = []
    for name, one in results.items():
        own = own_rates(one)
        again, more = mean_interval(drawn[name]), difference(own, drawn[name])
        lines.append({
            "rule": name, "threshold": one.value, "rate": one.rate.mean, "fresh": again.mean,
            "fresh_low": again.low, "fresh_high": again.high, "more": more.mean,
            "more_low": more.low, "more_high": more.high,
            "kept": kept(own, drawn[name]), "note": one.note,
        })  # fmt: skip
    return pd.DataFrame(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--twins", type=int, default=40)
    parser.add_argument("--rows", type=int, default=4500)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    made = table(rows=given.rows, twins=given.twins)
    given.out.mkdir(parents=True, exist_ok=True)
    made.to_csv(given.out / "rates.csv", index=False, float_format="%.4g")
    print(made.drop(columns="note").round(3).to_string(index=False))


if __name__ == "__main__":
    main()
