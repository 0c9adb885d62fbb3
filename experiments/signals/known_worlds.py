"""Worlds in which arithmetic says what is true, and so which signals are right.

``python experiments/signals/known_worlds.py`` prints the table of the README and writes it, with a
figure, to ``results/signals``; tests assert what they say.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm
from signals_drawing import draw
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

import clsim
from clsim import Strategy
from clsim.monitoring import ArrivalBias, ExpectedScore, FeatureDistribution, Score
from clsim.monitoring.p_values import P_VALUES
from clsim.monitoring.windows import Fixed
from clsim.protocols import Monitor
from clsim.report.figures.style import save
from clsim.runs.run import Run
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Never, Threshold
from clsim.streams import Synthetic
from clsim.streams.concepts import Gaussians, Hyperplane, Logistic
from clsim.streams.delays import ByClass, Constant
from clsim.streams.drift import Sudden
from clsim.streams.faults import ConstantFeature
from clsim.streams.groups import Groups
from clsim.streams.targets import Prior, Shift
from clsim.types import Of
from clsim.view import View

SEEDS = range(10)
WARMUP, TICK, WINDOW, LATE = 10_000, 500, 2_000, 4_000
"""Events of the warm-up, of a tick and of a window; and how many events later a label comes."""

CHANGE, END = 16_000, 24_500
"""The row at which a world changes, and the number of rows."""

BEFORE, AFTER = CHANGE, CHANGE + 3_000
"""Ticks that are looked at, by their first rows: of the second all of the window is new, and none
of the labels that are late."""

STUMP = DecisionTreeClassifier(max_depth=1)
"""Reads one feature, and cuts it once."""

Name = tuple[str, Of]
"""A signal, and what a value of it is of."""


@dataclass(frozen=True)
class World:
    """A stream, who watches it, and what must come out.

    Attributes
    ----------
    asks : str
        What it is for, in words.
    stream : Stream
    learner : estimator
    monitors : mapping of str to Monitor
    expected : mapping
        For each signal what arithmetic says of it, at ``before`` and ``after``.
    score : (float, float)
        The true accuracy, before and after the change, by arithmetic.
    setting : mapping
        Of the replay, beside the stream.
    before, after : int
        First rows of the ticks that are looked at.
    """

    asks: str
    stream: Any
    learner: Any
    monitors: Mapping[str, Monitor]
    score: tuple[float, float]
    expected: Mapping[Name, tuple[float, float]]
    setting: Mapping[str, Any] = field(default_factory=lambda: {"tick": TICK, "warmup": WARMUP})
    before: int = BEFORE
    after: int = AFTER

    def replay(self, seed: int) -> Run:
        """One run, of a model that is trained once."""
        learned = SlidingWindow(max(WARMUP, self.setting["tick"]))
        strategy = Strategy(Never(), learned, monitors=self.monitors)
        return clsim.replay(
            self.stream, {"once": strategy}, learner=self.learner, seed=seed, **self.setting
        )["once"]

    def said(self, run: Run) -> pd.DataFrame:
        """What each signal said before and after the change, beside what is true."""
        starts = run.ticks.loc[run.ticks["slice"] == "all", "start"].to_numpy()
        ticks = np.searchsorted(starts, (self.before, self.after))
        rows = [("accuracy", *self.score, *self._scores(run, starts))]
        for (signal, of), expected in self.expected.items():
            found = [value(run, signal, of, tick) for tick in ticks]
            rows.append((called(signal, of), *expected, *found))
        names = ["signal", "expected_before", "expected_after", "before", "after"]
        return pd.DataFrame(rows, columns=names)

    def _scores(self, run: Run, starts: np.ndarray) -> list[float]:
        """Accuracy of all events up to the first look, and between the change and the end."""
        ticks = run.ticks[run.ticks["slice"] == "all"]
        wrong, n = ticks["errors"].to_numpy(float), ticks["n"].to_numpy(float)
        parts = starts < self.before, starts >= self.before
        return [1 - wrong[part].sum() / n[part].sum() for part in parts]


def value(run: Run, signal: str, of: Of, tick: int) -> float:
    """What a signal said in a tick; NaN where it said nothing."""
    feature, part = of if isinstance(of, tuple) else (of, "all")
    rows = run.signals
    assert rows is not None
    mine = (rows["signal"] == signal) & (rows["tick"] == tick) & (rows["slice"] == part)
    mine &= rows["of"].isna() if feature is None else rows["of"] == feature
    found = rows.loc[mine, "value"]
    return float(found.iloc[0]) if len(found) else float("nan")


def called(signal: str, of: Of) -> str:
    """A signal and what it is of, in words."""
    feature, part = of if isinstance(of, tuple) else (of, "all")
    return signal + (f" of {feature}" if feature else "") + (f" in {part}" if part != "all" else "")


def distance(**more: Any) -> FeatureDistribution:
    """The largest difference of distribution functions, against the warm-up."""
    return FeatureDistribution("kolmogorov_smirnov", reference="warmup", window=WINDOW, **more)


def estimate(**more: Any) -> ExpectedScore:
    """The accuracy that is to be expected, without the labels of the window."""
    return ExpectedScore(window=WINDOW, labels=WINDOW, **more)


# 1 to 6 ------------------------------------------------------------------------------------------


def harmless() -> World:
    """x1 moves by half of its range, and says nothing of the label; the model reads x0 alone."""
    concept = Hyperplane(1, weights=[1], irrelevant=1)
    stream = Synthetic(concept, [Sudden(Shift({"x1": 0.5}), at=CHANGE)], n=END, noise=0.1)
    return World(
        "An input drift that does no harm",
        stream,
        STUMP,
        {"distance": distance(), "estimate": estimate(), "score": Score(WINDOW)},
        (0.9, 0.9),
        {
            ("distance", "x1"): (0, 0.5),
            ("distance", "x0"): (0, 0),
            ("estimate", None): (0.9, 0.9),
            ("score", None): (0.9, 0.9),
        },
    )


def hidden() -> World:
    """The border turns by 45 degrees: a quarter of the events change sides, and inputs do not."""
    before, after = Hyperplane(2, weights=[1, 0]), Hyperplane(2, weights=[1, 1])
    stream = Synthetic(before, [Sudden(after, at=CHANGE)], n=END, noise=0.1)
    return World(
        "A concept drift that inputs cannot see",
        stream,
        STUMP,
        {"distance": distance(), "estimate": estimate(), "score": Score(WINDOW)},
        (0.9, 0.75 * 0.9 + 0.25 * 0.1),
        {
            ("distance", "x0"): (0, 0),
            ("distance", "x1"): (0, 0),
            ("estimate", None): (0.9, 0.9),
            ("score", None): (0.9, 0.9),  # the labels of the change are not there yet
        },
        late(),
    )


def moved() -> World:
    """More of the easy cases: x0 moves, P(y given x) = 1 / (1 + exp(-2 x)) stays."""

    def accuracy(mean: float) -> float:
        return integral(lambda x: norm.pdf(x, mean) / (1 + np.exp(-2 * np.abs(x))))

    concept = Logistic(1, weights=[2])
    stream = Synthetic(concept, [Sudden(Shift({"x0": 1.5}), at=CHANGE)], n=END)
    true = accuracy(0), accuracy(1.5)
    return World(
        "An input shift that calibration survives",
        stream,
        LogisticRegression(),
        {
            "distance": distance(),
            "estimate": estimate(),
            "estimate, shares of classes mended": estimate(shift="labels"),
        },
        true,
        {
            ("distance", "x0"): (0, 2 * norm.cdf(0.75) - 1),
            ("estimate", None): true,
            ("estimate, shares of classes mended", None): (true[0], by_other_shares()),
        },
        late(),
    )


def by_other_shares() -> float:
    """What the correction for shares of classes makes of a shift of the inputs by 1.5.

    Its fixed point: the share of class 1 that, as a prior, gives itself as the mean chance.
    """

    def chance(x: Any, prior: float) -> Any:
        return 1 / (1 + np.exp(-2 * x) * (1 - prior) / prior)

    prior = 0.5
    for _ in range(200):
        prior = float(np.trapezoid(norm.pdf(GRID, 1.5) * chance(GRID, prior), GRID))
    right = np.where(GRID > 0, chance(GRID, prior), 1 - chance(GRID, prior))
    return integral(lambda x: norm.pdf(x, 1.5) * right)


def rarer() -> World:
    """Class 1 has a share of .3, then of .6; each class looks as it did: N(-1, 1) and N(1, 1)."""
    cut = np.log(7 / 3) / 2  # where both are as likely before the change

    def accuracy(share: float) -> float:
        return share * norm.cdf(1 - cut) + (1 - share) * norm.cdf(1 + cut)

    def chance(x: Any) -> Any:
        return 1 / (1 + np.exp(-2 * x) * 7 / 3)

    believed = integral(
        lambda x: (
            (0.6 * norm.pdf(x, 1) + 0.4 * norm.pdf(x, -1)) * np.maximum(chance(x), 1 - chance(x))
        )
    )
    stream = Synthetic(
        Gaussians(n_features=1, means=[[-1], [1]]),
        [Sudden(Prior([0.4, 0.6]), at=CHANGE)],
        n=END,
        balance=[0.7, 0.3],
    )
    true = accuracy(0.3), accuracy(0.6)
    return World(
        "A label shift that it does not survive until the shares are mended",
        stream,
        LogisticRegression(),
        {"estimate": estimate(), "estimate, shares of classes mended": estimate(shift="labels")},
        true,
        {
            ("estimate", None): (true[0], believed),
            ("estimate, shares of classes mended", None): true,
        },
        late(),
    )


def broken() -> World:
    """x0 is always 0 at a site that has 3 of 100 events, so there the model guesses."""
    inner = Synthetic(
        Hyperplane(1, weights=[1]),
        n=END,
        noise=0.1,
        groups={"site": Groups({"a": 0.97, "b": 0.03})},
    )
    stream = ConstantFeature(inner, "x0", 0.0, start=CHANGE, slice="site=b")
    sliced: dict[str, Any] = {"slices": ["site=b"]}
    return World(
        "A feature that breaks for one slice",
        stream,
        STUMP,
        {"distance": distance(min_rows=30, **sliced), "score": Score(WINDOW, 30, **sliced)},
        (0.9, 0.97 * 0.9 + 0.03 * 0.5),
        {
            ("distance", "x0"): (0, 0.03),
            ("distance", ("x0", "site=b")): (0, 1),
            ("score", None): (0.9, 0.888),
            ("score", (None, "site=b")): (0.9, 0.5),
        },
    )


MANY = 1_000_000
"""Rows on either side of a test that sees everything."""


class PValue(Monitor):
    """The p-value of a test of one feature, of the last rows against the warm-up: one's own."""

    def __init__(self, test: str, feature: str, window: int) -> None:
        self.test, self.feature, self.window = P_VALUES[test], feature, window

    def measure(self, view: View) -> dict[Of, float]:
        now, before = view.recent(self.window), view.stretch(0, view.first_row(0))
        if now[0] < view.first_row(0):
            return {}
        one, other = (view.column(self.feature, rows).values for rows in (before, now))
        return {self.feature: self.test(one, other)}


