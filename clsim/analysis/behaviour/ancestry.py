"""Where each model of a run came from, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd

from clsim.runs.ledger import ROW_BY_ROW
from clsim.runs.run import Run

COLUMNS = ["model", "parent", "tick", "time", "reason", "how", "learner", "rows", "first", "last",
           "digest", "weights", "recipe", "holdout", "evaluation_set", "accepted", "became",
           "deployed", "replaced"]  # fmt: skip


def lineage(run: Run) -> pd.DataFrame:
    """Every model of a run: its parent, recipe, learner, rows, weights, test, and what it replaced.

    Parameters
    ----------
    run : Run

    Returns
    -------
    pandas.DataFrame
        model; parent (the model that its training went on from, or that taught it; missing: from
        scratch); tick and time (of its training; tick -1: the first); reason (why it was trained);
        how ('fit', 'partial_fit', 'warm_start' or 'refit'); learner (its class); rows (how many),
        first and last (of them; -1: none) and digest; weights (a digest; missing: all the same);
        recipe (JSON: what is not as usual); holdout (rows held out); evaluation_set (the version of
        the set that it was tested on; missing: there was none); accepted (by its last offline test;
        missing: there was none); became ('champion', 'rejected', 'failed', 'superseded' or
        'pending': it was still in training or on trial); deployed (the tick from which it first
        served; missing: never) and replaced (the champion until then). Empty where no model was
        trained. The rows themselves are in ``run.lessons``, with ``record='lineage'``.

    Examples
    --------
    >>> import clsim
    >>> from sklearn.linear_model import SGDClassifier
    >>> sea = clsim.streams.Synthetic(clsim.streams.concepts.SEA(), n=600)
    >>> often = clsim.Strategy(
    ...     clsim.strategy.triggers.Periodic(every=2), clsim.strategy.datasets.NewSinceLast(),
    ...     clsim.strategy.training.Stateful(),
    ... )
    >>> run = clsim.replay(sea, {"it": often}, learner=SGDClassifier(), tick=100, warmup=100)["it"]
    >>> lineage(run)[["model", "parent", "tick", "how", "first", "last", "became", "replaced"]]
       model  parent  tick          how  first  last    became  replaced
    0      0    <NA>    -1          fit      0    99  champion      <NA>
    1      1       0     2  partial_fit    100   299  champion         0
    2      2       1     4  partial_fit    300   499  champion         1
    """
    models = run.models
    if models is None:
        return pd.DataFrame(columns=COLUMNS)
    events = run.events.to_dict("records")
    trained = {}
    for event in events:
        if event["kind"] in ("initial", "train") and event["reason"] != ROW_BY_ROW:
            trained[int(event["model"])] = event
    fates = _fates(events)
    rows = []
    for model in models.to_dict("records"):
        number, recipe = model["model"], json.loads(model["recipe"])
        event, how = trained[number], recipe.pop("how")
        rows.append({
            **{str(key): value for key, value in model.items()},
            "time": event["time"], "reason": event["reason"], "how": how,
            "learner": model["learner"].partition("(")[0].rpartition(".")[2],
            "recipe": json.dumps(recipe) if recipe else None, **_PENDING, **fates.get(number, {}),
        })  # fmt: skip
    frame = pd.DataFrame(rows, columns=COLUMNS)
    for name in ("parent", "deployed", "replaced"):
        frame[name] = frame[name].astype("Int32")
    return frame.astype({"accepted": "boolean"})


def stretches(family: pd.DataFrame) -> pd.Series:
    """Which models of a lineage form a chain in which nothing branches.

    A model is in the stretch of its parent if it is the only one that goes on from it, and took its
    place (or is still in training or on trial). So a schedule that trains on and on is one stretch,
    and where a new one begins, something else happened: a model from scratch, a second child, a
    rejection, a failure, a return to an older model.

    Parameters
    ----------
    family : pandas.DataFrame
        As `lineage` gives it.

    Returns
    -------
    pandas.Series
        The first model of the stretch of each row, with the index of ``family``.

    Examples
    --------
    From 0 went on 1, from that 2 and, since 2 was rejected, 3; then 4 followed 3.

    >>> family = pd.DataFrame({
    ...     "model": [0, 1, 2, 3, 4], "parent": [None, 0, 1, 1, 3],
    ...     "became": ["champion", "champion", "rejected", "champion", "champion"],
    ...     "replaced": [None, 0, None, 1, 3]})
    >>> stretches(family).tolist()
    [0, 0, 2, 3, 3]
    """
    parents, places = (family[name].fillna(-1).astype(int) for name in ("parent", "replaced"))
    children = parents.value_counts()
    begins: dict[int, int] = {}
    for model, parent, became, replaced in zip(
        family["model"], parents, family["became"], places, strict=True
    ):
        alone = parent in begins and children[parent] == 1
        follows = alone and (became == "pending" or (became == "champion" and replaced == parent))
        begins[model] = begins[parent] if follows else model
    return family["model"].map(begins)


_PENDING: dict[str, Any] = {"evaluation_set": None, "accepted": None, "became": "pending",
                            "deployed": None, "replaced": None}  # fmt: skip


def _fates(events: list[dict[Any, Any]]) -> dict[int, dict[str, Any]]:
    """What became of each model, by its number."""
    fates: dict[int, dict[str, Any]] = {}
    for number, told in _told(events):
        fates.setdefault(number, {}).update(told)
    return fates


def _told(events: list[dict[Any, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """What each event says of a model, in their order."""
    champion = None
    for event in events:
        kind, number, accepted = event["kind"], event["model"], event["accepted"]
        refused = not pd.isna(accepted) and not accepted
        if kind == "offline_test":
            version = json.loads(event["detail"] or "{}").get("version")
            yield number, {"evaluation_set": version, "accepted": accepted}
        if kind in ("offline_test", "review", "online_test", "deploy") and refused:
            yield number, {"became": "failed" if kind == "deploy" else "rejected"}
        elif kind == "train_failed":
            yield number, {"became": "failed"}
        elif kind == "superseded":
            yield number, {"became": "superseded"}
        elif kind in ("initial", "deploy"):
            first = max(event["tick"], 0)
            yield number, {"became": "champion", "deployed": first, "replaced": champion}
        if kind in ("initial", "deploy", "rollback", "reuse") and not refused:
            champion = number
