"""Scores of strategies over streams and seeds, as the comparisons for papers take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.compare.comparison import Setting
from clsim.analysis.compare.worlds import World, worlds
from clsim.errors import unknown
from clsim.runs.ledger import Prices, cost, upkeep

KEYS = ["strategy", "stream", "seed"]
PARTS = ("trigger", "dataset", "training", "offline")
"""Parts of a strategy that `scores_table` names, in the order of the loop."""


@dataclass(frozen=True)
class Paired:
    """Values of every strategy in the same draws: one column per draw of a stream.

    Attributes
    ----------
    strategies : tuple of str
        The k strategies, as they first appear.
    streams : tuple of str
        The streams that all strategies have; each is a world.
    kinds : tuple of str
        The kind of each stream.
    stream : numpy.ndarray of shape (n,), int64
        The position in ``streams`` of each column.
    draw : numpy.ndarray of shape (n,)
        The draw of each column: its seed.
    values : numpy.ndarray of shape (k, n)
        Means over the settings of a world, such as its delays.
    """

    strategies: tuple[str, ...]
    streams: tuple[str, ...]
    kinds: tuple[str, ...]
    stream: np.ndarray
    draw: np.ndarray
    values: np.ndarray

    @property
    def seeds(self) -> np.ndarray:
        """Number of draws of each stream."""
        return np.bincount(self.stream, minlength=len(self.streams))


def scores_table(compared: Sequence[Setting], prices: Prices) -> pd.DataFrame:
    """One row per run, as the comparisons over streams and seeds take it.

    Parameters
    ----------
    compared : sequence of Setting
        As `clsim.analysis.settings` gives them.
    prices : Prices

    Returns
    -------
    pandas.DataFrame
        strategy; kind and stream (the world, as `clsim.analysis.worlds` finds it), setting, seed
        and draw (the seed; a recorded log is one draw whatever the seed, called by its name);
        score (higher is better); upkeep and cost (in money, the latter with the loss at its
        price); and the parts of the strategy, such as trigger and dataset, as text, empty where
        its configuration does not say.

    Raises
    ------
    ValueError
        If a run cannot be priced: a quantity is missing whose price is not 0, or errors are priced
        by class and the run has other classes.

    Notes
    -----
    Settings of one world, such as its delays, learners and ticks, are no streams of their own.

    Examples
    --------
    Two trainings at 20 each and 10 errors.

    >>> from clsim.runs.info import RunInfo
    >>> from clsim.runs.run import Run
    >>> totals = {"n": 100, "loss": 10.0, "retrainings": 2}
    >>> run = Run({}, RunInfo(seed=1, totals=totals, score=0.9))
    >>> table = scores_table([Setting("", {}, {"weekly": {1: run}})], Prices())
    >>> table[["strategy", "seed", "score", "upkeep", "cost"]].values.tolist()
    [['weekly', 1, 0.9, 40.0, 50.0]]
    """
    of = {name: world for world in worlds(compared) for name in world.settings}
    rows = [
        {"strategy": strategy, "kind": world.kind, "stream": world.name, "setting": setting.name,
         "seed": seed, "draw": draw_of(world, seed),
         "score": np.nan if run.score is None else run.score,
         "upkeep": upkeep(run.totals, prices),
         "cost": cost(run.totals, prices, run.confusion, run.info.classes),
         **_parts(run.config.get("strategy"))}
        for setting in compared
        for world in [of[setting.name]]
        for strategy, by_seed in setting.runs.items()
        for seed, run in by_seed.items()
    ]  # fmt: skip
    first = ["strategy", "kind", "stream", "setting", "seed", "draw"]
    return pd.DataFrame(rows, columns=[*first, "score", "upkeep", "cost", *PARTS])


def draw_of(world: World, seed: int) -> str:
    """Which draw of its world a run is."""
    return f"log {world.name}" if world.one_draw else str(seed)


def together(stream: np.ndarray, draw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which draws are drawn together: those of one seed, in whichever stream.

    Streams that are drawn with the same seed share random numbers (features, noise, what comes
    late), so their draws are not independent of each other; seeds are.

    Parameters
    ----------
    stream : numpy.ndarray of shape (n,), int64
    draw : numpy.ndarray of shape (n,)

    Returns
    -------
    unit : numpy.ndarray of shape (n,), int64
        What each draw is drawn with.
    stratum : numpy.ndarray of shape (units,), int64
        The streams of each unit, as one number for all streams that share a seed.

    Examples
    --------
    >>> [found.tolist() for found in together(np.array([0, 0, 1, 1]), np.array([1, 2, 1, 2]))]
    [[0, 1, 0, 1], [0, 0]]
    >>> [found.tolist() for found in together(np.array([0, 0, 1, 1]), np.array([1, 2, 3, 4]))]
    [[0, 1, 2, 3], [0, 0, 1, 1]]
    """
    code = pd.factorize(pd.Series(draw))[0]
    home = np.arange(stream.max() + 1)  # the first stream that each is joined with
    for one in range(code.max() + 1):
        joined = np.unique(home[stream[code == one]])
        home[np.isin(home, joined)] = joined[0]
    unit = np.asarray(code, dtype=np.int64)
    first = np.unique(unit, return_index=True)[1]
    return unit, np.unique(home[stream[first]], return_inverse=True)[1].astype(np.int64)


