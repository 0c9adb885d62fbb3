"""Every part that ships passes its check, and each check names what a broken part breaks."""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from river import linear_model as river_linear
from river import naive_bayes, tree
from river.bandit import UCB
from river.drift import ADWIN
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.naive_bayes import GaussianNB

from clsim import checks, monitoring
from clsim.monitoring.projections import PCA
from clsim.policies import Adapt, Adapted, Policy
from clsim.protocols import Adaptation, Monitor, Trigger
from clsim.strategy import (
    Strategy,
    adaptation,
    changes,
    curation,
    datasets,
    deployment,
    evaluation,
    expectations,
    exploration,
    guards,
    logging,
    offline,
    online,
    repair,
    reuse,
    review,
    rules,
    suitable,
    training,
    triggers,
)
from clsim.streams import Recorded, Synthetic, concepts, delays, drift
from clsim.types import Batch, DriftEvent, Extent, Fired, Recipe, Reuse, Schema, Told, Verdict
from helpers.in_turn import InTurn, every_way

TRIGGERS = {
    "AllOf": lambda: triggers.AllOf([triggers.Periodic(2), triggers.Volume(rows=100)]),
    "AnyOf": lambda: triggers.AnyOf([triggers.Periodic(4), triggers.Performance(below=0.6)]),
    "KOf": lambda: triggers.KOf(
        [
            triggers.Confirm(triggers.Performance(below=0.8, window=100), times=2),
            triggers.Veto(triggers.Random(every=4), by=triggers.At([3, "1970-01-20"])),
            triggers.WaitFor(triggers.LyapunovBudget(every=5, weight=9, learn=60), labels=100),
            triggers.IncorporationLatency(2_500),
            triggers.SquareRootCalendar("5d", price=40, every=4),
        ],
        k=1,
    ),
    "OnLosses": lambda: triggers.OnLosses(rules.ConformalMartingale(alpha=0.4)),
    "OnSignal": lambda: triggers.OnSignal(monitoring.Score(100, 30), rules.Trend(4, below=0.0)),
    "PerformanceForecast": lambda: triggers.PerformanceForecast(5, "6d", 1, 0.6, 400, 40),
    "GridCalendar": lambda: triggers.GridCalendar([2, 5], 4, 9, by="hedge"),
    "Budget": lambda: triggers.Budget(triggers.Periodic("3d"), trainings=2, per="10d"),
    "Alerts": lambda: triggers.Alerts(pd.DataFrame({"time": ["2024-02-01", "2024-02-09 12:00"]})),
    "Attention": lambda: triggers.Attention(triggers.Performance(below=0.7), looks=1, per="5d"),
    "Cooldown": lambda: triggers.Cooldown(triggers.Performance(below=0.7), wait=3),
    "Drift": lambda: triggers.Drift(ADWIN(delta=0.5)),
    "Performance": lambda: triggers.Performance(drop=0.02, window=100),
    "Periodic": lambda: triggers.Periodic("2d", phase="1d"),
    "Threshold": lambda: triggers.Threshold(monitoring.Score(100, 30), below=0.9),
    "Volume": lambda: triggers.Volume(growth=10),
}
RULES = {
    "AvoidableErrors": lambda: rules.AvoidableErrors(8, learn=100),
    "Confirmed": lambda: rules.Confirmed(rules.Forecast("2d", 2, 1.0, at_least=4), 2, within=4),
    "HarmfulDrift": lambda: rules.HarmfulDrift(0.0, 0.4, "run", reference=100),
}
IN_KOF = {
    "At", "Confirm", "IncorporationLatency", "LyapunovBudget", "Random", "SquareRootCalendar",
    "Veto", "WaitFor",
}  # fmt: skip
"""Triggers that are checked together, since each check is a dozen replays."""
APART = IN_KOF | {"NewSlice"}
"""And one that needs a stream with slices."""

DATASETS = {
    "ByPropensity": lambda: datasets.ByPropensity(datasets.All()),
    "Decayed": lambda: datasets.Decayed(
        datasets.Balanced(datasets.SlidingWindow("12d"), how="up", undo=True), half_life="2d"
    ),
    "BestWindow": lambda: datasets.BestWindow([100, 400], GaussianNB(), judges=100),
    "Replayed": lambda: datasets.Replayed(
        datasets.NewSinceLast(), datasets.Sampled(datasets.All(), rows=300, half_life="5d")
    ),
    "SinceChange": lambda: datasets.SinceChange(alpha=0.3, min_rows=40),
    "Vetted": lambda: datasets.Vetted(
        datasets.Nearest(datasets.ByLoss(datasets.All(), 400), 200), classes=0.05
    ),
}
IN_OTHERS = {
    "All", "Balanced", "ByLoss", "Having", "Nearest", "NewSinceLast", "Sampled", "SinceAlarm",
    "SlidingWindow",
}  # fmt: skip
"""Datasets that are checked within others, or (since an alarm) replayed with one that alarms."""

