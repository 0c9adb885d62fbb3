"""What a sweep varies beside its strategies: delays, learners, speeds of drift; who wins where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.compare.comparison import Setting, costed
from clsim.analysis.compare.scores import draw_of, together
from clsim.analysis.compare.worlds import World, worlds
from clsim.clock import UNITS, parse_duration
from clsim.errors import unknown
from clsim.runs.ledger import Prices
from clsim.runs.names import flat, natural, setting_names, text
from clsim.statistics.intervals import Interval, mean_interval

HIGHER = ("score",)
"""Values of which more is better; of all others less is."""

NO_FACTORS = ("clsim", "files", "choices")


@dataclass(frozen=True)
class Factor:
    """Something in which settings differ.

    Attributes
    ----------
    name : str
        Such as ``'delay'``, ``'learner'`` or ``'stream width'``.
    levels : tuple of str
        In their natural order.
    of : mapping of str to str
        The level of each setting, by its name.
    of_stream : bool
        Whether the world itself differs from level to level.
    sizes : tuple of float
        What the levels measure, where each is a number, or a duration (then in days); else empty.
    unit : str
        Of the sizes: ``'days'``, or empty.
    """

    name: str
    levels: tuple[str, ...]
    of: Mapping[str, str]
    of_stream: bool = False
    sizes: tuple[float, ...] = ()
    unit: str = ""


@dataclass(frozen=True)
class Crossed:
    """Values of every strategy at every level, in the same draws.

    Attributes
    ----------
    value : str
        Such as ``'total'``.
    factor : Factor
    strategies : tuple of str
    world : numpy.ndarray of shape (draws,), int64
        The world of each draw, from 0 on.
    draw : numpy.ndarray of shape (draws,)
        What each is drawn with: the seed. Worlds may share it.
    values : numpy.ndarray of shape (strategies, levels, draws)
        Means over the settings that differ in other factors.
    left_out : tuple of str
        Strategies that some level lacks.
    """

    value: str
    factor: Factor
    strategies: tuple[str, ...]
    world: np.ndarray
    draw: np.ndarray
    values: np.ndarray = field(repr=False)
    left_out: tuple[str, ...] = ()

    @property
    def over(self) -> str | None:
        """What intervals are over: draws within worlds (seeds), else worlds; None: there are none.

        Seeds come first: intervals then are of these worlds.
        """
        counts = np.bincount(self.world)
        return "seeds" if (counts > 1).all() else "worlds" if len(counts) > 1 else None

    @property
    def independent(self) -> int:
        """Number of draws, or of worlds, that intervals are over."""
        if self.over == "seeds":
            return len(together(self.world, self.draw)[1])
        return int(self.world.max()) + 1


def factors(compared: Sequence[Setting]) -> list[Factor]:
    """The factors of a sweep: in what its settings differ.

    Streams of different classes or options are levels of one factor; of streams that differ in
    parameters alone, each parameter is one. Factors that change together are one factor.

    Parameters
    ----------
    compared : sequence of Setting
        As `clsim.analysis.settings` gives them.

    Returns
    -------
    list of Factor
        Those of two or more levels. Where the configurations do not tell settings apart, the one
        factor is ``setting``.

    Examples
    --------
    >>> sweep = [Setting(f"{delay}, {learner}", {"delay": delay, "learner": learner}, {})
    ...          for delay in ("1d", "7d") for learner in ("rules", "trees")]
    >>> [(factor.name, factor.levels) for factor in factors(sweep)]
    [('delay', ('1d', '7d')), ('learner', ('rules', 'trees'))]
    """
    if len(compared) < 2:
        return []
    found: list[Factor] = []
    for key in dict.fromkeys(key for setting in compared for key in setting.config):
        nodes = [setting.config.get(key) for setting in compared]
        if key not in NO_FACTORS and len(set(map(text, nodes))) > 1:
            found += _of_key(key, nodes, compared)
    together: dict[tuple[int, ...], list[Factor]] = {}
    for factor in found:
        codes = pd.factorize(pd.Series([factor.of[setting.name] for setting in compared]))[0]
        together.setdefault(tuple(codes), []).append(factor)
    found = [_as_one(alike) for alike in together.values()]
    if len({tuple(f.of[s.name] for f in found) for s in compared}) < len(compared):
        names = [setting.name for setting in compared]
        return [Factor("setting", tuple(names), dict(zip(names, names, strict=True)), True)]
    return found


def crossed(
    compared: Sequence[Setting],
    factor: Factor | str,
    prices: Prices | None = None,
    value: str = "total",
) -> Crossed:
    """A value of every strategy at every level of a factor, in the draws that all have.

    Settings that differ in other factors are compared with the same of the other level, and
    averaged in each draw; a draw that lacks one of them is left out. Levels share their seeds, so
    differences are paired.

    Parameters
    ----------
    compared : sequence of Setting
    factor : Factor or str
        As `factors` gives it, or its name.
    prices : Prices or None, default=None
        None: `Prices()`.
    value : str, default='total'
        A column of `clsim.analysis.compare.comparison.costed`: ``'total'`` (cost), ``'score'``,
        ``'upkeep'``, ``'loss'``, ``'retrainings'`` ...

    Returns
    -------
    Crossed
        ``values`` of shape (strategies, levels, draws), with ``strategies``, ``factor`` and, for
        each draw, its ``world`` and ``draw`` (its seed).

    Raises
    ------
    ValueError
        For an unknown factor or value, or if no draw has all levels and strategies.

    Examples
    --------
    What two strategies lose with early and with late labels, at prices at which a training costs 2.

    >>> from clsim.runs.info import RunInfo
    >>> from clsim.runs.run import Run
    >>> def runs(**losses):
    ...     totals = {name: {"n": 10, "loss": loss, "retrainings": int(name == "weekly")}
    ...               for name, loss in losses.items()}
    ...     return {name: {1: Run({}, RunInfo(seed=1, draw="the same", totals=of))}
    ...             for name, of in totals.items()}
    >>> sweep = [Setting("1d", {"delay": "1d"}, runs(never=9.0, weekly=3.0)),
    ...          Setting("7d", {"delay": "7d"}, runs(never=9.0, weekly=8.0))]
    >>> of = crossed(sweep, "delay", Prices(retraining=2))
    >>> of.strategies, of.factor.levels, of.values[:, :, 0].tolist()
    (('never', 'weekly'), ('1d', '7d'), [[9.0, 9.0], [5.0, 10.0]])
    """
    every = factors(compared)
    if isinstance(factor, str):
        names = {one.name: one for one in every}
        if factor not in names:
            raise ValueError(unknown("factor", factor, names))
        factor = names[factor]
    others = [one for one in every if one.name != factor.name]
    world_of = {name: world for world in worlds(compared) for name in world.settings}
    rows = []
    for setting in compared:
        rest = tuple(one.of[setting.name] for one in others)
        world = world_of[setting.name]
        apart = tuple(one.of[setting.name] for one in others if one.of_stream)
        cluster = apart if factor.of_stream else (world.name,)
        rows += _rows(setting, world, prices or Prices(), value, factor.of[setting.name],
                      cluster, rest)  # fmt: skip
    return _crossed(rows, factor, value)


def crossed_prices(
    compared: Sequence[Setting],
    prices: Mapping[str, Prices],
    name: str = "price",
    value: str = "total",
) -> Crossed:
    """A value of every strategy at several prices, of the same runs.

    Parameters
    ----------
    compared : sequence of Setting
    prices : mapping of str to Prices
        By the name of the level.
    name : str, default='price'
        Of the factor.
    value : str, default='total'
        As in `crossed`.

    Returns
    -------
    Crossed
        As `crossed` gives it, with the prices as levels of the factor.

    Raises
    ------
    ValueError
        For an unknown value, or if no draw has all strategies.

    Examples
    --------
    Weekly training costs 3 errors and one training, against 9 errors without.

    >>> from clsim.runs.info import RunInfo
    >>> from clsim.runs.run import Run
    >>> totals = {"never": {"n": 10, "loss": 9.0, "retrainings": 0},
    ...           "weekly": {"n": 10, "loss": 3.0, "retrainings": 1}}
    >>> runs = {name: {1: Run({}, RunInfo(seed=1, totals=of))} for name, of in totals.items()}
    >>> prices = {"cheap": Prices(retraining=2), "dear": Prices(retraining=20)}
    >>> of = crossed_prices([Setting("", {}, runs)], prices)
    >>> of.strategies, of.factor.levels, of.values[:, :, 0].tolist()
    (('never', 'weekly'), ('cheap', 'dear'), [[9.0, 9.0], [5.0, 23.0]])
    """
    sizes = _sizes(list(prices))[0]
    factor = Factor(name, tuple(prices), {}, sizes=sizes)
    world_of = {one: world for world in worlds(compared) for one in world.settings}
    rows = []
    for setting in compared:
        world = world_of[setting.name]
        for level, at in prices.items():
            rows += _rows(setting, world, at, value, level, (world.name,), (setting.name,))
    return _crossed(rows, factor, value)


def by_level(of: Crossed, level: float = 0.95) -> pd.DataFrame:
    """Means with intervals, strategy by strategy and level by level.

    Parameters
    ----------
    of : Crossed
        As `crossed` or `crossed_prices` gives it.
    level : float, default=0.95
        Of the intervals, which are Student's t over seeds, or over worlds where these have one
        seed.

    Returns
    -------
    pandas.DataFrame
        factor, value (which), level, strategy, mean, low, high, worlds, draws.

    Examples
    --------
    >>> factor = Factor("delay", ("1d", "7d"), {})
    >>> values = np.array([[[4.0, 6.0], [9.0, 11.0]], [[7.0, 9.0], [7.0, 9.0]]])
    >>> of = Crossed("total", factor, ("weekly", "never"), np.zeros(2, int), np.arange(2), values)
    >>> by_level(of)[["level", "strategy", "mean", "draws"]]
      level strategy  mean  draws
    0    1d   weekly   5.0      2
    1    7d   weekly  10.0      2
    2    1d    never   8.0      2
    3    7d    never   8.0      2
    """
    rows = []
    for place, strategy in enumerate(of.strategies):
        for at, name in enumerate(of.factor.levels):
            found = _interval(of, of.values[place, at], level)
            rows.append({"level": name, "strategy": strategy, **found._asdict()})
    return _framed(of, rows, ["level", "strategy", "mean", "low", "high"])


def winners(of: Crossed, level: float = 0.95) -> pd.DataFrame:
    """Who wins at each level, and by how much: what every strategy is behind the best.

    Parameters
    ----------
    of : Crossed
        As `crossed` or `crossed_prices` gives it.
    level : float, default=0.95
        Of the intervals, as in `by_level`.

    Returns
    -------
    pandas.DataFrame
        factor, value (which), level, strategy, mean; behind (0 for the best, else above 0: how much
        more it costs, or how much lower its score is), low, high (of what it is behind, paired by
        draw), best (bool), tied (bool: the interval does not tell it from the best; the best of
        several draws was picked by its mean, so that this is generous), worlds, draws.

    Notes
    -----
    Without intervals (one draw) nothing is tied but what is equal.

    Examples
    --------
    Weekly training is cheaper by 3 where labels come after a day, and dearer by 2 after a week.

    >>> factor = Factor("delay", ("1d", "7d"), {})
    >>> values = np.array([[[4.0, 6.0], [9.0, 11.0]], [[7.0, 9.0], [7.0, 9.0]]])
    >>> of = Crossed("total", factor, ("weekly", "never"), np.zeros(2, int), np.arange(2), values)
    >>> winners(of)[["level", "strategy", "mean", "behind", "best", "tied"]]
      level strategy  mean  behind   best   tied
    0    1d   weekly   5.0     0.0   True  False
    1    1d    never   8.0     3.0  False  False
    2    7d   weekly  10.0     2.0  False  False
    3    7d    never   8.0     0.0   True  False
    """
    sign = -1.0 if of.value in HIGHER else 1.0
    rows = []
    for at, name in enumerate(of.factor.levels):
        here = of.values[:, at]
        means = np.array([_interval(of, own, level).mean for own in here])
        best = int(np.argmin(sign * means))
        for place, strategy in enumerate(of.strategies):
            behind = _interval(of, sign * (here[place] - here[best]), level)
            tied = place != best and (behind.low <= 0 or behind.mean == 0)
            rows.append(
                {"level": name, "strategy": strategy, "mean": means[place], "behind": behind.mean,
                 "low": behind.low, "high": behind.high, "best": place == best, "tied": bool(tied)}
            )  # fmt: skip
    columns = ["level", "strategy", "mean", "behind", "low", "high", "best", "tied"]
    return _framed(of, rows, columns)


def interactions(
    of: Crossed, reference: str, base: str | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Differences of differences: whether what a strategy gains depends on the level.

    Strategy less reference at a level, less the same at the base level, in each draw.

    Parameters
    ----------
    of : Crossed
    reference : str
        A strategy.
    base : str, optional
        A level; None: the first.
    level : float, default=0.95

    Returns
    -------
    pandas.DataFrame
        factor, value (which), base, level, strategy, reference, difference (of strategy and
        reference at the level), interaction, low, high (of the interaction), worlds, draws.

    Raises
    ------
    ValueError
        For a strategy or level that is not there.

    Examples
    --------
    A costs 1 more than B at once, and 4 more late: the difference of differences is 3.

    >>> factor = Factor("delay", ("0d", "3d"), {})
    >>> values = np.array([[[5.0, 6.0], [9.0, 10.0]], [[4.0, 5.0], [5.0, 6.0]]])
    >>> of = Crossed("total", factor, ("a", "b"), np.array([0, 0]), np.array([1, 2]), values)
    >>> interactions(of, "b")[["level", "strategy", "difference", "interaction"]]
      level strategy  difference  interaction
    0    3d        a         4.0          3.0
    """
    levels = of.factor.levels
    base = levels[0] if base is None else base
    if reference not in of.strategies:
        raise ValueError(unknown("strategy", reference, of.strategies))
    if base not in levels:
        raise ValueError(unknown("level", base, levels))
    gaps = of.values - of.values[of.strategies.index(reference)]
    start = levels.index(base)
    rows = []
    for at, name in enumerate(levels):
        for place, strategy in enumerate(of.strategies):
            if at == start or strategy == reference:
                continue
            found = _interval(of, gaps[place, at] - gaps[place, start], level)
            rows.append(
                {"base": base, "level": name, "strategy": strategy, "reference": reference,
                 "difference": _interval(of, gaps[place, at], level).mean,
                 "interaction": found.mean, "low": found.low, "high": found.high}
            )  # fmt: skip
    columns = ["base", "level", "strategy", "reference", "difference", "interaction", "low", "high"]
    return _framed(of, rows, columns)


