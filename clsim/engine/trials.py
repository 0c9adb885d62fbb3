"""Challengers on an online test: what they ask for, what they are given, and what they find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from clsim.engine.journal import Journal
from clsim.engine.lineage import Lineage, Version
from clsim.engine.restarts import Restarts
from clsim.engine.routing import Routing
from clsim.types import Ask, Trial, Verdict
from clsim.view import View

Settle = Callable[[Version, bool, int], None]
"""Promotes a challenger whose trial has ended, or drops it."""


class Trials:
    """The trials of one strategy.

    Parameters
    ----------
    restarts : Restarts
    lineage : Lineage
    routing : Routing
    journal : Journal
    settle : callable
    """

    def __init__(
        self,
        restarts: Restarts,
        lineage: Lineage,
        routing: Routing,
        journal: Journal,
        settle: Settle,
    ) -> None:
        self._restarts, self._lineage, self._routing = restarts, lineage, routing
        self._journal, self._settle = journal, settle

    def asked(self, number: int, view: View) -> tuple[Trial, Ask] | None:
        """The trial of a challenger, and what it asks for at first; None if it is not tried."""
        if view.champion is None:
            return None
        trial = Trial(number, view.champion, view.tick)
        ask = self._restarts.strategy.online.begin(view, trial)
        return None if ask is None else (trial, ask)

    def begin(self, trial: Trial, ask: Ask, *, afresh: bool = False) -> None:
        """Begin a trial, or let it wait for a share that the champion has not left."""
        if self._fits(trial.model, ask):
            self._lineage.trials.append(replace(trial, ask=Ask()))
            said = "begins afresh against another champion" if afresh else _begins(ask)
            self._change(trial.model, ask, trial.tick, said)
        else:
            self._lineage.trials.append(trial)
            self._note(trial, f"waits for {ask.share:.3g} of the events")

    def end(self, trial: Trial, tick: int) -> None:
        """End a trial; its share goes back to the champion."""
        here = next(each for each in self._lineage.trials if each.model == trial.model)
        if here.ask is not None:
            self._apply(here, Ask(), tick)
        self._lineage.trials = [t for t in self._lineage.trials if t.model != trial.model]

    def end_all(self, tick: int) -> None:
        """End what is still on trial, without a verdict."""
        for trial in list(self._lineage.trials):
            self.end(trial, tick)

    def step(self, view: View) -> None:
        """Ask each trial for its verdict; one against a former champion starts afresh, or ends."""
        online, tick = self._restarts.strategy.online, view.tick
        for trial in list(self._lineage.trials):
            version = self._lineage.versions[trial.model]
            if trial.champion != view.champion:
                self.end(trial, tick)
                again = self.asked(trial.model, view) if online.afresh else None
                if again is None:
                    reason = f"model {view.champion} serves now"
                    self._journal.note(tick, "superseded", model=trial.model, reason=reason)
                    self._lineage.drop(version)
                    continue
                self.begin(*again, afresh=True)
                trial = self._lineage.trials[-1]
            if trial.ask is None:
                self._try_again(trial, view)
                continue
            found = online.step(view, trial)
            if isinstance(found, Verdict):
                self.end(trial, tick)
                self._journal.note(
                    tick, "online_test", reason=found.reason, model=trial.model,
                    parent=trial.champion, rows=found.rows or 0, accepted=found.accepted,
                    detail=found.detail,
                )  # fmt: skip
                self._settle(version, found.accepted, tick)
            elif found is not None and found != trial.ask and self._fits(trial.model, found):
                self._change(trial.model, found, tick, f"{found.share:.3g} of the events")

    def _try_again(self, trial: Trial, view: View) -> None:
        """Begin a trial that waits, if the champion has now what it asks for."""
        asked = self.asked(trial.model, view)
        if asked is not None and self._fits(trial.model, asked[1]):
            self._lineage.trials = [t for t in self._lineage.trials if t.model != trial.model]
            self.begin(*asked)

    def _fits(self, model: int, ask: Ask) -> bool:
        hold = self._restarts.strategy.online.holdback
        return self._routing.has_room(model, ask.share, hold)

    def _change(self, model: int, ask: Ask, tick: int, reason: str) -> None:
        place = next(k for k, trial in enumerate(self._lineage.trials) if trial.model == model)
        trial = self._lineage.trials[place]
        self._apply(trial, ask, tick)
        self._lineage.trials[place] = replace(trial, ask=ask)
        self._note(replace(trial, tick=tick), reason, {"share": ask.share} if ask.share else {})

    def _apply(self, trial: Trial, ask: Ask, tick: int) -> None:
        """Give a challenger what it is to have from a tick on."""
        version, hold = self._lineage.versions[trial.model], self._restarts.strategy.online.holdback
        before = trial.ask or Ask()
        self._routing.give(trial.model, version.serving, ask.share, tick, hold=hold)
        if ask.shadow and not before.shadow:
            self._routing.shadow(trial.model, version.model, tick)
        elif before.shadow and not ask.shadow:
            self._routing.end_shadow(trial.model, tick)

    def _note(self, trial: Trial, reason: str, detail: dict[str, float] | None = None) -> None:
        self._journal.note(
            trial.tick, "online_test", reason=reason, model=trial.model, parent=trial.champion,
            detail=detail or {},
        )  # fmt: skip


def _begins(ask: Ask) -> str:
    if not ask.share:
        return "begins as a shadow"
    return f"begins with {ask.share:.3g} of the events"
