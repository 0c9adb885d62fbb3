"""Some thirty replays that together use every part of the engine, for their digests."""

from __future__ import annotations

import hashlib
import json
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from river import drift, linear_model, naive_bayes, preprocessing, tree
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_info

import clsim
from clsim import Strategy
from clsim.runs.run import Run, versions
from clsim.strategy.datasets import All, NewSinceLast, SlidingWindow
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.training import RowByRow, Stateful, Stateless
from clsim.strategy.triggers import (
    AllOf,
    AnyOf,
    Budget,
    Cooldown,
    Drift,
    Never,
    Performance,
    Periodic,
    Volume,
)
from clsim.streams import Recorded, Synthetic, delays, faults, feedback
from clsim.streams.arrival import Poisson
from clsim.streams.availability import Warehouse
from clsim.streams.concepts import LED, SEA, AdClick, Friedman, Logistic, Sine
from clsim.streams.drift import Gradual, Incremental, Sudden, Temporary
from clsim.streams.groups import Groups

ROWS: dict[str, Any] = {"tick": 60, "warmup": 300, "seed": 3, "record": "events"}
TWO = {"group": Groups({"a": 0.7, "b": 0.3})}
TIME: dict[str, Any] = {"tick": "1d", "warmup": "15d", "seed": 3, "record": "events"}


