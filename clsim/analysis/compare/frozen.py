"""What the file of a world of the suite says: its scale, its budget, and what is frozen of it.

A world (``conf/world``) is a setting with prices of its own and a scale that was found once, on
tuning draws: D, what the best fixed schedule known beforehand saves against never retraining. It
also says what a team of it has to spend in a draw. The worlds are frozen, as a suite for
reinforcement learning is (Osband et al., Behaviour suite for reinforcement learning, ICLR 2020):
one that changes is another version, and a run says which it was made on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clsim.errors import check_number, unknown

FROZEN = (
    "stream", "delay", "learner", "prices", "tick", "warmup", "warmup_labels", "window", "loss",
    "unanswered", "threshold",
)  # fmt: skip
"""Keys of a configuration that make a world; a change of one makes another."""

STATED = ("id", "version", "about", "budget", "calendar", "schedule", "scale", "hindsight")
"""Keys of ``world`` in a configuration."""

BUDGETED = ("retrainings", "bought")
"""What a world may state a budget of, for the whole of a draw: trainings after the first, and
labels that are bought."""

NEVER, CALENDAR, FREE_DATES = "never", "calendar", "free dates"
"""Fixed schedules among which the best is that of a world's scale; of equals, the first."""

SURE, WORTH = 3.0, 0.01
"""What D exceeds where a world earns: so many standard errors, this share of never's cost."""


@dataclass(frozen=True)
class Scale:
    """What there is to be earned on a world, as it was found on its tuning draws.

    Attributes
    ----------
    never : float
        Mean cost of never retraining, in money.
    gain : float
        D: what the best fixed schedule costs less, in the mean over the same draws.
    error : float
        Standard error of ``gain`` over the draws.
    draws : int
    calendar : int
        The calendar that costs least: ticks between two trainings.
    best : {"never", "calendar", "free dates"}
        Which fixed schedule is the best.
    """

    never: float
    gain: float
    error: float
    draws: int
    calendar: int
    best: str

    @property
    def earns(self) -> bool:
        """Whether there is anything to be earned; else the world is quiet."""
        return self.gain > max(SURE * self.error, WORTH * self.never)


def found_scale(
    never: Sequence[float],
    calendars: Mapping[int, Sequence[float]],
    free: Sequence[float] | None = None,
) -> Scale:
    """The scale of a world, of the costs of its tuning draws.

    Parameters
    ----------
    never : sequence of float, length n >= 2
        Cost of never retraining in each draw.
    calendars : mapping of int to sequence of float, each of length n
        For each number of ticks between trainings, the costs in the same draws.
    free : sequence of float, length n, or None, default=None
        What the schedule costs whose dates are the best in the mean of all other draws, as
        `clsim.analysis.expected_optimum` scores it. None: there is no table of the world.

    Returns
    -------
    Scale
        Of the calendar with the least mean cost (of equals, that which trains least), of the free
        dates if these cost less, or of never if that does.

    Examples
    --------
    >>> found_scale([10.0, 14.0], {2: [9.0, 11.0], 5: [7.0, 9.0]})
    Scale(never=12.0, gain=4.0, error=1.0, draws=2, calendar=5, best='calendar')
    >>> found_scale([10.0, 14.0], {5: [7.0, 9.0]}, free=[6.0, 8.0]).best
    'free dates'
    """
    calendar = min(calendars, key=lambda every: (float(np.mean(calendars[every])), -every))
    ways = {
        NEVER: never,
        CALENDAR: calendars[calendar],
        FREE_DATES: never if free is None else free,
    }
    best = min(ways, key=lambda name: float(np.mean(ways[name])))
    saved = np.subtract(never, ways[best])
    return Scale(
        never=float(np.mean(never)), gain=float(saved.mean()),
        error=float(saved.std(ddof=1) / np.sqrt(len(saved))), draws=len(saved), calendar=calendar,
        best=best,
    )  # fmt: skip


def world_digest(config: Mapping[str, Any]) -> str:
    """Twelve characters that stand for all that makes a world: what is frozen of a version.

    What costs nothing is left out, so that a price that clsim learns to count later changes none.
    """
    frozen = {key: config.get(key) for key in FROZEN}
    budget = (config.get("world") or {}).get("budget")
    if budget:
        frozen["budget"] = budget
    frozen["prices"] = {key: value for key, value in (frozen["prices"] or {}).items() if value}
    text = json.dumps(frozen, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def scale_of(world: Mapping[str, Any]) -> Scale:
    """The scale that a world's file states."""
    stated = {key: value for key, value in world["scale"].items() if key != "digest"}
    return Scale(**stated, calendar=world["calendar"])


def check_world(world: Any) -> None:
    """Refuse a ``world`` of a configuration that states what none has.

    Raises
    ------
    TypeError, ValueError
        Naming the key, the value and what is allowed: a budget is a whole number of at least 0.

    Examples
    --------
    >>> check_world({"id": "mine", "budget": {"retrainings": -1}})
    Traceback (most recent call last):
        ...
    ValueError: world.budget.retrainings=-1: must be at least 0
    """
    for path, node, allowed in (
        ("world", world, STATED),
        ("world.budget", world.get("budget") if isinstance(world, Mapping) else None, BUDGETED),
    ):
        if node is not None and not isinstance(node, Mapping):
            raise TypeError(f"{path}={node!r}: expected a mapping of {', '.join(allowed)}")
        for key in node or ():
            if key not in allowed:
                raise ValueError(f"{path}: {unknown('key', key, allowed)}")
    for key, value in ((world or {}).get("budget") or {}).items():
        check_number(f"world.budget.{key}", value, whole=True, low=0)


def over_budget(world: Mapping[str, Any], spent: pd.DataFrame) -> pd.Series:
    """Which runs spent more than a world's budget allows, of anything.

    Parameters
    ----------
    world : mapping
        As its file states it; without ``budget``, all may be spent.
    spent : pandas.DataFrame
        A row per run; retrainings (after the initial training) and bought, of the whole run.

    Examples
    --------
    >>> spent = pd.DataFrame({"retrainings": [12, 13, 2], "bought": [0, 0, 41]})
    >>> over_budget({"budget": {"retrainings": 12, "bought": 40}}, spent).tolist()
    [False, True, True]
    """
    budget = pd.Series(world.get("budget") or {}, dtype=float)
    return (spent[list(budget.index)] > budget).any(axis=1)
