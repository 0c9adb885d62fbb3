"""The life of a run's models: which one answered when, what was tried beside it, what came back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.behaviour.details import numbers_of
from clsim.analysis.behaviour.ticks import stretches, ticks_of
from clsim.analysis.compare.comparison import mean_score
from clsim.runs.run import Run

SERVICES = ["model", "tick", "until", "n", "loss", "score"]
TRIALS = ["model", "champion", "tick", "until", "verdict", "share", "score", "score_champion",
          "labels", "n", "loss", "loss_champion", "saved"]  # fmt: skip
ROLLBACKS = ["model", "returned", "tick", "until", "labels", "score_before", "score_after", "n",
             "loss", "per_event", "before", "after", "reason"]  # fmt: skip
REUSES = ["model", "replaced", "tick", "until", "away", "labels", "score", "score_replaced", "n",
          "loss", "per_event", "before"]  # fmt: skip
WAITS = ["model", "tick", "until", "n", "per_event", "after", "reason"]


def services(run: Run) -> pd.DataFrame:
    """Each stretch of ticks in which one model answered.

    Parameters
    ----------
    run : Run
        Uses its ``ticks`` of all events.

    Returns
    -------
    pandas.DataFrame
        model (-1: none yet), tick (the first), until (the tick after the last), n (events that are
        scored), loss, score (of all those events, whether or not their labels came).

    Examples
    --------
    >>> from clsim.runs.info import RunInfo
    >>> ticks = {"tick": range(3), "slice": "all", "n": 10, "answered": 10, "loss": [2, 4, 1]}
    >>> model = pd.array([0, 0, 1], "Int32")
    >>> services(Run({"ticks": pd.DataFrame(ticks).assign(model=model)}, RunInfo()))
       model  tick  until   n  loss  score
    0      0     0      2  20   6.0    0.7
    1      1     2      3  10   1.0    0.9
    """
    ticks = ticks_of(run)
    rows = []
    for model, start, end in stretches(ticks):
        n, loss = _sums(run, ticks.iloc[start:end])
        score = float(mean_score(loss, n, run.info.loss))
        rows.append((model, start, end, n, loss, score))
    return pd.DataFrame(rows, columns=SERVICES)


def trials(run: Run) -> pd.DataFrame:
    """Each trial of a challenger beside a champion, and how it ended.

    Parameters
    ----------
    run : Run
        Uses its ``events`` of the kinds online_test and superseded, and ``served``.

    Returns
    -------
    pandas.DataFrame
        model (the challenger), champion, tick (the first), until (the tick in which it ended; after
        the last one for a trial that was still open), verdict ('promoted', 'rejected',
        'undecided', 'begun afresh' against another champion, 'superseded', or 'open'), share (of
        the events, the most that it answered; 0 of a shadow), score and score_champion (by which it
        was decided; NaN where it was not), labels (that it was decided on), n (events for which it
        was asked and that are scored), loss and loss_champion (on all of those, whether or not
        their labels came; NaN where the run does not say what was asked), saved (how much less the
        challenger lost). Where the champion answered other events, what it lost on them in the same
        tick stands for those; ticks in which it answered none are left out.

    Examples
    --------
    Model 1 answers half of the events of tick 1, 10 of 20, and is promoted in tick 2. It lost 1;
    the champion lost 3 on the other 10, so the trial saved 2.

    >>> from clsim.runs.info import RunInfo
    >>> event = {"kind": "online_test", "model": 1, "parent": 0, "rows": 0, "reason": "canary"}
    >>> told = [{**event, "tick": 1, "accepted": None, "detail": '{"share": 0.5}'},
    ...         {**event, "tick": 2, "accepted": True, "rows": 8,
    ...          "detail": '{"challenger": 0.9, "champion": 0.7}'}]
    >>> served = pd.DataFrame({"tick": [1, 1], "slice": "all", "model": [0, 1], "loss": [3.0, 1.0],
    ...                        "role": ["champion", "challenger"], "n": 10, "answered": 10})
    >>> ticks = pd.DataFrame({"tick": range(3), "slice": "all"})
    >>> tables = {"events": pd.DataFrame(told), "served": served, "ticks": ticks}
    >>> found = trials(Run(tables, RunInfo()))
    >>> found[["model", "tick", "until", "verdict", "labels", "n", "saved"]].values.tolist()
    [[1, 1, 2, 'promoted', 8, 10, 2.0]]
    """
    running: dict[int, dict[str, Any]] = {}
    done: list[dict[str, Any]] = []
    for event in _happened(run, "online_test", "superseded"):
        model = int(event["model"])
        if event["kind"] == "superseded":
            if model in running:
                done.append(_ended(running.pop(model), event["tick"], "superseded"))
        elif pd.isna(event["accepted"]):
            _begun_or_grown(event, running, done)
        elif model in running:
            detail = numbers_of(event["detail"])
            undecided = str(event["reason"]).startswith("undecided")
            verdict = "promoted" if event["accepted"] else "undecided" if undecided else "rejected"
            scores = (detail.get("challenger", np.nan), detail.get("champion", np.nan))
            done.append(_ended(running.pop(model), event["tick"], verdict, event["rows"], *scores))
    last = len(ticks_of(run))
    done += [_ended(trial, last, "open") for trial in running.values()]
    rows = [{**trial, **_asked(run, trial)} for trial in done]
    frame = pd.DataFrame(rows, columns=TRIALS)
    frame["saved"] = frame["loss_champion"] - frame["loss"]
    return frame.sort_values(["tick", "model"], kind="stable", ignore_index=True)


def _begun_or_grown(
    event: dict[Any, Any], running: dict[int, dict[str, Any]], done: list[dict[str, Any]]
) -> None:
    """A trial begins, waits for its share, or has another one from now on."""
    model, champion, detail = int(event["model"]), int(event["parent"]), numbers_of(event["detail"])
    before = running.get(model)
    if before is not None and before["champion"] != champion:
        done.append(_ended(running.pop(model), event["tick"], "begun afresh"))
    if "waits" in detail:
        return
    now = running.setdefault(
        model, {"model": model, "champion": champion, "tick": event["tick"], "share": 0.0}
    )
    now["share"] = max(now["share"], detail.get("share", 0.0))


def rollbacks(run: Run) -> pd.DataFrame:
    """Each model that was taken back, beside the ones that answered before and after it.

    What answered before and after is compared on other events than the withdrawn model answered,
    so a difference is that of the models and of what the world did meanwhile.

    Parameters
    ----------
    run : Run
        Uses its ``ticks`` of all events, and its ``events`` of the kind rollback.

    Returns
    -------
    pandas.DataFrame
        model (the withdrawn one), returned (the one that serves again), tick (the first that it
        served), until (the tick of the rollback), labels, score_before and score_after (on which
        the guard decided: before the promotion, and since it), n (events that the withdrawn model
        answered), loss (on them), per_event (loss / n), before and after (likewise, in as many
        ticks before it and after it; fewer where the run has fewer, NaN where it has none), and
        reason.

    Examples
    --------
    Model 1 served tick 1, with 5 of 10 wrong, and model 0 came back in tick 2. Before and after, 2
    and 1 of 10 were wrong.

    >>> from clsim.runs.info import RunInfo
    >>> ticks = pd.DataFrame({"tick": range(3), "slice": "all", "n": 10, "answered": 10,
    ...                       "loss": [2.0, 5.0, 1.0]})
    >>> ticks["model"] = pd.array([0, 1, 0], "Int32")
    >>> event = {"tick": 2, "kind": "rollback", "model": 0, "parent": 1, "reason": "worse",
    ...          "detail": '{"before": 0.8, "after": 0.5, "labels": 10}'}
    >>> found = rollbacks(Run({"ticks": ticks, "events": pd.DataFrame([event])}, RunInfo()))
    >>> found[["model", "returned", "per_event", "before", "after"]].values.tolist()
    [[1.0, 0.0, 0.5, 0.2, 0.1]]
    """
    ticks, lives = ticks_of(run), services(run)
    rows = []
    for event in _happened(run, "rollback"):
        served = lives[(lives["until"] == event["tick"]) & (lives["model"] == event["parent"])]
        if served.empty:
            continue
        life = served.iloc[0]
        first, until, detail = int(life["tick"]), int(life["until"]), numbers_of(event["detail"])
        length = until - first
        spans = ((first, until), (max(0, first - length), first), (until, until + length))
        rates = [_per_event(run, ticks.iloc[start:end]) for start, end in spans]
        scores = (detail.get("before", np.nan), detail.get("after", np.nan))
        rows.append((int(event["parent"]), int(event["model"]), first, until,
                     detail.get("labels", np.nan), *scores, life["n"], life["loss"],
                     *rates, event["reason"]))  # fmt: skip
    return pd.DataFrame(rows, columns=ROLLBACKS)


def reuses(run: Run) -> pd.DataFrame:
    """Each retired model that served again instead of a training, beside the one before it.

    Parameters
    ----------
    run : Run
        Uses its ``ticks`` of all events, and its ``events`` of the kind reuse.

    Returns
    -------
    pandas.DataFrame
        model, replaced (the champion until then; -1: none), tick (the first that it serves), until
        (the tick after the last, in a row), away (ticks since it had last answered), labels, score
        and score_replaced (on which it was chosen, NaN where that is not told), n (events that it
        answered in these ticks), loss (on them), per_event (loss / n), and before (likewise, in as
        many ticks before it; fewer where the run has fewer, NaN where it has none).

    Examples
    --------
    Model 0, last asked in tick 0, serves again from tick 2 on, with 1 of 10 wrong instead of 4.

    >>> from clsim.runs.info import RunInfo
    >>> ticks = pd.DataFrame({"tick": range(3), "slice": "all", "n": 10, "answered": 10,
    ...                       "loss": [2.0, 4.0, 1.0]})
    >>> ticks["model"] = pd.array([0, 1, 0], "Int32")
    >>> event = {"tick": 2, "kind": "reuse", "model": 0, "parent": 1,
    ...          "detail": '{"reused": 0.9, "champion": 0.6, "labels": 10}'}
    >>> found = reuses(Run({"ticks": ticks, "events": pd.DataFrame([event])}, RunInfo()))
    >>> found[["model", "replaced", "tick", "until", "away", "per_event", "before"]].values.tolist()
    [[0.0, 1.0, 2.0, 3.0, 1.0, 0.1, 0.4]]
    """
    ticks, lives = ticks_of(run), services(run)
    rows = []
    for event in _happened(run, "reuse"):
        model, first, detail = int(event["model"]), int(event["tick"]), numbers_of(event["detail"])
        served = lives[(lives["tick"] == first) & (lives["model"] == model)]
        if served.empty:  # another one began to serve in the same tick
            continue
        life, earlier = served.iloc[0], lives[(lives["model"] == model) & (lives["until"] <= first)]
        until = int(life["until"])
        away = first - int(earlier["until"].max()) if len(earlier) else float("nan")
        before = _per_event(run, ticks.iloc[max(0, 2 * first - until) : first])
        rows.append((model, int(event["parent"]), first, until, away,
                     detail.get("labels", np.nan), detail.get("reused", np.nan),
                     detail.get("champion", np.nan), life["n"], life["loss"],
                     _per_event(run, ticks.iloc[first:until]), before))  # fmt: skip
    return pd.DataFrame(rows, columns=REUSES)


def waits(run: Run) -> pd.DataFrame:
    """Each model that had passed its test, and waited for a freeze to end before it served.

    Parameters
    ----------
    run : Run
        Uses its ``ticks`` of all events, and its ``events`` of the kind deploy.

    Returns
    -------
    pandas.DataFrame
        model, tick (the one that it might have served first), until (the one that it did), n
        (events answered by others in between), per_event (their loss), after (that in as many ticks
        from then on; fewer where the run has fewer), and reason.

    Examples
    --------
    Model 1 was ready for tick 1 and served from tick 2 on. In between 3 of 10 events were answered
    wrongly, and 1 of 10 in as many ticks after.

    >>> from clsim.runs.info import RunInfo
    >>> ticks = pd.DataFrame({"tick": range(3), "slice": "all", "n": 10, "answered": 10,
    ...                       "loss": [2.0, 3.0, 1.0]})
    >>> event = {"tick": 2, "kind": "deploy", "model": 1, "parent": 0, "reason": "freeze",
    ...          "detail": '{"held": 1}'}
    >>> waits(Run({"ticks": ticks, "events": pd.DataFrame([event])}, RunInfo())).values.tolist()
    [[1, 1, 2, 10, 0.3, 0.1, 'freeze']]
    """
    if not any('"held"' in text for text in run.events["detail"] if isinstance(text, str)):
        return pd.DataFrame(columns=WAITS)
    ticks, rows = ticks_of(run), []
    for event in _happened(run, "deploy"):
        length = int(numbers_of(event["detail"]).get("held", 0))
        if not length:  # of a deployment that failed neither
            continue
        until = int(event["tick"])
        between, later = ticks.iloc[until - length : until], ticks.iloc[until : until + length]
        rows.append((int(event["model"]), until - length, until, _sums(run, between)[0],
                     _per_event(run, between), _per_event(run, later),
                     event["reason"]))  # fmt: skip
    return pd.DataFrame(rows, columns=WAITS)


def _happened(run: Run, *kinds: str) -> list[dict[Any, Any]]:
    """Events of some kinds that befell a model, in their order; a parent of -1: none."""
    inside = run.events["tick"].between(0, len(ticks_of(run)) - 1)
    events = run.events[inside & run.events["kind"].isin(kinds) & run.events["model"].notna()]
    return events.assign(parent=events["parent"].fillna(-1)).to_dict("records")


def _ended(
    trial: dict[str, Any],
    tick: int,
    verdict: str,
    labels: int = 0,
    score: float = np.nan,
    champion: float = np.nan,
) -> dict[str, Any]:
    return {
        **trial, "until": int(tick), "verdict": verdict, "score": score,
        "score_champion": champion, "labels": int(labels),
    }  # fmt: skip


def _asked(run: Run, trial: dict[str, Any]) -> dict[str, float]:
    """What both models of a trial lost on its events."""
    unknown = {"n": 0, "loss": np.nan, "loss_champion": np.nan}
    if run.served is None:
        return unknown
    served = run.served[run.served["slice"] == "all"]
    served = served[served["tick"].between(trial["tick"], trial["until"] - 1)]
    its = served[served["model"] == trial["model"]]
    beside = its[its["role"] == "shadow"]
    its = its[its["role"] == "challenger"] if beside.empty else beside
    champion = served[(served["role"] == "champion") & (served[run.counted] > 0)]
    its = its[its["tick"].isin(champion["tick"])]
    if its.empty:
        return unknown
    n, loss = _sums(run, its)
    champion = champion.set_index("tick").loc[its["tick"]]
    counts, own = champion[run.counted].to_numpy(), its[run.counted].to_numpy()
    losses = champion["loss"].to_numpy()
    losses = np.where(counts == own, losses, losses * (own / counts))
    return {"n": n, "loss": loss, "loss_champion": float(losses.sum())}


def _sums(run: Run, rows: pd.DataFrame) -> tuple[int, float]:
    """Events that are scored, and their loss."""
    return int(rows[run.counted].sum()), float(rows["loss"].sum())


def _per_event(run: Run, rows: pd.DataFrame) -> float:
    n, loss = _sums(run, rows)
    return loss / n if n else float("nan")