# the parts -------------------------------------------------------------------------------------


def _of_key(key: str, nodes: Sequence[Any], compared: Sequence[Setting]) -> list[Factor]:
    """The factors in a key of the configuration."""
    names = [setting.name for setting in compared]
    leaves = [flat(node) if isinstance(node, dict) else {"": node} for node in nodes]
    every = dict.fromkeys(leaf for own in leaves for leaf in own)
    differ = [leaf for leaf in every if len({text(own.get(leaf)) for own in leaves}) > 1]
    options = {setting.choices.get(key) for setting in compared}
    same_made = len(options) == 1 and not any(leaf.endswith("_target_") for leaf in differ)
    if same_made and (key == "stream" or len(differ) == 1):
        return [
            _factor(
                f"{key} {_last(leaf)}" if leaf and _last(leaf) != key else key,
                names, [own.get(leaf) for own in leaves], key == "stream",
            )
            for leaf in differ
        ]  # fmt: skip
    # what a key alone would be called, level by level
    different = {text(node): at for at, node in enumerate(nodes)}
    said = setting_names(
        [{key: nodes[at]} for at in different.values()],
        [compared[at].choices for at in different.values()],
    )
    called = dict(zip(different, said, strict=True))
    return [_factor(key, names, [called[text(node)] for node in nodes], key == "stream")]


