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

    def begin(self, trial: Trial, ask: Ask, view: View, *, afresh: bool = False) -> None:
        """Begin a trial, or let it wait for a share that cannot be had yet."""
        if self._fits(trial.model, ask, view):
            self._add(replace(trial, ask=Ask()))
            said = "begins afresh against another champion" if afresh else _begins(ask)
            self._change(trial.model, ask, trial.tick, said)
        else:
            self._add(trial)
            waits = {"waits": ask.share}
            self._note(trial, f"waits for {ask.share:.3g} of the events", waits)

    def _add(self, trial: Trial) -> None:
        self._lineage.trials.append(trial)
        self._lineage.trials.sort(key=lambda each: each.model)  # met in order of training

    def _find(self, model: int) -> Trial:
        return next(trial for trial in self._lineage.trials if trial.model == model)

    def end(self, trial: Trial, tick: int) -> None:
        """End a trial; its share goes back to the champion."""
        here = self._find(trial.model)
        if here.ask is not None:
            self._apply(here, Ask(), tick)
        self._lineage.trials = [t for t in self._lineage.trials if t.model != trial.model]

    def end_all(self, tick: int) -> None:
        """End what is still on trial, without a verdict."""
        for trial in list(self._lineage.trials):
            self.end(trial, tick)

    def step(self, view: View) -> None:
        """Ask each trial for its verdict, or what it is to have from now on.

        One against a former champion starts afresh, or ends. What is given back is given back
        before anybody takes more, so that it does not matter who was asked first.
        """
        asked: list[tuple[Trial, Ask]] = []
        frozen = self._frozen(view)
        for trial in list(self._lineage.trials):
            now = self._of_today(trial, view)
            if now is None:
                continue
            if now.ask is None:
                self._try_again(now, view)
                continue
            found = self._restarts.strategy.online.step(view, now)
            if isinstance(found, Verdict):
                if not (found.accepted and frozen):  # else it is asked again when that ends
                    self._close(now, found, view.tick)
            elif found is not None:
                asked.append((now, found))
        asked.sort(key=lambda each: each[1].share > each[0].share)
        for trial, ask in asked:
            there = trial in self._lineage.trials and ask != trial.ask
            if there and self._fits(trial.model, ask, view):
                self._change(trial.model, ask, view.tick, f"{_said(ask.share)} of the events")

    def _of_today(self, trial: Trial, view: View) -> Trial | None:
        """A trial against the champion of now; None if it ends, since that is another one."""
        if trial.champion == view.champion:
            return trial
        self.end(trial, view.tick)
        again = self.asked(trial.model, view) if self._restarts.strategy.online.afresh else None
        if again is None:
            reason = f"model {view.champion} serves now"
            self._journal.note(view.tick, "superseded", model=trial.model, reason=reason)
            self._lineage.drop(self._lineage.versions[trial.model])
            return None
        self.begin(*again, view, afresh=True)
        return self._find(trial.model)

    def _close(self, trial: Trial, found: Verdict, tick: int) -> None:
        """End a trial with what it found."""
        self.end(trial, tick)
        self._journal.note(
            tick, "online_test", reason=found.reason, model=trial.model, parent=trial.champion,
            rows=found.rows or 0, accepted=found.accepted, detail=found.noted,
        )  # fmt: skip
        self._settle(self._lineage.versions[trial.model], found.accepted, tick)

    def _try_again(self, trial: Trial, view: View) -> None:
        """Begin a trial that waits, if the champion has now what it asks for."""
        asked = self.asked(trial.model, view)
        if asked is not None and self._fits(trial.model, asked[1], view):
            self._lineage.trials = [t for t in self._lineage.trials if t.model != trial.model]
            self.begin(*asked, view)

    def _frozen(self, view: View) -> bool:
        return self._restarts.strategy.guard.frozen(view) is not None

    def _fits(self, model: int, ask: Ask, view: View) -> bool:
        """Whether the champion has left what is asked for, and no freeze is in the way."""
        if ask.share > self._routing.share(model) and self._frozen(view):
            return False
        hold = self._restarts.strategy.online.holdback
        return self._routing.has_room(model, ask.share, hold)

    def _change(self, model: int, ask: Ask, tick: int, reason: str) -> None:
        trial = self._find(model)
        self._apply(trial, ask, tick)
        place = self._lineage.trials.index(trial)
        self._lineage.trials[place] = replace(trial, ask=ask, since=tick)
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
    if ask.shadow and not ask.share:
        return "begins as a shadow"
    return f"begins with {_said(ask.share)} of the events"


def _said(share: float) -> str:
    return {0.0: "none", 1.0: "all"}.get(share, f"{share:.3g}")