def uniform(n: int, change: int | None = None) -> Synthetic:
    """x1 is uniform and says nothing; at a row it moves by .003 of its range."""
    drifts = [] if change is None else [Sudden(Shift({"x1": 0.003}), at=change)]
    return Synthetic(Hyperplane(1, weights=[1], irrelevant=1), drifts, n=n, noise=0.1)


SHORT = 5_000
"""Rows of a window that sees what matters."""


LEVELS = (0.02, 0.025, 0.03, 0.035, 0.04, 0.045, 0.05)


def short() -> FeatureDistribution:
    """The distance of the last 5,000 rows from the first."""
    return FeatureDistribution("kolmogorov_smirnov", reference=Fixed(0, SHORT), window=SHORT)


def threshold(twins: int = 20) -> clsim.Calibrated:
    """The threshold of the short distance with one false alarm in 200,000 rows at most."""
    return clsim.calibrate(
        uniform(12 * SHORT),
        lambda level: Strategy(Threshold(short(), above=level), SlidingWindow(SHORT)),
        LEVELS,
        false_alarms="1/200000",
        learner=STUMP,
        tick=SHORT,
        warmup=SHORT,
        twins=twins,
    )


def tiny() -> World:
    """A difference of .003 between millions of rows, in what says nothing of the label."""
    z = np.sqrt(MANY / 2) * 0.003
    return World(
        "A shift of .003 that costs nothing, under a test with very many rows",
        uniform(3 * MANY + 1, 2 * MANY),
        STUMP,
        {"p-value": PValue("kolmogorov_smirnov", "x1", MANY), "short distance": short()},
        (0.9, 0.9),
        {
            ("p-value", "x1"): (0.5, 2 * np.exp(-2 * z**2)),
            ("short distance", "x1"): (0, 0.003),
        },
        {"tick": MANY // 2, "warmup": MANY},
        2 * MANY,
        3 * MANY,
    )


def slow() -> World:
    """Nothing changes; but class 1 is known ten times as late, and is the one that is missed."""
    cut = np.log(7 / 3) / 2
    recall = norm.cdf(1 + cut), norm.cdf(1 - cut)
    true = 0.7 * recall[0] + 0.3 * recall[1]
    stream = Synthetic(Gaussians(n_features=1, means=[[-1], [1]]), n=END, balance=[0.7, 0.3])
    mature = Score(WINDOW, mature=5_000)
    return World(
        "A delay by class that makes arrived labels lie",
        stream,
        LogisticRegression(),
        {"arrived": Score(WINDOW), "mature": mature, "bias of what arrived": ArrivalBias(mature)},
        (true, true),
        {
            ("arrived", None): (recall[0], recall[0]),  # all of class 0: older ones are not asked
            ("mature", None): (true, true),
            ("bias of what arrived", None): (recall[0] - true, recall[0] - true),
        },
        {**late(), "delay": ByClass({0: 500, 1: 5_000})},
        before=18_000,
        after=24_000,
    )


def late() -> dict[str, Any]:
    """Labels that come after 4,000 events."""
    return {"tick": TICK, "warmup": WARMUP, "delay": Constant(LATE)}


GRID = np.linspace(-8, 10, 18_001)
"""Where normal densities are not nothing."""


def integral(function: Callable[[np.ndarray], np.ndarray]) -> float:
    """Over all numbers that matter, by trapezia of a thousandth."""
    return float(np.trapezoid(function(GRID), GRID))


# all of them -------------------------------------------------------------------------------------

WORLDS: dict[str, Callable[[], World]] = {
    "harmless": harmless,
    "hidden": hidden,
    "moved": moved,
    "rarer": rarer,
    "broken": broken,
    "tiny": tiny,
    "slow": slow,
}


def table(said: pd.DataFrame) -> pd.DataFrame:
    """Mean over seeds of what was said, with the least and the most, beside what is expected."""

    def spread(values: pd.Series) -> str:
        if values.isna().all():
            return ""
        return f"{values.mean():.3f} [{values.min():.3f}, {values.max():.3f}]"

    groups = said.groupby(["world", "signal"], sort=False)
    found = groups[["before", "after"]].agg(spread)
    return groups[["expected_before", "expected_after"]].first().round(4).join(found).reset_index()


def curves(world: World, run: Run) -> pd.DataFrame:
    """What each signal said in every tick, by the row at which the tick begins."""
    rows, ticks = run.signals, run.ticks[run.ticks["slice"] == "all"]
    assert rows is not None
    names = {called(*name): name for name in world.expected}
    ofs = [of if isinstance(of, str) else None for of in rows["of"]]
    every = [
        called(signal, of if part == "all" else (of, part))
        for signal, of, part in zip(rows["signal"], ofs, rows["slice"], strict=True)
    ]
    found = pd.DataFrame({"signal": every, "value": rows["value"].to_numpy()})
    found["row"] = ticks["start"].to_numpy()[rows["tick"].to_numpy()]
    return found[found["signal"].isin(names)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=len(SEEDS))
    parser.add_argument("--out", type=Path, default=Path("results/signals"))
    given = parser.parse_args()
    level = threshold()
    said, drawn = [], []
    for name, make in WORLDS.items():
        world = make()
        for seed in range(given.seeds):
            run = world.replay(seed)
            said.append(world.said(run).assign(world=name, seed=seed))
            drawn.append(curves(world, run).assign(world=name, seed=seed))
    found = table(pd.concat(said, ignore_index=True))
    sys.stdout.write(f"{found.to_string(index=False)}\n\ncalibrated threshold {level.value}, ")
    sys.stdout.write(f"{level.rate.mean:.2f} false alarms in 200,000 rows. {level.note}\n")
    given.out.mkdir(parents=True, exist_ok=True)
    found.to_csv(given.out / "worlds.csv", index=False)
    truths = {name: make().score for name, make in WORLDS.items()}
    figure = draw(pd.concat(drawn, ignore_index=True), truths, CHANGE, level.value)
    save(figure, given.out, "worlds")


if __name__ == "__main__":
    main()
