"""A stream in one piece."""

from dataclasses import fields, is_dataclass, replace

import numpy as np
import pandas as pd


def whole(stream, seed):
    """All events of a stream as one batch."""
    blocks = list(stream.blocks(seed))
    return joined([replace(block, rows=None) for block in blocks])


def joined(values):
    """What the blocks hold of one kind, one after the other; None where they hold none."""
    first = values[0]
    if first is None:
        return None
    if isinstance(first, dict):
        return {name: joined([one[name] for one in values]) for name in first}
    if is_dataclass(first):
        named = {f.name: [getattr(one, f.name) for one in values] for f in fields(first)}
        return type(first)(**{name: joined(some) for name, some in named.items()})
    if isinstance(first, pd.DataFrame):
        return pd.concat(values, ignore_index=True)
    return np.concatenate(values)
