"""Which model serves: challengers are tested, tried and promoted, champions taken back."""

from __future__ import annotations

import numpy as np

from clsim.engine.churn import Churn
from clsim.engine.ghosts import Ghosts
from clsim.engine.journal import Journal
from clsim.engine.knowledge import Knowledge
from clsim.engine.lineage import Lineage, Version
from clsim.engine.restarts import Restarts
from clsim.engine.reviews import Reviews
from clsim.engine.routing import Routing
from clsim.engine.serving import Serving
from clsim.engine.signals import Signals
from clsim.engine.timeline import Timeline
from clsim.engine.trials import Trials
from clsim.randomness import chance
from clsim.strategy.deployment import Sure
from clsim.types import Alarm, Reuse, Rollback, Rows
from clsim.view import View


class Promotions:
    """The tests, trials and rollbacks of one strategy.

    Attributes
    ----------
    ghosts : Ghosts or None
        Who keeps challengers beside the champions that they met; None: nobody.
    churn : Churn or None
        Who keeps champions that gave way; None: nobody.
    """

    ghosts: Ghosts | None = None
    churn: Churn | None = None

    def __init__(
        self,
        restarts: Restarts,
        timeline: Timeline,
        lineage: Lineage,
        serving: Serving,
        journal: Journal,
    ) -> None:
        self.restarts, self._timeline, self.starts = restarts, timeline, timeline.starts
        self.lineage, self.journal = lineage, journal
        self.routing = Routing(serving, timeline, restarts.strategy.online.unit, lineage.champions)
        self.trials = Trials(restarts, lineage, self.routing, journal, self._settle)
        self.reviews = Reviews(restarts, lineage, serving, journal)
        self._held_until: int | None = None

    def turn(self, tick: int) -> None:
        """Let the next strategy take over, if this is its tick; what is under way ends."""
        turn, lineage = self.restarts.turned(tick), self.lineage
        if turn is None:
            return
        self.journal.note(tick, "strategy", reason=turn.name)
        for trial in list(lineage.trials):
            self.trials.end(trial, tick)
            self._supersede(trial.model, f"{turn.name} has taken over", tick)
        for version in lineage.challengers:
            self._supersede(version.number, f"{turn.name} has taken over", tick)
        lineage.challengers.clear()
        self._release(tick)
        self.restarts.turn(tick)
        self.reviews.wins = 0
        self.routing.unit = self.restarts.strategy.online.unit
        lineage.keeps, lineage.reuses = self.restarts.strategy.keeps

    def promote(self, version: Version, tick: int, *, hold: float = 0.0) -> None:
        """Let a model serve from a tick on; the champion retires, but for what is held back."""
        self._hand_over(version, tick, hold)
        self.lineage.promote(version, tick)

    def _hand_over(self, version: Version, tick: int, hold: float = 0.0) -> None:
        if self.churn is not None:
            self.churn.change(self.lineage.champion, tick)
        self.routing.to(version.number, version.serving, tick, hold=hold)
        self._held_until = int(self.starts[tick]) + self._holds() if hold else None
        self.restarts.afresh(tick)
        self.reviews.wins = 0

    def _holds(self) -> int:
        return self.restarts.strategy.online.holds()

    @property
    def unsettled(self) -> bool:
        """Whether a part of the events stays with the champion before, or serving is down."""
        return self._held_until is not None or self.routing.is_down

    def release(self, view: View) -> None:
        """Let serving come back, and the champion have what is held back, when it is time."""
        self.routing.resume(view.tick)
        if self._held_until is not None and view.now >= self._held_until:
            self._release(view.tick)

    def _release(self, tick: int) -> None:
        if self._held_until is not None:
            self.routing.release(tick)
            self._held_until = None

    def _settle(self, version: Version, accepted: bool, tick: int) -> None:
        """Promote a challenger whose trial has ended, or drop it."""
        if accepted:
            self._deploy(version, tick)
        else:
            self.lineage.drop(version)

    def _deploy(self, version: Version, tick: int) -> None:
        number, deployment = version.number, self.restarts.strategy.deployment
        sure = isinstance(deployment, Sure)  # nothing is drawn for it
        if not sure and deployment.fails(self._draw(f"deployment {number}", tick)):
            reason = "the deployment failed"
            self.journal.note(tick, "deploy", model=number, reason=reason, accepted=False)
            self.lineage.drop(version)
            return
        self.promote(version, tick, hold=self.restarts.strategy.online.holdback)
        down = 0 if sure else deployment.down(self._draw(f"outage {number}", tick))
        if down:
            self.routing.take_down(tick, self._timeline.row_at(int(self.starts[tick]) + down))
        reason, detail = f"trained at tick {version.trained}", None
        if version.held is not None:
            since, why = version.held
            reason += f", held since tick {since} ({why})"
            detail = {"held": tick - since}
        self.journal.note(tick, "deploy", model=number, reason=reason, detail=detail)

    def _draw(self, role: str, tick: int) -> float:
        return chance(self._timeline.seed, role, tick)

    # when a training ends ------------------------------------------------------------------------

    def take_effect(self, view: View, knowledge: Knowledge) -> None:
        """Test the challengers that are ready, and promote, reject, review or try them."""
        frozen = self.restarts.strategy.guard.frozen(view)
        for version in [v for v in self.lineage.challengers if v.ready <= view.tick]:
            if frozen is not None and version.held is not None:
                continue
            self.lineage.challengers.remove(version)
            if self._passes(version, view, knowledge):
                if frozen is None:
                    self._deploy(version, view.tick)
                else:
                    self._hold(version, view, frozen)
            elif not self.lineage.goes_on(version):
                self.lineage.drop(version)

    def _hold(self, version: Version, view: View, why: str) -> None:
        """Let a model that has passed wait for the end of a freeze; of several the newest."""
        version.held = view.tick, why
        self.lineage.challengers.append(version)
        held = [other for other in self.lineage.challengers if other.held is not None]
        newest = max(other.number for other in held)
        for other in [other for other in held if other.number != newest]:
            self.lineage.challengers.remove(other)
            self._supersede(other.number, f"model {newest} is newer", view.tick)

    def _passes(self, version: Version, view: View, knowledge: Knowledge) -> bool:
        """Whether a model may serve at once; it may have to wait for its review or its trial."""
        number, champion = version.number, view.champion
        if version.model.fit.failure is not None:
            reason = version.model.fit.failure
            self.journal.note(view.tick, "train_failed", reason=reason, model=number)
            return False
        asked = self.trials.asked(number, view)
        if asked is None and self.lineage.is_newer(version):
            reason = f"model {champion} is newer"
            self.journal.note(view.tick, "superseded", model=number, reason=reason)
            return False
        if self.ghosts is not None:
            self.ghosts.meet(version, self.lineage.champion, view.tick)
        if not self._is_good(version, view, knowledge):
            return False
        if asked is not None:
            self.trials.begin(*asked, view)
        return asked is None

    def _is_good(self, version: Version, view: View, knowledge: Knowledge) -> bool:
        """Whether a model passes its offline test, then its review; it may wait for the latter."""
        if version.submitted is None:
            beats = self._beats(version, view)
            why = None if beats else self.reviews.insists(view)
            if not beats and why is None:
                return False
            if self.reviews.submit(version, view, knowledge, why):
                return False
        if version.submitted is None or version.held is not None:
            return True  # nobody looks, or somebody has, before a freeze
        return self.reviews.passed(version, view, knowledge)

    def _beats(self, version: Version, view: View) -> bool:
        """Whether a challenger passes its offline test; else the champion has won once more."""
        holdout, champion = self._held_out(version, view), view.champion
        verdict = self.restarts.strategy.offline.judge(view, version.number, champion, holdout)
        if verdict is None:
            return True
        self.journal.note(
            view.tick, "offline_test", reason=verdict.reason, model=version.number,
            parent=champion, rows=len(holdout) if verdict.rows is None else verdict.rows,
            accepted=verdict.accepted, detail=verdict.noted,
        )  # fmt: skip
        self.reviews.wins = 0 if verdict.accepted else self.reviews.wins + 1
        return verdict.accepted

    def _held_out(self, version: Version, view: View) -> Rows:
        """What was held out for its test and is kept, without what the champion trained on."""
        holdout, services = view.usable(version.holdout), self.lineage.services
        if not services or services[-1].tick <= version.trained:
            return holdout  # the champion is the one that it was held out from
        fresh = np.union1d(view.unseen(), view.labels.evaluation())
        return np.intersect1d(holdout, fresh, assume_unique=True)

    # re-use --------------------------------------------------------------------------------------

    def reuse(self, action: Reuse, view: View) -> None:
        """Let a retired model serve again, from this tick on."""
        version, champion = self.lineage.reused_by(action), view.champion
        self.journal.note(
            view.tick, "reuse", reason=action.reason, model=version.number, parent=champion,
            detail=action.detail,
        )  # fmt: skip
        self._hand_over(version, view.tick)
        self.lineage.reuse(version, view.tick)

    # rollbacks -----------------------------------------------------------------------------------

    def watch(self, view: View, knowledge: Knowledge, signals: Signals) -> None:
        """Take the champion back if the guard says so, and what goes on from it with it."""
        if self.lineage.replaced is None:
            return
        rollback = self.restarts.strategy.guard.watch(view)
        if rollback is not None:
            if rollback.signals:
                signals.alarm(view, Alarm((), rollback.signals))
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
            self.trials.end(trial, tick)
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
