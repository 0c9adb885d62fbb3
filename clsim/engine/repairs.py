"""People who were called to end what is broken: for each history of repairs a world of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from clsim.engine.journal import Journal
from clsim.engine.timeline import Timeline
from clsim.protocols import Stream, as_stream
from clsim.randomness import chance
from clsim.types import Call

Mended = tuple[tuple[int, int], ...]
"""Repairs that ended a fault: the clock time of the call, and of the end of the work."""


@dataclass
class Repairs:
    """The calls of one strategy in one world.

    Parameters
    ----------
    stream : Stream
        The world as its repairs have left it.
    timeline : Timeline
    mended : tuple of (int, int)
        Those repairs.

    Attributes
    ----------
    new : list of (int, int)
        Repairs that would make another world, in order.
    """

    stream: Stream
    timeline: Timeline
    mended: Mended
    new: list[tuple[int, int]] = field(default_factory=list)

    def call(self, action: Call, tick: int, journal: Journal) -> int:
        """Note a call, and whether the work ends something; the clock time at which it ends."""
        now = int(self.timeline.starts[tick])
        until = now + action.takes
        works = chance(self.timeline.seed, "repair", tick) < action.chance
        ends = works and self._ends((now, until))
        journal.note(
            tick, "repair", reason=action.reason, duration=action.takes, accepted=ends,
            detail=dict(action.detail) if works else {**action.detail, "failed": True},
        )  # fmt: skip
        return until

    def _ends(self, repair: tuple[int, int]) -> bool:
        """Whether a work that succeeds ends something, in this world or in another one."""
        if repair in self.mended:
            return True
        if repair[1] >= int(self.timeline.starts[-1]):
            return False  # nothing of it would be seen
        other = mended_by(self.stream, (repair,), self.timeline.seed)
        if other is not self.stream:
            self.new.append(repair)
        return other is not self.stream


def mended_by(stream: Stream, repairs: Mended, seed: int) -> Stream:
    """The stream without what was broken when somebody was called, from the end of the work on."""
    for called, at in repairs:
        stream = as_stream(stream).mended(called, at, seed)
    return stream


def worlds(found: Iterable[tuple[str, Repairs]]) -> dict[Mended, list[str]]:
    """The worlds in which strategies are to be replayed, since they mended something first."""
    other: dict[Mended, list[str]] = {}
    for name, repairs in found:
        if repairs.new:
            other.setdefault((*repairs.mended, repairs.new[0]), []).append(name)
    return other
