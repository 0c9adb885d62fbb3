"""A published number, and how clsim comes to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
"""Where published data lie that are not part of the project, beside the checkout."""


@dataclass(frozen=True)
class Claim:
    """A number that somebody published.

    Attributes
    ----------
    name : str
        Entry and number, as the table has them: ``elec2/regression, delay 48``.
    source : str
        Who published it, and where.
    published : float
    compute : callable or None
        Gives clsim's number; None: it cannot be reproduced, and ``note`` says why.
    tolerance : float
        By how much the two may differ.
    needs : tuple of str, default=()
        Files in `SHARED`, or modules that are an extra, without which it is not computed.
    slow : bool, default=False
        Whether it takes more than a few seconds.
    note : str, default=""
        What a reader must know: a convention, or the reason why there is no number.
    """

    name: str
    source: str
    published: float
    compute: Callable[[], float] | None
    tolerance: float
    needs: tuple[str, ...] = ()
    slow: bool = False
    note: str = ""

    @property
    def lacks(self) -> str | None:
        """What is not here and is needed; None: nothing."""
        for need in self.needs:
            if "." in need and not (SHARED / need).exists():
                return need
            if "." not in need and not installed(need):
                return need
        return None


def installed(module: str) -> bool:
    """Whether a module can be imported."""
    from importlib.util import find_spec

    return find_spec(module) is not None


def digits(places: int) -> float:
    """Half of the last digit of a number that is printed with so many places.

    >>> digits(3)
    0.0005
    """
    return 0.5 * 10.0**-places


def numbers(
    name: str, source: str, values: dict[str, tuple[float, Callable[[], float]]], places: int,
    **more: object,
) -> list[Claim]:  # fmt: skip
    """Claims of one source that are printed with so many places."""
    return [
        Claim(f"{name}/{what}", source, published, compute, digits(places), **more)  # type: ignore[arg-type]
        for what, (published, compute) in values.items()
    ]
