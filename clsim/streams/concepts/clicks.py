"""Clicks of users on items, with a long tail."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from clsim.errors import check_number
from clsim.streams.concepts.alias import alias_tables, pick
from clsim.streams.concepts.concept import Blend, Concept
from clsim.streams.concepts.parameters import normals
from clsim.streams.concepts.rows import click


class AdClick(Concept):
    """Users see items at some hour, and click or not; few users and items make most events.

    Users and items are drawn from a Zipf distribution: the r-th most frequent one, with code
    r - 1, in proportion to r**-exponent. Hours are uniform. P(click) is a logistic function of

        logit(rate) + scale (a_user + b_item + c_hour + u_user . v_item / sqrt(rank))

    where all of a, b, c, u and v are standard normal.

    Parameters
    ----------
    n_users : int, default=10_000
    n_items : int, default=1_000
    exponent : float, default=1.1
        Of the Zipf distribution; 0: uniform.
    rank : int, default=4
        Length of u and v, the tastes of a user and the traits of an item.
    rate : float, default=0.05
        P(click) where all effects are 0, in (0, 1).
    scale : float, default=0.7
        Larger means that clicks are easier to predict.
    variant : int, default=0
        Which draw of the effects. With a blend, the logit moves from one to the other.

    References
    ----------
    The model is a factorisation machine: Rendle (2010), Factorization machines. ICDM. For the
    long tail: He et al. (2014), Practical lessons from predicting clicks on ads at Facebook.
    ADKDD.

    Examples
    --------
    >>> concept = AdClick(n_users=100, n_items=10)
    >>> concept.categories
    {'user': 100, 'item': 10, 'hour': 24}
    """

    features: tuple[str, ...] = ("user", "item", "hour")
    n_classes = 2
    movable = True

    def __init__(
        self,
        n_users: int = 10_000,
        n_items: int = 1_000,
        exponent: float = 1.1,
        rank: int = 4,
        rate: float = 0.05,
        scale: float = 0.7,
        variant: int = 0,
    ) -> None:
        check_number("n_users", n_users, whole=True, low=1)
        check_number("n_items", n_items, whole=True, low=1)
        check_number("exponent", exponent, low=0)
        check_number("rank", rank, whole=True, low=1)
        check_number("rate", rate, above=0, high=1)
        if rate == 1:
            raise ValueError("rate=1: must be below 1")
        check_number("scale", scale, low=0)
        check_number("variant", variant, whole=True, low=0)
        self.categories = {"user": n_users, "item": n_items, "hour": 24}
        self.exponent = float(exponent)
        self.rank = rank
        self.rate = float(rate)
        self.scale = float(scale)
        self.variant = variant

    @property
    def inputs(self) -> tuple[Any, ...]:
        return ("adclick", self.categories["user"], self.categories["item"], self.exponent)

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        X = np.empty((n, 3))
        for column, name in enumerate(("user", "item")):
            X[:, column] = pick(rng.random(n), _zipf(self.categories[name], self.exponent))
        X[:, 2] = rng.integers(0, 24, n, dtype=np.int8)
        return X

    def effects(self, seed: int) -> list[np.ndarray]:
        """Tables for user, item and hour: the effect, then (not for hours) tastes or traits."""
        widths = {"user": 1 + self.rank, "item": 1 + self.rank, "hour": 1}
        return [
            normals(seed, f"adclick.{name}", self.variant, (self.categories[name], width))
            for name, width in widths.items()
        ]

    def _logit(self, codes: np.ndarray, seed: int) -> np.ndarray:
        user, item, hour = (
            table.take(codes[:, column], axis=0) for column, table in enumerate(self.effects(seed))
        )
        total = user[:, 1] * item[:, 1]
        for factor in range(2, 1 + self.rank):
            total += user[:, factor] * item[:, factor]
        total /= math.sqrt(self.rank)
        total += user[:, 0] + item[:, 0] + hour[:, 0]
        return math.log(self.rate / (1 - self.rate)) + self.scale * total

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        codes = X.astype(np.int64)
        if blend is None:
            return click(uniform, self._logit(codes, seed))
        return click(uniform, sum(share * c._logit(codes, seed) for c, share in blend))


@lru_cache(maxsize=64)
def _zipf(count: int, exponent: float) -> tuple[np.ndarray, np.ndarray]:
    return alias_tables(np.arange(1, count + 1) ** -exponent)