def nested(table: pd.DataFrame) -> pd.DataFrame:
    """A table with its hierarchy: where it says none, each stream is one setting of one kind."""
    given = {
        "kind": lambda t: "", "setting": lambda t: t["stream"], "draw": lambda t: t["seed"],
    }  # fmt: skip
    return table.assign(**{name: made for name, made in given.items() if name not in table})


def paired(table: pd.DataFrame, value: str = "score") -> Paired:
    """A column of a tidy table, strategy by strategy, in the draws that all strategies have.

    Runs of the same setting and seed share the world, the delays and the learner's random state
    (common random numbers), so they are compared with each other. A setting and seed that one
    strategy lacks, or where its value is NaN, is left out for all. What is not independent is one
    value: the mean over the settings of a world, such as its delays, in each draw. A draw that
    lacks a setting is left out.

    Parameters
    ----------
    table : pandas.DataFrame
        strategy, stream, seed and the value, one row per run; also, where they are known, kind (of
        the stream), setting (of the stream) and draw (seeds that are the same draw).
    value : str, default='score'

    Returns
    -------
    Paired

    Raises
    ------
    ValueError
        If a column is missing, a run stands there twice, or strategies share no draw.

    Examples
    --------
    >>> table = pd.DataFrame({"strategy": ["a", "a", "b", "b"], "stream": "s", "seed": [1, 2, 1, 2],
    ...                       "score": [0.5, 0.7, 0.6, 0.9]})
    >>> paired(table).values.tolist()
    [[0.5, 0.7], [0.6, 0.9]]
    """
    check_columns(table, [*KEYS, value])
    table = nested(table)
    run = ["strategy", "stream", "setting", "seed"]
    twice = table.duplicated(run)
    if twice.any():
        strategy, stream, _, seed = table.loc[twice, run].iloc[0]
        raise ValueError(f"strategy {strategy!r}, stream {stream!r}, seed {seed!r}: given twice")
    names = table["strategy"].unique()
    settings = table[["stream", "setting"]].drop_duplicates()
    if settings["stream"].duplicated().any() or (table["draw"] != table["seed"]).any():
        table = _once_per_draw(table, value)
    wide = table.set_index(["stream", "draw", "strategy"])[value].unstack("strategy")  # noqa: PD010
    wide = wide.reindex(columns=names).dropna()
    if wide.empty:
        raise ValueError(f"{value}: no stream and seed has a value for each of {list(names)}")
    code, streams = pd.factorize(wide.index.get_level_values("stream"))
    kind_of = dict(zip(table["stream"], table["kind"], strict=True))
    values = np.ascontiguousarray(wide.to_numpy(dtype=float).T)
    return Paired(
        tuple(names), tuple(streams), tuple(kind_of[s] for s in streams), code.astype(np.int64),
        wide.index.get_level_values("draw").to_numpy(), values,
    )  # fmt: skip


def _once_per_draw(table: pd.DataFrame, value: str) -> pd.DataFrame:
    """Means over seeds that are one draw, then over settings, of draws that have all of them."""
    keys = ["kind", "stream", "setting", "draw", "seed"]
    wide = table.set_index([*keys, "strategy"])[value].unstack("strategy").dropna()  # noqa: PD010
    each = wide.groupby(level=keys[:4]).mean().reset_index("setting")
    settings = each.groupby(level="stream")["setting"].nunique()
    draws = each.groupby(level=["kind", "stream", "draw"])
    sizes = draws["setting"].size()
    whole = sizes == settings.loc[sizes.index.get_level_values("stream")].to_numpy()
    means = draws.mean(numeric_only=True)[whole]
    keys = ["kind", "stream", "draw"]
    return means.reset_index().melt(keys, var_name="strategy", value_name=value)


def stream_means(table: pd.DataFrame, value: str = "score") -> pd.DataFrame:
    """Mean over draws of each stream, a world: what tests over several streams take.

    Parameters
    ----------
    table, value
        As in `paired`, which says which runs count.

    Returns
    -------
    pandas.DataFrame of shape (strategies, streams)

    Raises
    ------
    ValueError
        As in `paired`.

    Notes
    -----
    Seeds of one stream are no independent streams, nor are its delays or learners: tests over
    streams see one number per strategy and stream (Demšar, JMLR 2006, section 3.2.3).

    Examples
    --------
    >>> table = pd.DataFrame({"strategy": ["a", "b"] * 3, "stream": ["sea"] * 4 + ["sine"] * 2,
    ...                       "seed": [1, 1, 2, 2, 1, 1], "score": [0.5, 0.6, 0.7, 0.8, 0.9, 0.8]})
    >>> stream_means(table).round(2)
       sea  sine
    a  0.6   0.9
    b  0.7   0.8
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