TRAININGS = {
    "Stateless": lambda: training.Stateless("3d"),
    "Stateful": lambda: training.Stateful(full_every=3, batch=64, per_thousand="1d"),
    "Iterated": lambda: training.Iterated("2024-01-20", GaussianNB(), teach="hard", newest=300),
    "Searched": lambda: training.Searched(every=2, per_search="2d"),
    "RowByRow": lambda: training.RowByRow("1d"),
}
OFFLINE = {
    "AllOf": lambda: offline.AllOf(
        [offline.ChampionChallenger(60), offline.Significance("not_worse", margin=0.1, holdout=90)]
    ),
    "AnyOf": lambda: offline.AnyOf([offline.ChampionChallenger(60, margin=0.1), offline.NoTest()]),
    "Bounds": lambda: offline.Bounds([offline.Bound("brier", absolute=-0.01, confidence=0.9)], 60),
    "ChampionChallenger": lambda: offline.ChampionChallenger(holdout=100),
    "Significance": lambda: offline.Significance(by="paired_bootstrap", holdout=100, draws=100),
}
SETS = {
    "Growing": lambda: evaluation.Growing(0.1, evaluation.EdgeCases(share=0.5), mature="1d"),
}
EXPECTED = [
    lambda: expectations.Direction(changes.Shift("x0", 1.0), "up", of=1, rows=100),
    suitable.Suitable,
]
"""Two of those tests; tests/test_invariants.py replays each."""

ONLINE = {
    "ABTest": lambda: online.ABTest("4d", min_labels=10, rule=online.rules.GroupSequential(80, 2)),
    "Bandit": lambda: online.Bandit("4d", UCB(delta=1), min_labels=2),
    "Canary": lambda: online.Canary("2d", [0.2, 0.6], min_labels=2, unit="x0"),
    "Holdback": lambda: online.Holdback(0.2, "2d", online.Canary("2d", [0.4], min_labels=2)),
    "Interleaving": lambda: online.Interleaving("4d", min_labels=2, mature="1d"),
    "Shadow": lambda: online.Shadow("4d", min_labels=20),
}
GUARDS = {
    "RollBack": lambda: guards.RollBack(0.01, "5d", window=60, min_labels=20),
    "FirstOf": lambda: guards.FirstOf(
        [
            guards.OnAlarm(
                triggers.OnSignal(monitoring.AnswerShare("2d"), rules.Level(above=0.52), name="it")
            ),
            guards.Floor(0.7, mature="2d", min_labels=20, to=guards.LastFine(floor=0.6)),
            guards.Freeze(weekdays=["friday"], rollbacks_of=guards.RollBack(0.05, 4)),
        ]
    ),
}
IN_FIRST_OF = {"Floor", "Freeze", "LastFine", "OnAlarm"}
DEPLOYMENTS = {"MayFail": lambda: deployment.MayFail(0.3, "30h", 0.5)}
ADAPTATIONS = {
    "BanditOver": lambda: adaptation.BanditOver(
        UCB(delta=1), {"cut": adaptation.BestCut(200, 50), "as it is": adaptation.NoAdaptation()}
    ),
    "Abstention": adaptation.Abstention,
    "BestCut": lambda: adaptation.BestCut(200, 50),
    "Calibration": lambda: adaptation.Calibration("isotonic", 200, 50),
    "InTurn": lambda: adaptation.InTurn(
        [adaptation.Calibration("platt", 200, 50), adaptation.Abstention()]
    ),
    "PriorCorrection": lambda: adaptation.PriorCorrection(200, 50, alpha=1.0),
}
EXPLORATIONS = {"Explore": lambda: exploration.Explore(0.2)}
REPAIRS = {"OnCall": lambda: repair.OnCall(triggers.Periodic(5), "1d", 0.5)}
REUSES = {"BestFit": lambda: reuse.BestFit(3, window=100, min_labels=30)}
LOGGINGS = {
    "ByAnswer": lambda: logging.ByAnswer({1: 0.5}, 0.2),
    "Everything": lambda: logging.Everything(retention="8d"),
    "Profiles": lambda: logging.Profiles(logging.Sample(0.3)),
    "Sample": lambda: logging.Sample(0.3),
    "Unsure": lambda: logging.Unsure(0.9),
}
CURATIONS = {
    "Buying": lambda: curation.Buying(
        curation.Random(), curation.Fixed(3), natural=False, delay="1d"
    ),
}
MONITORS = {
    "ArrivalBias": lambda: monitoring.ArrivalBias(monitoring.Score(80, 20, mature="2d")),
    "Combined": lambda: monitoring.Combined(monitoring.FeatureDistribution("psi"), "mean"),
    "Corrected": lambda: monitoring.Corrected(
        monitoring.FeatureDistribution("chi_squared", window="2d", p_value=True)
    ),
    "Complaints": lambda: monitoring.Complaints("2d", window=80, min_rows=20),
    "FeatureDistribution": lambda: monitoring.FeatureDistribution("earth_mover", window="2d"),
    "FromFile": lambda: monitoring.FromFile(pd.DataFrame({"time": ["2024-02-01"], "value": [0.9]})),
    "Prevalence": lambda: monitoring.Prevalence(
        [monitoring.Where("high", {"x0": {"above": 0.5}})], window="2d"
    ),
    "ProfileDistribution": lambda: monitoring.ProfileDistribution("answer", reference=5, ticks=3),
    "Projected": lambda: monitoring.Projected(PCA(1), window="2d", min_rows=20),
    "RowDistribution": lambda: monitoring.RowDistribution(window="2d", rows=60),
    "RegressedScore": lambda: monitoring.RegressedScore(
        Ridge(), window=80, labels=80, min_labels=20, min_rows=20
    ),
    "Score": lambda: monitoring.Score(80, 20),
    "GoneRows": lambda: monitoring.GoneRows(),
    "LabelsWaiting": lambda: monitoring.LabelsWaiting(),
    "Unlabelled": lambda: monitoring.Unlabelled("2d", window=80, min_rows=20),
}
DELAYS = {
    "Annotators": lambda: delays.Annotators(3, {0: 0.2, 1: 0.1}, "2d"),
    "Attribution": lambda: delays.Attribution("7d", "9d"),
    "ByClass": lambda: delays.ByClass({0: delays.Missing(0.5, "30d"), 1: delays.Weibull("2d", 2)}),
    "BySlice": lambda: delays.BySlice("group", {"b": delays.Capacity(9)}, delays.Uniform(0, "3d")),
    "Capacity": lambda: delays.Capacity(
        20, days=["monday", "friday"], delay=delays.Exponential("2d")
    ),
    "Constant": lambda: delays.Constant(30),
    "Distributed": lambda: delays.Distributed(scipy.stats.nbinom(3, 0.1)),
    "Empirical": lambda: delays.Empirical([3, 1, 2], censored=[2], unit="1d"),
    "Exponential": lambda: delays.Exponential("2d"),
    "Lognormal": lambda: delays.Lognormal(10, 1.5),
    "Missing": lambda: delays.Missing({0: 0.3}, delays.Uniform(0, 50)),
    "Uniform": lambda: delays.Uniform("1h", "2d"),
    "Weibull": lambda: delays.Weibull("2d", 0.5),
}
CONCEPTS = {"SEA": concepts.SEA, "Sine": concepts.Sine, "Logistic": concepts.Logistic}


