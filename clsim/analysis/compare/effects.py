"""What each part of a strategy does: main effects and two-way interactions over a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from clsim.analysis.compare.intervals import ONE_SEED, bounds, redraw
from clsim.analysis.compare.scores import check_columns, nested, together
from clsim.statistics.intervals import check_level


class _Term(NamedTuple):
    """A main effect or interaction: its columns of the design, and what they say of its cells."""

    of: tuple[str, ...]
    cells: list[str]
    code: np.ndarray  # (runs,): the cell of each
    design: np.ndarray  # (runs, columns)
    contrast: np.ndarray  # (cells, columns)


def effects(
    table: pd.DataFrame,
    factors: Sequence[str],
    value: str = "score",
    *,
    interactions: bool = True,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Main effects and two-way interactions of the parts of a strategy.

    Runs of one setting and seed are a block: they share their random numbers. Least squares of the
    value on blocks, parts and pairs of parts, with effects that sum to zero over the levels of
    each part (Yates' weighted squares of means, JASA 1934), so that each level counts the same
    however many runs it has. The sweep need not be full, but each pair of levels must have a run.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per run: stream, seed, the factors and the value, as `scores_table` gives it; also
        setting and draw, as in `paired`.
    factors : sequence of str
        Columns whose effects are asked for, such as ``["trigger", "dataset"]``.
    value : str, default='score'
    interactions : bool, default=True
        False: main effects alone, as if there were no interactions.
    resamples : int, default=1000
        Stratified resamples of the seeds, whose blocks stay together.
    level : float, default=0.95
    seed : int, default=0

    Returns
    -------
    pandas.DataFrame
        One row per level of each factor and per pair of levels: term (such as 'trigger' or
        'trigger:dataset'), cell (the level, or two with a colon between them), mean (least-squares
        mean), effect (its deviation from the mean over the levels; for pairs, from what both main
        effects give), low, high (by Student's t with the bootstrap's deviation, as in
        `stratified_bootstrap`), reason (why there are no bounds, else None).

    Raises
    ------
    ValueError
        If a factor is missing or does not vary, a pair of levels has no run, or runs cannot tell
        two effects apart.

    Examples
    --------
    >>> table = pd.DataFrame({"stream": "s", "seed": 1, "trigger": ["no", "no", "yes", "yes"],
    ...                       "data": ["all", "new", "all", "new"], "score": [1.0, 2.0, 3.0, 8.0]})
    >>> effects(table, ["trigger", "data"])[["term", "cell", "mean", "effect"]]
               term     cell  mean  effect
    0       trigger       no   1.5    -2.0
    1       trigger      yes   5.5     2.0
    2          data      all   2.0    -1.5
    3          data      new   5.0     1.5
    4  trigger:data   no:all   1.0     1.0
    5  trigger:data   no:new   2.0    -1.0
    6  trigger:data  yes:all   3.0    -1.0
    7  trigger:data  yes:new   8.0     1.0
    """
    if not factors:
        raise ValueError("factors: name at least one column")
    check_columns(table, ["stream", "seed", *factors, value])
    check_level(level)
    table = nested(table[table[value].notna()])
    terms = [_main(table, name) for name in factors]
    if interactions:
        terms += [_pair(a, b) for a, b in combinations(terms, 2)]
    design = np.hstack([term.design for term in terms])
    y = table[value].to_numpy(dtype=float)
    block, unit, strata = _blocks(table)
    gram, moment = _normal_equations(design, y, block, unit)
    if np.linalg.matrix_rank(gram.sum(axis=0), hermitian=True) < design.shape[1]:
        raise ValueError(
            f"factors {list(factors)}: within streams and seeds their levels change together, so "
            "their effects cannot be told apart; leave one out, or run more combinations"
        )
    beta = np.linalg.solve(gram.sum(axis=0), moment.sum(axis=0))
    overall = float(pd.Series(y - design @ beta).groupby(block).mean().mean())
    draws, reason = _draws(gram, moment, strata, resamples, seed)

    frames, at = [], 0
    main: dict[str, np.ndarray] = {}
    for term in terms:
        own = slice(at, at + term.design.shape[1])
        at = own.stop
        effect = term.contrast @ beta[own]
        low = high = np.full(len(effect), np.nan)
        if draws is not None:
            low, high = bounds(effect, term.contrast @ draws[:, own].T, np.bincount(strata), level)
        if len(term.of) == 1:
            main[term.of[0]] = mean = effect
        else:
            mean = effect + np.add.outer(*(main[name] for name in term.of)).ravel()
        frames.append(
            pd.DataFrame({"term": ":".join(term.of), "cell": term.cells, "mean": overall + mean,
                          "effect": effect, "low": low, "high": high, "reason": reason})
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _main(table: pd.DataFrame, name: str) -> _Term:
    if table[name].isna().any():
        raise ValueError(f"factor {name!r}: run {int(table[name].isna().argmax())} has no level")
    code, levels = pd.factorize(table[name].astype(str), sort=True)
    if len(levels) < 2:
        raise ValueError(f"factor {name!r}: it must vary, but is {list(levels)} in every run")
    contrast = np.vstack([np.eye(len(levels) - 1), -np.ones(len(levels) - 1)])
    return _Term((name,), list(levels), code, contrast[code], contrast)


def _pair(a: _Term, b: _Term) -> _Term:
    code = a.code * len(b.cells) + b.code
    empty = np.setdiff1d(np.arange(len(a.cells) * len(b.cells)), code)
    if len(empty):
        missing = [(a.cells[cell // len(b.cells)], b.cells[cell % len(b.cells)]) for cell in empty]
        pairs = "; ".join(f"{a.of[0]}={x}, {b.of[0]}={y}" for x, y in missing)
        raise ValueError(f"no run has {pairs}; run them, or ask for interactions=False")
    cells = [f"{x}:{y}" for x in a.cells for y in b.cells]
    contrast = np.kron(a.contrast, b.contrast)
    return _Term((*a.of, *b.of), cells, code, contrast[code], contrast)


def _blocks(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The block of each run, what each block is drawn with, and the stratum of that."""
    keys = ["stream", "draw", "setting", "seed"]
    blocks = table[keys].drop_duplicates().sort_values(keys)
    stream = pd.factorize(blocks["stream"])[0].astype(np.int64)
    return table.groupby(keys, sort=True).ngroup().to_numpy(), *together(
        stream, blocks["draw"].to_numpy()
    )


def _normal_equations(
    design: np.ndarray, y: np.ndarray, block: np.ndarray, unit: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """X'X (units, p, p) and X'y (units, p) about the blocks' means, summed over each unit."""
    p = design.shape[1]
    gram, moment = np.zeros((unit.max() + 1, p, p)), np.zeros((unit.max() + 1, p))
    for b, of in enumerate(unit):
        x = design[block == b] - design[block == b].mean(axis=0)
        gram[of] += x.T @ x
        moment[of] += x.T @ y[block == b]
    return gram, moment


def _draws(
    gram: np.ndarray, moment: np.ndarray, strata: np.ndarray, resamples: int, seed: int
) -> tuple[np.ndarray | None, str | None]:
    """Coefficients of each resample of the blocks, or the reason why there are none."""
    if (np.bincount(strata) < 2).any():
        return None, ONE_SEED
    rows = redraw(strata, resamples, seed)
    times = np.array([np.bincount(row, minlength=len(gram)) for row in rows], dtype=float)
    left = np.tensordot(times, gram, axes=1)
    least, most = np.linalg.eigvalsh(left)[:, [0, -1]].T
    known = least > 1e-9 * most
    if known.mean() < 0.95:  # resamples that lack a pair of levels say nothing of it
        return None, "too few seeds have each pair of levels"
    right = (times @ moment)[known]
    return np.linalg.solve(left[known], right[..., None])[..., 0], None
