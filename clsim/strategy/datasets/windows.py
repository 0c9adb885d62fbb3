"""All labelled rows, the last of them, or those that are new."""

from __future__ import annotations

from clsim.clock import Clock, Duration, as_duration
from clsim.protocols import Dataset
from clsim.types import Rows
from clsim.view import View


class All(Dataset):
    """Every labelled row.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> view = SimpleNamespace(labelled=lambda: [0, 1, 3])  # what is asked of a view here
    >>> All().rows(view)
    [0, 1, 3]
    """

    def rows(self, view: View) -> Rows:
        return view.labelled()


class SlidingWindow(Dataset):
    """The most recent labelled rows.

    Parameters
    ----------
    window : int or str
        A number of rows: the latest so many events whose labels have arrived. A duration
        (``'28d'``): all labelled events of the last 28 days. Not shorter than a tick.

    Raises
    ------
    TypeError, ValueError
        If the window is neither rows nor a duration above 0; before the first tick, if it is
        shorter than one.

    Examples
    --------
    >>> by_time, by_rows = SlidingWindow("28d"), SlidingWindow(5_000)

    >>> from types import SimpleNamespace
    >>> view = SimpleNamespace(latest=lambda count: [0, 1, 3, 7][-count:])
    >>> SlidingWindow(2).rows(view)
    [3, 7]
    """

    def __init__(self, window: Duration) -> None:
        window = as_duration(window, "window", positive=True)
        self.window = window
        self._rows: int | None = window if isinstance(window, int) else None

    def bind(self, clock: Clock) -> None:
        if self._rows is None:
            self._length = clock.units(self.window, "dataset.window")
        length = self._length if self._rows is None else self._rows
        if (self._rows is not None) == clock.tick_in_rows and length < clock.tick:
            raise ValueError(
                f"dataset.window={self.window!r}: shorter than a tick, so most rows would never "
                "be trained on; widen the window or shorten the tick"
            )

    def rows(self, view: View) -> Rows:
        if self._rows is None:
            return view.since(self._length)
        return view.latest(self._rows)


class NewSinceLast(Dataset):
    """Labelled rows on which the champion and its ancestors never trained.

    For training that goes on from the champion (``Stateful``). A model trained from scratch has no
    ancestors, so what it did not learn itself is new again, however old it is: of trainings one
    after the other every second one has the same rows, and a replay warns of it.

    Examples
    --------
    >>> from clsim.strategy import Strategy
    >>> from clsim.strategy.training import Stateful
    >>> from clsim.strategy.triggers import Periodic
    >>> strategy = Strategy(Periodic("1d"), NewSinceLast(), Stateful())

    >>> from types import SimpleNamespace
    >>> strategy.dataset.rows(SimpleNamespace(unseen=lambda: [3, 7]))
    [3, 7]
    """

    def rows(self, view: View) -> Rows:
        return view.unseen()
