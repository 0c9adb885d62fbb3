"""What must always hold, for every part and every configuration that ships."""

from __future__ import annotations

import inspect
import sys
import warnings
from collections import Counter
from functools import cache
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from river import drift, linear_model, proba
from river.bandit import EpsilonGreedy, ThompsonSampling
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from threadpoolctl import threadpool_limits

import clsim
from clsim import monitoring
from clsim.checks import check_stream
from clsim.engine.calendar import Overlay, Sieve
from clsim.engine.knowledge import Knowledge
from clsim.monitoring import (
    answers,
    batches,
    complaints,
    estimates,
    features,
    gone,
    many,
    outside,
    profiled,
    projected,
    rows,
    scores,
    waiting,
    windows,
)
from clsim.monitoring.projections import PCA, KMeans
from clsim.protocols import Curation, Monitor, OfflineTest
from clsim.runs.ledger import ROW_BY_ROW
from clsim.slices import Where
from clsim.strategy import (
    AsServed,
    NoModel,
    Strategy,
    Then,
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
    rules,
    suitable,
    training,
    triggers,
)
from clsim.streams.delays import Annotators
from clsim.types import NEVER, NEVER_TIME, Recipe
from helpers.in_turn import InTurn, every_way
from helpers.tables import Rumour, Table, assert_same, happened

CONF = Path(__file__).parent.parent / "conf"
HOUR, DAY = 3_600_000_000, 86_400_000_000
SETTING = {"tick": "1d", "warmup": "20d"}

Periodic = triggers.Periodic


def adwin():
    return triggers.Drift(drift.ADWIN(clock=4, grace_period=20))