def rows(n: int = 2_400, **more: Any) -> Any:
    """Events on a clock of rows, whose concept changes twice."""
    drifts = [Sudden(Sine(1), at=n // 3), Temporary(Sine(2), at=n * 2 // 3, duration=n // 8)]
    return Synthetic(Sine(0), drifts, n=n, noise=0.05, **more)


def days(n: int = 2_400, **more: Any) -> Any:
    """Events at random times of fifty days."""
    drifts = [
        Sudden(Logistic(5, variant=1), at="25d"),
        Gradual(Logistic(5, variant=2), at="38d", width="6d"),
    ]
    return Synthetic(Logistic(5), drifts, n=n, rate=Poisson("48/d"), noise=0.05, **more)


class Uneven(Stateless):
    """Every third training takes so long that a later one is ready before it."""

    def recipe(self, view: Any) -> Any:
        return replace(super().recipe(view), duration=250 if view.tick % 3 == 0 else 60)


def by_rows() -> dict[str, Strategy]:
    """A strategy for every part, on a clock of rows."""
    window, gate = SlidingWindow(300), ChampionChallenger(60, min_rows=20)
    adwin = Drift(drift.ADWIN(clock=4, grace_period=20))
    return {
        "never": Strategy(Never(), window),
        "often": Strategy(Periodic(1), window),
        "phase": Strategy(Periodic(5, phase=2), All()),
        "volume": Strategy(Volume(rows=250), window),
        "growth": Strategy(Volume(growth=30), All()),
        "below": Strategy(Performance(below=0.8, window=120, min_labels=40), window),
        "drop": Strategy(Performance(drop=0.1, window=100, min_labels=50, of="all"), window),
        "adwin": Strategy(adwin, window),
        "ddm": Strategy(Drift(drift.binary.DDM(), of="all"), window),
        "kswin": Strategy(Drift(drift.KSWIN(alpha=0.01, window_size=60, stat_size=20)), window),
        "any": Strategy(AnyOf([adwin, Periodic(13)]), window),
        "all": Strategy(AllOf([Volume(rows=60), Periodic(4)]), window),
        "cooldown": Strategy(Cooldown(Periodic(1), 6), window),
        "budget": Strategy(Budget(Periodic(2), 2, per=12), window),
        "slow": Strategy(Periodic(3), window, Stateless(100)),
        "overlap": Strategy(Periodic(1), window, Stateless(200), gate, overlap=True),
        "uneven": Strategy(Periodic(1), window, Uneven(), overlap=True),
        "gated": Strategy(Periodic(2), window, offline=gate),
        "margin": Strategy(Periodic(2), NewSinceLast(), offline=ChampionChallenger(90, 0.05)),
    }


def in_time() -> dict[str, Strategy]:
    """The like in time."""
    window = SlidingWindow("10d")
    gate = ChampionChallenger("4d", min_rows=20)
    return {
        "never": Strategy(Never(), window),
        "weekly": Strategy(Periodic("7d", phase="3d"), window),
        "slow": Strategy(Periodic("2d"), window, Stateless("36h"), gate, overlap=True),
        "gated": Strategy(Periodic("3d"), window, offline=gate),
        "below": Strategy(Performance(below=0.75, window=150, min_labels=60), window),
        "cooldown": Strategy(Cooldown(Volume(rows=40), "4d"), window),
        "budget": Strategy(Budget(Periodic("2d"), 3, per="14d"), All()),
        "new": Strategy(Periodic("4d"), NewSinceLast()),
    }


def going_on(how: str = "partial_fit", unit: Any = 3) -> dict[str, Strategy]:
    """Strategies whose trainings go on from the champion."""
    gate = ChampionChallenger(60, min_rows=20)
    return {
        "new": Strategy(Periodic(unit), NewSinceLast(), Stateful(how)),
        "full": Strategy(Periodic(unit), NewSinceLast(), Stateful(how, full_every=3)),
        "gated": Strategy(Periodic(unit), NewSinceLast(), Stateful(how), gate),
        "window": Strategy(Periodic(unit), SlidingWindow(200), Stateful(how), overlap=True),
    }


def row_by_row() -> dict[str, Strategy]:
    """Models that learn while they serve."""
    return {
        "never": Strategy(Never(), All(), RowByRow()),
        "anew": Strategy(Periodic(8), SlidingWindow(200), RowByRow()),
        "slow": Strategy(Volume(rows=300), SlidingWindow(200), RowByRow(90)),
        "adwin": Strategy(Drift(drift.ADWIN(clock=4, grace_period=20)), All(), RowByRow()),
    }


def log() -> Recorded:
    """A log with words, names, gaps, slices, labels that come late or never, and a time."""
    rng = np.random.default_rng(5)
    n = 2_000
    at = pd.date_range("2024-01-01", periods=n, freq="36min")
    x = rng.normal(size=n)
    known = at + pd.to_timedelta(rng.integers(0, 6 * 24, n), unit="h")
    frame = pd.DataFrame({
        "at": at, "x": np.where(rng.random(n) < 0.05, np.nan, x),
        "shop": rng.choice(["east", "north", "west"], n), "size": rng.choice(["big", "small"], n),
        "bought": np.where(x + 0.7 * rng.normal(size=n) > np.where(np.arange(n) > 900, 1, 0), "yes",
                           np.where(rng.random(n) < 0.2, "maybe", "no")),
        "known": known.where(rng.random(n) < 0.9),
    })  # fmt: skip
    return Recorded(
        frame, "bought", time="at", label_time="known", slices=["shop", "size"],
        classes=["yes", "maybe", "no"],
    )  # fmt: skip


def replay(stream: Any, strategies: dict[str, Strategy], learner: Any, **given: Any) -> Any:
    return clsim.replay(stream, strategies, learner=learner, **given)


def but(strategies: dict[str, Strategy], *names: str) -> dict[str, Strategy]:
    """Strategies without some."""
    return {name: strategy for name, strategy in strategies.items() if name not in names}


def river_linear() -> Any:
    return preprocessing.StandardScaler() | linear_model.LogisticRegression()


class Narrow(GaussianNB):
    """Naive Bayes that fails on some windows, and on rows beyond a bound."""

    def fit(self, X: Any, y: Any) -> Any:
        if round(float(X[0, 0]) * 10) % 3 == 0 and len(X) < 300:
            raise ValueError("not this window")
        return super().fit(X, y)

    def predict(self, X: Any) -> Any:
        if (X[:, 0] > 9.95).any():
            raise ValueError("too far")
        return super().predict(X)


WORLDS: dict[str, Callable[[], dict[str, Run]]] = {
    "rows": lambda: replay(rows(), by_rows(), GaussianNB(), **ROWS),
    "rows, late": lambda: replay(rows(), by_rows(), GaussianNB(), delay=delays.Constant(150),
                                 **ROWS),
    "rows, at random": lambda: replay(rows(), by_rows(), GaussianNB(),
                                      delay=delays.Exponential(120), **ROWS),
    "rows, some never": lambda: replay(
        rows(), by_rows(), GaussianNB(), delay=delays.Missing(0.6, delays.Uniform(0, 200)), **ROWS),
    "rows, log loss": lambda: replay(rows(), but(by_rows(), "ddm"), GaussianNB(), loss="log",
                                     delay=delays.Constant(90), **ROWS),
    "rows, matrix": lambda: replay(rows(), but(by_rows(), "ddm"), GaussianNB(),
                                   loss=[[0, 5], [1, 0]], delay=delays.Exponential(60), **ROWS),
    "no warm-up": lambda: replay(
        rows(), by_rows(), GaussianNB(), unanswered="wrong", delay=delays.Constant(30),
        **{**ROWS, "warmup": 0}),
    "no warm-up, skip": lambda: replay(rows(), by_rows(), GaussianNB(), **{**ROWS, "warmup": 0}),
    "one row a tick": lambda: replay(
        rows(700), {k: v for k, v in by_rows().items() if k in ("never", "adwin", "drop", "slow")},
        GaussianNB(), delay=delays.Constant(20), **{**ROWS, "tick": 1, "warmup": 100}),
    "slices": lambda: replay(days(groups=TWO), in_time(), GaussianNB(),
                             delay=delays.BySlice("group", {"a": "1d", "b": "5d"}), **TIME),
    "time": lambda: replay(days(), in_time(), GaussianNB(), delay=delays.Exponential("3d"), **TIME),
    "time, rows": lambda: replay(
        days(), but(by_rows(), "slow", "overlap", "uneven"), GaussianNB(),
        delay=delays.Lognormal("2d", 0.8), **{**TIME, "tick": 48, "warmup": 400}),
    "by class": lambda: replay(days(), in_time(), GaussianNB(),
                               delay=delays.ByClass({0: "1d", 1: "6d"}), **TIME),
    "a team": lambda: replay(days(), in_time(), GaussianNB(), delay=delays.Capacity(40, "1d"),
                             **TIME),
    "attribution": lambda: replay(
        days(), in_time(), GaussianNB(),
        delay=delays.Attribution("3d", delays.Exponential("2d")), **TIME),
    "annotators": lambda: replay(days(), in_time(), GaussianNB(),
                                 delay=delays.Annotators(votes=3, noise=0.2), **TIME),
    "warehouse": lambda: replay(Warehouse(days(), every="2d", lag=delays.Exponential("12h")),
                                in_time(), GaussianNB(), delay=delays.Exponential("1d"), **TIME),
    "warehouse, attribution": lambda: replay(
        Warehouse(days(), every="1d"), in_time(), GaussianNB(),
        delay=delays.Attribution("2d", delays.Exponential("2d")), **TIME),
    "never": lambda: replay(days(), in_time(), GaussianNB(), delay=delays.Missing(0.0), **TIME),
    "faults": lambda: replay(
        faults.LabelNoise(faults.NullFeature(days(), "x0", 0.5, start="20d", end="30d"),
                          0.2, start="30d", end="40d"),
        in_time(), HistGradientBoostingClassifier(max_iter=5), delay=delays.Constant("1d"), **TIME),
    "selective": lambda: replay(feedback.Selective(rows(1_500), explore=0.1), by_rows(),
                                GaussianNB(), delay=delays.Exponential(50), **ROWS),
    "popularity": lambda: replay(
        feedback.Popularity(days(groups=TWO), by="group", strength=0.4),
        in_time(), GaussianNB(), **TIME),
    "going on": lambda: replay(rows(), going_on(), SGDClassifier(max_iter=5, tol=None),
                               delay=delays.Exponential(40), **ROWS),
    "warm start": lambda: replay(rows(), going_on("warm_start"),
                                 SGDClassifier(max_iter=5, tol=None),
                                 delay=delays.Constant(40), **ROWS),
    "going on, revised": lambda: replay(
        days(), going_on(unit="3d") | in_time(), SGDClassifier(max_iter=5, tol=None),
        delay=delays.Attribution("2d", delays.Exponential("2d")), **TIME),
    "river": lambda: replay(rows(1_500), going_on() | {"never": Strategy(Never())},
                            river_linear(), delay=delays.Constant(40), **ROWS),
    "row by row": lambda: replay(rows(1_500), row_by_row(), river_linear(),
                                 delay=delays.Exponential(50), **ROWS),
    "row by row, revised": lambda: replay(
        Warehouse(rows(1_500), every=100), row_by_row(), naive_bayes.GaussianNB(),
        delay=delays.Attribution(60, delays.Exponential(80)), **ROWS),
    "row by row, feedback": lambda: replay(
        feedback.Selective(rows(1_200), explore=0.2), row_by_row(), tree.HoeffdingTreeClassifier(),
        delay=delays.Exponential(50), loss="log", **ROWS),
    "ten classes": lambda: replay(
        Synthetic(LED(), [Sudden(LED(noise=0.3), at=800)], n=1_500), by_rows(), GaussianNB(),
        delay=delays.Constant(50), **ROWS),
    "regression": lambda: replay(
        Synthetic(Friedman(), [Incremental(Friedman(1), at=600, width=400)], n=1_500),
        but(by_rows(), "ddm"),
        make_pipeline(StandardScaler(), SGDRegressor(max_iter=5, tol=None)),
        delay=delays.Exponential(50), **ROWS),
    "regression, squared": lambda: replay(
        Synthetic(Friedman(), n=1_500), going_on(), SGDRegressor(max_iter=5, tol=None),
        delay=delays.Annotators(votes=2, noise=1.0), loss="squared", **ROWS),
    "a log": lambda: replay(log(), in_time(), HistGradientBoostingClassifier(
        max_iter=5, categorical_features="from_dtype"), **TIME),
    "a forest": lambda: replay(rows(1_500), {"often": Strategy(Periodic(4), SlidingWindow(300))},
                               RandomForestClassifier(n_estimators=5), **ROWS),
    "failing fits": lambda: replay(
        Synthetic(SEA(0), [Sudden(SEA(2), at=700)], n=1_500), by_rows(),
        Narrow(), delay=delays.Constant(50), **ROWS),
    "ads": lambda: replay(
        feedback.Churn(Synthetic(AdClick(60, 20), n=1_500, rate="48/d"), by="user", rate=0.05),
        but(in_time(), "new"),
        HistGradientBoostingClassifier(max_iter=5, categorical_features="from_dtype"), **TIME),
}  # fmt: skip
"""For each name, what makes its runs."""

TABLES = ("ticks", "events", "confusion", "predictions")


NAMES = {"row_by_row": "online"}
"""Words that have changed since the digests were made, and what they were then."""


LATER = ("seconds", "p_")
"""How columns begin that are measured, or that tables did not have then."""


def digests(run: Run) -> dict[str, str]:
    """For each table of a run, a digest of every value in it that it then had."""
    found = {}
    for name in TABLES:
        frame = getattr(run, name)
        if frame is None:
            continue
        digest = hashlib.blake2b(digest_size=8)
        for column, values in frame.items():
            if str(column).startswith(LATER):
                continue
            if values.dtype.kind == "f":  # to the last bit
                data = values.to_numpy(dtype=float, na_value=np.nan).tobytes()
            else:
                texts = [None if pd.isna(v) else NAMES.get(str(v), str(v)) for v in values.tolist()]
                data = repr(texts).encode()
            digest.update(str(column).encode() + data)
        found[name] = digest.hexdigest()
    return found


def here() -> dict[str, str]:
    """What last bits may depend on: versions of libraries, and the kind of processor."""
    simd = np.show_config(mode="dicts")["SIMD Extensions"]["found"]
    blas = {i.get("architecture", "") for i in threadpool_info() if i["user_api"] == "blas"}
    apart = {k: v for k, v in versions().items() if k not in ("clsim", "pyarrow")}
    return {**apart, "simd": " ".join(simd), "blas": " ".join(sorted(blas))}


def serve() -> None:
    """Say where this runs; then, for every world that is named, the digests of its runs."""
    warnings.simplefilter("ignore")
    print(json.dumps(here()), flush=True)
    for line in sys.stdin:
        runs = WORLDS[line.rstrip("\n")]()
        print(json.dumps({name: digests(run) for name, run in runs.items()}), flush=True)
