"""Other delays for some events: those whose label never comes, of a class, of a slice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from clsim.clock import Clock, Duration
from clsim.errors import check_dict, check_number, check_text, unknown
from clsim.protocols import Delay
from clsim.randomness import integer
from clsim.streams.delays.constant import Constant, inner_delay
from clsim.streams.delays.labels import class_codes, named
from clsim.streams.delays.rows import piece_of, uniforms
from clsim.types import NEVER_TIME, Batch, Schema


class Missing(Delay):
    """A share of labels, chosen at random, never comes; the others come as ``delay`` says.

    Parameters
    ----------
    share : float or dict of label to float, default=1.0
        In [0, 1]; 1: no label ever comes. By label: none is missing of a label without a share.
    delay : Delay, str, int or None, default=None
        A delay, or a duration. None: at once.

    Examples
    --------
    >>> delay = Missing(share=0.2, delay="3d")  # one label of five never comes

    Labels of class 1 never come, and others after three rows:

    >>> events = Batch(np.zeros((3, 1)), y=np.array([0, 1, 0]), time=np.arange(3))
    >>> schema = Schema(("x",), "classification", np.array([0, 1]), timed=False)
    >>> delay = Missing(share={1: 1.0}, delay=3)
    >>> times = delay.label_times(events, schema, Clock.of(False, tick=1), seed=0)
    >>> (times == NEVER_TIME).tolist(), int(times[2])
    ([False, True, False], 5)
    """

    def __init__(
        self,
        share: float | Mapping[Any, float] = 1.0,
        delay: Delay | Duration | None = None,
    ) -> None:
        if isinstance(share, Mapping):
            check_dict("share", share, "{'no': 0.9}")
            for label, one in share.items():
                check_number(f"share[{label}]", one, low=0, high=1)
        else:
            check_number("share", share, low=0, high=1)
        self.share = share
        self.delay = Constant(0) if delay is None else inner_delay(delay, "delay")

    def inner(self) -> Sequence[Delay]:
        return [self.delay]

    def label_times(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> np.ndarray:
        share: Any = self.share
        if isinstance(self.share, Mapping):
            codes, names = class_codes("share", events, schema)
            shares = named("share", "label", self.share, names)
            share = np.array([shares.get(name, 0.0) for name in names])[codes]
        # with a seed of its own, what is within is independent even if it is Missing too
        known = self.delay.label_times(events, schema, clock, integer(seed, "delay.missing"))
        return np.where(uniforms(events, seed, "delay.missing") < share, NEVER_TIME, known)


class _Grouped(Delay):
    """A delay for each group of events. Each sees the events of its own group alone."""

    def __init__(
        self, delays: Mapping[Any, Delay | Duration], default: Delay | Duration | None = None
    ) -> None:
        if default is None or not isinstance(delays, Mapping):
            check_dict("delays", delays, "{'no': '7d'}")
        self.delays = {name: inner_delay(d, f"delays[{name}]") for name, d in delays.items()}
        self.default = None if default is None else inner_delay(default, "default")

    def _groups(self, events: Batch, schema: Schema) -> tuple[str, np.ndarray, list[str]]:
        """Kind of group, the group of each event as a position in the names, and these."""
        raise NotImplementedError

    def inner(self) -> Sequence[Delay]:
        return [*self.delays.values(), *([] if self.default is None else [self.default])]

    def label_times(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> np.ndarray:
        kind, codes, names = self._groups(events, schema)
        delays = named("delays", kind, self.delays, names)
        bare = [name for name in names if name not in delays]
        if bare and self.default is None:
            raise ValueError(f"delays: no delay for {kind} '{bare[0]}'; add it, or give default")
        # no event is in two groups, so one seed serves all: rows keep their random numbers
        number = {name: position for position, name in enumerate(delays)}
        group = np.array([number.get(name, len(delays)) for name in names])[codes]
        known = np.empty(len(events.time), dtype=np.int64)
        for position, delay in enumerate([*delays.values(), self.default]):
            rows = np.flatnonzero(group == position)
            if delay is not None and len(rows):
                known[rows] = delay.label_times(piece_of(events, rows), schema, clock, seed)
        return known


class ByClass(_Grouped):
    """A delay for each class, as where a sale is known at once and no sale after a month.

    Note that a label's lateness then says something of its class: those that come early are no fair
    sample.

    Parameters
    ----------
    delays : dict of label to Delay, str or int
        A delay or a duration for each class.
    default : Delay, str, int or None, default=None
        For classes that ``delays`` does not name. None: it must name all.

    Examples
    --------
    >>> delay = ByClass({1: 0, 0: "30d"})  # a sale at once, no sale after a month

    >>> events = Batch(np.zeros((3, 1)), y=np.array([0, 1, 0]), time=np.arange(3))
    >>> schema = Schema(("x",), "classification", np.array([0, 1]), timed=False)
    >>> delay = ByClass({1: 0, 0: 30})
    >>> delay.label_times(events, schema, Clock.of(False, tick=1), seed=0).tolist()
    [30, 1, 32]
    """

    def _groups(self, events: Batch, schema: Schema) -> tuple[str, np.ndarray, list[str]]:
        return ("class", *class_codes("delays", events, schema))


class BySlice(_Grouped):
    """A delay for each slice, as where regions report at different speeds.

    Parameters
    ----------
    column : str
        A slice column of the stream.
    delays : dict of value to Delay, str or int
        A delay or a duration for each value of the column.
    default : Delay, str, int or None, default=None
        For values that ``delays`` does not name. None: it must name all.

    Examples
    --------
    >>> delay = BySlice("region", {"north": "1d", "south": "14d"})

    >>> region = {"region": np.array([0, 1, 0])}
    >>> events = Batch(np.zeros((3, 1)), np.array([0, 1, 0]), np.arange(3), slices=region)
    >>> names = {"region": ("region=north", "region=south")}
    >>> schema = Schema(("x",), "classification", np.array([0, 1]), timed=False, slices=names)
    >>> delay = BySlice("region", {"north": 1, "south": 14})
    >>> delay.label_times(events, schema, Clock.of(False, tick=1), seed=0).tolist()
    [1, 15, 3]
    """

    def __init__(
        self,
        column: str,
        delays: Mapping[Any, Delay | Duration],
        default: Delay | Duration | None = None,
    ) -> None:
        super().__init__(delays, default)
        check_text("column", column)
        self.column = column

    def _groups(self, events: Batch, schema: Schema) -> tuple[str, np.ndarray, list[str]]:
        if self.column not in schema.slices:
            if not schema.slices:
                raise ValueError(f"column={self.column!r}: this stream has no slices")
            raise ValueError(f"column: {unknown('slice column', self.column, schema.slices)}")
        names = [name.removeprefix(f"{self.column}=") for name in schema.slices[self.column]]
        return "slice", events.slices[self.column], names
