"""How well what was served has scored, by the labels that have arrived."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_choice, check_flag, check_number, unknown
from clsim.monitoring import arrived
from clsim.protocols import Monitor
from clsim.slices import InSlices, Sliced
from clsim.statistics.picked import (
    PICKED,
    PREDICTION_POWERED,
    prediction_powered,
    weighted_mean,
)
from clsim.types import Column, Extent, Of, Rows, Schema
from clsim.view import View


class Score(InSlices):
    """The declared score on the latest labelled events, whoever served them.

    Labels that come fast are there before those that come slowly. Where that depends on the outcome
    the score of all that have arrived is wrong; ``mature`` or ``weigh`` make up for it.

    Parameters
    ----------
    window : int, default=500
        Number of the most recent served events whose labels have arrived; by ``weigh``, number of
        the most recent events, labelled or not.
    min_labels : int, default=100
        With fewer there is no number.
    mature : int, str or None, default=None
        Only events older than this count (rows, or a duration): the time that the slowest outcome
        takes. Those without a label by then are skipped; `Unlabelled` counts them. None: all labels
        that have arrived.
    weigh : str or None, default=None
        Each label stands for 1/P(arrived by the age of its event), within its class (``'class'``)
        or its slice (the name of a slice column), as `clsim.monitoring.arrived.weights` estimates
        it, in ticks, from the events of the window, which so must be longer than the slowest label
        takes. It
        mends a delay that depends on the class or slice, not one that depends on being right; and
        for events so young that no label of their group has ever come as fast, nobody stands.
        ``'picked'``: each bought label stands for 1/P(picked), so that the score is that of all
        events of the ticks in which labels were bought, and not of those picked
        (`clsim.statistics.picked`); only where labels are bought by chance and none comes by
        itself. ``'prediction_powered'``: that of all events from the first of these to the last,
        as the probabilities beside the answers let it expect, mended by what they miss where there
        are labels: surer where they are near the truth, less sure where they are not, and without
        bias either way.
    clip : float, default=20
        By ``weigh`` no label stands for more events; ``'picked'`` and ``'prediction_powered'`` know
        how many, and need none.
    per_class : bool, default=False
        Whether there is a number for each class too, by its name: the score on events of it.
    slices : sequence of str or `clsim.monitoring.Where`, default=()
        Slices that have a number too.
    of : {'all', 'champion'}, default='all'
        Events that were served at any time, or since the present champion began to serve.

    Examples
    --------
    >>> monitor = Score(window=300, mature="30d", slices=["region"])
    """

    shared = True

    def __init__(
        self,
        window: int = 500,
        min_labels: int = 100,
        mature: Duration | None = None,
        weigh: str | None = None,
        clip: float = arrived.CLIP,
        per_class: bool = False,
        slices: Sequence[Sliced] = (),
        of: str = "all",
    ) -> None:
        super().__init__(slices)
        check_choice("of", of, ("all", "champion"))
        check_number("window", window, whole=True, low=1)
        check_number("min_labels", min_labels, whole=True, low=1, high=window)
        check_number("clip", clip, low=1)
        check_flag("per_class", per_class)
        if weigh is not None and not isinstance(weigh, str):
            raise TypeError(
                f"weigh={weigh!r}: expected 'class', 'picked', 'prediction_powered' or the name of "
                "a slice column"
            )
        self.undoes_picks = weigh in (PICKED, PREDICTION_POWERED)
        self.expects_losses = self.reads_chances = weigh == PREDICTION_POWERED
        if self.expects_losses and per_class:
            raise ValueError(
                f"per_class=True: of events without a label the class is not known, and "
                f"weigh={weigh!r} goes by all; give weigh='picked', or slices"
            )
        if mature is not None and weigh is not None:
            raise ValueError(
                f"weigh={weigh!r}: mature={mature!r} makes up for late labels in another way; give "
                "one of the two"
            )
        self.window, self.min_labels = window, min_labels
        self.mature = None if mature is None else as_duration(mature, "mature")
        self.weigh, self.clip = weigh, clip
        self.per_class = per_class
        self.of = of
        self._mature = 0

    def bind(self, clock: Clock) -> None:
        if self.mature is not None:
            self._mature = clock.units(self.mature, "monitor.mature")

    def check_schema(self, schema: Schema) -> None:
        super().check_schema(schema)
        classes = schema.task == "classification"
        if self.weigh is not None:
            allowed = ["class", PICKED, PREDICTION_POWERED] if classes else [PICKED]
            allowed += schema.slices
            if self.weigh not in allowed:
                raise ValueError(f"monitor.weigh: {unknown('group', self.weigh, allowed)}")
        if self.per_class and not classes:
            raise ValueError(
                "monitor.per_class=True: the stream's task is regression; leave it out"
            )

    def extent(self, score: Extent) -> Extent:
        return Extent() if self.expects_losses else score  # what is mended may lie outside

    def names(self, schema: Schema) -> Sequence[str]:
        return [str(name) for name in schema.classes] if self.per_class else ()

    def measure(self, view: View) -> dict[Of, float]:
        rows, weights = self._weighed(view)
        losses = view.outcomes.losses(rows)
        there = ~np.isnan(losses)
        rows, losses = rows[there], losses[there]
        weights = None if weights is None else weights[there]
        if self.expects_losses and weights is not None:
            return self._powered(view, rows, losses, weights)
        slices, classes = self.groups(view, rows), dict[Of, np.ndarray]()
        if self.per_class:
            codes = view.schema.codes(view.y(rows))
            classes = {str(name): codes == code for code, name in enumerate(view.schema.classes)}
        groups = {None: slices.pop(None), **classes, **slices}
        values: dict[Of, float] = {}
        for of, mask in groups.items():
            if mask.sum() < self.min_labels:
                continue
            if weights is None:
                mean = losses[mask].mean()
            else:
                mean = weighted_mean(losses[mask], weights[mask])
            values[of] = float(view.score(mean))
        return values

    def _powered(
        self, view: View, rows: Rows, losses: np.ndarray, weights: np.ndarray
    ) -> dict[Of, float]:
        """The score of all events between the first and the last of some with labels."""
        if len(rows) < self.min_labels:
            return {}
        every = view.stretch(int(rows[0]), int(rows[-1]) + 1)
        expected = view.outcomes.expected_losses(every)
        there = ~np.isnan(expected)
        place, values = np.searchsorted(every, rows), dict[Of, float]()
        for of, mask in self.groups(view, every).items():
            some = (mask & there)[place]
            if some.sum() >= self.min_labels:
                mean = prediction_powered(
                    expected[mask & there], expected[place[some]], losses[some], weights[some]
                ).value
                values[of] = float(view.score(mean))
        return {of: value for of, value in values.items() if not np.isnan(value)}

    def _weighed(self, view: View) -> tuple[Rows, np.ndarray | None]:
        """Labelled rows, and how many events each stands for, if not all the same."""
        first = view.first_row(0 if self.of == "all" else view.promoted)
        if self.mature is not None:
            rows = mature_rows(view, self._mature, self.window)
            rows = rows[np.searchsorted(rows, first) :]
            return rows[view.labels.known(rows)][-self.window :], None
        if self.weigh is None:
            rows = view.latest_known(self.window)
            return rows[np.searchsorted(rows, first) :], None
        rows = view.recent(self.window)
        rows = rows[np.searchsorted(rows, first) :]
        known = view.labels.known(rows)
        if self.undoes_picks:
            stands = view.labels.stands_for(rows)
            known &= ~np.isnan(stands)
            return rows[known], stands[known]
        if self.weigh == "class":
            groups, by = np.full(len(rows), -1), "class"
            groups[known] = view.schema.codes(view.y(rows[known]))
        else:
            groups, by = view.slices(rows)[self.weigh], "slice"
        weights = arrived.weights(view.labels.waited(rows), view.ages(rows), groups, by, self.clip)
        return rows[known], weights[known]


def mature_rows(view: View, length: int, labelled: int) -> Rows:
    """The latest served rows that are older than a length, as many as have some labels among them.

    Parameters
    ----------
    view : View
    length : int
        In clock units.
    labelled : int
        So many of them have a label, if there are so many.
    """
    first, end = view.first_row(0), view.row_at(view.now - length + 1)
    count = labelled
    while True:
        rows = view.recent(count, end)
        done = len(rows) < count or rows[0] <= first
        rows = rows[np.searchsorted(rows, first) :]
        if done or view.labels.known(rows).sum() >= labelled:
            return rows
        count *= 2


class Unlabelled(InSlices):
    """The share of mature events without a label: those that `Score` skips.

    Parameters
    ----------
    mature : int or str
        Events older than this (rows, or a duration) are mature.
    window : int, default=500
        Number of the most recent of them.
    min_rows : int, default=50
        With fewer there is no number.
    slices : sequence of str or `clsim.monitoring.Where`, default=()
        Slices that have a number too.

    Examples
    --------
    >>> monitor = Unlabelled(mature="30d")
    """

    shared = True

    def __init__(
        self,
        mature: Duration,
        window: int = 500,
        min_rows: int = 50,
        slices: Sequence[Sliced] = (),
    ) -> None:
        super().__init__(slices)
        self.mature = as_duration(mature, "mature")
        check_number("window", window, whole=True, low=1)
        check_number("min_rows", min_rows, whole=True, low=1, high=window)
        self.window, self.min_rows = window, min_rows

    def bind(self, clock: Clock) -> None:
        self._mature = clock.units(self.mature, "monitor.mature")

    def extent(self, score: Extent) -> Extent:
        return Extent(0, 1)

    def names(self, schema: Schema) -> Sequence[str]:
        return ()

    def measure(self, view: View) -> dict[Of, float]:
        rows = view.recent(self.window, view.row_at(view.now - self._mature + 1))
        rows = rows[np.searchsorted(rows, view.first_row(0)) :]
        missing = ~view.labels.known(rows)
        return {
            of: float(missing[mask].mean())
            for of, mask in self.groups(view, rows).items()
            if mask.sum() >= self.min_rows
        }


class ArrivalBias(Monitor):
    """How much too good the labels that have arrived look: their score, less one that mends it.

    It is far from 0 where the labels that come fast are others than those that come slowly. What
    changed between the recent events and the mature ones is in it too.

    Parameters
    ----------
    score : Score
        One with ``mature`` or ``weigh``.

    Examples
    --------
    >>> monitor = ArrivalBias(Score(window=300, mature="30d"))
    """

    def __init__(self, score: Score) -> None:
        if not isinstance(score, Score):
            raise TypeError(f"score={score!r}: expected a Score")
        if score.mature is None and score.weigh is None:
            raise ValueError("score: it must have mature or weigh, to differ from what has arrived")
        self.score = score
        self.asks_as(score)
        self._arrived = Score(
            score.window, score.min_labels, per_class=score.per_class, slices=score.slices.given,
            of=score.of,
        )  # fmt: skip

    def bind(self, clock: Clock) -> None:
        self.score.bind(clock)

    def check_schema(self, schema: Schema) -> None:
        self.score.check_schema(schema)

    def check_columns(self, column: Callable[[str], Column]) -> None:
        self.score.check_columns(column)

    def names(self, schema: Schema) -> Sequence[str]:
        return self.score.names(schema)

    def slice_names(self, schema: Schema) -> Sequence[str] | None:
        return self.score.slice_names(schema)

    def measure(self, view: View) -> dict[Of, float]:
        now, mended = self._arrived.measure(view), self.score.measure(view)
        return {of: now[of] - value for of, value in mended.items() if of in now}