TRIGGERS = {
    triggers.Never: [{}],
    triggers.Periodic: [{"every": 5}, {"every": "7d", "phase": "3d"}],
    triggers.Volume: [{"rows": 100}, {"growth": 20}],
    triggers.Performance: [
        {"below": 0.8, "window": 60, "min_labels": 20},
        {"drop": 0.1, "window": 60, "min_labels": 60, "of": "all"},
    ],
    triggers.Drift: [{"detector": drift.ADWIN(clock=4, grace_period=20)},
                     {"detector": drift.binary.DDM(), "of": "all"}],
    triggers.AnyOf: [
        {"triggers": [adwin(), Periodic(13)]},
        {"triggers": [triggers.IncorporationLatency(900),
                      triggers.LyapunovBudget(every=9, weight=4, learn=40)]},
    ],
    triggers.GridCalendar: [{"periods": [3, 6, 12], "review": "9d", "price": 5, "by": "hedge"}],
    triggers.PerformanceForecast: [{"price": 3, "horizon": "8d", "window": 300, "min_labels": 30}],
    triggers.SquareRootCalendar: [{"review": 8, "price": 5, "every": "4d", "min_labels": 30}],
    triggers.IncorporationLatency: [],  # in AnyOf
    triggers.LyapunovBudget: [],  # in AnyOf
    triggers.OnLosses: [{"rule": rules.Cusum(limit=4, learn=40)}],
    triggers.OnSignal: [{
        "monitor": scores.Score(60, 20),
        "rule": rules.Confirmed(rules.Shewhart(limit=2, learn=8), times=2, within=3),
    }],
    triggers.KOf: [{"k": 1, "triggers": [
        triggers.WaitFor(adwin(), labels=40, quiet="2d"),
        triggers.Confirm(triggers.Performance(0.8, window=60, min_labels=20), times=3),
        triggers.Veto(triggers.Random(every=9), by=triggers.At([5, "1970-02-15"])),
    ]}],
    triggers.At: [],  # in KOf, as what follows
    triggers.Confirm: [],
    triggers.NewSlice: [],  # needs slices, which this world has none of: in the reference
    triggers.Random: [],
    triggers.Veto: [],
    triggers.WaitFor: [],
    triggers.AllOf: [{"triggers": [triggers.Volume(rows=50), Periodic(5)]}],
    triggers.Alerts: [{"data": pd.DataFrame({"time": ["1970-02-03", "1970-02-05 07:00"]})}],
    triggers.Attention: [{"trigger": adwin(), "looks": 1, "per": "9d"}],
    triggers.Cooldown: [{"trigger": triggers.Volume(rows=5), "wait": "6d"}],
    triggers.Threshold: [
        {"monitor": scores.Score(60, 20), "below": 0.75},
        {"monitor": features.FeatureDistribution(window="6d", min_rows=20), "above": 0.25},
    ],
    triggers.Budget: [{"trigger": Periodic(3), "trainings": 2, "per": 20},
                      {"trigger": adwin(), "trainings": 1}],
}  # fmt: skip
DATASETS = {
    datasets.All: [{}],
    datasets.SlidingWindow: [{"window": 150}, {"window": "15d"}],
    datasets.NewSinceLast: [{}],
    datasets.Decayed: [
        {"dataset": datasets.ByLoss(datasets.All(), 80), "half_life": "9d"},
        {"dataset": datasets.Nearest(datasets.SlidingWindow("20d"), 60, 30), "half_life": "9d"},
    ],
    datasets.Sampled: [
        {"dataset": datasets.Balanced(datasets.All(), how="up"), "rows": 90, "half_life": "9d"}
    ],
    datasets.Replayed: [
        {
            "new": datasets.NewSinceLast(),
            "old": datasets.Balanced(datasets.SlidingWindow("40d"), by="group"),
            "ratio": 0.5,
        }
    ],
    datasets.ByPropensity: [{"dataset": datasets.SlidingWindow("15d"), "most": 5.0}],
    datasets.SinceChange: [{"alpha": 0.2, "min_rows": 30}, {"feature": "a", "min_rows": 20}],
    datasets.BestWindow: [{"windows": [40, 90, 200], "learner": GaussianNB(), "judges": 30}],
    datasets.Vetted: [
        {"dataset": datasets.SlidingWindow("9d"), "shift": 0.15, "classes": 0.1, "fewer": 0.7}
    ],
    datasets.SinceAlarm: [],  # needs alarms: as "since an alarm"
    datasets.Balanced: [],  # in Sampled and Replayed
    datasets.ByLoss: [],  # in Decayed
    datasets.Nearest: [],
    datasets.Having: [],  # in Iterated
}
TRAININGS = {
    training.Stateless: [{}, {"duration": "60h"}],
    training.Stateful: [
        {"how": "partial_fit", "initial": "partial_fit", "full_every": 3},
        {"how": "warm_start", "duration": "3d"},
        {"steps": {"standardscaler": None, "sgdclassifier": 2}, "batch": 16, "per_thousand": "9d"},
    ],
    training.Searched: [{"every": 2, "per_search": "2d"}],
    training.Iterated: [
        {
            "at": "1970-02-05",
            "learner": DecisionTreeClassifier(max_depth=3),
            "features": ["b"],
            "teach": "soft",
            "newest": 150,
        }
    ],
    training.RowByRow: [{}, {"duration": "2d", "until": "1970-02-05"}],
}
OFFLINE = {
    offline.NoTest: [{}],
    offline.ChampionChallenger: [
        {},
        {"holdout": "10d", "margin": 0.02, "min_rows": 10},
        {"holdout": evaluation.Growing(0.2, evaluation.EdgeCases(complained=True, share=0.9))},
        {"holdout": evaluation.Fixed(20, mature="2d", by="group")},
    ],
    offline.Bounds: [
        {
            "bounds": [
                offline.Bound("auc", 0.4),
                offline.Bound("brier", 0.4, confidence=0.8),
                offline.Bound("money", absolute=-2.0, relative=-0.9, slices=["group"]),
            ],
            "holdout": 60,
            "min_rows": 10,
            "costs": [[0, 1], [5, 0]],
        },
    ],
    offline.Significance: [
        {
            "claim": "not_worse",
            "by": "mcnemar",
            "margin": 0.1,
            "slices": ["group"],
            "holdout": "12d",
            "min_rows": 10,
            "must": "any",
        },
        {"by": "paired_bootstrap", "claim": "not_shown_worse", "holdout": 60, "draws": 100},
    ],
    offline.AllOf: [
        {
            "tests": [
                offline.ChampionChallenger(40, -0.1),
                offline.Significance(
                    "equivalent", margin=0.3, metrics=["score", "brier"], holdout=80
                ),
            ]
        }
    ],
    offline.AnyOf: [
        {
            "tests": [
                offline.ChampionChallenger(40),
                offline.Bounds([offline.Bound("loss", relative=0.0)], 60),
            ]
        }
    ],
}
EXPECTED = {
    expectations.Invariance: [{"change": changes.AddNoise("a", 0.2), "most": 0.2, "rows": 60}],
    expectations.Direction: [
        {"change": changes.Shift("a", 0.5), "moves": "up", "of": 1, "most": 0.6, "rows": 60}
    ],
    expectations.NotConstant: [{"rows": 60}],
    expectations.FewMissing: [{"values": 0.1, "rows": 60}],
    expectations.ClassShares: [{"within": 0.2, "rows": 60}],
    expectations.Agreement: [{"least": 0.3, "most": 0.95, "rows": 60}],
}
SUITABLE = {suitable.Suitable: [{"margin": 0.1, "holdout": 60, "rows": 60, "min_rows": 20}]}
ONLINE = {
    online.ABTest: [
        {
            "length": "12d",
            "share": 0.4,
            "mature": "3d",
            "min_labels": 5,
            "margin": -0.2,
            "rule": online.rules.GroupSequential(60, 3, 0.3, "pocock"),
            "afresh": False,
        },
    ],
    online.Bandit: [
        {
            "length": "9d",
            "policy": EpsilonGreedy(0.4, burn_in=3),
            "pulls": 20,
            "min_labels": 3,
            "share": 0.8,
            "mature": "2d",
            "unit": "b",
            "margin": -0.1,
        },
        {"length": "8d", "policy": ThompsonSampling(proba.Beta()), "min_labels": 3},
    ],
    online.Canary: [
        {
            "each": "5d",
            "steps": [0.3, 0.6],
            "min_labels": 5,
            "unit": "b",
            "rule": online.rules.ConfidenceSequence(40, 0.3),
        },
    ],
    online.Holdback: [
        {"share": 0.3, "length": "7d", "test": online.Canary("3d", [0.2, 0.5], min_labels=3)},
    ],
    online.Interleaving: [{"length": "8d", "min_labels": 2, "mature": "2d"}],
    online.NoTrial: [{}],
    online.Shadow: [
        {"length": "6d", "min_labels": 20},
        {"length": "9d", "mature": "4d", "min_labels": 10, "margin": -0.3, "afresh": False},
        {"length": "9d", "min_labels": 10, "unit": "b", "rule": online.rules.SPRT(0.2)},
    ],
}
GUARDS = {
    guards.NoGuard: [{}],
    guards.RollBack: [
        {"margin": 0.0, "within": 10, "window": 60, "min_labels": 20},
        {"margin": 0.02, "within": "6d", "window": 80, "min_labels": 10, "distrust": True},
    ],
    guards.FirstOf: [
        {
            "guards": [
                guards.Freeze(
                    weekdays=["saturday", "sunday"],
                    dates=["1970-01-30", ["1970-02-20", "1970-03-01"]],
                    rollbacks_of=guards.RollBack(
                        0.0, "9d", 60, 15, slices=["group"], confidence=0.7
                    ),
                ),
                guards.Floor(
                    0.6,
                    None,
                    60,
                    20,
                    mature="4d",
                    slices=[Where("high", {"a": {"above": 0}})],
                    confidence=0.6,
                    to=guards.LastFine(margin=0.0, window=80, min_labels=10),
                ),
                guards.OnAlarm(
                    triggers.OnSignal(
                        answers.AnswerShare(window="6d", min_rows=20),
                        rules.Level(above=0.6),
                        name="share",
                    ),
                    within="8d",
                ),
            ]
        }
    ],
    guards.Floor: [],  # in FirstOf, as what follows
    guards.Freeze: [],
    guards.LastFine: [],
    guards.OnAlarm: [],
}
EXPLORATION = {
    exploration.NoExploration: [],  # in all others
    exploration.Explore: [{"share": 0.2}, {"share": 0.1, "to": 1}],
}
REPAIR = {
    repair.NoRepair: [],  # in all others
    repair.OnCall: [{"when": Periodic(7), "after": "30h", "chance": 0.5, "wait": "2d"}],
}
REUSE = {
    reuse.NoReuse: [],  # in all others
    reuse.BestFit: [{"keeps": 3, "window": 80, "min_labels": 20}],
}
ADAPTATION = {
    adaptation.NoAdaptation: [],  # in all others
    adaptation.Regular: [],  # the base of those that learn
    adaptation.InTurn: [
        {
            "adaptations": [
                adaptation.Calibration("platt", 90, 30, every="2d"),
                adaptation.PriorCorrection(60, 30, alpha=0.5),
                adaptation.BestCut(90, 30),
            ],
            "survives": True,
        },
        {"adaptations": [adaptation.Calibration("isotonic", 90, 30), adaptation.Abstention()]},
    ],
    adaptation.PriorCorrection: [{"window": 60, "min_rows": 30, "alpha": 1.0, "every": "3d"}],
    adaptation.BanditOver: [
        {
            "policy": ThompsonSampling(proba.Beta()),
            "arms": {"as it is": adaptation.NoAdaptation(), "cut": adaptation.BestCut(60, 20)},
        }
    ],
    adaptation.BestCut: [],  # in InTurn
    adaptation.Calibration: [],
    adaptation.Abstention: [],
}
DEPLOYMENT = {
    deployment.Sure: [],  # in all others
    deployment.MayFail: [{"chance": 0.3, "down": "30h", "down_chance": 1.0}],
}
LOGGING = {
    logging.Everything: [{}, {"retention": "25d"}],
    logging.Sample: [{"share": 0.5}, {"share": 0.8, "retention": "30d"}],
    logging.Profiles: [{"rows": logging.ByAnswer({1: 0.7}, retention="30d"), "slices": ["group"]}],
    logging.ByAnswer: [{"shares": {1: 0.7}, "share": 0.3, "retention": "30d"}],
    logging.Unsure: [{"below": 0.9, "by": "margin", "rest": 0.2}],
}


