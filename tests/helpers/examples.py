"""How many examples a test of properties draws, where it is dearer or cheaper than most."""

from __future__ import annotations

from hypothesis import settings


def share(of: float) -> settings:
    """A share, or a multiple, of the examples that the profile of this run asks for."""
    return settings(max_examples=max(1, round(of * settings().max_examples)))