def _last(leaf: str) -> str:
    """The last word of a dotted key that says something."""
    words = [word for word in leaf.split(".") if not word.isdigit()]
    return words[-1].replace("_", " ") if words else ""


def _factor(name: str, names: Sequence[str], values: Sequence[Any], of_stream: bool) -> Factor:
    levels = {text(value): value if isinstance(value, str) else text(value) for value in values}
    of = {setting: levels[text(value)] for setting, value in zip(names, values, strict=True)}
    sizes, unit = _sizes(list(dict.fromkeys(of.values())))
    if sizes:
        placed = sorted(zip(sizes, dict.fromkeys(of.values()), strict=True))
        ordered = tuple(level for _, level in placed)
        return Factor(name, ordered, of, of_stream, tuple(size for size, _ in placed), unit)
    return Factor(name, tuple(sorted(set(of.values()), key=natural)), of, of_stream)


def _sizes(levels: Sequence[str]) -> tuple[tuple[float, ...], str]:
    """What levels measure, if all are numbers, or all are durations (in days)."""
    try:
        return tuple(float(level) for level in levels), ""
    except ValueError:
        pass
    try:
        found = [
            0.0 if level == "0" else parse_duration(level, "") / UNITS["d"] for level in levels
        ]
    except ValueError:
        return (), ""
    return tuple(found), "days"


