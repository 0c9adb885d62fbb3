"""Limits of time and memory for each training and prediction, which really end it.

What is limited is done in a process of its own, that can be ended whatever it does, and gives the
same bits. Measured seconds decide nothing but whether a run fails.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

from clsim.errors import check_flag, check_number, unknown
from clsim.learners import RiverLearner
from clsim.parallel import Apart

SAID = "limits."
"""How the reason of a training begins that a limit ended."""


class LimitError(RuntimeError):
    """A training or a prediction took longer, or more memory, than it may."""


class StruckError(BaseException):
    """The same on its way out of a replay: no failure that is data, which others would catch."""


@dataclass(frozen=True)
class Limits:
    """How long a training, and a prediction, may take, and how much memory.

    Parameters
    ----------
    seconds : float or None, default=None
        Of wall time, for each.
    memory : float or None, default=None
        Megabytes that each may take, beyond what its libraries do.
    count_as_failure : bool, default=False
        Whether a training that a limit ends has failed, and the champion goes on serving; the run
        then says that it is not deterministic, and is compared with no other. Else the run fails,
        as it always does where a prediction is ended.

    Raises
    ------
    TypeError, ValueError
    """

    seconds: float | None = None
    memory: float | None = None
    count_as_failure: bool = False

    def __post_init__(self) -> None:
        for key in ("seconds", "memory"):
            if getattr(self, key) is not None:
                check_number(f"limits.{key}", getattr(self, key), above=0)
        check_flag("limits.count_as_failure", self.count_as_failure)
        if self.count_as_failure and self.seconds is None and self.memory is None:
            raise ValueError(
                "limits.count_as_failure=true: there is no limit; give limits.seconds or "
                "limits.memory"
            )

    @classmethod
    def of(cls, given: Any) -> Limits | None:
        """From a mapping with these keys, or as it is; None where nothing is limited.

        Raises
        ------
        TypeError, ValueError
        """
        if given is None or isinstance(given, Limits):
            limits = given
        elif isinstance(given, Mapping):
            names = [each.name for each in fields(cls)]
            for key in given:
                if key not in names:
                    raise ValueError(f"limits.{key}: {unknown('limit', key, names)}")
            limits = cls(**given)
        else:
            raise TypeError(f"limits={given!r}: expected a mapping, such as {{seconds: 60}}")
        return None if limits in (None, cls()) else limits


def check_limits(limits: Limits | None, learner: Any) -> None:
    """Refuse limits where models may learn row by row, which is no training that can be ended.

    Raises
    ------
    ValueError
    """
    if limits is not None and isinstance(learner, RiverLearner):
        raise ValueError(
            "limits: models of river learn row by row, while they serve, and no limit ends that; "
            "leave limits out, or use a scikit-learn estimator"
        )


class Limited:
    """Makes calls within limits.

    Parameters
    ----------
    limits : Limits
    ready : object
        What the process of its own unpickles first, so that what that imports takes no call's time.
    """

    def __init__(self, limits: Limits, ready: Any) -> None:
        self.counts = limits.count_as_failure
        self._limits = limits
        memory = None if limits.memory is None else int(limits.memory * 1e6)
        self._apart = Apart(ready, memory)

    def __call__(self, what: str, do: Callable[..., Any], *arguments: Any) -> Any:
        """What a call gives.

        Parameters
        ----------
        what : str
            Of the call, for who waits.
        do, arguments
            Which can be pickled.

        Raises
        ------
        StruckError
            If a limit ended it.
        Exception
            Whatever the call raises.
        """
        limits = self._limits

        def waits(seconds: float) -> None:
            allowed = "" if limits.seconds is None else f" of {limits.seconds:g} that it may take"
            print(f"clsim: {what} has taken {seconds:.0f} s{allowed}", file=sys.stderr)

        try:
            ended = self._apart.call(do, arguments, limits.seconds, waits)
        except MemoryError:
            raise StruckError(f"{SAID}memory={limits.memory:g}: {what} needs more") from None
        if ended.late:
            raise StruckError(f"{SAID}seconds={limits.seconds:g}: {what} takes longer")
        if ended.died is not None:
            raise StruckError(f"{SAID}: {what}: {ended.died}")
        return ended.value

    def close(self) -> None:
        """End the process."""
        self._apart.close(at_once=True)


@contextmanager
def limited(limits: Limits | None, ready: Any) -> Iterator[Limited | None]:
    """What makes calls within limits while the block lasts; None where nothing is limited.

    Raises
    ------
    LimitError
        If one of its calls was ended.
    """
    if limits is None:
        yield None
        return
    calls = Limited(limits, ready)
    try:
        yield calls
    except StruckError as error:
        raise LimitError(str(error)) from None
    finally:
        calls.close()
