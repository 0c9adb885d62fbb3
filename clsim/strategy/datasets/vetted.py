"""What a new dataset is beside the one before, and bounds that can veto a training."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from clsim.errors import check_number
from clsim.protocols import Dataset
from clsim.strategy.datasets.within import Within
from clsim.types import Column, Rows, Sample
from clsim.view import View

SHOWN = 10
"""Features at most whose numbers are kept: those that have changed most."""


class Vetted(Within):
    """Rows of another rule, compared with those that the champion was trained on.

    What is found is kept in the training's event (``detail``, under ``dataset``): numbers of rows
    then, now and in both; shares of classes and slices; and of the features that changed most their
    mean, standard deviation and share of missing values (or infinite ones), of categories how far
    their shares moved. A bound that is broken vetoes the training: the trigger's event says why,
    and the champion goes on. Without bounds nothing is vetoed. Rows count once here, whatever their
    weights. The first training has nothing to be compared with.

    Parameters
    ----------
    dataset : Dataset
        Which rows.
    fewer : float or None, default=None
        The least number of rows, as a share of those then.
    classes, slices : float or None, default=None
        By how much the share of any class or slice may change at most.
    missing : float or None, default=None
        By how much the share of missing values of a feature may rise at most.
    shift : float or None, default=None
        By how many of the standard deviations of then the mean of a feature may move at most.
    spread : float or None, default=None
        By which factor a standard deviation may grow or shrink at most; at least 1.
    categories : float or None, default=None
        By how much the shares of a feature's categories may change at most, in total variation.

    Examples
    --------
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> dataset = Vetted(SlidingWindow("28d"), fewer=0.5, missing=0.1, shift=3)

    The champion was trained on eight rows, and three are fewer than half of them:

    >>> import pandas as pd
    >>> from types import SimpleNamespace
    >>> from clsim.engine.knowledge import Knowledge
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": range(10), "y": [0, 1] * 5})
    >>> known = Knowledge.of(Recorded(log, label="y"), seed=0, tick=2, warmup=2)
    >>> view = View(known, SimpleNamespace(trained_rows=np.arange(8)), tick=3)
    >>> dataset = Vetted(SlidingWindow(3), fewer=0.5)
    >>> dataset.sample(view, dataset.rows(view)).veto
    '3 rows after 8: fewer=0.5'
    """

    def __init__(
        self,
        dataset: Dataset,
        *,
        fewer: float | None = None,
        classes: float | None = None,
        slices: float | None = None,
        missing: float | None = None,
        shift: float | None = None,
        spread: float | None = None,
        categories: float | None = None,
    ) -> None:
        super().__init__(dataset)
        shares = {
            "classes": classes,
            "slices": slices,
            "missing": missing,
            "categories": categories,
        }
        for key, bound in shares.items():
            if bound is not None:
                check_number(key, bound, low=0, high=1)
        for key, bound, low in (("fewer", fewer, 0), ("shift", shift, 0), ("spread", spread, 1)):
            if bound is not None:
                check_number(key, bound, low=low)
        self.fewer, self.most = fewer, {**shares, "shift": shift, "spread": spread}

    def sample(self, view: View, rows: Rows) -> Sample:
        sample = super().sample(view, rows)
        old = view.usable(view.trained_rows)
        if not len(old) or not len(sample.rows):
            return sample
        noted, changes = compared(view, old, sample.rows)
        veto = sample.veto or self._broken(noted["rows"], changes)
        return replace(sample, noted={**sample.noted, "dataset": noted}, veto=veto)

    def _broken(self, rows: list[int], changes: dict[str, dict[str, float]]) -> str | None:
        """The first bound that is broken, by how much."""
        then, now, _ = rows
        if self.fewer is not None and now < self.fewer * then:
            return f"{now} rows after {then}: fewer={self.fewer}"
        for key, bound in self.most.items():
            if bound is not None and changes[key]:
                of = max(changes[key], key=changes[key].__getitem__)
                if changes[key][of] > bound:
                    return f"{SAID[key].format(of=of, by=changes[key][of])}: {key}={bound}"
        return None


SAID = {
    "classes": "the share of {of} changed by {by:.3g}",
    "slices": "the share of {of} changed by {by:.3g}",
    "missing": "missing values of {of} rose by {by:.3g}",
    "categories": "the categories of {of} changed by {by:.3g}",
    "shift": "the mean of {of} moved by {by:.3g} standard deviations",
    "spread": "the standard deviation of {of} changed by a factor of {by:.3g}",
}
"""What is said of a bound that is broken."""


def compared(view: View, old: Rows, new: Rows) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is noted of two datasets, and by how much each thing changed.

    Parameters
    ----------
    view : View
    old, new : Rows
        Labelled rows, at least one of each.

    Returns
    -------
    noted : dict
        For JSON: pairs of then and now.
    changes : dict of str to dict of str to float
        For each bound of `Vetted`, the change of each class, slice or feature.
    """
    both = len(np.intersect1d(old, new, assume_unique=True))
    noted: dict[str, Any] = {"rows": [len(old), len(new), both]}
    changes: dict[str, dict[str, float]] = {
        key: {} for key in ("classes", "slices", "missing", "categories", "shift", "spread")
    }
    schema = view.schema
    if schema.task == "classification":
        codes = [schema.codes(view.y(rows)) for rows in (old, new)]
        pairs = _shares(codes, [str(name) for name in schema.classes.tolist()])
        noted["classes"], changes["classes"] = pairs, _differences(pairs)
    for column, names in schema.slices.items():
        pairs = _shares([view.slices(rows)[column] for rows in (old, new)], list(names))
        noted.setdefault("slices", {}).update(pairs)
        changes["slices"] |= _differences(pairs)
    features: dict[str, dict[str, list[float]]] = {}
    by_how_much: dict[str, float] = {}
    then, now = view.columns(old), view.columns(new)
    for name in schema.features:
        features[name], moved = _feature(then[name], now[name])
        for key, value in moved.items():
            changes[key][name] = value
        by_how_much[name] = max(moved.values())
    shown = sorted(schema.features, key=lambda name: -by_how_much[name])[:SHOWN]
    noted["features"] = {name: features[name] for name in schema.features if name in shown}
    return noted, changes