def _as_one(alike: Sequence[Factor]) -> Factor:
    """Factors that change together, as one."""
    first, *others = alike
    if not others:
        return first
    of = {name: ", ".join(one.of[name] for one in alike) for name in first.of}
    levels = {first.of[name]: joint for name, joint in of.items()}
    return Factor(
        " and ".join(dict.fromkeys(one.name for one in alike)),
        tuple(levels[level] for level in first.levels), of, any(one.of_stream for one in alike),
    )  # fmt: skip


def _rows(
    setting: Setting, world: World, prices: Prices, value: str, level: str, cluster: Any, rest: Any
) -> list[tuple[Any, ...]]:
    table = costed(setting, prices)
    if value not in table or value in ("strategy", "seed"):
        raise ValueError(unknown("value", value, table.columns.drop(["strategy", "seed"])))
    return [
        (strategy, level, repr(cluster), draw_of(world, seed), repr(rest),
         found)
        for strategy, seed, found in table[["strategy", "seed", value]].itertuples(index=False)
    ]  # fmt: skip


def _crossed(rows: Sequence[tuple[Any, ...]], factor: Factor, value: str) -> Crossed:
    names = ["strategy", "level", "world", "draw", "rest", "value"]
    table = pd.DataFrame(rows, columns=names).dropna(subset="value")
    there = table.groupby("strategy", sort=False)["level"].nunique()
    kept = there.index[there == len(factor.levels)]
    table = table[table["strategy"].isin(kept)]
    wide = table.pivot_table(
        index=["world", "draw", "rest"], columns=["strategy", "level"], values="value"
    ).dropna()  # fmt: skip
    rest = wide.reset_index("rest")["rest"]
    sizes = rest.groupby(level=["world", "draw"]).size()
    every = rest.groupby(level="world").nunique()
    whole = sizes == every.loc[sizes.index.get_level_values("world")].to_numpy()
    wide = wide.groupby(level=["world", "draw"]).mean()[whole]
    if wide.empty:
        raise ValueError(f"{factor.name}: no draw has every strategy at each of its levels")
    order = pd.MultiIndex.from_product([kept, factor.levels])
    values = wide[order].to_numpy(dtype=float).T.reshape(len(kept), len(factor.levels), -1)
    code = pd.factorize(wide.index.get_level_values("world"))[0].astype(np.int64)
    left = tuple(str(name) for name in there.index[there < len(factor.levels)])
    draw = wide.index.get_level_values("draw").to_numpy()
    return Crossed(value, factor, tuple(map(str, kept)), code, draw, values, left)


