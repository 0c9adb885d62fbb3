"""Group-sequential tests: bounds of a statistic that is looked at a planned number of times.

The statistic at information t (the share of the planned rows that are there) is Z = B / √t, where
B is a Brownian motion: sums of independent differences, standardised, are close to it. Chances are
integrals over what goes on at each look, one after the other (Armitage, McPherson and Rowe, JRSS A,
1969). Bounds are found once and kept: thirty looks take less than a tenth of a second, a hundred
most of one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, lru_cache

import numpy as np
from numpy.typing import ArrayLike

from clsim.errors import check_choice, check_number
from clsim.statistics.intervals import check_level

FAR = 9.0
"""Standard deviations beyond which nothing is integrated."""

PANEL = 2.5
"""Standard deviations of a step that one panel of the quadrature covers at the most."""

NODES, WEIGHTS = np.polynomial.legendre.leggauss(10)
"""Gauss's nodes of a panel between -1 and 1."""

CLOSEST = 1e-4
"""Information that lies between two looks at the least."""


def error_of_looking(looks: int, bound: float = 1.959963984540054) -> float:
    """The chance that ``|Z|`` exceeds one bound at any of so many equally spaced looks.

    Armitage, McPherson and Rowe (Journal of the Royal Statistical Society A, 1969): what becomes of
    a level of .05 if somebody looks again and again.

    Parameters
    ----------
    looks : int
        At least 1.
    bound : float, default=1.96
        At each look, above 0.

    Returns
    -------
    float
        Between the level of one look and 1.

    Raises
    ------
    TypeError, ValueError
        If there is no look, or the bound is not above 0.

    Examples
    --------
    >>> [round(error_of_looking(looks), 4) for looks in (1, 2, 5, 30)]
    [0.05, 0.0831, 0.1417, 0.2802]
    """
    return float(crossing_chances([bound] * len(_equal(looks)), _equal(looks)).sum())


def crossing_chances(
    bounds: ArrayLike,
    times: ArrayLike,
    *,
    drift: float = 0.0,
    two_sided: bool = True,
) -> np.ndarray:
    """The chance that a test ends at each look, because Z exceeds its bound for the first time.

    Parameters
    ----------
    bounds : array-like of shape (n,)
        Of ``|Z|``, or of Z if one-sided; above 0, infinite for a look that cannot end it.
    times : array-like of shape (n,)
        Information at the looks, at most 1; from 0 on it ascends by at least 0.0001 each.
    drift : float, default=0
        Mean of Z at time 1: 0 without a difference, so that the chances add up to the error; with
        one, they add up to the power.
    two_sided : bool, default=True

    Returns
    -------
    numpy.ndarray of shape (n,)

    Raises
    ------
    TypeError, ValueError
        If times do not ascend so, or bounds are not above 0 and as many.

    Examples
    --------
    >>> crossing_chances([1.96, 1.96], [0.5, 1]).round(4).tolist()
    [0.05, 0.0331]
    """
    check_number("drift", drift)
    at, limits = _times(times), np.asarray(bounds, dtype=float)
    if limits.shape != (len(at),):
        raise ValueError(f"bounds: {limits.size} for {len(at)} times")
    if not (limits > 0).all():
        raise ValueError(f"bounds={limits.tolist()!r}: must be above 0")
    walk, found = _Walk(two_sided, drift), []
    for time, bound in zip(at, limits, strict=True):
        found.append(walk.beyond(time, bound))
        walk = walk.on_to(time, bound)
    return np.array(found)


def pocock(looks: int, alpha: float = 0.05) -> np.ndarray:
    """Two-sided bounds of ``|Z|`` that are the same at each of equally spaced looks.

    Pocock (Biometrika, 1977).

    Parameters
    ----------
    looks : int
        At least 1.
    alpha : float, default=0.05
        Of all looks together, both sides together.

    Returns
    -------
    numpy.ndarray of shape (looks,)

    Raises
    ------
    TypeError, ValueError
        If there is no look, or alpha is not between 0 and 1.

    Examples
    --------
    >>> pocock(3).round(3).tolist()
    [2.289, 2.289, 2.289]
    """
    check_level(alpha, "alpha")
    return np.array(_of_shape(_equal(looks), alpha, 0.0))


