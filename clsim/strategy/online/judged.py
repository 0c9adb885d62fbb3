"""What online tests have in common that are judged by a rule."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_flag, check_number
from clsim.protocols import OnlineTest
from clsim.statistics.arms import Tally
from clsim.strategy.online.evidence import Evidence
from clsim.strategy.online.rules import AtTheEnd, Rule
from clsim.types import Extent, Line, Trial, Verdict
from clsim.view import View


@dataclass(frozen=True)
class Look:
    """What a rule says at the look of now, or at the last one if there is no new one.

    Attributes
    ----------
    says : int
        As of `clsim.strategy.online.rules.Found`.
    low, high : float
        Bounds of how much more the challenger loses; NaN where there are none.
    champion, challenger : float
        Their mean losses on the rows of that look; NaN without any.
    rows : (int, int)
        Numbers of these, of the champion and of the challenger.
    enough : bool
        Whether there are as many as it takes.
    last : bool
        Whether the rule has all that it waits for.
    unlabelled : dict of str to int
    tied : int
        Number of rows that do not count, as neither model loses less.
    """

    says: int
    low: float
    high: float
    champion: float
    challenger: float
    rows: tuple[int, int]
    enough: bool
    last: bool
    unlabelled: dict[str, int]
    tied: int


class Judged(OnlineTest):
    """A trial that a rule judges; the base of all but holdbacks.

    Parameters
    ----------
    rule : Rule or None, default=None
        None: `AtTheEnd`.
    margin : float, default=0.0
        In units of the loss of one event.
    min_labels : int, default=100
        Number of labelled rows of each model that it takes.
    mature : int, str or None, default=None
        Only events older than this are compared (rows, or a duration), so that labels that come
        fast do not count more than those that come slowly; of them, those without a label by then
        are skipped, and counted. None: every label that has arrived.
    afresh : bool, default=True
        Whether the trial starts afresh when the champion changes; else it ends as superseded.
    unit : str or None, default=None
        The feature whose values are sent to one model as a whole, such as a user. Rows of one unit
        are then not taken to be independent. None: each event for itself.
    """

    metric = "loss"
    """What the models are compared by, for the report card."""

    at_least = "labels"
    """What ``min_labels`` counts, for the reason of a trial without evidence."""

    fewest = 2
    """The least that ``min_labels`` may be."""

    def __init__(
        self,
        rule: Rule | None,
        margin: float,
        min_labels: int,
        mature: Duration | None,
        afresh: bool,
        unit: str | None,
    ) -> None:
        rule = AtTheEnd() if rule is None else rule
        if not isinstance(rule, Rule):
            raise TypeError(f"rule={rule!r}: expected a rule, such as AtTheEnd(alpha=0.05)")
        check_number("margin", margin)
        check_number("min_labels", min_labels, whole=True, low=self.fewest)
        check_flag("afresh", afresh)
        if mature is not None:
            mature = as_duration(mature, "mature")
        if unit is not None and not isinstance(unit, str):
            raise TypeError(f"unit={unit!r}: expected the name of a feature")
        self.rule, self.margin, self.min_labels = rule, margin, min_labels
        self.mature, self.afresh, self.unit = mature, afresh, unit
        self._mature: int | None = None

    def check_scores(self, loss: Extent, score: Extent) -> None:
        loss.check_gap("margin", self.margin)
        if self.rule.difference is not None:
            loss.check_gap("rule.difference", self.rule.difference)

    def bind_length(self, clock: Clock, key: str, length: Duration) -> int:
        """A length in the clock's units, of a trial or step in which some rows must be mature."""
        units = clock.units(length, f"online.{key}")
        if self.mature is not None:
            self._mature = clock.units(self.mature, "online.mature")
            if self._mature >= units:
                raise ValueError(
                    f"online.mature={self.mature!r}: must be shorter than online.{key}="
                    f"{length!r}, or no event of it is ever old enough"
                )
        if not clock.timed:
            self._check_labels(units)
        ticks = -(-units // clock.tick) if clock.timed != clock.tick_in_rows else 1
        self._kept = max(units, ticks * clock.tick)  # what is over in a tick is seen at its end
        return units

    def _check_labels(self, rows: int) -> None:
        """Refuse to wait for more labels than there are events."""
        for key, needed in (("min_labels", self.min_labels), ("rule.rows", self.rule.needs)):
            if needed is not None and needed > rows:
                raise ValueError(
                    f"online.{key}={needed}: there are {rows} events, so there are never as many "
                    "labels; ask for fewer, or lengthen the trial"
                )

    def waits(self) -> int:
        return self._kept

    def evidence(self, view: View, trial: Trial, since: int) -> Evidence:
        """What the trial has to go by, of rows served from a tick on."""
        raise NotImplementedError

    def tally(self, evidence: Evidence, counts: np.ndarray) -> Tally:
        """The sums that the rule judges."""
        return evidence.tally(counts, self.margin)

    def look(self, view: View, trial: Trial, since: int) -> Look:
        """What the rule says now, of rows served from a tick on."""
        evidence = self.evidence(view, trial, since)
        looks = self.rule.look_at(evidence.counts(view.tick))
        judged = int(looks[-1]) if len(looks) else 0
        old, new = evidence.champion[:judged], evidence.challenger[:judged]
        rows = (int((~np.isnan(old)).sum()), int((~np.isnan(new)).sum()))
        said, enough = (0, math.nan, math.nan), min(rows) >= self.min_labels
        if enough:
            found = self.rule.found(self.tally(evidence, looks))
            said = int(found.says[-1]), float(found.low[-1]), float(found.high[-1])
        last = self.rule.needs is not None and judged >= self.rule.needs
        return Look(
            *said, champion=_mean(old), challenger=_mean(new), rows=rows, enough=enough, last=last,
            unlabelled=evidence.unlabelled, tied=evidence.tied,
        )  # fmt: skip

    def in_time(self, view: View, trial: Trial, length: int) -> Verdict | None:
        """The verdict of a trial of that length; None: it goes on."""
        over = view.now >= view.start(trial.tick) + length
        if self.rule.at_end and not over:
            return None
        look = self.look(view, trial, trial.tick)
        if look.says > 0:
            return self.verdict(view, look, True, "challenger is better")
        if look.says < 0:
            return self.verdict(view, look, False, self.rule.no)
        if not (over or look.last):
            return None
        if not look.enough:
            return self.undecided(view, look)
        return self.verdict(view, look, False, "champion is not beaten")

    def verdict(self, view: View, look: Look, accepted: bool | None, reason: str) -> Verdict:
        """The verdict by a look; None: there is no evidence, and the champion stays."""
        low, high = self.bounds(look)
        detail = {**self.figures(view, look), "low": low, "high": high}
        detail |= {f"unlabelled of {name}": float(n) for name, n in look.unlabelled.items()}
        if self.rule.needs is not None:
            detail["labels needed"] = float(self.rule.needs)
        known = {key: value for key, value in detail.items() if math.isfinite(value)}
        rows = self.rested(look)
        line = Line(
            type(self.rule).__name__, self.metric, "all", _known(look.challenger),
            _known(look.champion), _known(low), _known(high), rows, accepted, reason,
        )  # fmt: skip
        return Verdict(bool(accepted), reason, known, rows, (line,))

    def figures(self, view: View, look: Look) -> dict[str, float]:
        """What both models did, and on how many rows, for the verdict."""
        old, new = look.rows
        return {
            "challenger": float(view.score(look.challenger)),
            "champion": float(view.score(look.champion)),
            "labels of challenger": float(new),
            "labels of champion": float(old),
        }

    def undecided(self, view: View, look: Look) -> Verdict:
        """There are too few labels."""
        reason = f"undecided: {min(look.rows)} {self.at_least}, needs {self.min_labels}"
        if self.rule.needs is not None and not any(look.rows):
            reason = f"undecided: too few labels for a first look on the way to {self.rule.needs}"
        return self.verdict(view, look, None, reason)

    def bounds(self, look: Look) -> tuple[float, float]:
        """Bounds of how much more the challenger loses."""
        return look.low - self.margin, look.high - self.margin

    def rested(self, look: Look) -> int:
        """The number of rows that a verdict rests on."""
        return sum(look.rows)


def _mean(losses: np.ndarray) -> float:
    losses = losses[~np.isnan(losses)]
    return float(losses.mean()) if len(losses) else math.nan


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
