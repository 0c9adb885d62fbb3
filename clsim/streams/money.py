"""Events that say in money what answers to them cost, by their own features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from clsim.errors import unknown
from clsim.protocols import Stream
from clsim.streams.tables.amounts import Amount, amount_columns, amount_kind, amounts_of
from clsim.streams.wrapper import Wrapper
from clsim.types import Batch


class Money(Wrapper):
    """A stream whose events say what answers to them cost, for ``loss='amount'``.

    Parameters
    ----------
    stream : Stream
    amount : str, or dict of class to dict
        The feature with what a wrong answer to each event costs; or for true classes what each
        answer costs, in features or numbers: ``{0: {1: 'loan'}, 1: {0: 500}}``. What nobody names
        costs nothing.

    Raises
    ------
    TypeError, ValueError
        For what says no costs, or by something else than features and classes of the stream.

    Examples
    --------
    To lend to somebody who does not pay costs the loan, to turn away somebody who would, 500:

    >>> from clsim.streams import Synthetic
    >>> from clsim.streams.concepts import Agrawal
    >>> stream = Money(Synthetic(Agrawal(), n=3), {0: {1: "loan"}, 1: {0: 500}})
    >>> events = next(stream.blocks(1))
    >>> bool((events.amount[:, 0, 1] == events.X["loan"]).all()), events.amount[:, 1].tolist()
    (True, [[500.0, 0.0], [500.0, 0.0], [500.0, 0.0]])
    """

    def __init__(self, stream: Stream, amount: Amount) -> None:
        super().__init__(stream)
        kind = amount_kind(amount)
        if kind not in ("error", "pair"):
            raise ValueError(
                f"amount={amount!r}: features are known before the label, so they cannot say what "
                "each answer earned; say what it costs under each true class: {0: {1: 'loan'}}"
            )
        if self.schema.amounts is not None:
            raise ValueError("stream: its events say already what answers cost")
        for name in amount_columns(amount):
            if name not in self.schema.features:
                raise ValueError(f"amount: {unknown('feature', name, self.schema.features)}")
        self.amount = amount
        self.schema = replace(self.schema, amounts=kind)
        empty = pd.DataFrame([[1.0] * len(self.schema.features)], columns=[*self.schema.features])
        amounts_of(empty, amount, self.schema.task, self.schema.classes)  # are these its classes?

    @property
    def draws(self) -> str:
        return "money"

    @property
    def what(self) -> str:
        named = ", ".join(amount_columns(self.amount)) or "numbers"
        return f"events say what answers to them cost, by {named}"

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield the batches of the wrapped stream, and what answers to each event cost."""
        for batch in self.stream.blocks(seed):
            frame = batch.X
            if not isinstance(frame, pd.DataFrame):
                frame = pd.DataFrame(frame, columns=[*self.schema.features])
            amount = amounts_of(frame, self.amount, self.schema.task, self.schema.classes)
            yield replace(batch, amount=amount)
