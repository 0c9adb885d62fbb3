"""What is typed and cannot be run is refused before the replay, with key, value and remedy."""

import pytest

from test_app import complete, config

NEAREST = ("learner=naive_bayes",
           "learner._target_=sklearn.neighbors.KNeighborsClassifier")  # fmt: skip
SEARCH = ("learner=naive_bayes", "strategy/training=searched",
          "learner._target_=sklearn.model_selection.GridSearchCV",
          "+learner.estimator={_target_: sklearn.naive_bayes.GaussianNB}")  # fmt: skip
SVM = ("~learner", "+learner._target_=sklearn.svm.LinearSVC")


@pytest.mark.parametrize(("typed", "said"), [
    # what a learner has not
    (["strategy=stateful", "learner=boosting"], "has no partial_fit; use how='warm_start' or"),
    (["strategy/dataset=decayed", *NEAREST], "KNeighborsClassifier.*weight"),
    (["strategy/adaptation=calibration", *SVM], r"needs probabilities, .*\(LinearSVC\) has none"),
    (["loss=log", *SVM], "LinearSVC has no predict_proba"),
    # what scikit-learn refuses, and would in each training
    (["learner=naive_bayes", "+learner.var_smoothing=-1"],
     "learner: The 'var_smoothing' parameter of GaussianNB must be a float in the range"),
    (["strategy/training=iterated", "strategy.training.at=2025-06-01",
      "strategy.training.learner.max_depth=0"], "training.learner: The 'max_depth' parameter of"),
    (["+strategy/monitor@strategy.monitors.m=regressed_score",
      "strategy.monitors.m.regressor.max_iter=0.5"], "regressor: The 'max_iter' parameter of"),
    (["strategy/curation=committee", "strategy.curation.pick.classifier.max_depth=nobody"],
     "classifier: The 'max_depth' parameter of"),
    (["strategy/training=iterated", "strategy.training.at=2025-06-01",
      "strategy.training.training=0"], "training=0: needs a method 'recipe'"),
    # what a stream, or a search, has not
    (["strategy/training=iterated", "strategy.training.at=2025-06-01",
      "strategy.training.features=[later]"], "training: unknown feature 'later'; Allowed: x0"),
    (["strategy/dataset=since_change", "strategy.dataset.feature=nobody"],
     "dataset: unknown feature 'nobody'; Allowed: x0"),
    (["strategy/training=searched"], "SGDClassifier searches nothing; give one of"),
    ([*SEARCH, "+learner.param_grid={var_smothing: [0.1]}"], "var_smothing"),
    # what stands between a model and its answers
    (["strategy/adaptation=abstention"], "nothing says what that costs; give .*abstention=..."),
    (["abstention=-1"], "abstention=-1: must be at least 0"),
    (["strategy/exploration=share", "strategy.exploration.share=0.1",
      "strategy.exploration.to=spam"], "exploration.to: unknown class 'spam'; Allowed: 0, 1"),
    (["strategy/repair=on_call", "strategy.repair.chance=2"], "chance=2: must be at most 1"),
    (["strategy/repair=on_call", "strategy.repair.after=soon"], "after='soon': not a duration"),
    # what is asked beside the run
    (["ghosts=soon"], "ghosts='soon': not a duration; write a number and a unit"),
    (["churn=0d"], "churn='0d': must be above 0"),
    (["stream=poisoned", "hindsight=true"], "hindsight=true: Poisoning responds to what is served"),
    (["strategy/trigger=on_signal", "strategy.trigger.name=null"], "name=None: expected text"),
    (["strategy/trigger=on_signal", "strategy.trigger.name=''"], "name='': expected text"),
    (["stream=poisoned", "ghosts=30d"], "ghosts='30d': .*leave ghosts out"),
    (["stream=poisoned", "stream.share=2"], "stream: share=2: must be at most 1"),
    (["stream=poisoned", "stream.label=spam"], "label: unknown label 'spam'; Allowed: 0, 1"),
])  # fmt: skip
def test_what_cannot_be_run_is_refused_before_the_replay(typed, said):
    with pytest.raises((TypeError, ValueError), match=said):
        complete(config(*typed))
