"""Known logs, one row at a time: Elec2 with late labels, its first rows, and Phishing."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import pandas as pd
from claim import SHARED, Claim, digits
from river import datasets, dummy, linear_model, naive_bayes, optim, preprocessing
from sklearn.linear_model import SGDClassifier

import clsim
from clsim.runs.run import Run
from clsim.strategy import Strategy
from clsim.strategy.datasets import NewSinceLast, SlidingWindow
from clsim.strategy.training import RowByRow, Stateful
from clsim.strategy.triggers import Never, Periodic, Random
from clsim.streams import Recorded
from clsim.streams.delays import Constant

ELEC2, TINY = "elec2.csv.zip", "electricity_tiny.csv"
RIVER = "river 0.26.1, prequential"
CAPYMOA = "CapyMOA, its tests on the first 2,000 rows of Elec2, with scikit-learn's SGDClassifier"
ZLIOBAITE = "Žliobaitė, How good is the Electricity benchmark …, arXiv 1301.3524 (2013)"
ROW_BY_ROW = Strategy(Never(), training=RowByRow())

LEARNERS = {
    "regression": lambda: (
        preprocessing.StandardScaler() | linear_model.LogisticRegression(optim.SGD(0.005))
    ),
    "bayes": naive_bayes.GaussianNB,
    "no-change": dummy.NoChangeClassifier,
}
PREQUENTIAL = {
    "regression": {0: 0.822144, 48: 0.782331, 336: 0.772952, 1000: 0.747396},
    "bayes": {0: 0.728763, 48: 0.725411, 336: 0.721251, 1000: 0.716465},
    "no-change": {0: 0.853303, 48: 0.656239, 336: 0.660641, 1000: 0.516181},
}
"""Accuracy on Elec2, by learner and delay of the labels in rows; unanswered rows are skipped."""

PHISHING = {"regression": 0.8872, "bayes": 0.884708, "no-change": 0.515612}


def claims() -> list[Claim]:
    found = [
        Claim(
            f"elec2/{learner}, delay {delay}", RIVER, score,
            partial(elec2, learner, delay), 5e-7, (ELEC2,), slow=True,
        )
        for learner, by_delay in PREQUENTIAL.items()
        for delay, score in by_delay.items()
    ]  # fmt: skip
    found += [
        Claim(
            "elec2/bayes, delay 1000, unanswered count as wrong", RIVER, 0.700653,
            partial(elec2, "bayes", 1000, "wrong"), 5e-7, (ELEC2,), slow=True,
        ),
        Claim(
            "elec2/bayes, frozen after 1,000 rows", RIVER, 0.700420, frozen, 5e-7, (ELEC2,)
        ),
        Claim("electricity_tiny/SGD, whole", CAPYMOA, 0.8575, lambda: sgd(None), 5e-9, (TINY,)),
        Claim("electricity_tiny/SGD, last 100", CAPYMOA, 0.82, lambda: sgd(100), 5e-9, (TINY,)),
        Claim("electricity_tiny/no-change", CAPYMOA, 0.8595, no_change, 5e-9, (TINY,)),
        Claim("electricity_tiny/temporal kappa of 83.85 %", CAPYMOA, -14.946619217081869,
              lambda: 100 * (0.8385 - no_change()) / (1 - no_change()), 5e-9, (TINY,)),
    ]  # fmt: skip
    blind = {
        "the class seen most, none or one in 10 rows": (dummy.PriorClassifier, 10),
        "naive Bayes, none or one in 100 rows": (naive_bayes.GaussianNB, 100),
    }
    found.append(
        Claim("blind resets/moving average of one", ZLIOBAITE, 0.853,
              partial(elec2, "no-change", 0), digits(3), (ELEC2,), slow=True)
    )  # fmt: skip
    found += [
        Claim(f"blind resets/raise the accuracy: {what}", ZLIOBAITE, 1.0,
              partial(resets_help, learner, every), 0, (ELEC2,), slow=True,
              note="1 says yes: an alarm at random, after which all is forgotten")
        for what, (learner, every) in blind.items()
    ]  # fmt: skip
    found += [
        Claim(f"phishing/{learner}", RIVER, score, partial(phishing, learner), 5e-7)
        for learner, score in PHISHING.items()
    ]
    return found


def elec2(learner: str, delay: int, unanswered: str = "skip") -> float:
    """Accuracy on the whole log."""
    run = clsim.replay(
        Recorded(SHARED / ELEC2, label="class"), {"it": ROW_BY_ROW}, learner=LEARNERS[learner](),
        tick=1, delay=Constant(delay) if delay else None, unanswered=unanswered,
    )["it"]  # fmt: skip
    return score(run)


def resets_help(learner: Any, every: int) -> float:
    """Whether who forgets all at random does better on Elec2 than who never does: 1 or 0."""
    ways = {
        "never": ROW_BY_ROW,
        "blind": Strategy(Random(every, random_state=0), SlidingWindow(1), RowByRow()),
    }
    log = Recorded(SHARED / ELEC2, label="class")
    runs = clsim.replay(log, ways, learner=learner(), tick=1, unanswered="skip")
    return float(score(runs["blind"]) > score(runs["never"]))


def frozen() -> float:
    """Accuracy of a model that learns a thousand rows, and nothing then."""
    run = clsim.replay(
        Recorded(SHARED / ELEC2, label="class"), {"it": Strategy(Never())},
        learner=naive_bayes.GaussianNB(), tick=48, warmup=1000,
    )["it"]  # fmt: skip
    return score(run)


@cache
def tiny() -> Recorded:
    return Recorded(SHARED / TINY, label="class")


def sgd(last: int | None) -> float:
    """Accuracy of one row after the other, of all or of the last ones; the first counts wrong."""
    strategy = Strategy(Periodic(1), NewSinceLast(), Stateful(initial="partial_fit"))
    run = clsim.replay(
        tiny(), {"it": strategy}, learner=SGDClassifier(loss="log_loss"), tick=1,
        unanswered="wrong", record="events",
    )["it"]  # fmt: skip
    if last is None:
        return score(run)
    assert run.predictions is not None
    right = run.predictions["y_true"] == run.predictions["y_pred"]
    return float(right[-last:].mean())


@cache
def no_change() -> float:
    """Accuracy of the label before; the first row counts wrong."""
    learner: Any = dummy.NoChangeClassifier()
    run = clsim.replay(tiny(), {"it": ROW_BY_ROW}, learner=learner, tick=1, unanswered="wrong")
    return score(run["it"])


def phishing(learner: str) -> float:
    """Accuracy on the set that comes with river."""
    rows = [{**x, "phishing": y} for x, y in datasets.Phishing()]
    stream = Recorded(pd.DataFrame(rows), label="phishing")
    run = clsim.replay(stream, {"it": ROW_BY_ROW}, learner=LEARNERS[learner](), tick=1)
    return score(run["it"])


def score(run: Run) -> float:
    """A run's score, which it has."""
    assert run.score is not None
    return run.score
