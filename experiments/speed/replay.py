"""How much time does a replay take, against loops that one would write by hand?

python experiments/speed/replay.py [--questions schedules online mixed] [--repeats 5]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from river import evaluate, linear_model, metrics, optim, preprocessing
from river.drift import ADWIN, PageHinkley
from river.drift.binary import DDM
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from threadpoolctl import threadpool_limits

import clsim
from clsim.runs.run import Run
from clsim.strategy import Strategy
from clsim.strategy.datasets import All, NewSinceLast, SlidingWindow
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.training import RowByRow, Stateful, Stateless
from clsim.strategy.triggers import Cooldown, Drift, Never, Performance, Periodic, Volume
from clsim.streams import Recorded, Synthetic
from clsim.streams.concepts import Logistic
from clsim.streams.delays import Constant
from clsim.streams.drift import Gradual, Sudden

PERIODS = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 30, 35, 40, 50, 60, 70, 80, 100, 0)
"""Ticks between trainings; 0 is never."""

ROWS, TICK, WINDOW = 200_000, 1_000, 5_000

LEARNERS = {
    "GaussianNB": GaussianNB(),
    "LogisticRegression": LogisticRegression(),
    "HistGradientBoosting": HistGradientBoostingClassifier(random_state=0),
}


def table(rows: int) -> pd.DataFrame:
    """Ten features and a label whose concept drifts twice."""
    drifts = [
        Sudden(Logistic(variant=1), at=rows // 3),
        Gradual(Logistic(variant=2), at=2 * rows // 3, width=rows // 20),
    ]
    batches = list(Synthetic(Logistic(), drifts, n=rows).blocks(seed=1))
    X = np.concatenate([b.X for b in batches])
    frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(X.shape[1])])
    return frame.assign(y=np.concatenate([b.y for b in batches]))


def by_hand(X: np.ndarray, y: np.ndarray, learner: Any, period: int) -> np.ndarray:
    """Predictions of one schedule, as one would write the loop."""
    model = clone(learner).fit(X[:WINDOW], y[:WINDOW])
    answers = np.empty_like(y[WINDOW:])
    for tick, start in enumerate(range(WINDOW, len(X), TICK)):
        if period and tick and tick % period == 0:
            model = clone(learner).fit(X[start - WINDOW : start], y[start - WINDOW : start])
        answers[start - WINDOW : start - WINDOW + TICK] = model.predict(X[start : start + TICK])
    return answers


def timed(job: Callable[[], Any]) -> tuple[float, Any]:
    """Wall seconds of a job, and what it returned."""
    begin = time.perf_counter()
    result = job()
    return time.perf_counter() - begin, result


def schedules(name: str, repeats: int) -> list[dict[str, Any]]:
    """24 periodic schedules: in step, and one hand-written loop after the other."""
    frame, learner = table(ROWS), LEARNERS[name]
    stream = Recorded(frame, label="y")
    X, y = frame.drop(columns="y").to_numpy(), frame["y"].to_numpy()
    window = SlidingWindow(WINDOW)
    strategies = {
        str(p): Strategy(Periodic(p) if p else Never(), window, Stateless()) for p in PERIODS
    }

    def in_step(record: str) -> dict[str, Run]:
        return clsim.replay(
            stream, strategies, learner=learner, tick=TICK, warmup=WINDOW, record=record
        )

    def hand() -> dict[str, np.ndarray]:
        return {str(p): by_hand(X, y, learner, p) for p in PERIODS}

    for period, run in in_step("events").items():
        assert run.predictions is not None
        np.testing.assert_array_equal(
            run.predictions["y_pred"], by_hand(X, y, learner, int(period)), err_msg=period
        )
    rows = []
    for repeat in range(repeats):
        with threadpool_limits(1):
            hand_seconds, _ = timed(hand)
        seconds, runs = timed(lambda: in_step("ticks"))
        info = runs["0"].info.made
        assert info.unique_fits == 195
        outside = 1 - (info.fit_seconds + info.predict_seconds) / seconds
        row = {"hand": hand_seconds, "clsim": seconds, "ratio": hand_seconds / seconds}
        rows.append({"question": "schedules", "learner": name, "repeat": repeat, **row,
                     "outside": outside})  # fmt: skip
    return rows


ONLINE = {
    "river scaler | regression": lambda: (
        preprocessing.StandardScaler() | linear_model.LogisticRegression(optim.SGD(0.005))
    ),
    "river regression": lambda: linear_model.LogisticRegression(optim.SGD(0.005)),
}


def online(name: str, repeats: int, size: int = 50_000, delay: int = 1_000) -> list[dict[str, Any]]:
    """A river model, row by row with late labels: through clsim, and through river."""
    frame = table(size)
    stream = Recorded(frame, label="y")
    truth = (frame["y"] == 1).tolist()
    data = list(zip(frame.drop(columns="y").to_dict("records"), truth, strict=True))
    strategies = {"online": Strategy(Never(), training=RowByRow())}
    rows = []
    for repeat in range(repeats):
        with threadpool_limits(1):
            river_seconds, metric = timed(
                lambda: evaluate.progressive_val_score(
                    data, ONLINE[name](), metrics.Accuracy(), delay=delay
                )
            )
        seconds, runs = timed(
            lambda: clsim.replay(
                stream, strategies, learner=ONLINE[name](), tick=1, delay=Constant(delay)
            )
        )
        assert abs(metric.get() - runs["online"].score) < 1e-12
        info = runs["online"].info.made
        outside = 1 - (info.fit_seconds + info.predict_seconds) / seconds
        row = {"hand": river_seconds, "clsim": seconds, "ratio": river_seconds / seconds}
        rows.append({"question": "online", "learner": name, "repeat": repeat, **row,
                     "outside": outside})  # fmt: skip
    return rows


def mixed_strategies() -> dict[str, Strategy]:
    """Sixty strategies of every kind."""
    triggers: dict[str, Any] = {f"every{p}": Periodic(p) for p in (1, 2, 3, 5, 8, 12, 20)}
    triggers |= {f"volume{n}": Volume(rows=n) for n in (500, 1_000, 3_000, 10_000)}
    triggers |= {f"drop{d}": Performance(drop=d, window=1_000) for d in (0.02, 0.05)}
    triggers |= {"below": Performance(below=0.8), "adwin": Drift(ADWIN()), "ddm": Drift(DDM())}
    triggers |= {"pagehinkley": Drift(PageHinkley()), "never": Never()}
    triggers |= {"cooldown": Cooldown(Performance(below=0.8), wait=5)}
    kinds: dict[str, Callable[[Any], Strategy]] = {
        "window": lambda t: Strategy(t, SlidingWindow(2_000)),
        "all": lambda t: Strategy(t, All(), Stateless(duration=700)),
        "update": lambda t: Strategy(t, NewSinceLast(), Stateful()),
    }
    mix = {f"{t}-{k}": build(part) for t, part in triggers.items() for k, build in kinds.items()}
    gate = {
        f"{t}-gate": Strategy(triggers[t], SlidingWindow(2_000), offline=ChampionChallenger())
        for t in ("every2", "every5", "volume1000")
    }
    return mix | gate


def same(a: Run, b: Run) -> bool:
    """Whether two runs are equal in all but measured seconds."""
    return (
        a.ticks.equals(b.ticks)
        and a.events.drop(columns="seconds").equals(b.events.drop(columns="seconds"))
        and (a.confusion is None or a.confusion.equals(b.confusion))
    )


def mixed(repeats: int) -> list[dict[str, Any]]:
    """Sixty strategies together, and each alone."""
    stream = Recorded(table(50_000), label="y")
    strategies = mixed_strategies()
    assert len(strategies) == 60, len(strategies)

    def run(some: dict[str, Strategy]) -> dict[str, Run]:
        return clsim.replay(
            stream, some, learner=GaussianNB(), tick=500, warmup=5_000, delay=Constant(1_000)
        )

    rows = []
    for repeat in range(repeats):
        alone_seconds, alone = timed(
            lambda: {name: run({name: s})[name] for name, s in strategies.items()}
        )
        seconds, together = timed(lambda: run(strategies))
        different = [name for name in strategies if not same(alone[name], together[name])]
        assert not different, different
        info = together["every1-window"].info.made
        outside = 1 - (info.fit_seconds + info.predict_seconds) / seconds
        row = {"hand": alone_seconds, "clsim": seconds, "ratio": alone_seconds / seconds}
        rows.append({"question": "mixed", "learner": "GaussianNB", "repeat": repeat, **row,
                     "outside": outside})  # fmt: skip
    return rows


def summary(measured: pd.DataFrame) -> pd.DataFrame:
    """Median, and lowest to highest, of each question and learner."""

    def spread(values: pd.Series) -> str:
        return f"{median(values):.3g} ({values.min():.3g}-{values.max():.3g})"

    groups = measured.groupby(["question", "learner"], sort=False)
    table = groups[["hand", "clsim", "ratio", "outside"]].agg(spread)
    return table.assign(repeats=groups.size()).reset_index()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", nargs="+", default=["schedules", "online", "mixed"])
    parser.add_argument("--learners", nargs="+", default=list(LEARNERS), choices=list(LEARNERS))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--tree-repeats", type=int, default=2, help="boosted trees take minutes")
    parser.add_argument("--tree-iterations", type=int, default=100, help="boosting iterations")
    parser.add_argument("--out", type=Path, default=Path("results/speed"))
    args = parser.parse_args()
    LEARNERS["HistGradientBoosting"].set_params(max_iter=args.tree_iterations)
    rows: list[dict[str, Any]] = []
    if "schedules" in args.questions:
        for name in args.learners:
            trees = name == "HistGradientBoosting"
            rows += schedules(name, args.tree_repeats if trees else args.repeats)
            print(summary(pd.DataFrame(rows)).to_string(), flush=True)
    if "online" in args.questions:
        for name in ONLINE:
            rows += online(name, args.repeats)
    if "mixed" in args.questions:
        rows += mixed(min(args.repeats, 3))
    measured, file = pd.DataFrame(rows).round(4), args.out / "replay.csv"
    if file.exists():  # keep what was not measured anew
        key, old = ["question", "learner"], pd.read_csv(file)
        stays = ~old.set_index(key).index.isin(measured.set_index(key).index)
        measured = pd.concat([old[stays], measured], ignore_index=True)
    print(summary(measured).to_string())
    args.out.mkdir(parents=True, exist_ok=True)
    measured.to_csv(file, index=False)


if __name__ == "__main__":
    main()
