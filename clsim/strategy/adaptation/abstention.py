"""Events that are left to somebody else, at a price."""

from __future__ import annotations

from clsim.policies import Abstaining, Adapt, Adapted
from clsim.protocols import Adaptation
from clsim.types import NEVER, Rows
from clsim.view import View


class Abstention(Adaptation):
    """Leave an event to somebody else where its answer is expected to lose more than that does.

    What an abstention loses is said once for all strategies: ``clsim.replay(abstention=...)``, in
    units of the loss. With the zero-one loss and an abstention of .2 no event is answered whose
    likeliest class has a chance below .8 (Chow, IEEE Transactions on Information Theory 16, 1970).
    It learns nothing, and is right if the probabilities are calibrated: put `Calibration` before it
    in `InTurn`, where they are not.

    Examples
    --------
    >>> from clsim import Strategy
    >>> from clsim.strategy.triggers import Never
    >>> strategy = Strategy(Never(), adaptation=Abstention())

    >>> import numpy as np
    >>> none = np.empty(0, dtype=np.int64)
    >>> Abstention().adapt(None, 1, Adapted(), without=none).policy.then  # it asks no view
    Abstaining(then=Policy())
    """

    abstains = True

    def due(self, tick: int) -> int:
        return NEVER

    def adapt(self, view: View, model: int, policy: Adapted, without: Rows) -> Adapt | None:
        return Adapt(policy.deciding(Abstaining(policy.then)), "abstains")
