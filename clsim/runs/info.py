"""What a run says of itself: its setting, its totals, and how it was made; as JSON on disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from clsim.clock import as_duration
from clsim.losses import LOSSES
from clsim.runs.calibrated import Calibration
from clsim.runs.calibrated import fits as fits_calibration
from clsim.types import WARMUP_LABELS, DriftEvent, Labelling

FILES = ("files", "strategy_files")
"""What says which data files a run was made from."""


@dataclass(frozen=True)
class Made:
    """How a run was made; the only values that differ between two runs of one configuration.

    None stands for what was not measured.

    Attributes
    ----------
    initial_seconds, train_seconds : float
        Measured seconds of the first training, and of all others.
    wall_seconds, fit_seconds, predict_seconds : float
        Measured seconds of the whole replay, and those spent in learners, for all runs in it.
    unique_fits : int
        Models that were fitted for all of them; what is alike is fitted once.
    together : int
        Strategies that were replayed together.
    """

    initial_seconds: float | None = None
    train_seconds: float | None = None
    wall_seconds: float | None = None
    fit_seconds: float | None = None
    predict_seconds: float | None = None
    unique_fits: int | None = None
    together: int | None = None

    def to_json(self) -> dict[str, float]:
        """What was measured, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class Signal:
    """What the values of a monitor are, as it says itself.

    Attributes
    ----------
    measures : str or None
        The name of a distance, ``'p_value'``, or ``'accuracy'`` or ``'score'`` where it estimates
        that; None: something else.
    judges : int, str or None
        Of an estimate: the events that it is of, a number or a duration.
    """

    measures: str | None = None
    judges: int | str | None = None


