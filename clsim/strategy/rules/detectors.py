"""Detectors of river, on the values of any signal."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from clsim.errors import check_object
from clsim.strategy.rules.rule import Rule, Scoring
from clsim.types import Extent, Fired


class Detected(Rule):
    """A drift detector of river alarms on one of the values.

    Parameters
    ----------
    detector : river.base.DriftDetector
        Any detector of river's ``drift`` module (``ADWIN``, ``KSWIN``, ``binary.DDM``, ...); a
        prototype. Those of ``drift.binary`` take values of 0 and 1 alone.

    Examples
    --------
    >>> from river.drift import ADWIN
    >>> rule = Detected(ADWIN())
    >>> [tick for tick in range(100) if rule.after([float(tick >= 50)], float)]
    [95]
    """

    alarms = True

    def __init__(self, detector: Any) -> None:
        check_object("detector", detector)
        for method in ("update", "drift_detected"):
            if not hasattr(detector, method):
                raise TypeError(f"detector={detector!r}: a drift detector needs {method!r}")
        self.detector = copy.deepcopy(detector)
        self._binary = "Binary" in "".join(base.__name__ for base in type(detector).__mro__)

    def check_values(self, values: Extent, scores: Extent) -> None:
        if self._binary and not values.binary:
            raise ValueError(
                f"detector={type(self.detector).__name__}: takes values of 0 and 1 alone, and "
                f"{values.of} has others; use the losses with loss='zero_one', or a detector for "
                "numbers such as ADWIN"
            )

    def after(self, values: Sequence[float], score: Scoring) -> Fired | None:
        detector, alarm = self.detector, False
        if self._binary and (others := set(values) - {0.0, 1.0}):
            raise ValueError(
                f"detector={type(detector).__name__}: takes losses of 0 and 1 alone, not "
                f"{min(others):.4g}; use loss='zero_one', or a detector for numbers such as ADWIN"
            )
        update = detector.update
        for value in values:
            update(value)
            alarm = alarm or detector.drift_detected
        if not alarm:
            return None
        name = type(detector).__name__
        return Fired(name, alarms=(name,))
