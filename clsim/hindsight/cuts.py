"""A stretch of a table as a table: so a log has a part to choose on, and one to price on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from clsim.errors import check_number
from clsim.hindsight.files import INITIAL
from clsim.hindsight.signals import Signals
from clsim.hindsight.table import Counterfactual
from clsim.types import NEVER


def stretch(table: Counterfactual, first: int, stop: int | None = None) -> Counterfactual:
    """The table of some ticks, counted from 0, as if the replay had begun with the first of them.

    Its initial model is the newest that can serve then: the one of the table, or one that was
    trained in the ticks before.

    Parameters
    ----------
    table : Counterfactual
    first, stop : int
        The first tick, and the one after the last; None: to the end.

    Returns
    -------
    Counterfactual
        Its ticks are counted from 0. It has no ``served``, and of ``info`` the signals alone.

    Raises
    ------
    TypeError, ValueError
        If there are no such ticks.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "version": ["a", "a", "a", "b", "b", "c"], "trained_at": [-1, -1, -1, 1, 1, 2],
    ...     "tick": [0, 1, 2, 1, 2, 2], "loss": [2, 5, 6, 1, 4, 3], "n": [10] * 6,
    ... })
    >>> stretch(Counterfactual.from_frame(frame), 2).loss.tolist()
    [[3.0], [4.0]]
    """
    ticks = table.loss.shape[1]
    stop = ticks if stop is None else stop
    check_number("first", first, whole=True, low=0, high=ticks - 1)
    check_number("stop", stop, whole=True, low=first + 1, high=ticks)
    inside = np.flatnonzero((table.ticks >= first) & (table.ticks < stop))
    before = np.flatnonzero((table.ticks < first) & (table.serves <= first))
    newest = before[table.ticks[before].argmax()]
    rows, part = np.append(inside, newest), slice(first, stop)

    def cut(values: np.ndarray) -> np.ndarray:
        return values[rows, part]

    def shifted(at: np.ndarray) -> np.ndarray:
        moved = np.where(at[rows] >= stop, NEVER, at[rows] - first)
        moved[-1] = 0
        return moved

    used = table.rows[rows].copy()
    used[-1] = 0
    signals = table.signals
    if signals is not None:
        signals = Signals(
            {n: {of: cut(v) for of, v in some.items()} for n, some in signals.values.items()},
            signals.starts[first : stop + 1], shifted(signals.ends), signals.labels[part],
            signals.timed, signals.decides,
        )  # fmt: skip
    missing = table.unanswered
    return replace(
        table, loss=cut(table.loss), ticks=np.append(table.ticks[inside] - first, INITIAL),
        serves=shifted(table.serves), rows=used, n=table.n[part],
        unanswered=None if missing is None else cut(missing),
        slices={name: cut(values) for name, values in table.slices.items()},
        slice_n={name: n[part] for name, n in table.slice_n.items()},
        slice_unanswered={name: cut(v) for name, v in table.slice_unanswered.items()},
        held_out=table.held_out[rows], seconds=table.seconds[rows],
        failures={tick - first: why for tick, why in table.failures.items()
                  if first <= tick < stop},
        variance=None if table.variance is None else cut(table.variance), served=None,
        signals=signals,
        setting=replace(table.setting, candidates=(table.ticks[inside] - first).tolist()),
        info={key: value for key, value in table.info.items() if key == "signals"},
    )  # fmt: skip
