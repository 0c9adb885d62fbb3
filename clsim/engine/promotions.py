"""Which model serves: challengers are tested, tried and promoted, champions taken back."""

from __future__ import annotations

import numpy as np

from clsim.engine.journal import Journal
from clsim.engine.knowledge import Knowledge
from clsim.engine.lineage import Lineage, Version
from clsim.engine.restarts import Restarts
from clsim.engine.serving import Serving
from clsim.engine.timeline import Timeline
from clsim.types import Rollback, Rows, Trial
from clsim.view import View


class Promotions:
    """The tests, trials and rollbacks of one strategy."""

    def __init__(
        self,
        restarts: Restarts,
        timeline: Timeline,
        lineage: Lineage,
        serving: Serving,
        journal: Journal,
    ) -> None:
        self.restarts, self.first = restarts, timeline.first
        self.lineage, self.serving, self.journal = lineage, serving, journal

    def promote(self, version: Version, tick: int) -> None:
        """Let a model serve from a tick on; the champion retires."""
        self._hand_over(version, tick)
        self.lineage.promote(version, tick)

    def _hand_over(self, version: Version, tick: int) -> None:
        self.serving.hand_over(int(self.first[tick]), version.serving)
        self.restarts.afresh(tick)

    def _deploy(self, version: Version, tick: int) -> None:
        self.promote(version, tick)
        reason = f"trained at tick {version.trained}"
        self.journal.note(tick, "deploy", model=version.number, reason=reason)

    # when a training ends ------------------------------------------------------------------------

    def take_effect(self, view: View) -> None:
        """Test the challengers that are ready, and promote, reject or try them."""
        for version in [v for v in self.lineage.challengers if v.ready <= view.tick]:
            self.lineage.challengers.remove(version)
            if self._passes(version, view):
                self._deploy(version, view.tick)
            elif not self.lineage.on_trial(version.number):
                self.lineage.drop(version)

    def _passes(self, version: Version, view: View) -> bool:
        """Whether a model may serve at once; if it is to be tried, its trial begins."""
        number, champion = version.number, view.champion
        if version.model.fit.failure is not None:
            reason = version.model.fit.failure
            self.journal.note(view.tick, "train_failed", reason=reason, model=number)
            return False
        trial = None if champion is None else Trial(number, champion, view.tick)
        if trial is not None and not self.restarts.strategy.online.begin(view, trial):
            trial = None
        if trial is None and self.lineage.is_newer(version):
            reason = f"model {champion} is newer"
            self.journal.note(view.tick, "superseded", model=number, reason=reason)
            return False
        holdout = self._held_out(version, view)
        verdict = self.restarts.strategy.offline.judge(view, number, champion, holdout)
        if verdict is not None:
            self.journal.note(
                view.tick, "offline_test", reason=verdict.reason, model=number, parent=champion,
                rows=len(holdout) if verdict.rows is None else verdict.rows,
                accepted=verdict.accepted, detail=dict(verdict.detail),
            )  # fmt: skip
            if not verdict.accepted:
                return False
        if trial is not None:
            self._begin(trial, "begins as a shadow")
        return trial is None

    def _held_out(self, version: Version, view: View) -> Rows:
        """What was held out for its test and is kept, without what the champion trained on."""
        holdout, services = view.usable(version.holdout), self.lineage.services
        if not services or services[-1].tick <= version.trained:
            return holdout  # the champion is the one that it was held out from
        fresh = np.union1d(view.unseen(), view.labels.evaluation())
        return np.intersect1d(holdout, fresh, assume_unique=True)

    # trials --------------------------------------------------------------------------------------

    def _begin(self, trial: Trial, reason: str) -> None:
        self.lineage.trials.append(trial)
        version = self.lineage.versions[trial.model]
        self.serving.shadow(trial.model, version.model, int(self.first[trial.tick]))
        self.journal.note(
            trial.tick, "online_test", reason=reason, model=trial.model, parent=trial.champion
        )

    def _end(self, trial: Trial, tick: int) -> None:
        self.lineage.trials.remove(trial)
        self.serving.end_shadow(trial.model, int(self.first[tick]))

    def end_trials(self, tick: int) -> None:
        """End what is still on trial, without a verdict."""
        for trial in list(self.lineage.trials):
            self._end(trial, tick)

    def step_trials(self, view: View) -> None:
        """Ask each trial for its verdict; one against a former champion starts afresh, or ends."""
        online, tick = self.restarts.strategy.online, view.tick
        for trial in list(self.lineage.trials):
            champion = view.champion
            if trial.champion != champion:
                self._end(trial, tick)
                if champion is None or not online.afresh:
                    self._supersede(trial.model, f"model {champion} serves now", tick)
                    continue
                trial = Trial(trial.model, champion, tick)
                self._begin(trial, "begins afresh against another champion")
            verdict = online.step(view, trial)
            if verdict is None:
                continue
            self._end(trial, tick)
            self.journal.note(
                tick, "online_test", reason=verdict.reason, model=trial.model,
                parent=trial.champion, rows=verdict.rows or 0, accepted=verdict.accepted,
                detail=dict(verdict.detail),
            )  # fmt: skip
            version = self.lineage.versions[trial.model]
            if verdict.accepted:
                self._deploy(version, tick)
            else:
                self.lineage.drop(version)

    # rollbacks -----------------------------------------------------------------------------------

    def watch(self, view: View, knowledge: Knowledge) -> None:
        """Take the champion back if the guard says so, and what goes on from it with it."""
        if self.lineage.replaced is None:
            return
        rollback = self.restarts.strategy.guard.watch(view)
        if rollback is not None:
            self._take_back(rollback, view.tick, knowledge)

    def _take_back(self, rollback: Rollback, tick: int, knowledge: Knowledge) -> None:
        lineage = self.lineage
        withdrawn, version = lineage.withdrawn_by(rollback)
        self.journal.note(
            tick, "rollback", reason=rollback.reason, model=version.number,
            parent=withdrawn.number, detail=rollback.detail,
        )  # fmt: skip
        reason = f"model {withdrawn.number} was withdrawn"
        children = {v.number for v in lineage.versions.values() if v.parent == withdrawn.number}
        for trial in [trial for trial in lineage.trials if trial.model in children]:
            self._end(trial, tick)
            self._supersede(trial.model, reason, tick)
        for other in [other for other in lineage.challengers if other.number in children]:
            lineage.challengers.remove(other)
            self._supersede(other.number, reason, tick)
        self._hand_over(version, tick)
        if rollback.distrust:
            lineage.distrust(version, knowledge)
        lineage.take_back(version, tick)

    def _supersede(self, number: int, reason: str, tick: int) -> None:
        self.journal.note(tick, "superseded", model=number, reason=reason)
        self.lineage.drop(self.lineage.versions[number])