CURATION = {
    curation.Nothing: [{}],
    curation.Buying: [
        {
            "pick": curation.Random(),
            "budget": curation.Fixed(4),
            "natural": False,
            "evaluation": 0.3,
        },
        {
            "pick": curation.Random(),
            "budget": curation.Fixed(20, "7d"),
            "among": "5d",
            "delay": "30h",
        },
        {
            "pick": curation.Random(),
            "budget": curation.Fixed(3),
            "delay": Annotators(votes=1, noise=0.2, delay="1d"),
        },
    ],
}
MONITORS = {
    features.FeatureDistribution: [
        {"window": 80, "min_rows": 20},
        {"distance": "earth_mover", "reference": "warmup", "window": "9d", "features": ["b"]},
        {
            "reference": windows.Before("12d", gap="2d"),
            "window": ["4d", "9d"],
            "min_rows": 20,
            "slices": [Where("high", {"a": {"above": 0}}), "group=a"],
        },
        {"reference": windows.Season("28d"), "window": 90, "min_rows": 20},
        {"reference": windows.Fixed(100, 300), "window": 90, "features": ["a"]},
        {"reference": windows.Fixed("1970-01-20", "1970-02-10"), "window": 90},
        {"reference": "validation", "window": 90, "min_rows": 20, "slices": ["group"]},
    ],
    rows.RowDistribution: [
        {"window": 80, "min_rows": 20, "rows": 40, "slices": ["group"]},
        {"distance": "energy", "reference": "warmup", "window": 80, "p_value": True, "rows": 50},
    ],
    profiled.ProfileDistribution: [
        {"slices": ["group"], "distance": "earth_mover", "features": ["b"]},
        {"what": "confidence", "distance": "psi", "reference": 9, "ticks": 4, "min_rows": 20},
    ],
    projected.Projected: [
        {
            "projection": PCA(1),
            "reference": "warmup",
            "window": "9d",
            "slices": ["group"],
            "min_rows": 20,
        },
        {"projection": KMeans(3), "distance": "psi", "reference": "warmup", "window": 80},
    ],
    many.Corrected: [{"monitor": features.FeatureDistribution("chi_squared", p_value=True)}],
    many.Combined: [{"monitor": features.FeatureDistribution("psi"), "how": "worst", "k": 2}],
    answers.AnswerDistribution: [
        {"window": 80, "min_rows": 20, "slices": ["group"]},
        {
            "what": "confidence",
            "distance": "earth_mover",
            "reference": "validation",
            "window": "9d",
            "min_rows": 20,
        },
    ],
    answers.AnswerShare: [{"window": "6d", "min_rows": 20, "slices": ["group"]}],
    outside.FromFile: [
        {
            "data": pd.DataFrame(
                {
                    "time": pd.date_range("1970-02-01", periods=40).astype(str),
                    "value": np.linspace(0, 1, 40),
                }
            )
        }
    ],
    answers.Prevalence: [{"slices": ["group", Where("high", {"a": {"above": 0}})]}],
    scores.Score: [
        {"window": 90, "min_labels": 30},
        {"window": 90, "min_labels": 20, "mature": "5d", "per_class": True, "slices": ["group"]},
        {"window": 150, "min_labels": 30, "weigh": "class"},
        {"window": 60, "min_labels": 10, "of": "champion"},
    ],
    gone.GoneRows: [{}],
    waiting.LabelsWaiting: [{}],
    scores.Unlabelled: [{"mature": "4d", "window": 60, "min_rows": 20, "slices": ["group"]}],
    scores.ArrivalBias: [{"score": scores.Score(60, 20, mature="5d")}],
    estimates.ExpectedScore: [
        {
            "metric": "cost",
            "costs": [[0, 1], [3, 0]],
            "bound": "low",
            "window": "6d",
            "min_labels": 60,
            "mature": "4d",
            "shift": "labels_by_confusion",
            "slices": ["group"],
        },
    ],
    estimates.ConfidenceScore: [{"window": 60, "min_labels": 30, "slices": ["group"]}],
    estimates.RegressedScore: [
        {"regressor": LinearRegression(), "confidence": False, "window": 60, "min_labels": 60},
    ],
    complaints.Complaints: [
        {"mature": "3d", "window": 80, "min_rows": 20, "per_class": True, "slices": ["group"]}
    ],
    batches.Quality: [{"min_rows": 5, "past": 8, "features": ["b"]}],
}
EXAMPLES = {
    triggers: TRIGGERS, datasets: DATASETS, training: TRAININGS, offline: OFFLINE, online: ONLINE,
    expectations: EXPECTED, suitable: SUITABLE,
    adaptation: ADAPTATION, deployment: DEPLOYMENT, guards: GUARDS, repair: REPAIR, reuse: REUSE,
    exploration: EXPLORATION,
    logging: LOGGING, curation: CURATION, monitoring: MONITORS,
}  # fmt: skip
PLACES = {
    expectations: "offline", suitable: "offline", online: "online", guards: "guard",
    adaptation: "adaptation", deployment: "deployment", repair: "repair", reuse: "reuse",
    exploration: "exploration",
    logging: "logging", curation: "curation",
}  # fmt: skip
"""The parameter of a strategy that a module's parts go to."""


@pytest.mark.parametrize("module", EXAMPLES, ids=lambda m: m.__name__)
def test_every_part_that_ships_has_an_example(module):
    classes = [c for _, c in inspect.getmembers(module, inspect.isclass)
               if c.__module__.startswith(module.__name__) and c.__name__[0] != "_"
               and (module is not monitoring or issubclass(c, Monitor))
               and (module is not curation or issubclass(c, Curation))
               and (module is not offline or issubclass(c, OfflineTest))]  # fmt: skip
    assert set(classes) == set(EXAMPLES[module])


