"""Replays with every learner, sampler, splitter and detector of river and scikit-learn.

Run as a script: it prints a digest of what came out of each, or why it was refused.
"""

import hashlib
import importlib
import inspect
import json
import pkgutil
import sys
import warnings

import numpy as np
import pandas as pd
import river
from river import base, compose, ensemble, linear_model
from river.drift import DriftRetrainingClassifier
from scipy import stats
from sklearn import model_selection, tree
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler
from sklearn.random_projection import GaussianRandomProjection
from sklearn.utils import all_estimators

import clsim
from clsim import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.training import RowByRow
from clsim.strategy.triggers import AnyOf, Cooldown, Drift, Never, Periodic
from clsim.streams import Recorded
from clsim.streams.delays import Constant

N = 200
LEFT_OUT = (".datasets", ".checks", ".test_", ".conftest", ".compat")


def streams():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, 3))
    y = (X[:, 0] + 0.5 * X[:, 1] + 0.5 * rng.normal(size=N) > 0).astype(int)
    y[N // 2 :] = 1 - y[N // 2 :]
    table = pd.DataFrame(X, columns=list("abc")).assign(a=np.abs(X[:, 0]))
    values = X @ np.array([1.0, 2.0, 3.0]) + rng.normal(size=N)
    return {
        "classifier": Recorded(table.assign(y=y), label="y"),
        "regressor": Recorded(table.assign(y=values), label="y", task="regression"),
    }


STREAMS = streams()
WEEKLY = Strategy(Periodic(3), SlidingWindow(60))


def digest(kind, learner, strategy=WEEKLY):
    run = clsim.replay(
        STREAMS[kind], {"it": strategy}, learner=learner, tick=20, warmup=80, delay=Constant(3),
        seed=1, record="events",
    )["it"]  # fmt: skip
    said = [run.predictions["y_pred"].astype(str).str.cat(), run.ticks.to_csv()]
    said.append(run.events.drop(columns="seconds").to_csv())
    return hashlib.blake2b("".join(said).encode(), digest_size=8).hexdigest()


def of_river():
    """Every class of river that its own tests can make, by name."""
    for module in pkgutil.walk_packages(river.__path__, "river."):
        if any(part in module.name for part in LEFT_OUT):
            continue
        try:
            found = importlib.import_module(module.name)
        except ImportError:  # it needs a library that is not here
            continue
        for name, kind in inspect.getmembers(found, inspect.isclass):
            if kind.__module__ != module.name or inspect.isabstract(kind) or name[0] == "_":
                continue
            try:
                part = kind(**next(iter(kind._unit_test_params())))
                isinstance(part, base.Classifier)  # of an empty pipeline river asks the last step
            except Exception:  # it cannot be made without more
                continue
            yield f"{module.name}.{name}", part


def cases():
    """Name, and what to ask `digest`."""
    online = Strategy(Never(), training=RowByRow())
    logistic = linear_model.LogisticRegression
    for name, part in of_river():
        if isinstance(part, base.Classifier):
            yield name, ("classifier", part)
            yield f"{name}, row by row", ("classifier", part, online)
            several = ensemble.VotingClassifier([part, logistic()])
            yield f"{name}, in a list", ("classifier", several)
        elif isinstance(part, base.Regressor):
            yield name, ("regressor", part)
        elif isinstance(part, base.Transformer):
            yield f"{name}, in a pipeline", ("classifier", part | logistic())
            union = compose.TransformerUnion(part, compose.Select("a"))
            yield f"{name}, in a union", ("classifier", union | logistic())
        elif isinstance(part, base.DriftDetector):
            triggers = AnyOf([Drift(part), Cooldown(Drift(part, of="all"), 2)])
            yield f"{name}, a trigger", ("classifier", GaussianNB(), Strategy(triggers))
            if hasattr(part, "warning_detected"):
                inside = DriftRetrainingClassifier(logistic(), part)
                yield f"{name}, in a parameter", ("classifier", inside)

    for kind in ("classifier", "regressor"):
        for name, estimator in all_estimators(kind):
            try:
                made = estimator()
            except TypeError:  # one around another
                continue
            if "random_state" in made.get_params():
                if "n_estimators" in made.get_params():
                    made.set_params(n_estimators=3)
                yield name, (kind, made)
    grid = {"C": [0.01, 1.0]}
    for name, splitter in inspect.getmembers(model_selection, inspect.isclass):
        parameters = inspect.signature(splitter).parameters
        splits = hasattr(splitter, "split") and not inspect.isabstract(splitter)
        if "random_state" not in parameters or not splits:
            continue
        given = {"shuffle": True} if "shuffle" in parameters else {}
        if name.startswith("Group") or name == "StratifiedGroupKFold":
            continue
        search = model_selection.GridSearchCV(LogisticRegression(), grid, cv=splitter(**given))
        yield f"{name}, in a search", ("classifier", search)
    folds = model_selection.KFold(3, shuffle=True)
    forest = RandomForestClassifier(n_estimators=2)
    yield "a random search", ("classifier", model_selection.RandomizedSearchCV(
        SGDClassifier(max_iter=5, tol=None), {"alpha": stats.loguniform(1e-5, 1)}, n_iter=3,
        cv=folds,
    ))  # fmt: skip
    yield "estimators in a grid", ("classifier", model_selection.GridSearchCV(
        make_pipeline(StandardScaler(), forest), {"randomforestclassifier": [forest, GaussianNB()]},
        cv=folds,
    ))  # fmt: skip
    yield "a union and a pipeline", ("classifier", make_pipeline(
        make_union(StandardScaler(), GaussianRandomProjection(2)), tree.ExtraTreeClassifier(),
    ))  # fmt: skip
    yield "estimators in a list", ("classifier", VotingClassifier(
        [("a", forest), ("b", BaggingClassifier(tree.ExtraTreeClassifier(), n_estimators=2))]
    ))  # fmt: skip
    yield "a state that was given", ("classifier", tree.ExtraTreeClassifier(
        random_state=np.random.RandomState()
    ))  # fmt: skip


def main():
    warnings.simplefilter("ignore")
    for name, asked in cases():
        try:
            found = digest(*asked)
        except Exception as error:
            found = f"{type(error).__name__}: {error}"
        print(json.dumps([name, found]))


if __name__ == "__main__":
    sys.exit(main())
