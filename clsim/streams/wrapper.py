"""What streams around a stream share: they pass on what they do not change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from clsim.protocols import Stream
from clsim.types import Batch, DriftEvent

if TYPE_CHECKING:
    import pandas as pd


class Wrapper:
    """A stream around a stream.

    Parameters
    ----------
    stream : Stream
    """

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.schema = stream.schema
        self._number = 0  # those of one kind inside each other draw apart
        inner = stream
        while isinstance(inner, Wrapper):
            self._number += type(inner) is type(self)
            inner = inner.stream

    @property
    def what(self) -> str:
        """What it adds, in a few words for `describe`."""
        raise NotImplementedError

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield the batches of the wrapped stream."""
        return self.stream.blocks(seed)

    @property
    def block(self) -> Callable[[int, int], Batch]:
        """``block(seed, number)`` of the wrapped stream, if that has one (``AttributeError``)."""
        return cast(Any, self.stream).block

    def drift_events(self, seed: int) -> list[DriftEvent]:
        """The changes of the wrapped stream."""
        return self.stream.drift_events(seed)

    @property
    def truth(self) -> Callable[[np.ndarray, int], pd.DataFrame]:
        """``truth(time, seed)`` of the wrapped stream, if it has one (else ``AttributeError``)."""
        return cast(Any, self.stream).truth

    def describe(self) -> str:
        """The stream in a few lines."""
        inner: Any = self.stream
        known = inner.describe() if hasattr(inner, "describe") else type(inner).__name__
        return f"{known}\n- {self.what}"
