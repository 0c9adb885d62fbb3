"""One strategy on its way through the world: arrive, take effect, measure, decide, serve."""

from __future__ import annotations

from clsim.engine.answering import Answering
from clsim.engine.journal import Journal
from clsim.engine.keeping import Keeping
from clsim.engine.knowledge import Knowledge
from clsim.engine.lineage import Lineage
from clsim.engine.models import Models
from clsim.engine.ordering import order
from clsim.engine.past import Past
from clsim.engine.promotions import Promotions
from clsim.engine.restarts import Restarts
from clsim.engine.serving import Serving
from clsim.engine.signals import Measured, Signals
from clsim.engine.training import first_model, noted, refused, train
from clsim.randomness import integer, seed_globals
from clsim.strategy.strategy import Strategy
from clsim.types import Alarm, Buy, Of, Plan, Reuse
from clsim.view import View


class Lane:
    """One strategy, bound to the clock.

    Labels and log rows arrive with the tick, since calendars say when; and a tick is served when
    somebody looks, or when another model takes over.
    """

    def __init__(
        self,
        strategy: Strategy,
        world: Knowledge,
        models: Models,
        measured: Measured,
        unanswered: str,
    ) -> None:
        self.restarts = Restarts(strategy, world.timeline.seed, world.timeline.starts[:-1])
        self.strategy, self.models = self.restarts.strategy, models
        self.keeping = Keeping(self.strategy, world.timeline)
        self.knowledge = self.keeping.of(world)
        self.lineage, self.journal = Lineage(*self.strategy.keeps), Journal()
        chances = models.records(self.strategy)
        answering = Answering(models.loss, self.strategy.policy)
        self.serving = Serving(self.knowledge, answering, unanswered, chances=chances)
        self.promotions = Promotions(
            self.restarts, world.timeline, self.lineage, self.serving, self.journal
        )
        kept = self.strategy.logging.profiled
        self.past = Past(self.knowledge, self.lineage, self.serving, self._signal, kept)
        self.signals = Signals(self.strategy.monitors, measured, self.journal, self.past)
        self.wakes = 0  # the next tick that needs a step

    def look(self, tick: int) -> View:
        """What the strategy can see at the start of a tick."""
        return View(self.knowledge, self.past, tick)

    def _signal(self, name: str, view: View) -> dict[Of, float]:
        return self.signals.value(name, view)

    def begin(self) -> None:
        """Train the first model on the warm-up, if it has labels."""
        self._seed_globals(-1)
        plan = self.strategy.initial(self.look(0))
        if len(plan.sample.rows) == 0 and not plan.recipe.row_by_row:
            return
        version = first_model(plan, self.lineage, self.knowledge, self.models)
        self.lineage.add(version)
        self.journal.note(
            -1, "initial", reason=plan.reason, model=version.number, rows=plan.sample.size,
            labels=self.knowledge.known.counts_at(0), seconds=version.model.fit.seconds,
        )  # fmt: skip
        self.promotions.promote(version, 0)

    def step(self, tick: int) -> None:
        """Take effect, measure and decide, at the start of a tick."""
        self.keeping.decide(self.past, tick)
        view = self.look(tick)
        self._seed_globals(tick)
        self.promotions.turn(tick)
        if self.lineage.challengers:
            self.promotions.take_effect(view, self.knowledge)
        self.signals.record(view)
        self.promotions.watch(view, self.knowledge, self.signals)
        self.promotions.release(view)
        if self.lineage.trials:
            self.promotions.trials.step(view)
        for action in self.restarts.strategy.decide(view, self.restarts.draw):
            if isinstance(action, Buy):
                order(action, self.restarts.curation, self.knowledge, tick, self.journal)
            elif isinstance(action, Alarm):
                self.signals.alarm(view, action)
            elif isinstance(action, Reuse):
                self.promotions.reuse(action, view)
            else:
                self._start(action, view)
        self.wakes = self._next(tick + 1)

    def _next(self, tick: int) -> int:
        """The next tick that needs a step: the least that any part is due."""
        due = self.restarts.due(tick)
        if due <= tick or self.lineage.trials or self.promotions.unsettled:
            return tick
        ready = [version.ready for version in self.lineage.challengers]
        return min(due, self.restarts.strategy.due(tick), *ready)

    def _seed_globals(self, tick: int) -> None:
        """Let what a user's own parts draw from the global generators depend on the tick alone."""
        if self.restarts.foreign:
            seed_globals(integer(self.knowledge.timeline.seed, "strategy", tick))

    def sleep(self, tick: int) -> None:
        """Measure in a tick in which there is nothing to decide."""
        if self.signals.monitors:
            self.keeping.decide(self.past, tick)
            self._seed_globals(tick)
            self.signals.record(self.look(tick))

    def _start(self, plan: Plan, view: View) -> None:
        """Start a training; one without duration takes effect at once."""
        plan = self.lineage.trusted(plan)
        why_not = refused(plan)
        self.journal.note(
            view.tick, "trigger", reason=plan.reason, accepted=why_not is None, detail=why_not
        )
        if why_not is not None:
            return
        self.lineage.training_ticks.append(view.tick)
        version = train(plan, view.tick, self.lineage, self.knowledge, self.models)
        self.lineage.add(version)
        self.journal.note(
            view.tick, "train", reason=plan.reason, model=version.number, parent=version.parent,
            rows=plan.sample.size, labels=len(plan.holdout), duration=plan.recipe.duration,
            seconds=version.model.fit.seconds, detail=noted(plan, version, self.lineage.champion),
        )  # fmt: skip
        self.lineage.challengers.append(version)
        self.promotions.take_effect(view, self.knowledge)

    def follow(self, world: Knowledge) -> None:
        """See what has become of the world."""
        self.knowledge = self.past.knowledge = self.keeping.of(world, self.knowledge.orders)
        self.serving.enter(self.knowledge)

    def close(self) -> None:
        """End the last service and all trials."""
        timeline = self.knowledge.timeline
        self.keeping.decide(self.past, timeline.n_ticks)
        self.promotions.trials.end_all(timeline.n_ticks)
        self.serving.hand_over(timeline.n, {})
