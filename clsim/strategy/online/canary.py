"""Canaries: a share that grows step by step, as long as nothing bad is seen."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number
from clsim.statistics.arms import Tally
from clsim.strategy.online.evidence import Evidence, apart
from clsim.strategy.online.judged import Judged, Look
from clsim.strategy.online.rules import Rule
from clsim.types import Ask, Trial, Verdict
from clsim.view import View


class Canary(Judged):
    """The challenger answers a share that grows step by step; it passes if nothing bad is seen.

    In each step the models are compared by the events that they answered since it began. The trial
    is aborted as soon as the challenger is shown to be worse, and the challenger is promoted at
    the end of the last step. Those whom it answers in a step it answers in the next ones too.

    Parameters
    ----------
    steps : sequence of float, default=(0.05, 0.2, 0.5)
        Shares of the events, ascending; above 0 and below 1.
    each : int or str
        How long a step lasts: rows, or a duration where the stream has time. Give it time for
        labels: only those of its own events count.
    rule : Rule or None, default=None
        Of `clsim.strategy.online.rules`, for "the challenger is worse" in one step. None: one look
        at the end of each step, `AtTheEnd`; a sequential rule looks in every tick.
    margin : float, default=0.0
        It may be worse by this much, in units of the loss of one event.
    min_labels : int, default=100
        Number of labelled rows of each model in a step that it takes. Where there are fewer at the
        end of a step there is no evidence: the trial ends undecided, and the champion stays.
    mature, afresh, unit
        As of `clsim.strategy.online.judged.Judged`.

    Notes
    -----
    It limits the harm of a bad challenger to the share of its step, and claims no more: a
    challenger of which nothing is shown passes, however few labels could have shown it. The error
    of the rule, half of it for "worse" if it is two-sided, is that of one step, so a good
    challenger is aborted with a chance of at most that times the number of steps. Rows of earlier
    steps do not count, since shares changed between them: where the world drifts meanwhile, rows of
    all steps together would compare early days of the one with late days of the other (Simpson's
    paradox). Where the champion has not left what the next step takes, since others are on trial,
    the step goes on; after as long again the trial ends undecided.

    Examples
    --------
    >>> Canary(each="3d").steps
    (0.05, 0.2, 0.5)
    """

    def __init__(
        self,
        each: Duration,
        steps: Sequence[float] = (0.05, 0.2, 0.5),
        rule: Rule | None = None,
        margin: float = 0.0,
        min_labels: int = 100,
        mature: Duration | None = None,
        afresh: bool = True,
        unit: str | None = None,
    ) -> None:
        super().__init__(rule, margin, min_labels, mature, afresh, unit)
        check_number("margin", margin, low=0)
        self.each = as_duration(each, "each", positive=True)
        self.steps = _checked(steps)
        self.most = self.steps[-1]

    def bind(self, clock: Clock) -> None:
        self._each = self.bind_length(clock, "each", self.each)

    def lasts(self) -> int:
        return self._each * len(self.steps)

    def begin(self, view: View, trial: Trial) -> Ask:
        return Ask(self.steps[0])

    def evidence(self, view: View, trial: Trial, since: int) -> Evidence:
        return apart(view, trial, since, self._mature, self.unit)

    def tally(self, evidence: Evidence, counts: np.ndarray) -> Tally:
        return replace(evidence, champion=evidence.champion + self.margin).tally(counts, 0).swapped

    def bounds(self, look: Look) -> tuple[float, float]:
        return self.margin - look.high, self.margin - look.low

    def step(self, view: View, trial: Trial) -> Ask | Verdict | None:
        place, waited = self.steps.index(trial.share), view.now - view.start(trial.since)
        over = waited >= self._each
        if self.rule.at_end and not over:
            return None
        look = self.look(view, trial, trial.since)
        if look.says > 0:
            reason = f"challenger is worse, at {trial.share:.3g} of the events"
            return self.verdict(view, look, False, reason)
        if not over:
            return None
        if not look.enough:
            return self.undecided(view, look)
        if place + 1 == len(self.steps):
            return self.verdict(view, look, True, "challenger is not shown to be worse")
        if waited >= 2 * self._each:
            reason = f"undecided: the champion has not {self.steps[place + 1]:.3g} left to give"
            return self.verdict(view, look, None, reason)
        return Ask(self.steps[place + 1])


def _checked(steps: Sequence[float]) -> tuple[float, ...]:
    """Steps that ascend between 0 and 1."""
    if isinstance(steps, str) or not isinstance(steps, Sequence):
        raise TypeError(f"steps={steps!r}: expected a list of shares, such as [0.05, 0.2, 0.5]")
    if not steps:
        raise ValueError("steps=[]: give at least one share")
    for step in steps:
        check_number("steps", step, above=0, high=1)
    found = tuple(float(step) for step in steps)
    if 1.0 in found:
        raise ValueError(
            f"steps={list(found)!r}: must be below 1, so that there is a champion to compare with; "
            "after the last step the challenger answers all"
        )
    if any(b <= a for a, b in itertools.pairwise(found)):
        raise ValueError(f"steps={list(found)!r}: must ascend")
    return found
