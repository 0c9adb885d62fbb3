"""What stands between a model and its answers agrees with the slow reference; so does what is asked
of models beside the run."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st
from river import bandit
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

import clsim
from clsim import policies
from clsim.engine import churn, ghosts
from clsim.strategy import Strategy, adaptation, exploration, repair, triggers
from clsim.strategy.adaptation import calibration, prior_correction, threshold
from clsim.streams import faults
from helpers.examples import share
from helpers.reference import Reference
from helpers.reference_learned import LEFT
from test_reference import (
    assert_agrees,
    assert_some_case_fails,
    cases,
    some_dataset,
    some_gate,
    some_guard,
    some_span,
    some_trial,
)

ADAPTED = ("platt", "isotonic", "BestCut", "PriorCorrection", "Abstention", "BanditOver")
KINDS = (*ADAPTED, "Explore", "OnCall", "ghosts", "churn")


@st.composite
def some_adaptation(draw, kind, table):
    window = draw(st.sampled_from([10, 40]))
    few, every = draw(st.sampled_from([3, 8])), draw(st.sampled_from([1, 3]))
    how = "platt" if kind == "platt" else "isotonic"  # the former takes long
    calibrated = adaptation.Calibration(how, window, few, every)
    corrected = adaptation.PriorCorrection(window, few, every, alpha=draw(
        st.sampled_from([0.1, 1.0])))  # fmt: skip
    cut = adaptation.BestCut(window, few, every)
    abstains = adaptation.Abstention()
    if kind == "BanditOver":
        policy = draw(st.sampled_from(
            [bandit.UCB(delta=1.0), bandit.EpsilonGreedy(epsilon=0.3), bandit.UCB(delta=20.0)]
        ))  # fmt: skip
        others = [calibrated, corrected, abstains, *[cut] * (len(table.classes) == 2)]
        arms = {"as it is": adaptation.NoAdaptation(), "other": draw(st.sampled_from(others))}
        return adaptation.BanditOver(policy, arms)
    ways = {
        "platt": [[calibrated], [calibrated, corrected]], "isotonic": [[calibrated]],
        "BestCut": [[cut], [calibrated, cut], [corrected, cut]], "PriorCorrection": [[corrected]],
        "Abstention": [[abstains], [calibrated, abstains]],
    }[kind]  # fmt: skip
    return adaptation.InTurn(draw(st.sampled_from(ways)), survives=draw(st.booleans()))


@st.composite
def answered_cases(draw, kind):
    """A table, a strategy, how it is replayed, and what the reference is told beside it."""
    table, _, setting = draw(cases(count=0, longest=60).filter(lambda case: case[0].classes))
    assume(len(table.classes) == 2 or kind != "BestCut")
    if kind in ("Abstention", "BanditOver") and table.schema.amounts in ("error", "answer"):
        table, setting["loss"] = without_amounts(table), None
    tree = DecisionTreeClassifier(max_depth=3, random_state=0)
    learner = setting["learner"] = draw(st.sampled_from([tree, GaussianNB()]))
    parts, asked, told = {}, {}, {}
    if kind in ADAPTED or (kind in ("ghosts", "churn") and draw(st.booleans())):
        of = kind if kind in ADAPTED else draw(st.sampled_from(["platt", "isotonic"]))
        parts["adaptation"] = draw(some_adaptation(of, table))
    if kind in ("Abstention", "BanditOver"):
        setting["abstention"] = draw(st.sampled_from([0.1, 0.4]))
    if kind == "Explore":
        to = draw(st.sampled_from([None, *table.classes]))
        parts["exploration"] = exploration.Explore(draw(st.sampled_from([0.1, 0.5, 1.0])), to)
    if kind == "OnCall":
        when = [triggers.Periodic(draw(st.integers(1, 4))), triggers.At([2, 5]),
                triggers.Performance(below=0.7, window=10, min_labels=4, of="all")]  # fmt: skip
        parts["repair"] = repair.OnCall(
            draw(st.sampled_from(when)), draw(some_span(table, 0, 40)),
            draw(st.sampled_from([0.5, 1.0])), draw(st.one_of(st.none(), some_span(table, 1, 40))),
        )  # fmt: skip
        told = draw(broken(table))
    if kind in ("ghosts", "churn"):
        asked = {kind: draw(some_span(table, 3, 90))}
    alike = kind not in ("Abstention", "BanditOver")  # tests of zeros and ones are refused there
    if alike and (draw(st.booleans()) or kind == "ghosts"):
        parts["offline"] = draw(some_gate(table, None, learner))
    if alike and draw(st.integers(0, 2)) == 0:
        parts["online"] = draw(some_trial(table, None, learner))
    if draw(st.booleans()):
        parts["guard"] = draw(some_guard())
    trigger = triggers.Periodic(draw(st.integers(2, 4)))
    strategy = Strategy(trigger, draw(some_dataset(table, setting["tick"])), **parts)
    return table, strategy, setting, asked, told


def without_amounts(table):
    other = replaced(table)
    other.amount, other.schema = None, dataclasses.replace(table.schema, amounts=None)
    return other


@st.composite
def broken(draw, table):
    """A window in which the first feature is 0, and the features without that."""
    n = len(table.y)
    begin, end = sorted(draw(st.tuples(st.integers(1, n - 2), st.integers(1, n - 1))))
    origin = table.time[0]
    begin, end = (table.time[row] - origin for row in (begin, end))
    assume(end > begin)
    return {"fault": (begin + origin, end + origin), "sound": table.X.copy()}


def world(table, told):
    """The table as the replay has it; the reference has it broken, and mends it as it goes."""
    if not told:
        return table
    begin, end = (int(when) - table.time[0] for when in told["fault"])
    start, stop = (f"{begin}us", f"{end}us") if table.timed else (begin, end)
    sound = replaced(table)
    for row in range(len(table.y)):
        if told["fault"][0] <= table.time[row] < told["fault"][1]:
            table.X[row, 0] = 0.0
    return faults.ConstantFeature(sound, "a", 0.0, start=start, end=stop)


def replaced(table):
    """A table with features of its own."""
    other = object.__new__(type(table))
    other.__dict__ = {**table.__dict__, "X": table.X.copy()}
    return other


def assert_answers_agree(case):
    table, strategy, setting, asked, told = case
    table = replaced(table)
    stream = world(table, told)
    of_world = {key: value for key, value in setting.items() if key != "delay"}
    reference = Reference(strategy, table, **of_world, **told)
    try:
        with threadpool_limits(1):
            reference.run()
    except ValueError:
        with pytest.raises(ValueError, match="warmup"):
            clsim.replay(stream, {"it": strategy}, **setting)
        return
    try:
        run = clsim.replay(stream, {"it": strategy}, record="events", **setting, **asked)["it"]
    except ValueError as error:  # a set that is larger
        assume("the warm-up that it refers to" not in str(error))
        raise
    for kind in {e[1] for e in reference.events}:
        event(kind)
    left = {row for row, answer in reference.answer.items() if answer is LEFT}
    if setting.get("abstention") is not None:
        assert run.predictions["abstained"].tolist() == [row in left for row in reference.answer]
        reference.answer |= dict.fromkeys(left)
    assert_agrees(run, reference, table)
    if "propensity" in run.predictions:
        found = run.predictions["propensity"].tolist()
        chances = [reference.propensity.get(row, np.nan) for row in reference.answer]
        np.testing.assert_allclose(found, chances, rtol=1e-12)
    if "ghosts" in asked:
        assert_ghosts_agree(run.ghosts, reference.ghost_sums(asked["ghosts"]))
    if "churn" in asked:
        ticks = run.ticks[run.ticks["slice"] == "all"]
        assert ticks["changed"].tolist() == reference.changed_answers(asked["churn"])


def assert_ghosts_agree(found, expected):
    columns = ["tick", "met", "model", "champion", "n", "champion_loss", "model_loss", "squares",
               "differ", "observed_n", "champion_observed", "model_observed",
               "observed_squares"]  # fmt: skip
    found = pd.DataFrame(columns=columns) if found is None else found[columns]
    assert len(found) == len(expected)
    event("met" if expected else "nobody met")
    np.testing.assert_allclose(
        found.to_numpy(dtype=float).reshape(-1, len(columns)),
        np.array(expected, dtype=float).reshape(-1, len(columns)), rtol=1e-9, atol=1e-9,
    )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@share(1 / 15)
@given(st.data())
def test_answers_agree_with_the_reference(kind, data):
    assert_answers_agree(data.draw(answered_cases(kind)))


FAULTS = {
    "platt": (calibration, "platt", lambda said, *given: (said(*given)[0], said(*given)[1] + 1)),
    "isotonic": (calibration, "isotonic", lambda said, *given: (
        said(*given)[0], tuple(1 - chance for chance in said(*given)[1][::-1]))),
    "BestCut": (threshold, "best_cut", lambda said, chances, first, second: said(
        chances, second, first)),
    "PriorCorrection": (prior_correction, "by_chance", lambda said, *given: 1 - said(*given)),
    "Abstention": (policies.Abstaining, "answers", lambda said, self, chances, loss, amount: (
        self.then.answers(chances, loss, amount))),
    "BanditOver": (adaptation.BanditOver, "_pulled", lambda said, *given: 1 - said(*given)),
    "Explore": (exploration.Explore, "explored", lambda said, self, answers, draws, *given: said(
        self, answers, draws / 2, *given)),
    "OnCall": (repair.OnCall, "takes", lambda said, self: said(self) + 5),
    "ghosts": (ghosts, "_sums", lambda said, one, *given: said(
        one._replace(challenger=one.holder, holder=one.challenger), *given)),
    "churn": (churn, "_differ", lambda said, *given: ~said(*given)),
}  # fmt: skip
"""For each kind a fault of the fast code: where, its name, and what that gives instead."""


SLOWLY = ("platt", "isotonic")
"""Faults that take many fits."""


@pytest.mark.parametrize("kind", [
    pytest.param(kind, marks=[pytest.mark.long] if kind in SLOWLY else []) for kind in KINDS
])  # fmt: skip
def test_the_reference_sees_a_fault_of_answers(kind, monkeypatch):
    place, name, wrong = FAULTS[kind]
    right = getattr(place, name)
    monkeypatch.setattr(place, name, lambda *given: wrong(right, *given))
    assert_some_case_fails(answered_cases(kind), assert_answers_agree)