def shipped(module: Any, method: str, examples: dict[str, Any]) -> list[Any]:
    """How to make one object of each public class that a module or a package has with a method."""
    found = []
    for name, kind in inspect.getmembers(module, inspect.isclass):
        own = kind.__module__ == module.__name__ and not name.startswith("_")
        given = name in getattr(module, "__all__", ())
        base = kind in (concepts.Concept, concepts.MovingConcept)
        if (own or given) and hasattr(kind, method) and not base:
            found.append(pytest.param(examples.get(name, kind), id=name))
    assert found
    return found


@pytest.mark.parametrize(
    "make", [case for case in shipped(triggers, "fires", TRIGGERS) if case.id not in APART]
)
def test_shipped_triggers(make: Any) -> None:
    checks.check_trigger(make())


@pytest.mark.parametrize("make", RULES.values(), ids=RULES)
def test_rules_of_each_kind(make: Any) -> None:
    checks.check_rule(make())


class Forgetful(rules.Rule):
    seen: list[float] = []

    def after(self, values: Any, score: Any) -> Any:
        self.seen.extend(values)
        return Fired("many") if len(self.seen) > 1_000 else None


class Boolean(rules.Rule):
    def after(self, values: Any, score: Any) -> Any:
        return bool(values)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (object(), "must derive from clsim.strategy.rules.Rule"),
        (Boolean(), "must return None or a Fired, not "),
        (Forgetful(), "what is given to one copy changes another"),
    ],
)
def test_broken_rules(rule: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        checks.check_rule(rule)


@pytest.mark.parametrize(
    "make", [case for case in shipped(datasets, "rows", DATASETS) if case.id not in IN_OTHERS]
)
def test_shipped_datasets(make: Any) -> None:
    checks.check_dataset(make())


@pytest.mark.parametrize("make", shipped(training, "recipe", TRAININGS))
def test_shipped_trainings(make: Any) -> None:
    checks.check_training(make())


GO_BY_BOUGHT = {
    "offline": (checks.check_offline, lambda: offline.ChampionChallenger(
        40, using="evaluation", weigh="picked")),
    "online": (checks.check_online, lambda: online.Shadow(
        "4d", min_labels=20, weigh="prediction_powered")),
    "monitor": (checks.check_monitor, lambda: monitoring.Score(
        150, 20, weigh="prediction_powered")),
}  # fmt: skip


@pytest.mark.parametrize("name", GO_BY_BOUGHT)
def test_labels_are_bought_for_a_test_that_goes_by_them(name: str) -> None:
    check, make = GO_BY_BOUGHT[name]
    check(make())


@pytest.mark.parametrize("make", shipped(offline, "judge", OFFLINE))
def test_shipped_offline_tests(make: Any) -> None:
    checks.check_offline(make())


@pytest.mark.parametrize("make", SETS.values(), ids=SETS)
def test_shipped_evaluation_sets(make: Any) -> None:
    checks.check_evaluation_set(make())


@pytest.mark.parametrize("make", EXPECTED, ids=["Direction", "Suitable"])
def test_shipped_expectations(make: Any) -> None:
    checks.check_offline(make())


def test_shipped_reviews() -> None:
    checks.check_review(review.Person("1d", sees=0.6, suspects=0.2, over="3d", max_wins=2))


@pytest.mark.parametrize("make", shipped(online, "step", ONLINE))
def test_shipped_online_tests(make: Any) -> None:
    checks.check_online(make())


def test_shipped_rules_of_online_tests() -> None:
    checks.check_online_rule(online.rules.Kayenta())


class Backwards(online.rules.Rule):
    """It looks at the labels of now, and then at fewer."""

    def look_at(self, counts: np.ndarray) -> np.ndarray:
        return counts[::-1]


class Undecided(online.rules.AtTheEnd):
    """It says maybe."""

    def found(self, tally: Any) -> Any:
        return super().found(tally)._replace(says=np.array([0.5]))


@pytest.mark.parametrize(("rule", "message"), [
    (object(), "must derive from"), (Backwards(), "looks must ascend"),
    (Undecided(), "must say -1, 0 or 1"),
])  # fmt: skip
def test_rules_of_online_tests_that_are_wrong(rule: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        checks.check_online_rule(rule)


@pytest.mark.parametrize(
    "make", [case for case in shipped(guards, "watch", GUARDS) if case.id not in IN_FIRST_OF]
)
def test_shipped_guards(make: Any) -> None:
    checks.check_guard(make())


@pytest.mark.parametrize("make", shipped(deployment, "fails", DEPLOYMENTS))
def test_shipped_deployments(make: Any) -> None:
    checks.check_deployment(make())


@pytest.mark.parametrize("make", shipped(adaptation, "adapt", ADAPTATIONS))
def test_shipped_adaptations(make: Any) -> None:
    checks.check_adaptation(make())


class Misread(Adaptation):
    """Gives what it was made with."""

    def __init__(self, found: Any) -> None:
        self.found = found

    def adapt(self, view: Any, model: int, policy: Any, without: Any) -> Any:
        return self.found


class Halved:
    """Probabilities that no longer sum to 1."""

    def __call__(self, chances: Any) -> Any:
        return chances / 2


class Spread:
    """Of each row what all together are."""

    def __call__(self, chances: Any) -> Any:
        return np.where(np.isnan(chances), np.nan, np.nanmean(chances, axis=0))


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (0.5, "must return an Adapt or None"),
        (Adapt(Policy(), "why"), "must be an Adapted"),  # type: ignore[arg-type]
        (Adapt(Adapted((Halved(),)), "why"), "sum to 1"),
        (Adapt(Adapted((Spread(),)), "why"), "by itself"),
    ],
)
def test_adaptations_that_are_wrong(found: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        checks.check_adaptation(Misread(found))


@pytest.mark.parametrize("make", shipped(exploration, "explored", EXPLORATIONS))
def test_shipped_explorations(make: Any) -> None:
    checks.check_exploration(make())


def test_an_exploration_that_is_wrong() -> None:
    class Wrong:
        def explored(self, answers: Any, draws: Any, others: Any, n_classes: int) -> Any:
            return answers, np.zeros(len(answers))

    with pytest.raises(AssertionError, match="chances above 0"):
        checks.check_exploration(Wrong())


@pytest.mark.parametrize("make", shipped(repair, "calls", REPAIRS))
def test_shipped_repairs(make: Any) -> None:
    checks.check_repair(make())


def test_a_repair_that_is_wrong() -> None:
    class Wrong:
        def calls(self, view: Any) -> Any:
            return 1

    with pytest.raises(AssertionError, match="the reason as text"):
        checks.check_repair(Wrong())


def test_shipped_reuses() -> None:
    assert {case.id for case in shipped(reuse, "choose", {})} == {"NoReuse", *REUSES}
    for make in REUSES.values():
        checks.check_reuse(make())


@pytest.mark.parametrize("make", shipped(logging, "kept", LOGGINGS))
def test_shipped_loggings(make: Any) -> None:
    checks.check_logging(make())


@pytest.mark.parametrize("make", shipped(curation, "buy", CURATIONS))
def test_shipped_curations(make: Any) -> None:
    checks.check_curation(make())


@pytest.mark.slow
def test_shipped_picks_and_budgets() -> None:
    ways = every_way("x0", "answer")
    bases = {curation.Budget, curation.Passing, curation.Pick, curation.Scored}
    kinds = [getattr(curation, name) for name in curation.__all__]
    shipped = {kind for kind in kinds if issubclass(kind, tuple(bases))} - bases
    assert {type(part) for way in ways for part in (way.pick, way.budget)} == shipped
    checks.check_curation(InTurn(ways))


CHAMPION = pytest.param(lambda: monitoring.Score(80, 20, of="champion"), id="Score of the champion")


@pytest.mark.parametrize("make", [*shipped(monitoring, "measure", MONITORS), CHAMPION])
def test_shipped_monitors(make: Any) -> None:
    checks.check_monitor(make())


class AddsUp(Monitor):
    """It says that its values follow from the view alone, and adds up what it saw before."""

    shared, total = True, 0.0

    def measure(self, view):
        self.total += len(view.trained_rows)
        return {None: self.total}


def test_a_shared_monitor_must_not_remember() -> None:
    with pytest.raises(AssertionError, match="beside it changes it; what a monitor measured"):
        checks.check_monitor(AddsUp())


class LikeTheFirst(monitoring.FeatureDistribution):
    """It says of every model what is true of the first."""

    def measure_each(self, views):
        return [self.measure(views[0])] * len(views)


def test_what_is_measured_of_many_models_at_once_is_that_of_each() -> None:
    with pytest.raises(AssertionError, match="measure_each gives"):
        checks.check_monitor(LikeTheFirst(window=100))


def test_values_outside_of_what_a_monitor_says_are_found():
    class Half(Monitor):
        def extent(self, score):
            return Extent(0, 0.25)

        def measure(self, view):
            return {None: 0.5}

    with pytest.raises(AssertionError, match=r"gave 0\.5, and its extent says from 0 to 0\.25"):
        checks.check_monitor(Half())


@pytest.mark.parametrize("make", shipped(delays, "label_times", DELAYS))
def test_shipped_delays(make: Any) -> None:
    checks.check_delay(make())


@pytest.mark.parametrize("make", shipped(concepts, "draw", CONCEPTS))
@pytest.mark.parametrize("rate", [None, "48/d"])
def test_shipped_streams(make: Any, rate: str | None) -> None:
    at = 500 if rate is None else "10d"
    concept = make()
    noise = 0.1 if concept.n_classes else 0.0
    stream = Synthetic(concept, [drift.Sudden(make(), at=at)], n=1_000, rate=rate, noise=noise)
    checks.check_stream(stream)


def test_recorded_streams() -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0], "g": ["a", "b", "a"], "y": ["no", "yes", "no"]})
    checks.check_stream(Recorded(frame, label="y", slices="g"))
    checks.check_stream(Recorded(frame, label="y", start="2024-01-01", every="1h"))