def obrien_fleming(looks: int, alpha: float = 0.05) -> np.ndarray:
    """Two-sided bounds of ``|Z|`` at equally spaced looks that fall as C √(looks / k).

    O'Brien and Fleming (Biometrics, 1979). The constant C is the last of them.

    Parameters
    ----------
    looks, alpha
        As of `pocock`.

    Returns
    -------
    numpy.ndarray of shape (looks,)

    Raises
    ------
    TypeError, ValueError
        As `pocock`.

    Examples
    --------
    >>> obrien_fleming(4).round(3).tolist()
    [4.049, 2.863, 2.337, 2.024]
    """
    check_level(alpha, "alpha")
    return np.array(_of_shape(_equal(looks), alpha, 0.5))


def spent(times: ArrayLike, alpha: float, spending: str = "obrien-fleming") -> np.ndarray:
    """How much of an error may have been spent at each time (Lan and DeMets, Biometrika, 1983).

    'obrien-fleming': 2 - 2 Φ(z(alpha / 2) / √t), little at first; 'pocock':
    alpha ln(1 + (e - 1) t), nearly evenly.

    Parameters
    ----------
    times : array-like
        Information, above 0 and at most 1.
    alpha : float
    spending : {'obrien-fleming', 'pocock'}, default='obrien-fleming'

    Returns
    -------
    numpy.ndarray of the shape of ``times``, float64
        At most alpha, which it is at time 1.

    Raises
    ------
    TypeError, ValueError
        If alpha is not between 0 and 1, or for another spending.

    Examples
    --------
    >>> spent([0.5, 1.0], 0.05).round(4).tolist()
    [0.0056, 0.05]
    >>> spent([0.5, 1.0], 0.05, "pocock").round(4).tolist()
    [0.031, 0.05]
    """
    check_level(alpha, "alpha")
    check_choice("spending", spending, SPENDING)
    return SPENDING[spending](np.asarray(times, dtype=float), alpha)


def lan_demets(
    times: ArrayLike,
    alpha: float = 0.05,
    spending: str = "obrien-fleming",
    *,
    two_sided: bool = True,
    each_side: bool = True,
) -> np.ndarray:
    """Bounds of Z at any times, planned or not, that spend an error as a function says.

    Lan and DeMets (Biometrika, 1983). The bound of a look depends on it and on those before it
    alone, so that looks may come when they do, as long as their times do not depend on what was
    seen.

    There are two conventions for two sides, which differ for 'obrien-fleming' alone. With
    ``each_side`` each side spends half of alpha by the function of that half, 2 - 2 Φ(z(alpha / 4)
    / √t), as today's programs have it; without, both together spend alpha by the function of 1983,
    2 - 2 Φ(z(alpha / 2) / √t). The first of five bounds is 4.877 or 4.383.

    Parameters
    ----------
    times : array-like of shape (n,)
        Information at the looks so far, at most 1; from 0 on it ascends by at least 0.0001 each.
    alpha : float, default=0.05
        Of all looks up to time 1, both sides together.
    spending : {'obrien-fleming', 'pocock'}, default='obrien-fleming'
    two_sided : bool, default=True
        Whether the bounds are of ``|Z|``, or of Z.
    each_side : bool, default=True
        Says nothing if one-sided.

    Returns
    -------
    numpy.ndarray of shape (n,)
        Infinite where there is next to nothing to spend.

    Raises
    ------
    TypeError, ValueError
        If times do not ascend so, alpha is not between 0 and 1, or for another spending.

    Examples
    --------
    >>> lan_demets([0.2, 0.4, 0.6, 0.8, 1.0]).round(3).tolist()
    [4.877, 3.357, 2.68, 2.29, 2.031]
    >>> lan_demets([0.2, 0.4, 0.6, 0.8, 1.0], each_side=False).round(3).tolist()
    [4.383, 3.1, 2.553, 2.254, 2.064]
    """
    check_level(alpha, "alpha")
    check_choice("spending", spending, SPENDING)
    at = _times(times)
    looks = (at[: k + 1] for k in range(len(at)))
    return np.array([_look(look, alpha, spending, two_sided, each_side)[0] for look in looks])


