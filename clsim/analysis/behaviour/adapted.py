"""What was learned between the outputs of models and their answers, and how the answers fared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.behaviour.details import numbers_of
from clsim.analysis.behaviour.ticks import ticks_of
from clsim.policies import LABELS_OF, REWARD_OF
from clsim.runs.run import Run

ADAPTATIONS = ["model", "tick", "until", "start", "end", "policy", "reason", "rows", "n", "loss",
               "per_event"]  # fmt: skip
NUMBERS = ["model", "tick", "quantity", "value"]
RATES = ["policy", "times", "n", "share", "loss", "per_event", "labels", "reward"]

AS_IT_IS, ADAPTED = "nothing learned yet", "adapted"
"""What is in force before the first adaptation of a model; and after it, where no bandit chose."""

ANSWER = ("champion", "challenger", "holdback")
"""Roles of models whose answers go out."""


def adaptations(run: Run) -> pd.DataFrame:
    """Each time that another policy was put in force for a model.

    A policy is what makes an answer of a model's probabilities. Where the same one comes out again
    there is no adaptation, and what is in force goes on; so too where a bandit chooses an arm that
    answers as the one before it.

    Parameters
    ----------
    run : Run

    Returns
    -------
    pandas.DataFrame
        model, tick (from whose first event on it is in force), until (the tick from which another
        one is; after the last tick, if none is), start and end (their times, or rows), policy (the
        arm, where a bandit chose one, else 'adapted'), reason, rows (from which it was learned:
        labelled ones, or any where the adaptation reads no labels), n (events that the model
        answered by it and that are scored), loss, per_event (loss / n; NaN of none). What each has
        learned is in `adapted_numbers`.

    Examples
    --------
    >>> import clsim
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from clsim.strategy.adaptation import PriorCorrection
    >>> from clsim.strategy.triggers import Never
    >>> from clsim.streams import Synthetic
    >>> from clsim.streams.concepts import Gaussians
    >>> from clsim.streams.drift import Sudden
    >>> from clsim.streams.targets import Prior
    >>> clouds = Gaussians(means=[[-1.0, 0.0], [1.0, 0.0]])
    >>> stream = Synthetic(
    ...     clouds, [Sudden(Prior([0.9, 0.1]), at=600)], n=1000, balance=[0.5, 0.5]
    ... )
    >>> way = clsim.Strategy(Never(), adaptation=PriorCorrection(window=200, every=2))
    >>> run = clsim.replay(stream, {"it": way}, learner=GaussianNB(), tick=100, warmup=400)["it"]
    >>> adaptations(run)[["model", "tick", "until", "rows", "n"]].values.tolist()
    [[0, 4, 6, 200, 200]]
    >>> adapted_numbers(run).query("quantity == 'share of 0'")["value"].round(2).tolist()
    [0.9]
    """
    events = _events(run)
    if not events:
        return pd.DataFrame(columns=ADAPTATIONS)
    ticks, answered = ticks_of(run), _answered(run)
    served, none, last = dict(list(answered.groupby("model"))), answered.iloc[:0], len(ticks)
    after: dict[int, int] = {}
    rows = []
    for event in reversed(events):
        model, tick = int(event["model"]), int(event["tick"])
        until = after.get(model, last)
        after[model] = tick
        n, loss = _sums(served.get(model, none), tick, until)
        policy = _policy(event["reason"], event["numbers"])
        rows.append((model, tick, until, policy, event["reason"], int(event["rows"]), n, loss,
                     loss / n if n else np.nan))  # fmt: skip
    edges = pd.concat([ticks["start"], ticks["end"].iloc[-1:]], ignore_index=True)
    frame = pd.DataFrame(rows[::-1], columns=[n for n in ADAPTATIONS if n not in ("start", "end")])
    for side, of in (("start", "tick"), ("end", "until")):
        frame[side] = edges.iloc[frame[of].astype(int)].to_numpy()
    return frame[ADAPTATIONS]


def adapted_numbers(run: Run) -> pd.DataFrame:
    """The numbers that each adaptation has learned.

    Parameters
    ----------
    run : Run

    Returns
    -------
    pandas.DataFrame
        model, tick (as in `adaptations`), quantity, value. Of `BestCut`: cut (the chance from which
        on the second class is answered), and loss (mean, of the labelled rows under it). Of
        `Calibration` by Platt, of two classes: slope and height (of the log odds). Of
        `PriorCorrection`: share of each class, and p_value (of the test that shares are as they
        were). Of `BanditOver`, for each arm: labels (of events that were answered by it), and
        reward (the mean of these; missing of none), as the bandit knew them when it chose.

    Examples
    --------
    >>> from clsim.runs.info import RunInfo
    >>> ticks = {"tick": range(3), "slice": "all", "n": 10, "answered": 10, "loss": [4, 4, 1],
    ...          "model": 0, "start": [0, 10, 20], "end": [10, 20, 30]}
    >>> events = {"tick": [2], "kind": "adapt", "model": 0, "reason": "cut at 0.2", "rows": 20,
    ...           "detail": '{"cut": 0.2, "loss": 0.15}'}
    >>> run = Run({"ticks": pd.DataFrame(ticks), "events": pd.DataFrame(events)}, RunInfo())
    >>> adapted_numbers(run).values.tolist()
    [[0, 2, 'cut', 0.2], [0, 2, 'loss', 0.15]]
    """
    rows = [
        (int(event["model"]), int(event["tick"]), name, value)
        for event in _events(run)
        for name, value in event["numbers"].items()
    ]
    return pd.DataFrame(rows, columns=NUMBERS)


def policy_rates(run: Run) -> pd.DataFrame:
    """How often each policy was put in force, and how the events fared that it answered.

    They are other events than those of the other policies, so a difference is that of the policies
    and of what the world did meanwhile.

    Parameters
    ----------
    run : Run

    Returns
    -------
    pandas.DataFrame
        policy (of a bandit its arms, and else 'adapted'; 'nothing learned yet' before a model's
        first adaptation), times (that it was put in force), n (events that it answered and that
        are scored), share (of all such events), loss, per_event. Of an arm also labels and reward:
        how many events of the champion had rewarded it when the bandit last put one in force, and
        their mean; else missing. Empty where nothing was adapted.

    Examples
    --------
    >>> from clsim.runs.info import RunInfo
    >>> ticks = {"tick": range(3), "slice": "all", "n": 10, "answered": 10, "loss": [4, 4, 1],
    ...          "model": 0, "start": [0, 10, 20], "end": [10, 20, 30]}
    >>> events = {"tick": [2], "kind": "adapt", "model": 0, "reason": "cut at 0.2", "rows": 20,
    ...           "detail": '{"cut": 0.2, "loss": 0.15}'}
    >>> run = Run({"ticks": pd.DataFrame(ticks), "events": pd.DataFrame(events)}, RunInfo())
    >>> policy_rates(run)[["policy", "times", "n", "per_event"]].values.tolist()
    [['nothing learned yet', 0, 20, 0.4], ['adapted', 1, 10, 0.1]]
    """
    every = adaptations(run)
    if every.empty:
        return pd.DataFrame(columns=RATES)
    served = _answered(run)
    begun = every.groupby("model")["tick"].min().to_dict()
    before = served[served["tick"] < served["model"].map(begun).fillna(np.inf)]
    first = pd.DataFrame({"policy": [AS_IT_IS], "times": 0, "n": before["n"].sum(),
                          "loss": before["loss"].sum()})  # fmt: skip
    sums = every.groupby("policy", sort=True)
    later = sums.agg(times=("tick", "size"), n=("n", "sum"), loss=("loss", "sum")).reset_index()
    table = pd.concat([first, later], ignore_index=True)
    total = served["n"].sum()
    table["share"] = table["n"] / total if total else np.nan
    table["per_event"] = table["loss"] / table["n"].where(table["n"] > 0)
    last = _events(run)[-1]["numbers"]
    for name, called in {"labels": LABELS_OF, "reward": REWARD_OF}.items():
        table[name] = [last.get(f"{called}{policy}", np.nan) for policy in table["policy"]]
    return table[RATES]


def _events(run: Run) -> list[dict[Any, Any]]:
    """Adaptations in their order, with their numbers."""
    events = run.events[run.events["kind"] == "adapt"]
    found = events[["model", "tick", "reason", "rows", "detail"]].to_dict("records")
    return [event | {"numbers": numbers_of(event["detail"])} for event in found]


def _policy(reason: str, numbers: dict[str, float]) -> str:
    """The arm that a bandit chose, as the reason says it; else 'adapted'."""
    arms = [name.removeprefix(LABELS_OF) for name in numbers if name.startswith(LABELS_OF)]
    said = [arm for arm in arms if any(
        part.startswith(f"{arm}: ") for part in [reason, *reason.split("; ")]
    )]  # fmt: skip
    return max(said, key=len, default=ADAPTED)


def _answered(run: Run) -> pd.DataFrame:
    """Events that each model answered in each tick, and their loss: model, tick, n, loss."""
    if run.served is None:
        table = ticks_of(run).dropna(subset=["model"])
    else:
        table = run.served[(run.served["slice"] == "all") & run.served["role"].isin(ANSWER)]
    found = table[["model", "tick", "loss"]].assign(n=table[run.counted])
    found = found.astype({"model": int, "tick": int, "n": int, "loss": float})
    return found.sort_values("tick", kind="stable", ignore_index=True)


def _sums(its: pd.DataFrame, tick: int, until: int) -> tuple[int, float]:
    """Events and loss of one model from a tick on, until another."""
    first, end = np.searchsorted(its["tick"].to_numpy(), (tick, until))
    return int(its["n"].to_numpy()[first:end].sum()), float(its["loss"].to_numpy()[first:end].sum())
