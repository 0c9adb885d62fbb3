"""The counterfactual tables of a sweep: one for each world, learner, and rule of what to train on.

They let the report say how far each run is from the best schedule in hindsight. Runs whose models
depend on their own past have none, nor have streams that respond to what is served.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from clsim.strategy.curation import Nothing
from clsim.strategy.deployment import Sure
from clsim.strategy.evaluation import Newest
from clsim.strategy.guards import NoGuard
from clsim.strategy.logging import Everything
from clsim.strategy.offline import NoTest
from clsim.strategy.offline.held_out import HeldOut
from clsim.strategy.online import NoTrial
from clsim.strategy.reuse import NoReuse
from clsim.strategy.review import NoReview
from clsim.strategy.training import RowByRow, Stateful, Stateless
from clsim.strategy.triggers import Never
from clsim.sweep import calibrated
from clsim.sweep import config as build

log = logging.getLogger(__name__)

FOLDER = "counterfactual"
"""Folder of a sweep that holds its tables."""

QUIET = "-quiet"
"""What the folder of a table has at its end that is of the twin of another one."""

ALL = "clsim.strategy.datasets.All"

_APART = ("strategy", "counterpart", "record", "metrics", "ghosts", "churn", *build.NOT_IN_ID)


PLAIN: dict[str, tuple[type, ...]] = {
    "review": (NoReview,),
    "online": (NoTrial,),
    "guard": (NoGuard,),
    "deployment": (Sure,),
    "reuse": (NoReuse,),
    "logging": (Everything,),
    "curation": (Nothing,),
}
"""Parts with which a model depends on the tick alone; others have no table yet."""


@dataclass(frozen=True)
class Family:
    """Models that one table holds: all that are trained by one rule in one world.

    Attributes
    ----------
    config : dict
        A resolved configuration of one of the runs.
    dataset : dict
        The dataset's configuration.
    duration : int or str
    holdout : int, str or None
        What an offline test keeps out of training.
    threshold : 'by_price', float or None
        How probabilities become answers.
    candidates : int or tuple
        As for `clsim.counterfactual`; none for a strategy that never retrains, whose one model is
        trained on the whole warm-up.
    monitors : dict of str to Monitor
        Those whose values the table keeps. Where there are any, there is a table of a quiet twin
        too, on which false alarms are counted.
    blocks : dict or None
        What such a twin of a log is made of.
    refused : str or None
        Why no table holds its models, where a part of the user's own does what a table cannot know.
    """

    config: dict[str, Any]
    dataset: dict[str, Any]
    duration: Any
    holdout: Any
    threshold: Any
    candidates: Any = 1
    monitors: dict[str, Any] = field(default_factory=dict)
    blocks: dict[str, Any] | None = None
    refused: str | None = None

    @property
    def name(self) -> str:
        """A hash of all that decides its numbers."""
        from clsim.hindsight.files import plain

        world = {key: value for key, value in self.config.items() if key not in _APART}
        rule = [world, self.dataset, str(self.duration), str(self.holdout), self.candidates]
        rule += [] if self.threshold is None else [["threshold", self.threshold]]
        rule += [] if self.refused is None else [self.refused]
        if self.monitors:
            rule += [["monitors", plain(self.monitors), self.blocks]]
        text = json.dumps([rule, build.data_files(self.config)], sort_keys=True, default=str)
        return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def families(configs: Sequence[dict[str, Any]]) -> dict[str, Family]:
    """The families of those runs that ask for hindsight and train from scratch, by name.

    Those are among them that cannot have a table, with the reason.
    """
    by_rule: dict[str, Family] = {}
    monitors: dict[str, dict[str, Any]] = {}
    for config in configs:
        if config.get("hindsight") and not config.get("counterpart"):
            family = _family(config)
            if family is not None:
                by_rule.setdefault(family.name, family)
                own = _monitors(config) if config.get("signals") else {}
                monitors[family.name] = own | monitors.get(family.name, {})
    found = []
    for rule, family in by_rule.items():
        whole = family.holdout is None and family.candidates == 1 and family.refused is None
        if whole and monitors[rule]:
            family = replace(family, monitors=monitors[rule], blocks=family.config.get("blocks"))
        found.append(family)
    return {family.name: family for family in found}


def _monitors(config: dict[str, Any]) -> dict[str, Any]:
    """The monitors of a run's strategy, by name."""
    return dict(build.once_more(calibrated.at(config["strategy"]), "strategy").monitors)