def _interval(of: Crossed, values: np.ndarray, level: float) -> Interval:
    """Mean over worlds, each counting the same, with its interval over what `Crossed.over` says.

    What a seed adds to the mean it adds in all worlds that have it. Of one world, or of worlds with
    the same seeds, this is Student's interval over seeds; where worlds have seeds of their own,
    degrees of freedom are those of Satterthwaite (Biometrics Bulletin 1946).
    """
    from scipy.special import stdtrit

    counts = np.bincount(of.world)
    means = np.bincount(of.world, values) / counts
    mean = float(means.mean())
    if of.over is None:
        return Interval(mean, np.nan, np.nan)
    if of.over == "worlds":
        return mean_interval(means, level)
    unit, strata = together(of.world, of.draw)
    adds = np.bincount(unit, (values - means[of.world]) / counts[of.world]) / len(counts)
    n = np.bincount(strata)
    parts = np.bincount(strata, adds**2) * n / (n - 1)
    if parts.sum() == 0:
        return Interval(mean, mean, mean)
    degrees = parts.sum() ** 2 / (parts**2 / (n - 1)).sum()
    half = float(stdtrit(degrees, (1 + level) / 2) * np.sqrt(parts.sum()))
    return Interval(mean, mean - half, mean + half)


def _framed(of: Crossed, rows: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    """Rows with what they are of."""
    frame = pd.DataFrame(rows, columns=columns)
    said = {"factor": of.factor.name, "value": of.value}
    frame = frame.assign(**said, worlds=int(of.world.max()) + 1, draws=of.independent)
    return frame[["factor", "value", *columns, "worlds", "draws"]]
