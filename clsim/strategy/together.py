"""Which parts of a strategy do not go together: each refused with its remedy."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from clsim.errors import check_choice
from clsim.protocols import (
    Adaptation,
    Curation,
    Dataset,
    Deployment,
    Guard,
    Monitor,
    OfflineTest,
    OnlineTest,
    Reusing,
    Review,
    Training,
    Trigger,
)
from clsim.strategy.deployment import Sure
from clsim.strategy.guards import NoGuard
from clsim.strategy.offline import NoTest
from clsim.strategy.online import NoTrial
from clsim.strategy.reuse import NoReuse
from clsim.strategy.review import NoReview
from clsim.strategy.training import Stateful

STAGES = ("training", "trial")
"""Stages that may overlap with a new training."""


def as_stages(overlap: bool | Sequence[str]) -> tuple[str, ...]:
    """The stages during which another training may start; True: any."""
    if isinstance(overlap, str) or not isinstance(overlap, (bool, Sequence)):
        close = difflib.get_close_matches(str(overlap), STAGES, n=1) or STAGES[:1]
        raise TypeError(
            f"overlap={overlap!r}: expected true, false or a list of stages, such as {close}"
        )
    stages = (STAGES if overlap else ()) if isinstance(overlap, bool) else tuple(overlap)
    for stage in stages:
        check_choice("overlap", stage, STAGES)
    return stages


def check_alarms(trigger: Trigger, dataset: Dataset, training: Training) -> None:
    """Refuse rows since the last alarm where nobody raises any: it would be all rows for good."""
    if trigger.alarms:
        return
    full = training.full_dataset if isinstance(training, Stateful) else None
    for key, part in {"dataset": dataset, "training.full_dataset": full}.items():
        if part is not None and part.reads_alarms:
            raise ValueError(
                f"{key}: {part.class_name} takes rows since the last alarm, and the trigger "
                f"({trigger.class_name}) never raises one; use a trigger that does, such as Drift "
                "or Threshold, or rows since an estimated change (SinceChange)"
            )


def check_picks(
    curation: Curation, offline: OfflineTest, online: OnlineTest, monitors: Mapping[str, Monitor]
) -> None:
    """Refuse weights where they would be wrong, and an evaluation set where there is none."""
    weighing: dict[str, Monitor | OfflineTest | OnlineTest] = {
        f"monitors.{key}": monitor for key, monitor in monitors.items()
    }
    weighing |= {"offline": offline, "online": online}
    for key, part in weighing.items():
        if part.undoes_picks and curation.biased is not None:
            raise ValueError(
                f"{key}: how the labels were picked cannot be undone: {curation.biased}; use "
                "another weigh, or a curation that picks by chance"
            )
    for test in offline.each():
        if test.on_evaluation and not curation.evaluation:
            raise ValueError(
                "offline: it goes by labels that are bought for evaluation, and none are; give the "
                "curation a share of them (evaluation=0.2), or have using='held_out'"
            )
        if test.undoes_picks and curation.evaluation and not test.on_evaluation:
            raise ValueError(
                "offline.weigh: the labels that are not for evaluation have no chance that could "
                "be undone alone; have using='evaluation'"
            )


def check_row_by_row(
    dataset: Dataset, offline: OfflineTest, review: Review, online: OnlineTest,
    deployment: Deployment, guard: Guard, adaptation: Adaptation, reuse: Reusing,
    curation: Curation, monitors: Mapping[str, Monitor],
) -> None:  # fmt: skip
    """Refuse what a model that learns row by row cannot have."""
    learns = "a model that learns row by row"
    if not isinstance(offline, NoTest):
        raise ValueError(
            f"offline: {learns} learns every label as it arrives, so none can be held out for "
            "a test; use NoTest, or stateful training"
        )
    if not isinstance(review, NoReview):
        raise ValueError(f"review: {learns} is never done; use stateful training")
    if not isinstance(online, NoTrial):
        raise ValueError(
            f"online: {learns} can be neither tried nor held back; use stateful training"
        )
    if not isinstance(deployment, Sure):
        raise ValueError(
            f"deployment: {learns} is one model that goes on, and nothing is deployed in its place "
            "that could fail; use stateful training"
        )
    if not isinstance(guard, NoGuard):
        raise ValueError(
            f"guard: {learns} goes on learning, so there is no former one to go back to; use "
            "stateful training"
        )
    if adaptation.adapts:
        raise ValueError(
            f"adaptation: {learns} goes on learning, so that what was learned of its probabilities "
            "is of another model; use stateful training"
        )
    if not isinstance(reuse, NoReuse):
        raise ValueError(
            f"reuse: {learns} goes on learning, so what it was is gone, and no retired one can "
            "be re-used; use stateful training"
        )
    if curation.keeps:
        raise ValueError(
            f"curation: {learns} goes on learning, so there are no former ones that "
            f"{curation.class_name} could ask; use stateful training, or another pick"
        )
    for key, monitor in monitors.items():
        if monitor.asks_models:
            raise ValueError(
                f"monitors.{key}: {learns} cannot be asked what it would have answered; watch "
                "inputs or losses, or use stateful training"
            )
    if dataset.asks_models:
        raise ValueError(
            f"dataset: {dataset.class_name} asks the champion about any rows, and {learns} can "
            "tell what it served alone; use stateful training, or another dataset"
        )
    if dataset.weighs:
        raise ValueError(f"dataset: {learns} takes no weights; use another dataset")


def check_shares(adaptation: Adaptation, training: Training) -> None:
    """Refuse what asks for the shares of classes in training where nobody can say them."""
    goes_on = [how for how in training.hows if how in ("partial_fit", "warm_start")]
    if adaptation.reads_shares and goes_on:
        raise ValueError(
            f"adaptation: {adaptation.class_name} asks which shares of classes a model was trained "
            f"on, and of one that goes on from another ({goes_on[0]}) nobody can say; train from "
            "scratch, or put Calibration before it in InTurn"
        )


def check_without_rows(retrains: bool, buys: bool, monitors: Mapping[str, Monitor]) -> None:
    """Refuse what needs rows where none are kept."""
    remedy = "keep some beside the profiles, such as logging.rows=Sample(0.1)"
    if retrains:
        raise ValueError(
            "logging: it keeps no rows, so there is nothing to train on after the warm-up; "
            f"{remedy}, or never retrain (the trigger Never)"
        )
    if buys:
        raise ValueError(
            f"curation: logging keeps no rows, so there are none to have labelled; {remedy}"
        )
    for key, monitor in monitors.items():
        if monitor.reads_rows:
            raise ValueError(
                f"monitors.{key}: {monitor.class_name} looks at rows, and logging keeps none; "
                f"{remedy}, or watch profiles (ProfileDistribution)"
            )
