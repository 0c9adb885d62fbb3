"""Error messages that name the key, the value and what is allowed."""

from __future__ import annotations

import copy
import difflib
import math
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from numbers import Integral, Real
from typing import Any


class Unreachable(ValueError):
    """A bound that nothing can reach, or everything does: its part never acts, or always."""


def unknown(kind: str, value: object, allowed: Iterable[object]) -> str:
    """Message for a name that is not among those allowed.

    >>> unknown("loss", "sqared", ["absolute", "squared"])
    "unknown loss 'sqared'; did you mean 'squared'? Allowed: absolute, squared"
    >>> unknown("loss", "Sq", ["absolute", "squared"])
    "unknown loss 'Sq'; did you mean 'squared'? Allowed: absolute, squared"
    """
    names, said = [str(name) for name in allowed], str(value).lower()
    begin = [name for name in names if said and name.lower().startswith(said)]
    close = begin or difflib.get_close_matches(str(value), names, n=1)
    hint = f"did you mean '{close[0]}'? " if close else ""
    return f"unknown {kind} '{value}'; {hint}Allowed: {', '.join(names)}"


def undefined(part: object, method: str) -> NotImplementedError:
    """What to raise for a method that a class of one's own must have, and leaves out.

    >>> Mine = type("Mine", (), {"fire": lambda self: None, "__module__": "mine"})
    >>> str(undefined(Mine(), "fires"))
    "Mine: defines no 'fires'; is 'fire' meant for it?"
    """
    own = [of for of in type(part).__mro__ if not of.__module__.startswith("clsim.")]
    names = {name for of in own for name in vars(of)} - {method}
    close = difflib.get_close_matches(method, sorted(names), n=1)
    hint = f"; is '{close[0]}' meant for it?" if close else ", which its base leaves to it"
    return NotImplementedError(f"{type(part).__name__}: defines no '{method}'{hint}")


def check_choice(key: str, value: object, allowed: Iterable[object]) -> None:
    """Raise ``ValueError`` unless ``value`` is among those allowed; true is not 1."""
    allowed = list(allowed)
    flag = isinstance(value, bool) and not any(isinstance(one, bool) for one in allowed)
    if flag or value not in allowed:
        raise ValueError(f"{key}: {unknown('value', value, allowed)}")


def check_object(key: str, value: object) -> None:
    """Raise ``TypeError`` for a class where an object of it is meant."""
    if isinstance(value, type):
        name = value.__name__
        raise TypeError(f"{key}={name}: a class; give an object of it, {name}(...)")


def check_flag(key: str, value: object) -> None:
    """Raise ``TypeError`` unless ``value`` is true or false."""
    if not isinstance(value, bool):
        raise TypeError(f"{key}={value!r}: must be true or false")


def check_text(key: str, value: object) -> None:
    """Raise ``TypeError`` unless ``value`` is text, and ``ValueError`` if it is empty."""
    if not isinstance(value, str):
        raise TypeError(f"{key}={value!r}: expected text")
    if not value:
        raise ValueError(f"{key}='': expected text that is not empty")


def check_list(key: str, value: object, such: str) -> None:
    """Raise ``TypeError`` unless ``value`` is a list, or a like sequence; ``such`` is one as text.

    >>> check_list("features", "x0", "['x0', 'x1']")
    Traceback (most recent call last):
    TypeError: features='x0': expected a list, such as ['x0', 'x1']
    """
    listed = isinstance(value, Sequence) or hasattr(value, "__array__")
    if isinstance(value, (str, bytes)) or not listed:
        raise TypeError(f"{key}={value!r}: expected a list, such as {such}")


def check_dict(key: str, value: object, such: str) -> None:
    """Raise ``TypeError`` unless ``value`` is a dict, and ``ValueError`` if it is empty."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{key}={value!r}: expected a dict, such as {such}")
    if not value:
        raise ValueError(f"{key}={{}}: name at least one, such as {such}")


def check_settings(key: str, estimator: Any) -> None:
    """Refuse parameters that an estimator of scikit-learn's, or one within it, would refuse.

    They look at their parameters before the rows, so each is fitted to none.

    Parameters
    ----------
    key : str
    estimator : object
        Others are not looked at.

    Raises
    ------
    ValueError
    """
    held = estimator.get_params().values() if hasattr(estimator, "get_params") else ()
    for part in (estimator, *held):
        if not type(part).__module__.startswith("sklearn.") or not hasattr(part, "fit"):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                copy.deepcopy(part).fit([[]], [])
            except Exception as error:  # as a rule, that there are no rows
                if type(error).__name__ == "InvalidParameterError":
                    raise ValueError(f"{key}: {error}") from error


@contextmanager
def prefixed(place: str) -> Iterator[None]:
    """What is refused within, with its place before it; with none as it is.

    >>> with prefixed("stages[1]"):
    ...     check_choice("loss", "sqared", ["squared"])
    Traceback (most recent call last):
    ValueError: stages[1]: loss: unknown value 'sqared'; did you mean 'squared'? Allowed: squared
    """
    try:
        yield
    except (TypeError, ValueError) as error:
        if not place:
            raise
        raise type(error)(f"{place}: {error}") from error


def check_number(
    key: str,
    value: Any,
    *,
    whole: bool = False,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
) -> None:
    """Raise ``TypeError`` or ``ValueError`` unless ``value`` is a number within the bounds."""
    kind = "a whole number" if whole else "a number"
    if isinstance(value, bool) or not isinstance(value, Integral if whole else Real):
        raise TypeError(f"{key}={value!r}: expected {kind}")
    number: Any = value
    if not math.isfinite(number):
        raise ValueError(f"{key}={value!r}: expected {kind}")
    bounds = [
        (low is not None and number < low, f"at least {low}"),
        (above is not None and number <= above, f"above {above}"),
        (high is not None and number > high, f"at most {high}"),
    ]
    for broken, need in bounds:
        if broken:
            raise ValueError(f"{key}={value!r}: must be {need}")
