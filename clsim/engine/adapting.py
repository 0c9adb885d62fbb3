"""What one strategy learns between the outputs of its models and its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import numpy as np

from clsim.engine.answering import Answering
from clsim.engine.journal import Journal
from clsim.engine.serving import Serving
from clsim.engine.timeline import Timeline
from clsim.policies import Adapt, Adapted
from clsim.strategy.strategy import Strategy
from clsim.types import Rows
from clsim.view import View

NONE = np.empty(0, dtype=np.int64)


class Adapting:
    """The policies of one strategy's models, as they are learned.

    They are values: what a model gave is never asked again, and fits are shared as they were.

    Parameters
    ----------
    strategy : Strategy
        Whose adaptation it is, and whose exploration begins here too.
    serving : Serving
    timeline : Timeline
    journal : Journal
    look : callable
        What the strategy can see at the start of a tick.
    """

    def __init__(
        self,
        strategy: Strategy,
        serving: Serving,
        timeline: Timeline,
        journal: Journal,
        look: Callable[[int], View],
    ) -> None:
        if strategy.exploration.explores:
            serving.said.explore(strategy.exploration, timeline)
        self._adaptation, self._serving, self._journal = strategy.adaptation, serving, journal
        self._first, self._look = timeline.first, look

    def put(self, action: Adapt, tick: int, number: int | None = None) -> None:
        """Let another policy be in force for a model (None: the champion) from a tick on."""
        if number is None:
            number = self._look(tick).champion
        assert number is not None
        before = self._serving.answering_of(number)
        if action.policy == before.policy:
            return
        answering = Answering(before.loss, action.policy)
        self._serving.adapt(number, answering, int(self._first[tick]))
        self._journal.note(
            tick, "adapt", reason=action.reason, model=number, rows=action.rows,
            detail=dict(action.detail),
        )  # fmt: skip

    def ready(self, number: int, view: View) -> None:
        """Learn for a challenger that has passed its tests, as it is tried."""
        self._learn(number, view, NONE)

    def begin(self, number: int, former: int | None, tick: int) -> None:
        """Learn for a model that begins to serve, unless what is in force goes on for it."""
        if not self._adaptation.adapts:
            return
        if self._adaptation.survives and former is not None:
            policy = self._serving.answering_of(former).policy
            assert isinstance(policy, Adapted)
            self.put(Adapt(policy, f"as for model {former}"), tick, number)
        else:
            self._learn(number, self._look(tick), NONE)

    def as_they_serve(self, number: int, view: View) -> Callable[[int], Answering]:
        """How models answer now, a challenger as if it began to serve."""
        found = self._asked(number, view, NONE) if self._adaptation.adapts else None

        def by(model: int) -> Answering:
            if found is None or model != number:
                return self._serving.answering_of(model)
            return Answering(self._serving.loss, found.policy)

        return by

    def judged(
        self, number: int, champion: int | None, holdout: Rows, view: View
    ) -> AbstractContextManager[None]:
        """Both models as they would answer if nothing were known of the rows of a test."""
        if not self._adaptation.adapts:
            return nullcontext()
        return self._judged(number, champion, holdout, view)

    @contextmanager
    def _judged(
        self, number: int, champion: int | None, holdout: Rows, view: View
    ) -> Iterator[None]:
        models = [number] if champion is None else [number, champion]
        before = {model: self._serving.answering_of(model) for model in models}
        for model in models:
            found = self._asked(model, view, holdout)
            policy = self._serving.answering.policy if found is None else found.policy
            self._serving.in_force[model] = Answering(self._serving.loss, policy)
        try:
            yield
        finally:
            self._serving.in_force |= before

    def _learn(self, number: int, view: View, without: Rows) -> None:
        found = self._asked(number, view, without) if self._adaptation.adapts else None
        if found is not None:
            self.put(found, view.tick, number)

    def _asked(self, number: int, view: View, without: Rows) -> Adapt | None:
        begin = self._serving.answering.policy
        assert isinstance(begin, Adapted), "a strategy that adapts begins with nothing learned"
        return self._adaptation.adapt(view, number, begin, without)