def strategies_of_parts():
    new = datasets.NewSinceLast
    made, watched = {}, {}
    for stage, examples in EXAMPLES.items():
        for part, settings in examples.items():
            for number, setting in enumerate(settings):
                it = part(**setting)
                if stage is triggers:
                    made[f"{part.__name__}-{number}"] = Strategy(it, datasets.SlidingWindow(200))
                elif stage is datasets:
                    made[f"{part.__name__}-{number}"] = Strategy(Periodic(4), it)
                elif stage is training:
                    made[f"{part.__name__}-{number}"] = Strategy(Periodic(4), None, it)
                elif stage is offline:
                    made[f"{part.__name__}-{number}"] = Strategy(Periodic(4), None, None, it)
                elif stage is monitoring:
                    watched[f"{part.__name__}-{number}"] = it
                else:
                    window, more = datasets.SlidingWindow(150), {PLACES[stage]: it}
                    made[f"{part.__name__}-{number}"] = Strategy(Periodic(4), window, **more)
    gated = offline.ChampionChallenger(60, margin=-1.0, min_rows=20)
    kept = logging.Profiles(logging.Everything(), 8, ["group"], confidence=True)
    made["monitors"] = Strategy(Periodic(9), None, None, gated, monitors=watched, logging=kept)
    slow = training.Stateless("5d")
    gate = offline.ChampionChallenger(60, min_rows=20)
    made["overlapping"] = Strategy(Periodic(2), None, slow, gate, overlap=True)
    made["stateful, gated"] = Strategy(Periodic(2), new(), training.Stateful(), gate, overlap=True)
    made["since an alarm"] = Strategy(
        triggers.AnyOf([adwin(), triggers.WaitFor(adwin(), labels=30), Periodic(9)]),
        datasets.SinceAlarm(40, "2d"),
    )
    made["the whole loop"] = Strategy(
        Periodic(3), datasets.SlidingWindow(150), training.Stateless("1d"),
        offline.ChampionChallenger(40, margin=-0.2, min_rows=10), overlap=["trial"],
        online=online.Shadow("5d", margin=-0.1, min_labels=5),
        guard=guards.RollBack(0.0, 12, 60, 10, distrust=True),
        logging=logging.Sample(0.8, retention="40d"),
        curation=curation.Buying(
            curation.Random(), curation.Fixed(2), delay=Annotators(noise=0.1)),
        monitors={"inputs": features.FeatureDistribution(window="9d", min_rows=20),
                  "score": scores.Score(60, 20)},
    )  # fmt: skip
    made["tests of what is adapted"] = Strategy(
        Periodic(3), datasets.SlidingWindow(150), None, gate,
        online=online.ABTest("5d", min_labels=5),
        adaptation=adaptation.BestCut(80, 20), guard=guards.RollBack(0.0, 12, 60, 10),
    )  # fmt: skip
    made["labels bought in every way"] = Strategy(
        Periodic(4), datasets.SlidingWindow(150), curation=InTurn(every_way(), curation.After("3d"))
    )
    made["one after another"] = Then([
        (None, Strategy(Periodic(3), datasets.Sampled(datasets.All(), 200),
                        training.Stateless("5d"), overlap=True,
                        online=online.Holdback(0.3, "9d", online.Shadow("6d", min_labels=5)),
                        monitors={"score": scores.Score(60, 20)})),
        ("1970-01-27", Strategy(triggers.Performance(drop=0.05, window=60, min_labels=20),
                                datasets.NewSinceLast(), training.Stateful("partial_fit"), gate,
                                guard=guards.RollBack(0.0, 12, 60, 10))),
        ("14d", Strategy(Periodic(4), datasets.SlidingWindow(150),
                         online=online.Canary("3d", [0.2, 0.5], min_labels=3, unit="b"),
                         curation=curation.Buying(curation.Random(), curation.Fixed(2)),
                         monitors={"inputs": features.FeatureDistribution(window="9d")})),
    ])  # fmt: skip
    made["production"] = AsServed(monitors={"score": scores.Score(60, 20)})
    made["last label"], made["constant"] = NoModel("last"), NoModel()
    return made


def compose(*overrides):
    from hydra import compose, initialize_config_dir

    from clsim.sweep import calibrated
    from clsim.sweep import config as build
    from clsim.sweep.app import resolved

    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = resolved(compose("config", list(overrides)))
    config["strategy"] = calibrated.at(config["strategy"])  # at the first limit of its grid
    return {key: build.instance(config[key], key) for key in ("stream", "delay", "strategy")}


def names(group):
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


PARTS = strategies_of_parts()
SHORTER = {
    "four_stages": [f"strategy.stages.stage_{k}.at={at}d" for k, at in ((2, 6), (3, 11), (4, 16))]
}
"""What fits an option to a world of a hundred days, of which some tests see forty."""
EVERYTHING = [*PARTS, *(f"conf/{name}" for name in names("strategy"))]

pytestmark = pytest.mark.xdist_group("invariants")  # one worker has the runs that tests share


@cache
def strategy_of(name):
    if name in PARTS:
        return PARTS[name]
    own = name.removeprefix("conf/")
    return compose(f"strategy={own}", "stream=sea", *SHORTER.get(own, ()))["strategy"]


def learner_of(strategy):
    if isinstance(strategy.training, training.RowByRow):
        return linear_model.LogisticRegression()
    if isinstance(strategy.training, training.Stateful):
        sgd = SGDClassifier(max_iter=5, tol=None)
        return make_pipeline(StandardScaler(), sgd) if strategy.training.steps else sgd
    if isinstance(strategy.training, training.Searched):
        grid = {"var_smoothing": [1e-9, 1.0]}
        return GridSearchCV(GaussianNB(), grid, cv=TimeSeriesSplit(2))
    return GaussianNB()