@pytest.mark.parametrize(
    "strategy",
    [
        Strategy(triggers.Performance(below=0.7), training=training.Stateful()),
        Strategy(triggers.Periodic(2), training=training.Stateful("warm_start", duration="2d")),
        Strategy(triggers.Periodic(4), training=training.RowByRow()),
        Strategy(triggers.Periodic(3), offline=offline.ChampionChallenger(100), overlap=True),
    ],
    ids=["update", "warm start", "online", "gate"],
)
def test_strategies(strategy: Strategy) -> None:
    checks.check_strategy(strategy)


@pytest.mark.parametrize(
    "learner",
    [
        LogisticRegression(),
        GaussianNB(),
        SGDClassifier(loss="log_loss"),
        RandomForestClassifier(n_estimators=5),
        HistGradientBoostingClassifier(max_iter=5),
        Ridge(),
        river_linear.LogisticRegression(),
        naive_bayes.GaussianNB(),
        tree.HoeffdingTreeClassifier(),
        river_linear.LinearRegression(),
    ],
    ids=lambda learner: f"{type(learner).__module__.split('.')[0]}-{type(learner).__name__}",
)
def test_learners(learner: Any) -> None:
    checks.check_learner(learner)


# broken on purpose -------------------------------------------------------------------------


class SaysTrue:
    def fires(self, view: Any) -> Any:
        return view.tick == 3


