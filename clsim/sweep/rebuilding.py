"""`clsim.rebuild`: a model of a run, trained again from the stream and the record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clsim.engine.rebuilding import trained_again
from clsim.runs.run import Run
from clsim.sweep import config as build


def rebuild(
    run: Run,
    model: int,
    *,
    stream: Any = None,
    learner: Any = None,
    strategy: Any = None,
    trust: Sequence[str] = (),
) -> Any:
    """Train a model of a run again, bit for bit, from the stream and the record.

    Nothing is unpickled: the rows, labels and weights that the run kept
    (``record='lineage'``) are learned once more in the same order, by a learner with the same
    settings, after the models that the training went on from. A model that learned row by row is
    given as it was when it last answered. Of a run in which somebody ended a fault (``repair``) the
    rows are those of the world from then on. What is given are the model's own answers, before any
    adaptation or exploration of the strategy.

    Parameters
    ----------
    run : Run
    model : int
        Its number in the run.
    stream, learner : object, default=None
        As they were given to `clsim.replay`. None: as the run's configuration says.
    strategy : Strategy, default=None
        Where a training has another learner than the replay's (`Iterated`): the strategy. None: as
        the run's configuration says.
    trust : sequence of str, default=()
        Modules that the configuration may name beside clsim's, scikit-learn's, river's and
        ``scipy.stats``.

    Returns
    -------
    object
        The fitted estimator.

    Raises
    ------
    ValueError
        If rows were not kept, or saying what has changed: the data of its rows or of an ancestor's,
        the settings of the learner. Another version of a library is a warning.

    Examples
    --------
    >>> import clsim
    >>> from sklearn.naive_bayes import GaussianNB
    >>> sea = clsim.streams.Synthetic(clsim.streams.concepts.SEA(), n=600)
    >>> often = clsim.Strategy(clsim.strategy.triggers.Periodic(every=2))
    >>> run = clsim.replay(sea, {"often": often}, learner=GaussianNB(), tick=100, warmup=200,
    ...                    record="lineage")["often"]
    >>> run.models["rows"].tolist()
    [200, 400]
    >>> again = rebuild(run, 1, stream=sea, learner=GaussianNB())
    >>> int(again.class_count_.sum())
    400
    """
    given = {"stream": stream, "learner": learner, "strategy": strategy}
    said = {"stream": run.config.get("stream"), "learner": run.config.get("learner")}
    said["strategy"] = run.strategy
    made = {}
    for key, value in given.items():
        there = said[key]
        if value is None and isinstance(there, dict) and "_target_" in there:
            build.check_trusted({key: there}, trust)
            value = build.once_more(there, key)
        if value is None and key != "strategy":
            raise TypeError(f"{key}=None: the run came from no configuration; give its {key}")
        made[key] = value
    return trained_again(run, model, **made)
