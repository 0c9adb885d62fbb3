"""One strategy on its way through the world: arrive, take effect, measure, decide, serve."""

from __future__ import annotations

from clsim.engine.journal import Journal
from clsim.engine.knowledge import Knowledge
from clsim.engine.lineage import Lineage, Version
from clsim.engine.models import Models, RowByRowModel
from clsim.engine.ordering import kept_by, order
from clsim.engine.past import Past
from clsim.engine.restarts import Restarts, drawing
from clsim.engine.serving import Serving
from clsim.engine.signals import Measured, Signals
from clsim.engine.training import HOW, first_model, train
from clsim.protocols import Draw
from clsim.randomness import integer, seed_globals
from clsim.strategy.strategy import Strategy
from clsim.types import Alarm, Buy, Plan, Trial
from clsim.view import View


class Lane:
    """One strategy, bound to the clock; labels and log rows arrive with the tick."""

    def __init__(
        self, strategy: Strategy, world: Knowledge, models: Models, measured: Measured,
        unanswered: str,
    ) -> None:  # fmt: skip
        self.restarts = Restarts(strategy, world.timeline.seed)
        self.strategy, self.models = self.restarts.strategy, models
        self.knowledge = kept_by(self.strategy, world)
        self.lineage, self.journal = Lineage(self.strategy.guard.keeps), Journal()
        self.serving = Serving(self.knowledge, models.loss, unanswered)
        self.signals = Signals(self.strategy.monitors, measured, self.journal)
        self.past = Past(self.knowledge, self.lineage, self.serving, self.signals)
        self.wakes = 0  # the next tick that needs a step

    def look(self, tick: int) -> View:
        """What the strategy can see at the start of a tick."""
        return View(self.knowledge, self.past, tick)

    def begin(self) -> None:
        """Train the first model on the warm-up, if it has labels."""
        self._seed_globals(-1)
        plan = self.strategy.initial(self.look(0))
        if len(plan.sample.rows) == 0 and not plan.recipe.row_by_row:
            return
        version = first_model(plan, self.lineage, self.knowledge, self.models)
        self.lineage.add(version)
        self.journal.note(
            -1, "initial", reason=plan.reason, model=version.number, rows=len(version.rows),
            labels=self.knowledge.known.counts_at(0), seconds=version.model.seconds,
        )  # fmt: skip
        self._promote(version, 0)

    def step(self, tick: int) -> None:
        """Take effect, measure and decide, at the start of a tick."""
        self._record(tick - 1)
        self._seed_globals(tick)
        view = self.look(tick)
        self._take_effect(view)
        self._record(tick)
        self._guard(view)
        self._try(view)
        for action in self.strategy.decide(view, self._draw(tick)):
            if isinstance(action, Buy):
                order(action, self.strategy.curation, self.knowledge, tick, self.journal)
            elif isinstance(action, Alarm):
                self.signals.alarm(tick, action.signals)
                for reason in action.reasons:
                    self.journal.note(tick, "alarm", reason=reason)
            else:
                self._start(action, view)
        self.wakes = self._next(tick + 1)

    def _next(self, tick: int) -> int:
        """The next tick that needs a step: the least that any part is due."""
        if self.lineage.trials:
            return tick
        ready = [version.ready for version in self.lineage.challengers]
        return min(self.restarts.due(tick), self.strategy.due(tick), *ready)

    def _seed_globals(self, tick: int) -> None:
        """Let what a user's own parts draw from the global generators depend on the tick alone."""
        if self.restarts.foreign:
            seed_globals(integer(self.knowledge.timeline.seed, "strategy", tick))

    def _draw(self, tick: int) -> Draw:
        """Numbers for this tick's random choices among rows."""
        return drawing(self.knowledge.timeline.seed, f"strategy.curation {tick}")

    def _record(self, tick: int) -> None:
        """Record the signals of ticks up to one, those slept through included."""
        champion = self.lineage.champion
        self.signals.record(self.look, tick, -1 if champion is None else champion.number)

    # trainings and tests -----------------------------------------------------------------------

    def _start(self, plan: Plan, view: View) -> None:
        plan = self.lineage.trusted(plan)
        rows = len(plan.sample.rows)
        detail = None if rows else {"failure": "no labelled rows to train on"}
        self.journal.note(
            view.tick, "trigger", reason=plan.reason, accepted=rows > 0, detail=detail
        )
        if not rows:
            return
        self.lineage.training_ticks.append(view.tick)
        version = train(plan, view.tick, self.lineage, self.knowledge, self.models)
        self.lineage.add(version)
        self.journal.note(
            view.tick, "train", reason=plan.reason, model=version.number, parent=version.parent,
            rows=rows, labels=len(plan.holdout), duration=plan.recipe.duration,
            seconds=version.model.seconds, detail=HOW[plan.recipe.how],
        )  # fmt: skip
        self.lineage.challengers.append(version)
        self._take_effect(view)

    def _take_effect(self, view: View) -> None:
        """Test the challengers that are ready, and promote, reject or try them."""
        for version in [v for v in self.lineage.challengers if v.ready <= view.tick]:
            self.lineage.challengers.remove(version)
            if self._passes(version, view):
                self._promote(version, view.tick)
                self.journal.note(
                    view.tick, "deploy", model=version.number,
                    reason=f"trained at tick {version.trained}",
                )  # fmt: skip
            elif version.stage != "trial":
                self.lineage.drop(version)

    def _passes(self, version: Version, view: View) -> bool:
        number, champion = version.number, self.lineage.champion
        if version.model.failure is not None:
            reason = version.model.failure
            self.journal.note(view.tick, "train_failed", reason=reason, model=number)
            return False
        against = None if champion is None else champion.number
        trial = Trial(number, -1 if against is None else against, view.tick)
        tried = against is not None and self.strategy.online.begin(view, trial)
        superseded = self.lineage.superseded(version, tried)
        if superseded is not None:
            self.journal.note(view.tick, "superseded", model=number, reason=superseded)
            return False
        verdict = self.strategy.offline.judge(view, number, against, version.holdout)
        if verdict is not None:
            self.journal.note(
                view.tick, "offline_test", reason=verdict.reason, model=number, parent=against,
                rows=len(version.holdout), accepted=verdict.accepted, detail=verdict.detail,
            )  # fmt: skip
            if not verdict.accepted:
                return False
        if tried:
            version.stage = "trial"
            self._begin(trial, "begins as a shadow")
        return not tried

    # trials and rollbacks ----------------------------------------------------------------------

    def _begin(self, trial: Trial, reason: str) -> None:
        self.lineage.trials.append(trial)
        row = int(self.knowledge.timeline.first[trial.tick])
        self.serving.shadow(trial.model, self.lineage.versions[trial.model].model, row)
        self.journal.note(
            trial.tick, "online_test", reason=reason, model=trial.model, parent=trial.champion
        )

    def _try(self, view: View) -> None:
        """Ask each trial for its verdict; one against a former champion starts afresh, or ends."""
        for trial in list(self.lineage.trials):
            champion = self.past.champion
            if trial.champion != champion:
                self._end(trial, view.tick)
                if champion is None or not self.strategy.online.afresh:
                    self._supersede(trial.model, f"model {champion} serves now", view.tick)
                    continue
                trial = Trial(trial.model, champion, view.tick)
                self._begin(trial, "begins afresh against another champion")
            verdict = self.strategy.online.step(view, trial)
            if verdict is None:
                continue
            self._end(trial, view.tick)
            version = self.lineage.versions[trial.model]
            self.journal.note(
                view.tick, "online_test", reason=verdict.reason, model=trial.model,
                parent=trial.champion, rows=verdict.rows or 0, accepted=verdict.accepted,
                detail=verdict.detail,
            )  # fmt: skip
            if verdict.accepted:
                self._promote(version, view.tick)
                reason = f"trained at tick {version.trained}"
                self.journal.note(view.tick, "deploy", model=version.number, reason=reason)
            else:
                self.lineage.drop(version)

    def _end(self, trial: Trial, tick: int) -> None:
        self.lineage.trials.remove(trial)
        self.serving.end_shadow(trial.model, int(self.knowledge.timeline.first[tick]))

    def _supersede(self, number: int, reason: str, tick: int) -> None:
        self.journal.note(tick, "superseded", model=number, reason=reason)
        self.lineage.drop(self.lineage.versions[number])

    def _guard(self, view: View) -> None:
        """Take the champion back if the guard says so, and what was trained on from it with it."""
        if self.lineage.replaced is None:
            return
        rollback = self.strategy.guard.watch(view)
        if rollback is None:
            return
        withdrawn, version = self.lineage.withdrawn_by(rollback)
        self.journal.note(
            view.tick, "rollback", reason=rollback.reason, model=version.number,
            parent=withdrawn.number, detail=rollback.detail,
        )  # fmt: skip
        for trial in [t for t in self.lineage.trials if self.lineage.stems(t.model, withdrawn)]:
            self._end(trial, view.tick)
            self._supersede(trial.model, f"model {withdrawn.number} was withdrawn", view.tick)
        for other in [
            v for v in self.lineage.challengers if self.lineage.stems(v.number, withdrawn)
        ]:
            self.lineage.challengers.remove(other)
            self._supersede(other.number, f"model {withdrawn.number} was withdrawn", view.tick)
        self._hand_over(version, view.tick)
        if rollback.distrust:
            self.lineage.distrust(version, self.knowledge)
        self.lineage.take_back(version, view.tick)

    def _promote(self, version: Version, tick: int) -> None:
        self._hand_over(version, tick)
        self.lineage.promote(version, tick)

    def _hand_over(self, version: Version, tick: int) -> None:
        """Let a model answer from a tick on; triggers start afresh."""
        self.serving.hand_over(int(self.knowledge.timeline.first[tick]), version.serving)
        self.restarts.afresh(tick)

    # branches and the end ----------------------------------------------------------------------

    def enter(self, world: Knowledge, moved: dict[int, RowByRowModel]) -> None:
        """Go on in another branch of the world.

        Parameters
        ----------
        moved : dict
            Models that go on learning there, by what they were; strategies that move together
            share them.
        """
        self.follow(world)
        for version in self.lineage.versions.values():
            model = version.serving
            if isinstance(model, RowByRowModel):
                if id(model) not in moved:
                    moved[id(model)] = model.fork(self.knowledge)
                version.serving = moved[id(model)]
                if version is self.lineage.champion:
                    self.serving.moved(version.serving)

    def follow(self, world: Knowledge) -> None:
        """See what has become of the world."""
        self.knowledge = self.past.knowledge = kept_by(self.strategy, world, self.knowledge.orders)
        self.serving.enter(self.knowledge)

    def close(self) -> None:
        """End the last service and all trials."""
        last = self.knowledge.timeline.n_ticks
        for trial in list(self.lineage.trials):
            self._end(trial, last)
        self._record(last - 1)
        self.serving.hand_over(self.knowledge.timeline.n, None)