def columns(seed=0):
    """A hundred days of 8 to 16 events, whose classes change places twice; labels come late."""
    rng = np.random.default_rng(seed)
    n = 1200
    time = np.sort(rng.integers(0, 100 * DAY, n))
    y = rng.integers(0, 2, n)
    centre = np.where((y == 1) ^ ((time // (33 * DAY)) % 2 == 1), 1.0, -1.0)
    X = centre[:, None] + rng.normal(size=(n, 2))
    label_time = time + rng.integers(0, 6 * DAY, n)
    return X, y, time, label_time, rng.random(n) < 0.05


def some_groups(n):
    """A slice of each row, which is a part of the record whether or not the row is logged."""
    return np.random.default_rng(3).integers(0, 2, n)


def grievances(y, time, hidden=None, start=None):
    """When users complain: of an answer by itself, so that another label changes nothing of it.

    Of hidden rows, and what comes after a start, all is other.
    """
    rng, right = np.random.default_rng(4), columns()[1]
    draw, wait = rng.random(len(right)), rng.integers(0, 4 * DAY, len(right))
    come = []
    for answer in (0, 1):
        complains = draw < np.where(right == answer, 0.1, 0.6)
        when = np.where(complains[: len(y)], time + wait[: len(y)], NEVER_TIME)
        if start is not None:
            other = hidden | (when > start)
            again = np.maximum(time, start) + DAY
            when = np.where(other, np.where(draw[: len(y)] < 0.3, again, NEVER_TIME), when)
        come.append(when)
    ours, theirs = np.choose(y, come), np.choose(1 - y, come)
    return np.column_stack([ours, theirs])


def table(X, y, time, label_time, missing, **more):
    more = {"group": some_groups(len(X)), "complaints": grievances(y, time), **more}
    due = [None if gone else int(t) for t, gone in zip(label_time, missing, strict=True)]
    served = (X[:, 0] > 0.3).astype(int).tolist()
    return Table(X, y, time=time.tolist(), label_time=due, served=served, **more)


@pytest.fixture(scope="module")
def stream():
    return table(*columns())


@cache
def run_of(name):
    """The run of a strategy in the world of `columns`, and what the strategy knew at its end."""
    return with_knowledge(table(*columns()), strategy_of(name))


def replay(stream, strategy, **setting):
    return with_knowledge(stream, strategy, **setting)[0]


def with_knowledge(stream, strategy, **setting):
    """A run, and what its strategy knew at the end."""
    setting = {**SETTING, "learner": learner_of(strategy), "record": "events", **setting}
    if strategy.adaptation.abstains:
        setting["abstention"] = 0.2
    module = sys.modules["clsim.engine.replay"]
    with mock.patch.object(module, "outcome", wraps=module.outcome) as outcome:
        run = clsim.replay(stream, {"it": strategy}, **setting)["it"]
    return run, outcome.call_args.args[0].knowledge


# causal -------------------------------------------------------------------------------------


def changed(now, knowledge):
    """The world of `columns`, in which all that a strategy cannot see at a tick has changed.

    Events to come, of which there are ten days; labels that have not arrived, that were not
    bought, or that come when the row is kept no more; everything of rows that are not logged; and
    when natural labels come to those that are known because they were bought.
    """
    X, y, time, label_time, missing = columns()
    start, first = int(knowledge.timeline.starts[now]), int(knowledge.timeline.first[now])
    warm, rows = knowledge.timeline.n_warm, np.arange(len(y))
    unknown = knowledge.known.arrives > now
    to_come = knowledge.telling.natural.ticks_of(rows) > now
    rng = np.random.default_rng(now)
    hidden = unseen_features(first, knowledge)
    X[hidden] = rng.normal(size=X[hidden].shape) * 3
    y[unknown] = 1 - y[unknown]
    time[first:] += 5 * HOUR
    label_time[to_come] = np.maximum(time[to_come], start) + rng.integers(1, 9 * DAY, to_come.sum())
    missing[to_come] = rng.random(to_come.sum()) < 0.3
    if knowledge.timeline.warmup_labels == "history":
        missing[:warm] = columns()[-1][:warm]  # a log whose gaps are no secret
    assert 0.2 < unknown.mean() < 1
    assert np.all(time[first:] >= start)
    kept = slice(np.searchsorted(time, start + 10 * DAY))
    assert len(time[kept]) > first + 50
    complained = grievances(y, time, hidden, start)[kept]
    return table(X[kept], y[kept], time[kept], label_time[kept], missing[kept],
                 complaints=complained)  # fmt: skip


def unseen_features(first, knowledge):
    """Rows that are not served yet, or not logged.

    Where logging goes by answers it has seen them all; see `test_logging_by_answers_is_blind`.
    """
    hidden = np.arange(knowledge.timeline.n) >= first
    known = knowledge.known.base if isinstance(knowledge.known, Overlay) else knowledge.known
    by_answers = isinstance(known, Sieve)
    return (
        hidden if knowledge.seen.logged is None or by_answers else hidden | ~knowledge.seen.logged
    )


def seen_until(run, now, knowledge):
    """All that a run decided, measured or predicted before tick `now`, and decided at it.

    What is answered to a row that is not logged is nobody's to see.
    """
    before = run.predictions[run.predictions["tick"] < now]
    if knowledge.seen.logged is not None:
        before = before[knowledge.seen.logged[before["id"]]]
    ticks = run.ticks[run.ticks["tick"] < now][["tick", "start", "n", "answered", "model"]]
    observed = run.ticks[run.ticks["tick"] <= now][["tick", "observed_n", "observed_score"]]
    events = run.events[run.events["tick"] <= now].drop(columns="seconds")
    found = [before.drop(columns=["y_true", "label_time"]), ticks, observed, events]
    if run.signals is not None:
        signals = run.signals[run.signals["tick"] <= now]
        found.append(signals)
    if run.served is not None and (run.served["tick"] < now).any():
        asked = run.served[run.served["tick"] < now]
        found.append(asked[["tick", "slice", "model", "role", "n", "answered"]])
    return found


def assert_causal(make, setting, moments=(9, 47), known=None):
    base = table(*columns())
    run, knowledge = known or with_knowledge(base, make(base), **setting)
    for now in moments:
        other_world = changed(now, knowledge)
        other = replay(other_world, make(other_world), **setting)
        assert_same_until(now, run, other, knowledge)
        after = other.predictions[other.predictions["tick"] > now]
        assert len(after) > 50
        assert not after.equals(run.predictions.loc[after.index])


def assert_same_until(now, run, other, knowledge, **how):
    pairs = zip(seen_until(run, now, knowledge), seen_until(other, now, knowledge), strict=False)
    for left, right in pairs:
        left, right = left.reset_index(drop=True), right.reset_index(drop=True)
        pd.testing.assert_frame_equal(left, right, check_exact=True, **how)


@pytest.mark.parametrize("name", EVERYTHING)
def test_causal(name):
    strategy = strategy_of(name)
    setting = {**SETTING, "learner": learner_of(strategy)}
    assert_causal(lambda base: strategy, setting, known=run_of(name))


@pytest.mark.parametrize("name", ["Never-0", "last label", "constant", "Volume-0", "Drift-0",
                                  "Stateful-0", "Buying-0", "the whole loop"])  # fmt: skip
def test_causal_where_labels_of_the_warm_up_come_as_recorded(name):
    strategy, setting = strategy_of(name), {**SETTING, "warmup_labels": "as_recorded"}
    setting["learner"] = learner_of(strategy)
    assert_causal(lambda base: strategy, setting, moments=(1, 4))
    assert_conserved(*with_knowledge(table(*columns()), strategy, **setting))


def rumours(now=None, knowledge=None, asked=0.3):
    """The world of `columns` with rows that load late, labels told otherwise, and rows deleted.

    Or another future of it, of ten days. ``asked``: of the rows, how many are to be deleted.
    """
    world = knowledge
    X, y, time, label_time, missing = columns()
    rng = np.random.default_rng(8)
    due = [None if gone else int(t) for t, gone in zip(label_time, missing, strict=True)]
    available = time + rng.integers(0, 15 * DAY, len(y))
    told = np.where(rng.random(len(y)) < 0.3, 1 - y, y)
    revised = label_time + rng.integers(0, 20 * DAY, len(y))
    asks, deleted = rng.random(len(y)) < asked, time + rng.integers(0, 30 * DAY, len(y))
    if now is not None:
        start, first = int(world.timeline.starts[now]), int(world.timeline.first[now])
        hidden = unseen_features(first, world)
        X[hidden] = rng.normal(size=X[hidden].shape) * 3
        later = (world.labels.final > now) & (world.labels.final != NEVER)
        unknown = world.known.arrives > now
        later &= (
            world.telling.natural.ticks_of(np.arange(len(y))) <= world.known.arrives
        )  # none was bought
        y[later | unknown] = 1 - y[later | unknown]
        told[unknown] = 1 - told[unknown]
        late = world.training.arrives > now
        available[late] = np.maximum(available, start)[late] + rng.integers(1, DAY, late.sum())
        still = ~asks | (deleted > start)
        asks[still] = rng.random(still.sum()) < 0.4
        deleted[still] = np.maximum(time, start)[still] + rng.integers(1, 40 * DAY, still.sum())
        assert (~still).sum() > 20
        assert later.sum() > 20
        assert (late & ~unknown).sum() > 3
    n = len(y) if now is None else int(np.searchsorted(time, start + 10 * DAY))
    return Table(
        X[:n], y[:n], time=time[:n].tolist(), label_time=due[:n], told=told[:n],
        available=available[:n].tolist(), revised=revised[:n].tolist(),
        served=(X[:n, 0] > 0.3).astype(int).tolist(),
        group=some_groups(n), complaints=grievances(y, time)[:n],
        deleted=[int(t) if ask else None
                 for t, ask in zip(deleted[:n], asks[:n], strict=True)],
    )  # fmt: skip


@pytest.mark.parametrize("name", [n for n in PARTS if not n.startswith(("Never", "Periodic"))])
def test_causal_where_rows_load_late_and_labels_are_told_otherwise(name):
    strategy = strategy_of(name)
    setting = {**SETTING, "learner": learner_of(strategy), "record": "events"}

    def run_in(stream):
        return with_knowledge(stream, strategy, delay=Rumour(stream), **setting)

    run, knowledge = run_in(rumours())
    assert_conserved(run, knowledge)
    for now in (9, 47):
        assert_same_until(now, run, run_in(rumours(now, knowledge))[0], knowledge)


FAILING = ["monitors", "Periodic-0", "Performance-1", "Drift-0", "ChampionChallenger-1",
           "conf/drift", "conf/gated", "conf/performance", "conf/stateful"]  # fmt: skip


@pytest.mark.parametrize("loss", ["zero_one", "log"])
@pytest.mark.parametrize("name", FAILING)
def test_causal_where_the_future_fails(name, loss):
    """Values that are missing from a tick on make whole blocks fail; nothing before it changes.

    The world ends some ten days later.
    """
    strategy = strategy_of(name)
    setting = {**SETTING, "learner": LogisticRegression(), "record": "events", "loss": loss}
    if isinstance(strategy.training, training.Stateful):
        setting["learner"] = SGDClassifier(loss="log_loss", max_iter=5, tol=None)
    run, knowledge = with_knowledge(table(*columns()), strategy, **setting)
    for now in (9, 47):
        X, y, time, label_time, missing = columns()
        first = knowledge.timeline.first[now]
        X[first::3, 1] = np.nan
        kept = slice(first + 120)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            spoiled = table(X[kept], y[kept], time[kept], label_time[kept], missing[kept])
            other = clsim.replay(spoiled, {"it": strategy}, **setting)["it"]
        assert other.totals["answered"] < other.totals["n"]
        # a column of classes of which one is missing holds floats
        assert_same_until(now, run, other, knowledge, check_dtype=False)
        before = [r.ticks.loc[r.ticks["tick"] < now, "loss"] for r in (run, other)]
        assert before[0].to_numpy().tobytes() == before[1].to_numpy().tobytes()


class Clairvoyant:
    """Fires if most of the next labels are positive, whether they have arrived or not."""

    def __init__(self, truth):
        self.truth = truth

    def fires(self, view):
        last = view.latest(1)[-1]
        return "I knew it" if self.truth[last : last + 80].mean() > 0.5 else None


class Insider:
    """Leaves out one of two rows, by a label that may not have arrived."""

    def __init__(self, truth):
        self.truth = truth

    def rows(self, view):
        rows = view.labelled()
        return rows[self.truth[(rows + 60) % len(self.truth)] == 1]


@pytest.mark.parametrize("leak", [
    lambda base: Strategy(Clairvoyant(base.y)), lambda base: Strategy(Periodic(2), Insider(base.y)),
])  # fmt: skip
def test_the_causal_test_catches_those_who_look_ahead(leak):
    with pytest.raises(AssertionError, match="DataFrame"):
        assert_causal(leak, {**SETTING, "learner": GaussianNB()})


class Curious:
    """Asks for everything in every tick; remembers for how much it was refused."""

    def fires(self, view):
        world = view._known
        for row in range(world.timeline.n):
            rows = np.array([row])
            for ask, visible in (
                (view.y, world.known.arrives[row] <= view.tick),
                (view.X, row < world.timeline.first[view.tick]),
                (lambda r: view.model(0).losses(r), world.known.arrives[row] <= view.tick),
            ):
                if visible:
                    assert len(ask(rows)) == 1
                else:
                    with pytest.raises(LookupError, match=f"row {row} "):
                        ask(rows)
        with pytest.raises(LookupError, match="not yet known"):
            view.labels.count_at(view.tick + 1)
        return None


def test_a_view_refuses_what_is_not_yet_visible():
    rng = np.random.default_rng(0)
    small = Table(rng.normal(size=(40, 2)), [0, 1] * 20, label_time=rng.integers(40, 60, 40))
    clsim.replay(
        small, {"it": Strategy(Curious())}, learner=GaussianNB(), tick=5, warmup=10
    )  # fmt: skip


# conserved ----------------------------------------------------------------------------------


def assert_conserved(run, knowledge):
    """What a run says adds up; ``knowledge`` is what its strategy knew at the end."""
    total = run.ticks[run.ticks["slice"] == "all"]
    timeline = knowledge.timeline
    served = timeline.n - timeline.n_warm
    assert total["n"].sum() == served
    if run.predictions is not None:
        assert run.predictions["id"].tolist() == list(range(timeline.n_warm, timeline.n))
    events = happened(run)
    expected = {"n": served, "loss": total["loss"].sum()}
    expected |= conserved_labels(run, knowledge, events, total)
    expected |= conserved_trainings(timeline, events)
    assert {key: run.totals[key] for key in expected} == expected
    if run.confusion is not None:
        confusion = run.confusion[run.confusion["slice"] == "all"]
        left = total["abstained"].sum() if "abstained" in total else 0
        assert confusion["n"].sum() == total["answered"].sum() - left
        wrong = confusion[confusion["y_true"] != confusion["y_pred"]]
        assert wrong["n"].sum() == total["errors"].sum()
    if run.served is not None:
        every = run.served[run.served["slice"] == "all"]
        answering = every[every["role"] != "shadow"].groupby("tick")[["n", "answered", "loss"]]
        there = total[total["n"] > 0].set_index("tick")[["n", "answered", "loss"]]
        pd.testing.assert_frame_equal(
            answering.sum(), there, check_dtype=False, check_index_type=False
        )
        shadows = every[every["role"] == "shadow"]
        both = every.groupby(["tick", "model"])["n"].sum()  # beside others, and what it answers
        asked = both.loc[list(zip(shadows["tick"], shadows["model"], strict=True))]
        assert (asked.to_numpy() == there["n"].loc[shadows["tick"]].to_numpy()).all()


def conserved_labels(run, knowledge, events, total):
    """Each label arrives at most once, by itself or bought; what is kept and what is not add up."""
    arrives, warm = knowledge.known.arrives, knowledge.timeline.n_warm
    natural = knowledge.telling.natural.ticks_of(np.arange(len(arrives)))
    came = (arrives > 0) & (arrives != NEVER)
    labels = {"natural": [], "bought": [], "revision": []}
    for e in events:
        if e["kind"] == "label":
            labels[e.get("reason", "natural")].append(e)
    sums = {reason: sum(e["labels"] for e in found) for reason, found in labels.items()}
    assert sums["natural"] == (came & (arrives == natural)).sum()
    assert sums["bought"] == (came & (arrives < natural)).sum()
    for found in labels.values():
        assert len({e["tick"] for e in found}) == len(found)
    orders, final, votes = knowledge.orders, knowledge.labels.final, knowledge.labels.votes
    bought = np.empty(0, dtype=int) if orders is None else orders.rows
    assert len(np.unique(bought)) == len(bought)
    if final is None:  # a natural label that says something else than the one that was bought
        again = [arrives[r] < natural[r] < NEVER for r in bought]
        wrong = True if orders is None else orders.y != knowledge.labels.y[bought]
        assert sums["revision"] == np.sum(np.array(again, dtype=bool) & wrong)
    elif orders is None and knowledge.known.ends.last is None:
        assert sums["revision"] == np.sum(final[arrives != NEVER] != NEVER)
    assert total["observed_n"].sum() <= came[warm:].sum()
    if total["answered"].sum() == total["n"].sum():
        assert total["observed_n"].sum() == came[warm:].sum()
    paid = 0 if votes is None else votes[came & (arrives == natural)].sum()
    if orders is not None:
        paid += orders.votes[(came & (arrives < natural))[bought]].sum()
    kept = total["n" if knowledge.seen.logged is None else "logged"].sum()
    if knowledge.seen.logged is not None:
        assert kept + (~knowledge.seen.logged).sum() == total["n"].sum()
        assert not came[~knowledge.seen.logged].any()
        assert knowledge.seen.logged[bought].all()
    return {
        "labels": sums["natural"], "revisions": sums["revision"], "votes": paid, "logged": kept,
        "bought": sum(e["labels"] for e in events if e["kind"] == "buy"),
    }  # fmt: skip


def conserved_trainings(timeline, events):
    """Each training that began ends once: it serves, fails, or is turned down; or is under way."""
    trains = [e for e in events if e["kind"] == "train" and e["reason"] != ROW_BY_ROW]
    rejected = [e for e in events if e["kind"] == "offline_test" and not e["accepted"]]
    tried = [e for e in events if e["kind"] == "online_test"]
    beaten = [e for e in tried if e.get("accepted") is False]
    ends = [e for e in events if e["kind"] in ("deploy", "train_failed", "superseded")]
    ended = Counter(e["model"] for e in ends + rejected + beaten)
    back = {e["tick"] for e in events if e["kind"] in ("rollback", "strategy")}
    for train in trains:
        length = train["duration"]
        length = length.value // 1000 if timeline.clock.timed else length
        ready = timeline.starts[train["tick"]] + length <= timeline.starts[-2]
        last = [e for e in tried if e["model"] == train["model"]][-1:]
        if last and "accepted" not in last[0]:
            ready = train["model"] in ended  # on trial at the end, unless superseded
        elif not ready and train["model"] in ended:
            ready = any(e["model"] == train["model"] and e["tick"] in back for e in ends)
        assert ended.pop(train["model"], 0) == (1 if ready else 0), train
    assert not ended, "a training that never started has ended"
    assert len(trains) == sum(e["accepted"] for e in events if e["kind"] == "trigger")
    counts = Counter(e["kind"] for e in events)
    updates = sum(e["rows"] for e in events if e.get("reason") == ROW_BY_ROW)
    missed = sum(e["kind"] == "alarm" and e.get("accepted") is False for e in events)
    return {
        "retrainings": len(trains), "failed": counts["train_failed"], "rejected": len(rejected),
        "superseded": counts["superseded"],
        "deployments": sum(e["kind"] == "deploy" and "accepted" not in e for e in events),
        "alarms": counts["alarm"], "looked_at": counts["alarm"] - missed,
        "updates": updates, "rollbacks": counts["rollback"], "reviews": counts["review"],
        "reuses": counts["reuse"],
        "trials": sum("accepted" in e for e in tried),
        "rows_trained": updates + sum(e["rows"] for e in trains),
    }  # fmt: skip


@pytest.mark.parametrize("name", EVERYTHING)
def test_conserved_and_deterministic(name, stream, tmp_path):
    (run, knowledge), (again, _) = run_of(name), with_knowledge(stream, strategy_of(name))
    assert_conserved(run, knowledge)
    assert_same(run, again)
    one, two = run.save(tmp_path / "one"), again.save(tmp_path / "two")
    files = sorted(path.name for path in one.glob("*.parquet"))
    assert files == sorted(path.name for path in two.glob("*.parquet"))
    for file in files:
        if file != "events.parquet":  # it holds measured seconds
            assert (one / file).read_bytes() == (two / file).read_bytes()
    assert_same(clsim.load(one), clsim.load(two))


@pytest.mark.slow
def test_the_examples_exercise_every_way_that_a_training_can_end():
    kinds = Counter()
    for name in EVERYTHING:
        run, _ = run_of(name)
        kinds.update(run.events["kind"])
        kinds["accepted"] += run.events["accepted"][run.events["kind"] == "offline_test"].sum()
        kinds["rejected"] += run.totals["rejected"]
    for kind in ("initial", "alarm", "trigger", "train", "deploy", "accepted", "rejected", "label"):
        assert kinds[kind] > 3, kinds


def test_a_training_that_overtakes_another_supersedes_it(stream):
    class Hurried(training.Stateless):
        def recipe(self, view):
            return Recipe("fit", duration=(9 if view.tick % 4 else 1) * DAY)

    run = replay(stream, Strategy(Periodic(2), None, Hurried(), overlap=True))
    assert run.totals["superseded"] > 10
    assert_conserved(run, Knowledge.of(stream, seed=0, **SETTING))
    trained = {e["model"]: e["tick"] for e in happened(run, ["initial", "train"])}
    order = [trained[e["model"]] for e in happened(run, ["deploy"])]
    assert order == sorted(order)


@pytest.mark.parametrize("name", names("delay"))
def test_conserved_under_every_delay(name):
    stream = table(*columns(), group=np.arange(1200) % 2)
    delay = compose(f"delay={name}", "stream=sea")["delay"]
    strategy = Strategy(Periodic(3), datasets.SlidingWindow("20d"))
    run = replay(stream, strategy, delay=delay)
    world = Knowledge.of(stream, seed=0, delay=delay, **SETTING)
    assert_conserved(run, world)
    labels = world.labels.time[world.known.arrives != NEVER]
    assert (labels >= world.timeline.time[world.known.arrives != NEVER]).all()
    if name == "never":
        assert run.totals["labels"] == run.totals["answered"] == 0


NEEDS_A_FILE = ("bank_marketing", "elec2", "elec2_openml", "recorded")


@pytest.mark.parametrize("name", [n for n in names("stream") if n not in NEEDS_A_FILE])
def test_every_stream_keeps_its_contract(name):
    check_stream(compose(f"stream={name}")["stream"])


@pytest.mark.parametrize("name", [n for n in names("stream") if n not in NEEDS_A_FILE])
def test_conserved_on_every_stream(name):
    stream = compose(f"stream={name}")["stream"]
    timed = stream.schema.timed
    setting = {"tick": "5d", "warmup": "30d"} if timed else {"tick": 500, "warmup": 1000}
    learner = LinearRegression() if stream.schema.task == "regression" else GaussianNB()
    if name == "stagger":  # of categories, on which naive Bayes by normals fails row by row
        learner = DecisionTreeClassifier(max_depth=3)
    strategy = Strategy(Periodic(3), datasets.SlidingWindow(2000))
    run = replay(stream, strategy, seed=3, learner=learner, **setting)
    if not hasattr(stream, "respond"):  # a world of its own: see test_branches
        assert_conserved(run, Knowledge.of(stream, seed=3, **setting))
    assert run.info.drifts, "a stream that ships drifts"
    assert_same(run, replay(stream, strategy, seed=3, learner=learner, **setting))
    other = replay(stream, strategy, seed=4, learner=learner, **setting)
    assert not run.predictions["y_true"].equals(other.predictions["y_true"])


# shared is exact, whoever is there, and with however many threads ---------------------------


def groups():
    """Strategies that can be replayed together: those with the same learner and loss."""
    found = {}
    for name in EVERYTHING:
        if strategy_of(name).adaptation.abstains:  # a loss of its own: below
            continue
        learner = type(learner_of(strategy_of(name)))
        found.setdefault(learner, []).append(name)
    return found


LEARNERS = [GaussianNB, SGDClassifier, linear_model.LogisticRegression, Pipeline, GridSearchCV]


@pytest.mark.slow
def test_every_group_is_replayed_together():
    assert set(groups()) == set(LEARNERS)


@pytest.mark.slow
@pytest.mark.parametrize("learner", LEARNERS, ids=lambda c: f"{c.__module__}.{c.__name__}")
def test_together_is_alone_in_any_order(learner, stream):
    group = {name: strategy_of(name) for name in groups()[learner]}
    setting = {**SETTING, "learner": learner_of(next(iter(group.values()))), "record": "events"}
    together = clsim.replay(stream, group, **setting)
    backwards = clsim.replay(stream, dict(reversed(group.items())), **setting)
    truth = ["id", "tick", "time", "label_time", "y_true"]
    first = next(iter(together.values()))
    for name, strategy in group.items():
        assert_same(together[name], run_of(name)[0])
        assert_same(together[name], backwards[name])
        # changing the strategy never changes the world
        assert together[name].predictions[truth].equals(first.predictions[truth])
        buys = (
            not isinstance(strategy.curation, curation.Nothing) or together[name].totals["bought"]
        )
        if not buys and whole(strategy.logging):
            assert together[name].totals["labels"] == first.totals["labels"], name


def test_those_that_abstain_are_together_as_alone(stream):
    by_name = {name: strategy_of(name) for name in EVERYTHING}
    group = {name: it for name, it in by_name.items() if it.adaptation.abstains}
    group["never"] = Strategy(triggers.Never())
    setting = {**SETTING, "learner": GaussianNB(), "record": "events", "abstention": 0.2}
    together = clsim.replay(stream, group, **setting)
    for name, strategy in group.items():
        assert_same(together[name], clsim.replay(stream, {name: strategy}, **setting)[name])
    assert len(group) > 1


def whole(rule):
    """Whether everything is logged, for good."""
    return type(rule) is logging.Everything and rule.retention is None


SIGNALS = [(part, setting) for part, settings in MONITORS.items() for setting in settings
           if part.decides]  # fmt: skip


@pytest.mark.parametrize(("part", "setting"), SIGNALS)
@pytest.mark.parametrize("more", [
    {}, {"logging": logging.Sample(0.7, retention="30d")},
    {"offline": offline.ChampionChallenger(40, min_rows=10)},
])  # fmt: skip
def test_a_signal_is_the_same_whether_or_not_somebody_looks(part, setting, more):
    """A monitor that is only recorded is measured when its strategy wakes, for the ticks before."""

    if setting.get("reference") == "validation":  # there is one where something is held out
        gate = offline.ChampionChallenger(60, margin=-1.0, min_rows=20)
        more = {**more, "offline": gate}
    if part is profiled.ProfileDistribution:
        rows_kept = more.get("logging", logging.Everything())
        more = {**more, "logging": logging.Profiles(rows_kept, 8, ["group"], confidence=True)}

    def never_passed():
        return triggers.Threshold(part(**setting), above=1e9, name="it")

    asleep = Strategy(Periodic(9), monitors={"it": part(**setting)}, **more)
    awake = Strategy(triggers.AnyOf([never_passed(), Periodic(9)]), **more)
    stream = rumours(asked=0.02)  # or too little is left to be measured on
    it = {**SETTING, "learner": GaussianNB(), "delay": Rumour(stream)}
    alone = [clsim.replay(stream, {"it": one}, **it)["it"].signals for one in (asleep, awake)]
    assert len(alone[0]) > 10
    assert len(set(alone[0]["model"])) > 1
    pd.testing.assert_frame_equal(*alone, check_exact=True)
    for run in clsim.replay(stream, {"asleep": asleep, "awake": awake}, **it).values():
        pd.testing.assert_frame_equal(run.signals, alone[0], check_exact=True)


@pytest.mark.parametrize("loss", ["zero_one", "log"])
def test_threads_change_no_bit(loss):
    rng = np.random.default_rng(5)
    wide = rng.normal(size=(3000, 60))
    y = (wide[:, 0] + rng.normal(size=3000) > 0).astype(int)
    runs = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            runs.append(clsim.replay(
                Table(wide, y), {"it": Strategy(Periodic(2), datasets.SlidingWindow(700))},
                learner=LogisticRegression(), tick=250, warmup=500, loss=loss, record="events",
            )["it"])  # fmt: skip
    assert_same(*runs)


def test_seeds_name_the_world_and_the_learner():
    stream = compose("stream=sea")["stream"]
    setting = {"tick": 1000, "warmup": 1000, "learner": SGDClassifier(max_iter=3, tol=None)}
    runs = [clsim.replay(stream, {"it": Strategy(Periodic(4))}, seed=s, **setting)["it"]
            for s in (0, 0, 1)]  # fmt: skip
    assert_same(runs[0], runs[1])
    assert runs[0].ticks["loss"].tolist() != runs[2].ticks["loss"].tolist()
