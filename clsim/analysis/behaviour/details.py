"""What an event of a run says beside its columns."""

from __future__ import annotations

import json
from typing import Any


def detail_of(text: Any) -> dict[str, Any]:
    """The detail of an event; empty where it has none, or none that can be read.

    Examples
    --------
    >>> detail_of('{"cut": 0.2}'), detail_of(None), detail_of("no JSON")
    ({'cut': 0.2}, {}, {})
    """
    try:
        detail = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        return {}
    return detail if isinstance(detail, dict) else {}


def numbers_of(text: Any) -> dict[str, float]:
    """The numbers of it.

    Examples
    --------
    >>> numbers_of('{"cut": 0.2, "how": "by cost"}')
    {'cut': 0.2}
    """
    return {k: float(v) for k, v in detail_of(text).items() if isinstance(v, int | float)}