def _shares(codes: list[np.ndarray], names: list[str]) -> dict[str, list[float]]:
    """For each name its shares then and now; rows of none are left out."""
    shares = []
    for each in codes:
        counts = np.bincount(each[each >= 0], minlength=len(names))
        shares.append(counts / max(counts.sum(), 1))
    return {
        name: _rounded(pair) for name, pair in zip(names, zip(*shares, strict=True), strict=True)
    }


def _differences(pairs: dict[str, list[float]]) -> dict[str, float]:
    return {name: abs(now - then) for name, (then, now) in pairs.items()}


def _rounded(pair: Any) -> list[float]:
    return [float(f"{value:.6g}") for value in pair]


def _feature(then: Column, now: Column) -> tuple[dict[str, list[float]], dict[str, float]]:
    """What is noted of one feature, and by how much it changed in each way."""
    missing = [c.values < 0 if c.names is not None else ~np.isfinite(c.values) for c in (then, now)]
    gone = [float(each.mean()) for each in missing]
    noted, moved = {"missing": _rounded(gone)}, {"missing": gone[1] - gone[0]}
    there = [c.values[~each] for c, each in zip((then, now), missing, strict=True)]
    if not len(there[0]) or not len(there[1]):
        return noted, moved
    if then.names is not None:
        size = max(int(values.max()) for values in there) + 1
        shares = [np.bincount(values, minlength=size) / len(values) for values in there]
        moved["categories"] = float(np.abs(shares[0] - shares[1]).sum() / 2)
        return {**noted, "moved": [moved["categories"]]}, moved
    (mean, other), (sd, wide) = ([f(values) for values in there] for f in (np.mean, np.std))
    moved["shift"] = float(abs(other - mean) / sd) if sd else float("inf" if other != mean else 0)
    small, large = sorted([float(sd), float(wide)])
    moved["spread"] = large / small if small else float("inf" if large else 1)
    return {**noted, "mean": _rounded([mean, other]), "sd": _rounded([sd, wide])}, moved