class Peeks:
    """Looks at labels that have not arrived, past the view."""

    def fires(self, view: Any) -> str | None:
        known = view._known
        ahead = known.labels.y[known.timeline.first[view.tick] :][:48]
        return "soon" if ahead.mean() > 0.5 else None


class AsksTooEarly:
    def fires(self, view: Any) -> str | None:
        view.y(np.array([1_900]))
        return None


class Remembers:
    """Keeps its state in the class, so that copies share it."""

    calls: ClassVar[list[int]] = []

    def fires(self, view: Any) -> str | None:
        self.calls.append(view.tick)
        return "odd" if len(self.calls) % 7 == 3 else None


class SharesState:
    """Its deep copies are no copies."""

    def __init__(self) -> None:
        self.ticks: list[int] = []

    def __deepcopy__(self, memo: Any) -> SharesState:
        twin = type(self)()
        twin.ticks = self.ticks
        return twin

    def fires(self, view: Any) -> str | None:
        self.ticks.append(view.tick)
        return None


class CannotBeCopied:
    def __init__(self) -> None:
        self.forever = (i for i in range(3))

    def fires(self, view: Any) -> str | None:
        return None


class CountsNeighbours:
    """Depends on whether another strategy has asked for rows in this tick."""

    def fires(self, view: Any) -> str | None:
        return "asked" if view._known.training._latest[0][0] == view.tick else None


