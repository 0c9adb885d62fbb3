"""What the parts of a strategy say together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clsim.errors import prefixed
from clsim.protocols import (
    Adaptation,
    Curation,
    Dataset,
    Deployment,
    Exploring,
    Guard,
    Logging,
    Monitor,
    OfflineTest,
    OnlineTest,
    Part,
    Repairing,
    Reusing,
    Review,
    Training,
    Trigger,
)
from clsim.readable import Readable
from clsim.types import Extent, Schema


class Composed(Readable):
    """A part for each stage, and what is to be known of all of them."""

    trigger: Trigger
    dataset: Dataset
    training: Training
    offline: OfflineTest
    online: OnlineTest
    review: Review
    guard: Guard
    deployment: Deployment
    adaptation: Adaptation
    exploration: Exploring
    repair: Repairing
    reuse: Reusing
    logging: Logging
    curation: Curation
    monitors: dict[str, Monitor]

    @property
    def parts(self) -> Iterator[Part]:
        """All parts of the strategy; monitors before what names their signals."""
        yield from self.monitors.values()
        yield from (self.logging, self.curation, self.trigger, self.dataset, self.training)
        yield from (self.offline, self.review, self.online, self.deployment, self.guard, self.reuse)
        yield from (self.adaptation, self.exploration, self.repair)

    @property
    def keeps(self) -> tuple[int, int]:
        """How many former champions are kept, and how many retired models can be re-used."""
        return max(self.guard.keeps, self.curation.keeps), self.reuse.keeps

    def _named(self, *keys: str) -> dict[str, Any]:
        """Monitors, and some other parts, by their places."""
        found = {f"monitors.{key}": monitor for key, monitor in self.monitors.items()}
        return found | {key: getattr(self, key) for key in keys}

    @property
    def reads_chances(self) -> tuple[str, Part] | None:
        """What asks for probabilities: the first monitor that does, else another part."""
        parts = self._named("logging", "curation", "offline", "training")
        asking: dict[str, Part] = {key: part for key, part in parts.items() if part.reads_chances}
        return next(iter([*asking.items(), *self.expects_losses.items()]), None)

    @property
    def expects_losses(self) -> dict[str, Part]:
        """What asks for the losses that are expected before there are labels, by its place."""
        parts = self._named("offline", "online")
        return {key: part for key, part in parts.items() if part.expects_losses}

    @property
    def reads_complaints(self) -> str | None:
        """What asks for complaints: the first monitor that does, else another part."""
        parts = self._named("curation", "offline")
        return next((key for key, part in parts.items() if part.reads_complaints), None)

    def check_loss(self, loss: str, schema: Schema) -> None:
        """Refuse a loss by which the answers cannot be scored, or challengers not be judged."""
        self.offline.check_loss(loss)
        self.online.check_loss(loss)
        self.adaptation.check_loss(loss, schema)
        self.exploration.check_loss(loss)

    def check_scores(self, loss: Extent, score: Extent) -> None:
        """Raise `Unreachable` for a bound of any part that no loss or score can reach."""
        stages = ("trigger", "offline", "online", "review", "guard", "reuse", "repair")
        for key, part in self._named(*stages).items():
            with prefixed(key):
                part.check_scores(loss, score)

    def due(self, tick: int) -> int:
        """The first tick at or after a tick in which a part other than the trigger is asked."""
        parts = self.logging, self.curation, self.guard, self.adaptation, self.repair
        return min(part.due(tick) for part in parts)
