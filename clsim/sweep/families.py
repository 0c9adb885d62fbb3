"""The counterfactual tables of a sweep: one for each world, learner, and rule of what to train on.

They let the report say how far each run is from the best schedule in hindsight. Runs whose models
depend on their own past have none, nor have streams that respond to what is served.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clsim.sweep import config as build

FOLDER = "counterfactual"
"""Folder of a sweep that holds its tables."""

NEVER, ALL = "clsim.strategy.triggers.Never", "clsim.strategy.datasets.All"

_APART = ("strategy", "counterpart", "record", *build.NOT_IN_ID)


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
    candidates : int or tuple
        As for `clsim.counterfactual`; none for a strategy that never retrains, whose one model is
        trained on the whole warm-up.
    """

    config: dict[str, Any]
    dataset: dict[str, Any]
    duration: Any
    holdout: Any
    candidates: Any = 1

    @property
    def name(self) -> str:
        """A hash of all that decides its numbers."""
        world = {key: value for key, value in self.config.items() if key not in _APART}
        rule = [world, self.dataset, str(self.duration), str(self.holdout), self.candidates]
        text = json.dumps([rule, build.data_files(self.config)], sort_keys=True, default=str)
        return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def families(configs: Sequence[dict[str, Any]]) -> dict[str, Family]:
    """The families of those runs that ask for hindsight and train from scratch, by name."""
    found: dict[str, Family] = {}
    for config in configs:
        if not config.get("hindsight") or config.get("counterpart"):
            continue
        strategy = config["strategy"]
        training, offline = (strategy.get(key) or {} for key in ("training", "offline"))
        kind = str(training.get("_target_", "Stateless")).rsplit(".", 1)[-1]
        if kind != "Stateless" or not strategy.get("dataset"):
            continue
        family = Family(
            config, strategy["dataset"], training.get("duration", 0), offline.get("holdout")
        )
        if strategy["trigger"].get("_target_") == NEVER:
            family = Family(config, {"_target_": ALL}, 0, None, ())
        found.setdefault(family.name, family)
    return found


def make(family: Family, sweep: Path) -> str | None:
    """Make a family's table in the sweep's folder, or finish it; why not, if it has none."""
    from clsim.hindsight.make import counterfactual

    config = family.config
    keys = ("tick", "warmup", "seed", "loss", "unanswered")
    try:
        counterfactual(
            build.part(config["stream"], "stream"),
            learner=build.part(config["learner"], "learner"),
            delay=build.part(config["delay"], "delay"),
            dataset=build.part(family.dataset, "dataset"),
            duration=family.duration,
            holdout=family.holdout,
            candidates=family.candidates,
            path=sweep / FOLDER / family.name,
            **{key: config[key] for key in keys},
        )
    except Exception as error:  # hindsight is missing then, and the runs are there
        return f"{type(error).__name__}: {error}"
    return None