@dataclass(frozen=True)
class RunInfo:
    """What a run says of itself.

    All but ``made`` is the same for two runs of one configuration.

    Attributes
    ----------
    versions : dict of str to str
        Of clsim and of the libraries that numbers depend on.
    seed : int
    source : {'learner', 'production', 'rule'}
        Where answers come from: models that were trained, what production answered by the log, or
        a rule that needs neither.
    task : {'classification', 'regression'}
    timed : bool
        Whether the stream has time, so that times are timestamps and durations are lengths of time.
    labels : str
        NumPy's name of the type of labels.
    classes : tuple
        Labels in the order of the stream; empty for regression.
    loss : {'zero_one', 'log', 'absolute', 'squared', 'matrix', 'amount'}
        Kind of the declared loss.
    threshold : 'by_price', float or None
        How probabilities became answers; None: the learner answered by itself.
    unanswered : {'skip', 'wrong'}
        How events without a prediction are scored.
    warmup_events : int
        Events of the warm-up.
    warmup_labels : {'history', 'as_recorded'}
        Whether all of their labels were there when it ended, or came as the log says.
    drifts : tuple of DriftEvent
        When the world changed, as far as the stream knows.
    draw : str or None
        A hash of the events that were drawn. None: not known.
    labelling : Labelling or None
        Which events of the log have a label; None: all, or nobody knows.
    sampled : bool
        Whether the strategy kept a part of the events alone.
    profiled : bool
        Whether it kept profiles.
    deletes : bool
        Whether people could ask that what was logged of them be deleted.
    churn : bool
        Whether it was counted which answers changes of the champion changed.
    row_bytes : int
        Bytes of one event that is kept: its features and its answer, by the width of their types.
    probabilities : bool
        Whether ``predictions`` has those of the classes.
    score : float or None
        The declared score over all events that count; None if there is none.
    totals : dict of str to float
        Physical totals, as `clsim.runs.ledger.quantities` gives them.
    signals : dict of str to Signal
        What the values of each monitor are, by its name.
    ghosts : str or None
        For how long each challenger and the champion that it met were asked beside it; None: not.
    deterministic : bool
        Whether another replay gives the same. A training that a limit of time or memory ended may
        not be ended elsewhere; the run is compared with no other.
    made : Made
    calibrated : Calibration or None
        The threshold that was found for the strategy before it was replayed.
    files : dict of str to [int, int] or None
        Size and time of change (ns) of each data file that the configuration names beside the
        strategy, or None for one that did not exist. None: the run came from no configuration.
    strategy_files : dict of str to [int, int] or None
        Likewise of each that its strategy names, such as a file of alerts.
    """

    versions: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    source: str = "learner"
    task: str = "classification"
    timed: bool = False
    labels: str = "<i8"
    classes: tuple[Any, ...] = ()
    loss: str = "zero_one"
    threshold: str | float | None = None
    unanswered: str = "skip"
    warmup_events: int = 0
    warmup_labels: str = "history"
    drifts: tuple[DriftEvent, ...] = ()
    draw: str | None = None
    labelling: Labelling | None = None
    sampled: bool = False
    profiled: bool = False
    deletes: bool = False
    churn: bool = False
    row_bytes: int = 0
    probabilities: bool = False
    score: float | None = None
    totals: dict[str, float] = field(default_factory=dict)
    signals: Mapping[str, Signal] = field(default_factory=dict)
    ghosts: str | None = None
    deterministic: bool = True
    made: Made = Made()
    calibrated: Calibration | None = None
    files: dict[str, list[int] | None] | None = None
    strategy_files: dict[str, list[int] | None] | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values, in the order in which ``run.json`` has them."""
        plain = {each.name: getattr(self, each.name) for each in fields(self)}
        plain |= {
            "versions": dict(self.versions),
            "classes": list(self.classes),
            "drifts": [asdict(drift) for drift in self.drifts],
            "signals": {name: asdict(signal) for name, signal in self.signals.items()},
            "made": self.made.to_json(),
        }
        if self.calibrated is not None:
            plain["calibrated"] = self.calibrated.to_json()
        if self.labelling is not None:
            answers = [list(each) for each in self.labelling.answers]
            plain["labelling"] = {**asdict(self.labelling), "answers": answers}
        left_out = (*FILES, "labelling", "calibrated", "ghosts")  # where there is none
        if self.deterministic:
            del plain["deterministic"]
        return {k: value for k, value in plain.items() if value is not None or k not in left_out}

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> RunInfo:
        """From what `to_json` gives, each value of its type; other keys are not read.

        Raises
        ------
        ValueError
            That begins with the key that is missing or of another type.
        """
        for key, (expected, fits) in _EXPECTED.items():
            if key not in given:
                raise ValueError(f"has no {key!r}")
            if not fits(given[key]):
                raise ValueError(f"{key}={short(given[key])}: expected {expected}")
        files: dict[str, Any] = {key: given.get(key) for key in FILES}
        for key, stated in files.items():
            if stated is not None and not _mapping_of(_of_file)(stated):
                raise ValueError(
                    f"{key}={short(stated)}: expected size and time of each file, or null"
                )
        labelling = given.get("labelling")
        if labelling is not None and not _of_log(labelling):
            raise ValueError(f"labelling={short(labelling)}: expected counts of labels, or null")
        found = given.get("calibrated")
        if found is not None and not fits_calibration(found):
            raise ValueError(f"calibrated={short(found)}: expected a calibration, or null")
        asked = given.get("ghosts")
        if asked is not None and not (_text(asked) and _length(_number_of(asked))):
            raise ValueError(f"ghosts={short(asked)}: expected rows or a duration, or null")
        if not isinstance(given.get("deterministic", True), bool):
            raise ValueError(
                f"deterministic={short(given['deterministic'])}: expected true or false"
            )
        wrong = _wrong_labels(given)
        if wrong:
            raise ValueError(wrong)
        measured = {each.name for each in fields(Made)}
        return cls(
            **{key: given[key] for key in _EXPECTED.keys() - _MADE_ANEW},
            classes=tuple(given["classes"]),
            drifts=tuple(DriftEvent(**drift) for drift in given["drifts"]),
            signals={name: Signal(**each) for name, each in given["signals"].items()},
            made=Made(**{key: n for key, n in given["made"].items() if key in measured}),
            **files,
            ghosts=asked,
            deterministic=given.get("deterministic", True),
            calibrated=None if found is None else Calibration(**found),
            labelling=None if labelling is None else Labelling(
                **{**labelling, "answers": tuple(map(tuple, labelling["answers"]))}
            ),
        )  # fmt: skip


def short(value: Any) -> str:
    """A value as JSON, cut off where it is long."""
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:60]}..."


# what the values may be ------------------------------------------------------------------------


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, float) or (_whole(value) and abs(value) < 2**63)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _mapping_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and all(map(fits, value.values()))


def _list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


def _one_of(*allowed: Any) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in allowed


def _drift(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and list(value) == [each.name for each in fields(DriftEvent)]
        and _text(value["kind"])
        and all(_whole(value[key]) and _number(value[key]) for key in ("start", "end"))
        and _text(value["target"])
        and (value["slice"] is None or _text(value["slice"]))
    )


def _signal(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and list(value) == [each.name for each in fields(Signal)]
        and (value["measures"] is None or _text(value["measures"]))
        and (value["judges"] is None or _length(value["judges"]))
    )


def _length(value: Any) -> bool:
    """Whether it is a positive number of rows, or a duration."""
    try:
        return as_duration(value, "judges", positive=True) is not None
    except (TypeError, ValueError, OverflowError):
        return False


def _number_of(value: str) -> int | str:
    """A text of digits as the number that it stands for."""
    return int(value) if value.isdecimal() else value


def _of_file(value: Any) -> bool:
    return value is None or (_list_of(_whole)(value) and len(value) == 2)


def _of_log(value: Any) -> bool:
    """Counts of labels, of all events and by answer."""
    names = [each.name for each in fields(Labelling)]
    return (
        isinstance(value, dict)
        and list(value) == names
        and all(_whole(value[key]) and 0 <= value[key] < 2**63 for key in names[:3])
        and isinstance(value["answers"], list)
        and all(
            isinstance(one, list) and len(one) == 3 and _text(one[0])
            and all(_whole(count) and 0 <= count < 2**63 for count in one[1:])
            for one in value["answers"]
        )
    )  # fmt: skip


_EXPECTED: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "versions": ("a text for each library", _mapping_of(_text)),
    "seed": ("a whole number", _whole),
    "source": ("learner, production or rule", _one_of("learner", "production", "rule")),
    "task": ("a task", _one_of("classification", "regression")),
    "timed": ("true or false", lambda value: isinstance(value, bool)),
    "labels": ("a type of NumPy", _text),
    "classes": ("a list", lambda value: isinstance(value, list)),
    "loss": ("a loss", _one_of(*LOSSES, "matrix")),
    "threshold": (
        "by_price, a chance or null",
        lambda value: value in (None, "by_price") or (_number(value) and 0 < value <= 1),
    ),
    "unanswered": ("skip or wrong", _one_of("skip", "wrong")),
    "warmup_events": ("a whole number", lambda n: _whole(n) and 0 <= n < 2**63),
    "warmup_labels": ("history or as_recorded", _one_of(*WARMUP_LABELS)),
    "drifts": ("a list of drifts", _list_of(_drift)),
    "draw": ("a text", _text),
    "sampled": ("true or false", lambda value: isinstance(value, bool)),
    "profiled": ("true or false", lambda value: isinstance(value, bool)),
    "deletes": ("true or false", lambda value: isinstance(value, bool)),
    "churn": ("true or false", lambda value: isinstance(value, bool)),
    "row_bytes": ("a whole number", lambda n: _whole(n) and 0 <= n < 2**63),
    "probabilities": ("true or false", lambda value: isinstance(value, bool)),
    "score": ("a number or null", lambda value: value is None or _number(value)),
    "totals": ("a number for each quantity", _mapping_of(_number)),
    "signals": ("what each signal is", _mapping_of(_signal)),
    "made": ("a number for each measurement", _mapping_of(_number)),
}
"""What the values of ``run.json`` must be."""

_MADE_ANEW = {"classes", "drifts", "signals", "made"}
"""Those that are of another type than in JSON."""


def _wrong_labels(given: Mapping[str, Any]) -> str | None:
    """Why the classes do not fit the type of labels and the task, if they do not."""
    import numpy as np

    try:
        kind = np.dtype(given["labels"]).kind
    except (TypeError, ValueError, SyntaxError):
        kind = ""
    fits = {"b": lambda v: isinstance(v, bool), "i": _whole, "u": _whole, "f": _number,
            "U": _text, "O": _text}.get(kind)  # fmt: skip
    if fits is None:
        return f"labels={short(given['labels'])}: expected a type of NumPy for labels"
    classes = given["classes"]
    if not all(map(fits, classes)) or len(set(classes)) < len(classes):
        return f"classes={short(classes)}: expected different labels of type {given['labels']}"
    if bool(classes) != (given["task"] == "classification"):
        return f"classes={short(classes)}: the task is {given['task']}"
    return None
