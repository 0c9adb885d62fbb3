"""What is equal for strategies that trained on the same, or answered the same."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from clsim.engine.lineage import Lineage
from clsim.engine.serving import Serving


class Alike:
    """Values by which the past of one strategy is compared with that of another."""

    def __init__(self, lineage: Lineage, serving: Serving) -> None:
        self._lineage, self._serving = lineage, serving

    def answered(self, first: np.ndarray, since: int) -> Hashable:
        """Equal where the same was answered to all events from a row on; None: nobody knows.

        ``first`` has the first row of each tick.
        """
        serving = self._serving
        if serving.answered_by is not None or serving.in_force or serving.said.explores:
            return None  # several models share the events, one was adapted, or some are by chance
        spans = []
        for service in reversed(self._lineage.services):
            start = int(first[service.tick])
            if service.answerer is None:
                return None
            spans.append((max(start, since), service.answerer))
            if start <= since:
                break
        return self._serving.answering.policy, *spans

    def rows(self) -> tuple[Hashable, Hashable]:
        """Of the champion's training rows, and of those held out; equal where they are the same."""
        champion = self._lineage.champion
        return (None, None) if champion is None else champion.names

    def taught(self) -> Hashable:
        """Equal where the same labels are new to the champion, for those who know the same."""
        champion = self._lineage.champion
        return None if champion is None else champion.taught