# the integral ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Walk:
    """Where the motion may be at a time, if it has not crossed a bound before: mass at nodes."""

    two_sided: bool
    drift: float = 0.0
    time: float = 0.0
    at: np.ndarray = field(default_factory=lambda: np.zeros(1))
    mass: np.ndarray = field(default_factory=lambda: np.ones(1))

    def beyond(self, time: float, bound: float) -> float:
        """The chance that it is beyond a bound of Z at a later time, having crossed none before."""
        from scipy.special import ndtr

        step, edge = time - self.time, bound * np.sqrt(time)
        centre = self.at + self.drift * step
        outside = ndtr((centre - edge) / np.sqrt(step))
        if self.two_sided:
            outside = outside + ndtr((-edge - centre) / np.sqrt(step))
        return float(self.mass @ outside)

    def on_to(self, time: float, bound: float) -> _Walk:
        """The same at a later time, without what is then beyond a bound."""
        step, far = time - self.time, FAR * np.sqrt(time)
        edge, middle = bound * np.sqrt(time), self.drift * time
        low = max(-edge if self.two_sided else -np.inf, middle - far)
        high = min(edge, middle + far)
        if low >= high:  # whatever goes on has no mass to speak of
            return _Walk(self.two_sided, self.drift, time, np.zeros(1), np.zeros(1))
        at, weights = _quadrature(low, high, PANEL * np.sqrt(step))
        moved = (at[:, None] - self.at - self.drift * step) / np.sqrt(step)
        density = np.exp(-(moved**2) / 2) @ self.mass / np.sqrt(2 * np.pi * step)
        return _Walk(self.two_sided, self.drift, time, at, density * weights)


def _quadrature(low: float, high: float, widest: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights between two bounds, in panels of at most a width."""
    edges = np.linspace(low, high, 1 + int(np.ceil((high - low) / widest)))
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (1 + NODES)).ravel(), (half * WEIGHTS).ravel()


@cache
def _of_shape(times: tuple[float, ...], alpha: float, power: float) -> tuple[float, ...]:
    """Bounds c t^(-power) that together have an error."""
    from scipy.optimize import brentq

    shape = np.array(times) ** -power

    def excess(constant: float) -> float:
        return float(crossing_chances(constant * shape, times).sum()) - alpha

    high = _alone(alpha / len(times))  # Bonferroni's, which is too wide
    constant = brentq(excess, 0.9 * _alone(alpha), high * 1.001, xtol=1e-8)
    return tuple(float(bound) for bound in constant * shape)


@lru_cache(maxsize=1024)  # looks of a trial come one by one, each after those that are kept here
def _look(
    times: tuple[float, ...], alpha: float, spending: str, two_sided: bool, each_side: bool
) -> tuple[float, _Walk]:
    """The bound of the last of some looks, and what goes on after it."""
    from scipy.optimize import brentq

    sides, time = 2 if two_sided and each_side else 1, times[-1]
    budget = sides * SPENDING[spending](np.array(times), alpha / sides)
    walk = _Walk(two_sided)
    if len(times) > 1:
        walk = _look(times[:-1], alpha, spending, two_sided, each_side)[1]
        budget = np.diff(budget)
    share, bound = float(budget[-1]), np.inf
    if share > walk.beyond(time, FAR - 1):
        low = 0.0 if two_sided else -FAR
        bound = float(brentq(lambda z: walk.beyond(time, z) - share, low, FAR, xtol=1e-10))
    return bound, walk.on_to(time, bound)


def _alone(alpha: float) -> float:
    """The two-sided bound of one look."""
    from scipy.special import ndtri

    return float(-ndtri(alpha / 2))


def _spent_as_obrien_fleming(times: np.ndarray, alpha: float) -> np.ndarray:
    from scipy.special import ndtr

    return 2 * ndtr(-_alone(alpha) / np.sqrt(times))


def _spent_as_pocock(times: np.ndarray, alpha: float) -> np.ndarray:
    return alpha * np.log1p((np.e - 1) * times)


SPENDING: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "obrien-fleming": _spent_as_obrien_fleming,
    "pocock": _spent_as_pocock,
}
"""What may have been spent of an error at given times, by name."""


def _equal(looks: int) -> tuple[float, ...]:
    check_number("looks", looks, whole=True, low=1, high=round(1 / CLOSEST))
    return tuple((k + 1) / looks for k in range(looks))


def _times(times: ArrayLike) -> tuple[float, ...]:
    found = np.atleast_1d(np.asarray(times, dtype=float))
    steps = np.diff(found, prepend=0.0)
    if (
        found.ndim != 1
        or not found.size
        or not (steps >= CLOSEST * (1 - 1e-9)).all()
        or max(found) > 1
    ):
        need = f"must ascend by at least {CLOSEST:g} each, and be at most 1"
        raise ValueError(f"times={found.tolist()!r}: {need}")
    return tuple(found.tolist())