@pytest.mark.parametrize(
    ("trigger", "message"),
    [
        (object(), "needs a method fires"),
        (SaysTrue(), "fires must return None, a Fired, or a reason"),
        (Peeks(), "not causal"),
        (AsksTooEarly(), "asks for what is not visible"),
        (Remembers(), "not deterministic"),
        (SharesState(), "a replay changed the prototype"),
        (CannotBeCopied(), "cannot be deep-copied"),
        (CountsNeighbours(), "another strategy beside it changes it"),
        (triggers.Periodic("5h"), "refuses a clock with time"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_broken_triggers(trigger: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        checks.check_trigger(trigger)


class Mistyped(Trigger):
    def fire(self, view: Any) -> None: ...


def test_a_method_that_is_left_out_is_named() -> None:
    with pytest.raises(NotImplementedError, match="Mistyped: defines no 'fires'; is 'fire' meant"):
        checks.check_trigger(Mistyped())


class Rows:
    """Gives whatever it was told to."""

    def __init__(self, give: Any) -> None:
        self.give = give

    def rows(self, view: Any) -> Any:
        return self.give(view)


@pytest.mark.parametrize(
    ("give", "message"),
    [
        (lambda view: view.labelled().tolist(), "expected an array"),
        (lambda view: view.labelled().astype(float), "must be int64"),
        (lambda view: view.labelled()[None], "one dimension"),
        (lambda view: view.labelled()[::-1], "ascending and unique"),
        (lambda view: np.repeat(view.labelled(), 2), "ascending and unique"),
        (lambda view: view.labelled() - 5, "does not exist"),
        (lambda view: np.arange(1_900), "has not arrived"),
        (lambda view: np.arange(5_000), "dataset"),
        (lambda view: view.latest(1), "the first model cannot be trained"),
        (lambda view: view.latest(200 + int(view._known.labels.y[-1])), "not causal"),
    ],
)
def test_broken_datasets(give: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        checks.check_dataset(Rows(give))


class Trains(training.Stateless):
    """Gives a recipe of its own."""

    def __init__(self, **change: Any) -> None:
        super().__init__()
        self.change = change
        self.initial = change.pop("initial", "fit")

    def recipe(self, view: Any) -> Any:
        return self.change["recipe"] if "recipe" in self.change else Recipe(**self.change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"initial": "guess"}, "initial='guess'"),
        ({"how": "again"}, "how='again'"),
        ({"how": "fit", "parent": 99}, "parent=99 must be the champion"),
        ({"how": "fit", "duration": 1.5}, "duration=1.5"),
        ({"how": "fit", "duration": -1}, "duration=-1"),
        ({"recipe": ("fit", None, 0)}, "recipe must return"),
    ],
)
def test_broken_trainings(change: dict[str, Any], message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        checks.check_training(Trains(**change))


class Judges(offline.NoTest):
    def __init__(self, verdict: Any = None, holdout: Any = None) -> None:
        self.verdict = verdict
        self.kept = np.empty(0, dtype=np.int64) if holdout is None else holdout

    def holdout(self, view: Any) -> Any:
        return self.kept

    def judge(self, view: Any, challenger: int, champion: int | None, holdout: Any) -> Any:
        return self.verdict


@pytest.mark.parametrize(
    ("test", "message"),
    [
        (Judges(verdict=True), "must return a Verdict"),
        (Judges(verdict=Verdict(1, "fine")), "accepted=1"),  # type: ignore[arg-type]
        (Judges(verdict=Verdict(True, None)), "reason=None"),  # type: ignore[arg-type]
        (Judges(holdout=[1, 2]), "offline: holdout: expected an array"),
        (Judges(holdout=np.array([1_900])), "offline: holdout: .* has not arrived"),
    ],
)
def test_broken_offline_tests(test: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        checks.check_offline(test)


class Guards(guards.NoGuard):
    keeps = 1

    def __init__(self, rollback: Any = None, frozen: Any = None) -> None:
        self.rollback, self.reason = rollback, frozen

    def due(self, tick: int) -> int:
        return tick

    def watch(self, view: Any) -> Any:
        return self.rollback

    def frozen(self, view: Any) -> Any:
        return self.reason


class Reuses(reuse.NoReuse):
    keeps = 2

    def __init__(self, chosen: Any) -> None:
        self.chosen = chosen

    def choose(self, view: Any) -> Any:
        return self.chosen


@pytest.mark.parametrize(
    ("check", "part", "message"),
    [
        (checks.check_guard, Guards(rollback=True), "guard: watch must return a Rollback"),
        (checks.check_guard, Guards(frozen=True), "guard: frozen must return None, or the reason"),
        (checks.check_reuse, Reuses(0), "reuse: choose must return a Reuse or None, not 0"),
        (checks.check_reuse, Reuses(Reuse(9, "so")), "reuse: model 9 is none of those that are"),
    ],
)
def test_broken_guards_and_reuses(check: Any, part: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check(part)


def test_broken_strategies() -> None:
    with pytest.raises(AssertionError, match="expected a Strategy"):
        checks.check_strategy("weekly")  # type: ignore[arg-type]
    with pytest.raises(AssertionError, match="strategy: not causal"):
        checks.check_strategy(Strategy(Peeks()))
    with pytest.raises(AssertionError, match="strategy: not deterministic"):
        checks.check_strategy(Strategy(Remembers()))


class Mean(ClassifierMixin, BaseEstimator):
    """Class 1 where the first feature is above a threshold."""

    def fit(self, X: Any, y: Any) -> Any:
        self.classes_ = np.unique(y)
        self.threshold_ = X[:, 0].mean()
        return self

    def predict(self, X: Any) -> Any:
        return (X[:, 0] > self.threshold_).astype(int)


class OfTheCall(Mean):
    def predict(self, X: Any) -> Any:
        return (X[:, 0] > X[:, 0].mean()).astype(int)


class Forgetful(Mean):
    def fit(self, X: Any, y: Any) -> Any:
        super().fit(X, y)


class Luck(Mean):
    draws = np.random.default_rng(0)

    def fit(self, X: Any, y: Any) -> Any:
        super().fit(X, y)
        self.threshold_ = self.draws.normal()
        return self


class LearnsFromQuestions(Mean):
    def predict(self, X: Any) -> Any:
        self.threshold_ += 0.1
        return super().predict(X)


class Shared(Mean):
    """Its deep copies share what was learned."""

    def __deepcopy__(self, memo: Any) -> Any:
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Any:
        self.threshold_ = 5.0
        return self


class SharedInside(Shared):
    def __deepcopy__(self, memo: Any) -> Any:
        twin = type(self)()
        twin.__dict__ = self.__dict__
        return twin


class ThirdClass(Mean):
    def predict(self, X: Any) -> Any:
        return np.full(len(X), 2)


class Columns(Mean):
    def predict(self, X: Any) -> Any:
        return np.column_stack([super().predict(X)] * 2)


class Unsure(Mean):
    def predict_proba(self, X: Any) -> Any:
        return np.full((len(X), 2), 0.4)


@pytest.mark.parametrize(
    ("learner", "message"),
    [
        (OfTheCall(), "depend on how calls are cut"),
        (Forgetful(), "fit of Forgetful returned None; it must return the fitted estimator"),
        (Luck(), "Luck.draws is a Generator that all copies share"),
        (LearnsFromQuestions(), "predicting twice"),
        (Shared(), "returned the parent itself"),
        (SharedInside(), "changed the parent"),
        (ThirdClass(), "none of the classes"),
        (Columns(), "predictions of shape"),
        (Unsure(), "do not sum to 1"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_broken_learners(learner: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        checks.check_learner(learner)


def test_the_learner_that_the_broken_ones_start_from_passes() -> None:
    checks.check_learner(Mean())


class Stream:
    """Two events, with what is changed."""

    def __init__(self, *, noisy: bool = False, **change: Any) -> None:
        self.schema = Schema(("x",), "classification", np.array([0, 1]), False)
        self.change = change
        self.noisy = noisy
        self.asked = 0

    def blocks(self, seed: int) -> Any:
        self.asked += 1
        X = np.full((3, 1), float(seed + self.asked * self.noisy))
        batch = {"X": X, "y": np.array([0, 1, 0]), "time": np.arange(3), "label_time": None}
        yield Batch(**(batch | self.change))

    def drift_events(self, seed: int) -> list[Any]:
        return []


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (Stream(time=np.array([0, 2, 1])), "not in time order"),
        (Stream(time=np.array([0, 1, 3])), "row number"),
        (Stream(time=np.arange(3.0)), "must be int64"),
        (Stream(X=np.zeros((3, 2))), "X of shape"),
        (Stream(y=np.array([0, 1, 2])), "none of the classes"),
        (Stream(label_time=np.array([0, 0, 5])), "label of row 1 is known before"),
        (Stream(slices={"g": np.zeros(3)}), "are not those of the schema"),
        (Stream(noisy=True), "not deterministic"),
        (Stream(X=np.zeros((3, 1))), "another seed gives the same events"),
    ],
)
def test_broken_streams(stream: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        checks.check_stream(stream)


class Blocks(Stream):
    """A stream whose blocks, truth and drifts can be asked for."""

    def __init__(
        self,
        *,
        alone: bool = True,
        shares: tuple[float, float] = (0.25, 0.75),
        rows: int = 3,
        drift: tuple[int, int] = (1, 2),
        hour: int = 0,
        likely: Any = ((0.5, 0.5),) * 3,
    ) -> None:
        super().__init__()
        self.likely = np.array(likely)
        self.alone, self.shares, self.rows = alone, shares, rows
        self.drift, self.hour = drift, hour

    def chances(self, seed: int) -> Any:
        yield self.likely

    def block(self, seed: int, number: int) -> Any:
        return next(self.blocks(seed if self.alone else seed + 1))

    def truth(self, time: np.ndarray, seed: int) -> pd.DataFrame:
        first, second = self.shares
        frame = pd.DataFrame({"time": time + self.hour, "concept 0": first, "concept 1": second})
        return frame.iloc[: self.rows]

    def drift_events(self, seed: int) -> list[Any]:
        return [DriftEvent("sudden", *self.drift)]


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (Blocks(alone=False), "block 0 alone is not that of the sequence"),
        (Blocks(shares=(0.5, 0.6)), "do not sum to 1"),
        (Blocks(shares=(-0.5, 1.5)), "weights outside of"),
        (Blocks(rows=2), "truth has 2 rows for 3 times"),
        (Blocks(hour=1), "times of the truth"),
        (Blocks(likely=[[0.5, 0.5]] * 2), r"chances have the shape \(2, 2\), not \(3, 2\)"),
        (Blocks(likely=[[0.5, 0.6]] * 3), "chances of an event do not sum to 1"),
        (Blocks(likely=[[-0.5, 1.5]] * 3), "has chances outside of"),
        (Blocks(drift=(2, 1)), "ends before it starts"),
        (Blocks(drift=(3, 4)), "outside of the stream"),
        (Blocks(drift=(-5, -1)), "outside of the stream"),
    ],
)
def test_streams_that_contradict_themselves(stream: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        checks.check_stream(stream)


def test_the_stream_that_the_broken_ones_start_from_passes() -> None:
    checks.check_stream(Blocks())
    checks.check_stream(Stream())
    checks.check_stream(Stream(X=np.zeros((3, 1))), seeded=False)


class Late:
    def __init__(self, when: Any) -> None:
        self.when = when
        self.asked: list[int] = []

    def label_times(self, events: Any, schema: Any, clock: Any, seed: int) -> Any:
        return self.when(self, events.time)


def _luck(delay: Late, time: Any) -> Any:
    return time + np.random.default_rng().integers(0, 9, size=len(time))


def _counts(delay: Late, time: Any) -> Any:
    delay.asked.append(len(time))
    return time + 1


def _writes(delay: Late, time: Any) -> Any:
    time += 1
    return time


@pytest.mark.parametrize(
    ("when", "message"),
    [
        (lambda delay, time: time - 1, "row 0 is known before"),
        (lambda delay, time: time + 0.5, "must be int64"),
        (lambda delay, time: time[1:], "shape"),
        (lambda delay, time: time.tolist(), "must be an array"),
        (_luck, "not deterministic"),
        (_counts, "changed the prototype"),
        (_writes, "changed the events"),
        (lambda delay, time: time + len(time), "not causal"),
    ],
)
def test_broken_delays(when: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        checks.check_delay(Late(when))


class Queue(delays.Exponential):
    """Labels come one after the other, and it says that each could be asked about alone."""

    by_row = True

    def label_times(self, events: Any, schema: Any, clock: Any, seed: int) -> Any:
        return events.time + np.arange(len(events.time))


def test_a_delay_that_cannot_be_asked_about_some_events_says_so() -> None:
    with pytest.raises(AssertionError, match=r"by_row says .* asked alone has other label times"):
        checks.check_delay(Queue("1d"))
    assert not type("Own", (delays.Exponential,), {"label_times": Queue.label_times}).by_row


class Gossip(delays.Constant):
    """Says of labels what a function of events, delay and random numbers says."""

    def __init__(self, says: Any) -> None:
        super().__init__("1d")
        self.says = says

    def told(self, events: Any, schema: Any, clock: Any, seed: int) -> Any:
        return self.says(events, self.label_times(events, schema, clock, seed))


@pytest.mark.parametrize(
    ("says", "message"),
    [
        (lambda e, known: e.y, "told gave .* not a Told"),
        (lambda e, known: Told(e.y + 5), "none of the classes"),
        (lambda e, known: Told(e.y[:-1]), r"told.y must be an array of shape"),
        (lambda e, known: Told(e.y, known - 1), "row 0 is revised before it is told"),
        (lambda e, known: Told(np.random.default_rng().permutation(e.y)), "not deterministic"),
        (lambda e, known: Told(e.y[::-1].copy()), "changes with the events that come"),
        (lambda e, known: Told(votes=np.cumsum(e.y[::-1])), "told.votes changes with the events"),
    ],
)
def test_broken_tellings(says: Any, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        checks.check_delay(Gossip(says))


def test_delays_on_a_stream_of_their_own() -> None:
    frame = pd.DataFrame({"x": np.zeros(300), "g": ["a", "b", "c"] * 100, "y": ["no", "yes"] * 150})
    stream = Recorded(frame, label="y", slices="g")
    delay = delays.ByClass({"no": 7, "yes": delays.BySlice("g", {"c": 0}, delays.Missing())})
    checks.check_delay(delay, stream)
    with pytest.raises(AssertionError, match=r"refuses a clock with time .*class 'no'"):
        checks.check_delay(delay)
    log = Recorded(frame, label="y", start="2024-01-01", every="1h")
    with pytest.raises(AssertionError, match="changed the events"):
        checks.check_delay(Late(_writes), log)
    assert next(log.blocks(0)).time[0] == 1_704_067_200_000_000
