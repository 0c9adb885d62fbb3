"""Scores of strategies over streams and seeds, as the comparisons for papers take them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.compare.comparison import Setting
from clsim.errors import unknown
from clsim.runs.ledger import Prices, cost, upkeep

KEYS = ["strategy", "stream", "seed"]
PARTS = ("trigger", "dataset", "training", "offline")
"""Parts of a strategy that `scores_table` names, in the order of the loop."""


@dataclass(frozen=True)
class Paired:
    """Values of every strategy in the same runs: one column per stream and seed.

    Attributes
    ----------
    strategies : tuple of str
        The k strategies, as they first appear.
    streams : tuple of str
        The streams that all strategies have.
    stream : numpy.ndarray of shape (n,), int64
        The position in ``streams`` of each column.
    values : numpy.ndarray of shape (k, n)
    """

    strategies: tuple[str, ...]
    streams: tuple[str, ...]
    stream: np.ndarray
    values: np.ndarray

    @property
    def seeds(self) -> np.ndarray:
        """Number of seeds of each stream."""
        return np.bincount(self.stream, minlength=len(self.streams))


def scores_table(compared: Iterable[Setting], prices: Prices) -> pd.DataFrame:
    """One row per run, as the comparisons over streams and seeds take it.

    Parameters
    ----------
    compared : iterable of Setting
        As `clsim.analysis.settings` gives them: each is one stream, called by its name.
    prices : Prices

    Returns
    -------
    pandas.DataFrame
        strategy, stream, seed; score (higher is better); upkeep and cost (in money, the latter
        with the loss at its price); and the parts of the strategy, such as trigger and dataset,
        as text, empty where its configuration does not say.

    Notes
    -----
    A setting is one world, delay and learner. Where a sweep varies more than the stream, each
    combination counts as a stream of its own.
    """
    rows = [
        {"strategy": strategy, "stream": setting.name, "seed": seed,
         "score": np.nan if run.score is None else run.score,
         "upkeep": upkeep(run.totals, prices),
         "cost": cost(run.totals, prices, run.confusion, run.info.classes),
         **_parts(run.config.get("strategy"))}
        for setting in compared
        for strategy, by_seed in setting.runs.items()
        for seed, run in by_seed.items()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=[*KEYS, "score", "upkeep", "cost", *PARTS])


def paired(table: pd.DataFrame, value: str = "score") -> Paired:
    """A column of a tidy table, strategy by strategy, in the runs that all strategies have.

    Runs of the same stream and seed share the world, the delays and the learner's random state
    (common random numbers), so they are compared with each other. A stream and seed that one
    strategy lacks, or where its value is NaN, is left out for all.

    Parameters
    ----------
    table : pandas.DataFrame
        strategy, stream, seed and the value, one row per run.
    value : str, default='score'

    Returns
    -------
    Paired

    Raises
    ------
    ValueError
        If a column is missing, a run stands there twice, or strategies share no run.

    Examples
    --------
    >>> table = pd.DataFrame({"strategy": ["a", "a", "b", "b"], "stream": "s", "seed": [1, 2, 1, 2],
    ...                       "score": [0.5, 0.7, 0.6, 0.9]})
    >>> paired(table).values.tolist()
    [[0.5, 0.7], [0.6, 0.9]]
    """
    check_columns(table, [*KEYS, value])
    twice = table.duplicated(KEYS)
    if twice.any():
        strategy, stream, seed = table.loc[twice, KEYS].iloc[0]
        raise ValueError(f"strategy {strategy!r}, stream {stream!r}, seed {seed!r}: given twice")
    names = table["strategy"].unique()
    wide = table.set_index(KEYS)[value].unstack("strategy")[names].dropna()  # noqa: PD010
    if wide.empty:
        raise ValueError(f"{value}: no stream and seed has a value for each of {list(names)}")
    code, streams = pd.factorize(wide.index.get_level_values("stream"))
    values = np.ascontiguousarray(wide.to_numpy(dtype=float).T)
    return Paired(tuple(names), tuple(streams), code.astype(np.int64), values)


def stream_means(table: pd.DataFrame, value: str = "score") -> pd.DataFrame:
    """Mean over seeds on each stream: what tests over several streams take.

    Parameters
    ----------
    table, value
        As in `paired`, which says which runs count.

    Returns
    -------
    pandas.DataFrame of shape (strategies, streams)

    Notes
    -----
    Seeds of one stream are no independent streams: tests over streams see one number per
    strategy and stream (Demšar, JMLR 2006, section 3.2.3).
    """
    shared = paired(table, value)
    member = shared.stream[:, None] == np.arange(len(shared.streams))
    means = shared.values @ (member / shared.seeds)
    return pd.DataFrame(means, index=list(shared.strategies), columns=list(shared.streams))


def check_columns(table: pd.DataFrame, names: Sequence[str]) -> None:
    """Raise ``ValueError`` for a column that the table lacks."""
    for name in names:
        if name not in table.columns:
            raise ValueError(unknown("column", name, table.columns))


def _parts(strategy: Any) -> dict[str, str]:
    config = strategy if isinstance(strategy, dict) else {}
    return {part: _text(config.get(part)) for part in PARTS}


def _text(part: Any) -> str:
    """A part as one would write it: its class, and its parameters where it has some."""
    if isinstance(part, list | tuple):
        return f"[{', '.join(_text(item) for item in part)}]"
    if not isinstance(part, dict):
        return "" if part is None else str(part)
    name = str(part.get("_target_", "")).rsplit(".", 1)[-1]
    given = [f"{k}={_text(v)}" for k, v in part.items() if k != "_target_" and v is not None]
    return f"{name}({', '.join(given)})" if given else name
