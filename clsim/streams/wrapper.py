"""What streams around a stream share: they pass on what they do not change."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from clsim.protocols import Stream, as_stream
from clsim.types import DriftEvent

if TYPE_CHECKING:
    import pandas as pd


class Wrapper(Stream):
    """A stream around a stream.

    Parameters
    ----------
    stream : Stream

    Attributes
    ----------
    role : str
        The role of its random numbers: how it draws, and how many streams inside draw likewise, so
        that all of them draw apart.

    Examples
    --------
    >>> from dataclasses import replace
    >>> import pandas as pd
    >>> from clsim.streams import Recorded
    >>> class Doubled(Wrapper):
    ...     what = "features twice as large"
    ...
    ...     def blocks(self, seed):
    ...         for batch in self.stream.blocks(seed):
    ...             yield replace(batch, X=2 * batch.X)
    >>> log = pd.DataFrame({"x": [5.0, 6.0], "y": [0, 1]})
    >>> stream = Doubled(Recorded(log, label="y"))
    >>> next(stream.blocks(seed=0)).X.tolist(), len(stream.layers())
    ([[10.0], [12.0]], 2)
    >>> stream.describe().splitlines()[-1]
    '- features twice as large'
    """

    def __init__(self, stream: Any) -> None:
        self.stream = as_stream(stream)
        self.schema = self.stream.schema
        self.labelling, self.length = self.stream.labelling, self.stream.length
        inside = self.stream.layers()
        alike = sum(isinstance(one, Wrapper) and one.draws == self.draws for one in inside)
        self.role = f"{self.draws}.{alike}"

    @property
    def draws(self) -> str:
        """What its random numbers are for: those that draw for the same draw apart by place."""
        return f"wrapper.{type(self).__name__}"

    @property
    def what(self) -> str:
        """What it adds, in a few words for `describe`."""
        raise NotImplementedError

    def drift_events(self, seed: int) -> list[DriftEvent]:
        """The changes of the wrapped stream."""
        return self.stream.drift_events(seed)

    def truth(self, time: np.ndarray, seed: int) -> pd.DataFrame | None:
        """The truth of the wrapped stream."""
        return self.stream.truth(time, seed)

    def quiet(self, since: int, seed: int) -> Stream:
        """The same around the wrapped stream's; see `clsim.protocols.Stream.quiet`."""
        other = copy.copy(self)
        other.stream = self.stream.quiet(since, seed)
        return other

    def mended(self, called: int, at: int, seed: int) -> Stream:
        """The same around the wrapped stream's; see `clsim.protocols.Stream.mended`."""
        inside = self.stream.mended(called, at, seed)
        if inside is self.stream:
            return self
        other = copy.copy(self)
        other.stream = inside
        return other

    def files(self) -> tuple[Path, ...]:
        """The data files of the wrapped stream."""
        return self.stream.files()

    def describe(self) -> str:
        """The stream in a few lines."""
        return f"{self.stream.describe() or self.stream.class_name}\n- {self.what}"

    def layers(self) -> list[Stream]:
        """This stream, and the streams inside it, from the outside in."""
        return [self, *self.stream.layers()]