def _family(config: dict[str, Any]) -> Family | None:
    """The family of a run; None where models are known to depend on their own past."""
    strategy = calibrated.at(config["strategy"])  # which threshold makes no other models
    cut = strategy.get("threshold")
    trigger, training, offline = (
        build.instance(strategy.get(key), f"strategy.{key}")
        for key in ("trigger", "training", "offline")
    )
    for key, none in PLAIN.items():
        own = build.instance(strategy.get(key), f"strategy.{key}")
        if own is not None and (type(own) not in none or getattr(own, "retention", None)):
            return None
    training, offline = training or Stateless(), offline or NoTest()
    if isinstance(training, (Stateful, RowByRow)) or not strategy.get("dataset"):
        return None
    try:
        if not isinstance(training, Stateless):
            raise ValueError(f"training: {_name(training)} is no Stateless, which starts afresh")
        _refuse_own("training", training, Stateless, ("recipe", "dataset", "bind", "initial"))
        if training.per_thousand:
            raise ValueError("training.per_thousand: a table knows trainings of one length alone")
        duration, holdout = training.duration, _holdout(offline)
    except ValueError as error:
        return Family(config, strategy["dataset"], 0, None, cut, refused=str(error))
    if isinstance(trigger, Never) and not _own(trigger, Never, ("due", "fires")):
        return Family(config, {"_target_": ALL}, 0, None, cut, ())
    return Family(config, strategy["dataset"], duration, holdout, cut)


def _holdout(offline: Any) -> Any:
    """What an offline test keeps out of training, as `clsim.counterfactual` takes it."""
    if isinstance(offline, HeldOut):
        _refuse_own("offline", offline, HeldOut, ("holdout", "bind"))
        if not isinstance(offline.set, Newest) or offline.set.plain is None:
            raise ValueError(
                f"offline: which rows {_name(offline.set)} keeps from each training is not known; "
                "give holdout a number or a duration"
            )
        return offline.set.plain
    if not isinstance(offline, NoTest):
        raise ValueError(
            f"offline: {_name(offline)} is neither a NoTest nor a test on the latest rows "
            "(HeldOut), so which it holds out is not known"
        )
    _refuse_own("offline", offline, NoTest, ("holdout",))
    return None


def _own(part: Any, base: type, names: Sequence[str]) -> list[str]:
    """Those of the names that the part's class has in another way than its base."""
    return [
        name for name in names if getattr(part.__class__, name, None) != getattr(base, name, None)
    ]


def _refuse_own(key: str, part: Any, base: type, names: Sequence[str]) -> None:
    own = _own(part, base, names)
    if own:
        raise ValueError(
            f"{key}: {_name(part)} has its own {own[0]!r}, and a table knows that of "
            f"{base.__name__} alone"
        )


def _name(part: Any) -> str:
    return type(part).__name__


def make(family: Family, sweep: Path) -> str | None:
    """Make a family's tables in the sweep's folder, or finish them; why not, if it has none."""
    if family.refused is not None:
        return family.refused
    from clsim.hindsight.measured import UnfitMonitorError

    monitors = dict(family.monitors)
    while True:
        try:
            _make(family, monitors, sweep / FOLDER / family.name)
        except UnfitMonitorError as error:  # the others can all the same
            log.warning(f"signals: {error}")
            del monitors[error.name]
        except Exception as error:  # hindsight is missing then, and the runs are there
            return f"{type(error).__name__}: {error}"
        else:
            break
    if monitors:
        try:
            _make(family, monitors, sweep / FOLDER / f"{family.name}{QUIET}", _twin(family))
        except Exception as error:  # what signals are worth is known all the same
            log.warning(f"signals: no false alarms are counted: {error}")
    return None


def _twin(family: Family) -> Any:
    """What a quiet twin is made of: the world, or blocks of a log."""
    from clsim.engine.blocks import Blocks

    return True if family.blocks is None else Blocks(**family.blocks)


def _make(family: Family, monitors: dict[str, Any], path: Path, quiet: Any = False) -> None:
    from clsim.hindsight.make import counterfactual

    config = family.config
    keys = ("tick", "warmup", "warmup_labels", "seed", "loss", "unanswered")
    counterfactual(
        build.once_more(config["stream"], "stream"),
        learner=build.once_more(config["learner"], "learner"),
        delay=build.once_more(config["delay"], "delay"),
        dataset=build.instance(family.dataset, "dataset"),
        duration=family.duration,
        holdout=family.holdout,
        threshold=family.threshold,
        candidates=family.candidates,
        monitors=monitors or None,
        quiet=quiet,
        path=path,
        **{key: config[key] for key in keys},
    )
