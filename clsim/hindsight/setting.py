"""What a table of hindsight was made of, as plain values; as JSON on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

OPTIONAL = {"events", "monitors", "quiet"}
"""What a setting may lack."""


@dataclass(frozen=True)
class TableSetting:
    """What a table was made of, as plain values: two tables that agree in all have one world.

    Attributes
    ----------
    stream : str or None
        Its class.
    learner, dataset, delay, holdout
        Each part with its parameters.
    tick, warmup, warmup_labels, duration : str
        As they were given.
    seed : int
    loss : str
        Kind of the declared loss.
    matrix : list or None
        The costs of a loss that is a matrix.
    threshold : 'by_price', float or None
    unanswered : str
    largest_age : int or None
    sample : float or None
        Share of each tick's events that were scored; None: all.
    slices : bool
        Whether losses by slice are there.
    candidates : list of int
        Ticks at which models were trained.
    versions : dict of str to str
    monitors : dict or None
        Those whose values are kept, each with its parameters; None: none.
    events : str or None
        A hash of all that the world holds, where the table was made in a folder or has signals.
    quiet : str or None
        Of a twin in which nothing changes: ``events`` of the world that it is a twin of.
    """

    stream: Any = None
    learner: Any = None
    dataset: Any = None
    tick: str = ""
    warmup: str = ""
    warmup_labels: str = "history"
    seed: int = 0
    delay: Any = None
    duration: str = "0"
    holdout: Any = None
    loss: str = "additive"
    matrix: Any = None
    threshold: Any = None
    unanswered: str = "skip"
    largest_age: int | None = None
    sample: float | None = None
    slices: bool = False
    candidates: list[int] = field(default_factory=list)
    versions: Mapping[str, str] = field(default_factory=dict)
    monitors: Any = None
    events: str | None = None
    quiet: str | None = None

    @property
    def family(self) -> tuple[str, ...]:
        """How it trains and answers: what tables of one world differ in."""
        return tuple(map(repr, (self.dataset, self.duration, self.holdout, self.threshold)))

    def to_json(self) -> dict[str, Any]:
        """Plain values, by name."""
        plain = asdict(self)
        return {k: v for k, v in plain.items() if k not in OPTIONAL or v is not None}

    @classmethod
    def from_json(cls, given: Any, ticks: int) -> TableSetting:
        """From what `to_json` gives; other keys are not read.

        Parameters
        ----------
        given : object
        ticks : int
            How many the table has.

        Raises
        ------
        ValueError
            If it is no setting of such a table.
        """
        names = [each.name for each in fields(cls)]
        if not isinstance(given, dict) or not {*names} - OPTIONAL <= {*given}:
            raise ValueError("does not say of which setting it is")
        whole = all(map(_whole, [given["seed"], *_optional(given["largest_age"])]))
        texts = ("tick", "warmup", "warmup_labels", "duration", "loss", "unanswered")
        if not whole or not all(isinstance(given[name], str) for name in texts):
            raise ValueError("does not say of which setting it is")
        if not all(isinstance(share, (int, float)) for share in _optional(given["sample"])):
            raise ValueError("does not say of which setting it is")
        candidates = given["candidates"]
        if not (
            isinstance(candidates, list)
            and all(map(_whole, candidates))
            and candidates == sorted({*candidates} & {*range(ticks)})
        ):
            raise ValueError("its trainings are not at ticks that it has")
        return cls(**{name: given[name] for name in names if name in given})


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _optional(value: Any) -> list[Any]:
    """The value, unless there is none."""
    return [] if value is None else [value]
