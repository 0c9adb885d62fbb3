"""Loan applicants, and rules for granting the loan."""

from __future__ import annotations

from typing import Any

import numpy as np

from clsim.errors import check_choice, check_number
from clsim.streams.concepts.concept import Blend, Concept


class Agrawal(Concept):
    """Loan applicants with nine inputs, and ten rules for granting the loan.

    salary: uniform in 20,000 to 150,000; commission: 0 from a salary of 75,000 on, else uniform in
    10,000 to 85,000; age: 20 to 80; elevel: 5 levels; car: 20 makes; zipcode: 9 towns; hvalue:
    uniform in 0.5 k to 1.5 k, with k = 100,000 (8 - zipcode); hyears: 1 to 30; loan: uniform in 0
    to 500,000.

    Parameters
    ----------
    function : {0, ..., 9}, default=0
        Rules 1 to 10 of the paper, as river has them.
    perturbation : float, default=0.0
        In [0, 1]. Once the label is fixed, each number moves by up to this share of its range, up
        or down, and stays in its range (zeros of the commission stay zeros).

    Notes
    -----
    Ranges, rules and classes are those of river's ``synth.Agrawal``. MOA keeps to the paper where
    river does not: its commissions end at 75,000, k is 100,000 (9 - zipcode), three branches of
    rule 5 (function 4) look at the loan where river looks at the salary or at other bounds, and
    the group that gets the loan is its class 0, but river's class 1 in rules 1 to 6.
    Perturbation is theirs but for the house value, which both clip to a range that is not its own.

    References
    ----------
    Agrawal, Imielinski & Swami (1993), Database mining: a performance perspective. IEEE TKDE 5(6).

    Examples
    --------
    >>> young = [60_000, 10_000, 39, 0, 0, 0, 500_000, 5, 100_000]
    >>> middle = [60_000, 10_000, 40, 0, 0, 0, 500_000, 5, 100_000]
    >>> Agrawal(0).label(np.array([young, middle]), np.zeros(2), seed=0)
    array([1, 0])
    """

    features: tuple[str, ...] = (
        "salary",
        "commission",
        "age",
        "elevel",
        "car",
        "zipcode",
        "hvalue",
        "hyears",
        "loan",
    )
    n_classes = 2
    categories = {"elevel": 5, "car": 20, "zipcode": 9}

    def __init__(self, function: int = 0, perturbation: float = 0.0) -> None:
        check_choice("function", function, range(10))
        check_number("perturbation", perturbation, low=0, high=1)
        self.function = function
        self.perturbation = float(perturbation)

    @property
    def inputs(self) -> tuple[Any, ...]:
        return ("agrawal", self.perturbation)

    def draw(self, n: int, rng: np.random.Generator, seed: int) -> np.ndarray:
        salary, commission, house, loan = rng.random((4, n))
        zipcode = rng.integers(0, 9, n, dtype=np.int8)
        # with perturbation, what is true stays in hidden columns
        X = np.empty((n, 18 if self.perturbation else 9))
        salary *= 130_000
        salary += 20_000
        X[:, 0] = salary
        X[:, 1] = np.where(salary >= 75_000, 0.0, 10_000 + 75_000 * commission)
        X[:, 2] = rng.integers(20, 81, n, dtype=np.int8)
        X[:, 3] = rng.integers(0, 5, n, dtype=np.int8)
        X[:, 4] = rng.integers(0, 20, n, dtype=np.int8)
        X[:, 5] = zipcode
        X[:, 6] = (8 - zipcode) * 100_000.0 * (0.5 + house)
        X[:, 7] = rng.integers(1, 31, n, dtype=np.int8)
        X[:, 8] = loan * 500_000
        if self.perturbation:
            X[:, 9:] = X[:, :9]
            self._perturb(X, 100_000.0 * (8 - zipcode), rng)
        return X

    def _perturb(self, X: np.ndarray, price: np.ndarray, rng: np.random.Generator) -> None:
        ranges: list[tuple[int, Any, Any]] = [
            (0, 20_000, 150_000),
            (1, 10_000, 85_000),
            (2, 20, 80),
            (6, 0.5 * price, 1.5 * price),
            (7, 1, 30),
            (8, 0, 500_000),
        ]
        for column, low, high in ranges:
            step = self.perturbation * (2 * rng.random(len(X)) - 1) * (high - low)
            value = np.clip(X[:, column] + step, low, high)
            if column == 1:
                value[X[:, 1] == 0] = 0
            X[:, column] = np.rint(value) if column in (2, 7) else value

    def label(
        self, X: np.ndarray, uniform: np.ndarray, seed: int, blend: Blend | None = None
    ) -> np.ndarray:
        salary, commission, age, level, _, _, house, years, loan = X[:, -9:].T
        rule = self.function
        if rule == 0:
            return ((age < 40) | (age >= 60)).astype(np.int64)
        if rule >= 6:
            left = 2 * (salary + commission) / 3
            if rule >= 7:
                left -= 5000 * level
            if rule in (6, 8):
                left -= loan / 5
            if rule == 9:
                left += np.where(years >= 20, house * (years - 20) / 10, 0.0) / 5
            left -= 20_000 if rule in (6, 7) else 10_000
            return (left <= 1).astype(np.int64)
        young, old = age < 40, age >= 60

        def by_age(when_young: Any, in_between: Any, when_old: Any) -> np.ndarray:
            return np.where(young, when_young, np.where(old, when_old, in_between))

        if rule == 1:
            low = by_age(50_000, 75_000, 25_000)
            positive = (low <= salary) & (salary <= low + 50_000)
        elif rule == 5:
            low, total = by_age(50_000, 75_000, 25_000), salary + commission
            positive = (low <= total) & (total <= low + 50_000)
        elif rule in (2, 3):
            first = by_age(0, 1, 2)
            schooled = (first <= level) & (level <= np.minimum(first + 2, 4) - young)
            if rule == 2:
                positive = schooled
            else:
                low = np.where(
                    schooled, by_age(25_000, 50_000, 50_000), by_age(50_000, 75_000, 25_000)
                )
                positive = (low <= salary) & (salary <= low + 50_000)
        else:
            # the rule's other branches ask for salaries that nobody has
            low = np.where(young, 50_000, 25_000)
            usual = (low <= salary) & (salary <= low + 50_000)
            least = np.where(young, 100_000, np.where(usual, 300_000, 75_000))
            most = np.where(old & usual, 500_000, 300_000)
            positive = (least <= loan) & (loan <= most) & (old | (young & usual))
        return positive.astype(np.int64)
