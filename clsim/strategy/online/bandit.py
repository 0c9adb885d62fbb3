"""Bandits: shares that follow what each model has earned so far."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number
from clsim.statistics.arms import Tally
from clsim.strategy.online.evidence import Evidence, apart, counts_from, old_enough
from clsim.strategy.online.judged import Judged
from clsim.strategy.online.pulled import afresh, checked
from clsim.strategy.online.rules.rule import Found, Rule
from clsim.types import Ask, Trial, Verdict
from clsim.view import View

BIASED = "(adaptive shares bias means)"
"""What every verdict by means says of them."""


class Bandit(Judged):
    """The champion and all challengers on trial are arms, and a policy of river's deals the events.

    In every tick a fresh copy of the policy is given the rewards of all labelled rows of the trials
    so far, each for the model that answered it, in the order in which they could be counted. Then
    it is pulled a number of times, and the share of a challenger is its part of the pulls, for the
    whole tick. When the time of a trial is over, the model with the better mean on its own rows
    wins.

    Parameters
    ----------
    length : int or str
        How long the trial lasts: rows, or a duration where the stream has time.
    policy : river.bandit.base.Policy
        Such as ``ThompsonSampling(reward_obj=proba.Beta())``, ``UCB(delta=1)`` or
        ``EpsilonGreedy(epsilon=0.1)``; a prototype, without a seed: each tick has one of its own.
    share : float, default=1.0
        Of the events that the policy deals, in (0, 1]. The champion answers the rest too.
    pulls : int, default=100
        In each tick; shares are multiples of ``share / pulls``.
    margin : float, default=0.0
        By how much more than this the mean loss of the challenger must be lower, in units of the
        loss of one event.
    min_labels, mature, afresh, unit
        As of `clsim.strategy.online.judged.Judged`. ``mature`` holds for rewards too.

    Notes
    -----
    The reward of a row is 1 less its loss by the zero-one loss, and minus its loss by any other;
    ``Beta`` takes the first alone. River's ``Gaussian`` is that of the rewards, not of their mean:
    shares by it do not settle on one model, however many labels there are. An arm without rewards
    has the mean 0 for policies that go by it, which is the best there is where rewards are minus
    losses.

    Shares are dealt a tick at a time (a batched bandit), by the labels that have come: with late
    labels the policy goes on as it began, so a worse challenger keeps its first share (about a half
    by Thompson sampling) for as long as labels take. Labels that come late by class or by who is
    right mislead it as they do an A/B test; ``mature`` mends that, and makes it later still.

    A policy's ``burn_in`` counts rewards: the champion has all events until it has so many, then
    the challengers one after another. UCB gives one arm all events of a tick, and where that is the
    champion, no challenger learns anything in it.

    Means of arms whose shares follow their rewards are biased, mostly downwards: an arm with bad
    luck is not asked again (Nie, Tian, Taylor and Zou, AISTATS 2018). The verdict rests on them,
    and says so; it bounds no error, has no interval, and is for harm while trying, not for proof.

    Examples
    --------
    >>> from river import bandit, proba
    >>> test = Bandit("14d", bandit.ThompsonSampling(reward_obj=proba.Beta()))
    >>> test.pulls
    100
    """

    def __init__(
        self,
        length: Duration,
        policy: Any,
        share: float = 1.0,
        pulls: int = 100,
        margin: float = 0.0,
        min_labels: int = 100,
        mature: Duration | None = None,
        afresh: bool = True,
        unit: str | None = None,
    ) -> None:
        super().__init__(BetterMean(), margin, min_labels, mature, afresh, unit)
        check_number("share", share, above=0, high=1)
        check_number("pulls", pulls, whole=True, low=1)
        self.length = as_duration(length, "length", positive=True)
        self.policy, self.share, self.pulls = checked(policy), share, pulls
        self.most = share

    def bind(self, clock: Clock) -> None:
        self._length = self.bind_length(clock, "length", self.length)

    def check_loss(self, loss: str) -> None:
        from river.bandit import BayesUCB, ThompsonSampling
        from river.proba import Beta, Gaussian

        drawn = isinstance(self.policy, ThompsonSampling) and self.policy.burn_in == 0
        if drawn and isinstance(self.policy.reward_obj, Gaussian) and loss == "zero_one":
            raise ValueError(
                "online.policy=ThompsonSampling: by Gaussian a model without rewards earns 0, the "
                "least there is by the zero-one loss, and is never tried; use Beta, or a burn_in"
            )
        binary = isinstance(self.policy.reward_obj, Beta) or isinstance(self.policy, BayesUCB)
        if binary and loss != "zero_one":
            raise ValueError(
                f"online.policy={type(self.policy).__name__}: Beta takes rewards of 0 and 1 alone, "
                f"and by the loss {loss!r} they are minus the loss; use loss='zero_one', or "
                "ThompsonSampling(reward_obj=Gaussian()), UCB or EpsilonGreedy"
            )

    def lasts(self) -> int:
        return self._length

    def begin(self, view: View, trial: Trial) -> Ask:
        return Ask(self._share(view, trial))

    def evidence(self, view: View, trial: Trial, since: int) -> Evidence:
        return apart(view, trial, since, self._mature, self.unit)

    def step(self, view: View, trial: Trial) -> Ask | Verdict | None:
        if not self._over(view, trial):
            return Ask(self._share(view, trial))
        look = self.look(view, trial, trial.tick)
        if not look.enough:
            return self.undecided(view, look)
        if look.says > 0:
            return self.verdict(view, look, True, f"challenger has the better mean {BIASED}")
        return self.verdict(view, look, False, f"champion is not beaten {BIASED}")

    def _over(self, view: View, trial: Trial) -> bool:
        return view.now >= view.start(trial.tick) + self._length

    def _share(self, view: View, trial: Trial) -> float:
        """The share of one challenger in this tick; all trials of a tick see the same pulls."""
        others = [
            each for each in view.trials
            if each.model != trial.model and each.champion == trial.champion
            and not self._over(view, each)
        ]  # fmt: skip
        trials = sorted([*others, trial], key=lambda each: each.model)
        policy = afresh(self.policy, view.integer(f"bandit {view.tick}"))
        for model, loss in zip(*self._losses(view, trials), strict=True):
            policy.update(model, view.score(loss))
        arms = [trial.champion, *(each.model for each in trials)]
        pulled = Counter(policy.pull(arms) for _ in range(self.pulls))
        return self.share * pulled[trial.model] / self.pulls

    def _losses(self, view: View, trials: Sequence[Trial]) -> tuple[list[int], list[float]]:
        """Who answered each row that counts, and what it lost, in the order in which they count."""
        since = min(trial.tick for trial in trials)
        rows = old_enough(view, since, self._mature)
        rows = rows[view.labels.known(rows)]
        by, served_in = view.outcomes.answered_by(rows), view.tick - view.ages(rows)
        losses = view.outcomes.losses(rows)
        its = by == trials[0].champion
        for trial in trials:
            its |= (by == trial.model) & (served_in >= trial.tick)
        its &= ~np.isnan(losses)
        order = np.argsort(counts_from(view, since, self._mature, rows[its]), kind="stable")
        return by[its][order].tolist(), losses[its][order].tolist()


class BetterMean(Rule):
    """The model with the lower mean loss is the better one, by however little."""

    at_end = True

    def found(self, tally: Tally) -> Found:
        none = np.full(np.shape(tally.difference), math.nan)
        return Found(-np.sign(tally.difference).astype(int), none, none)
